"""Which tables and keys may a case.toml have?"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from diagnose.case.tomllines import Step

Text = str | UnsetType
Flag = bool | UnsetType
Texts = tuple[str, ...] | UnsetType

TOP = ("deny",)
"""Keys of no table. TOML takes one that stands below a [table] for a key of it."""


class NodeTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    address: Text = UNSET
    group: Text = UNSET
    vswitch: Text = UNSET
    security_groups: Texts = UNSET
    hostnames: Texts = UNSET
    components: Texts = UNSET


class ClusterTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Text = UNSET
    name: Text = UNSET
    type: Text = UNSET
    release: Text = UNSET
    region: Text = UNSET
    account: Text = UNSET
    deploy_mode: Text = UNSET
    security_mode: Text = UNSET
    ldap: Flag = UNSET
    metadata: Text = UNSET
    vpc: Text = UNSET
    security_group: Text = UNSET
    changed_at: Text = UNSET
    nodes: tuple[NodeTable, ...] = ()


class NetworkTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    vpc: str | None = None
    vswitch: str | None = None
    cidr: str | None = None
    ipv6_cidr: str | None = None
    security_group: str | None = None
    status: str | None = None


class ResourceGroupTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Text = UNSET
    name: Text = UNSET
    type: Text = UNSET
    account: Text = UNSET
    networks: tuple[NetworkTable, ...] = ()


class VSwitchTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One vSwitch. `acl = ""` says that it has no network ACL."""

    id: str
    vpc: Text = UNSET
    cidr: Text = UNSET
    ipv6_cidr: Text = UNSET
    acl: Text = UNSET
    route_table: Text = UNSET


class WorkspaceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str | int | UnsetType = UNSET
    mode: Text = UNSET
    environment: Text = UNSET
    busy_hours: Texts = UNSET
    clusters: int | UnsetType = UNSET


class RegistrationTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    display_name: Text = UNSET
    pass_proxy_user: Flag = UNSET
    operator: Text = UNSET
    default_access_identity: Text = UNSET
    policies: Texts = UNSET
    roles: Texts = UNSET
    other_names: Texts = UNSET
    registered_by: Texts = UNSET
    uid: Text = UNSET
    ram_role: Text = UNSET
    role_trusts: Texts = UNSET
    identity_mapping: Flag = UNSET
    cluster_account: Text = UNSET
    proxied_users: Texts = UNSET
    initialized_at: Text = UNSET
    initialize_at: Text = UNSET
    engines: Texts = UNSET


class WaiverTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    where: str
    reason: str
    until: str


class CaseTables(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deny: tuple[str, ...] = ()
    waive: tuple[WaiverTable, ...] = ()
    cluster: ClusterTable = ClusterTable()
    resource_group: ResourceGroupTable = ResourceGroupTable()
    vswitches: tuple[VSwitchTable, ...] = ()
    workspace: WorkspaceTable = WorkspaceTable()
    registration: RegistrationTable = RegistrationTable()


def keys_at(path: Sequence[Step]) -> list[str]:
    """Return the keys that are known at a path of the file."""
    shapes: dict[tuple[str, ...], type[Struct]] = {
        (): CaseTables,
        ("cluster",): ClusterTable,
        ("cluster", "nodes"): NodeTable,
        ("resource_group",): ResourceGroupTable,
        ("resource_group", "networks"): NetworkTable,
        ("vswitches",): VSwitchTable,
        ("workspace",): WorkspaceTable,
        ("registration",): RegistrationTable,
        ("waive",): WaiverTable,
    }
    return list(shapes[tuple(step for step in path if isinstance(step, str))].__struct_fields__)
