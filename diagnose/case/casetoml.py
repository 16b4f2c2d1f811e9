"""What does the user say about the case? case.toml overrides what the files say, key by key.

An unknown key is an error, so that a typing mistake never passes unnoticed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from diagnose.case.api import documents
from diagnose.case.api.jsontext import JsonPlace, Step
from diagnose.case.blocks import block_of, is_forgotten_prefix
from diagnose.case.errors import CaseError
from diagnose.case.expectation import Expectation, read_expectation
from diagnose.case.model import Case, Conflict, Network, Node, Registration, VSwitch
from diagnose.case.times import NEVER, busy_span, local_time, moment
from diagnose.case.tomllines import TomlLines
from diagnose.case.waiver import Waiver
from probes.addresses import V6, parse, parse_address
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.language import tr
from probes.origin import Origin

Text = str | UnsetType
Flag = bool | UnsetType
Texts = tuple[str, ...] | UnsetType


TOP = ("deny",)
"""Keys of no table. TOML takes one that stands below a [table] for a key of it."""

MODES = ("basic", "standard")
"""What `mode` of [workspace] may be."""

ENVIRONMENTS = ("dev", "prod")
"""What `environment` of [workspace] may be."""

WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cluster", "deploy_mode"): ("HA", "NORMAL"),
    ("cluster", "security_mode"): ("KERBEROS", "NORMAL"),
    ("cluster", "metadata"): ("DLF", "RDS", "LOCAL"),
    ("registration", "operator"): ("account", "ram-user", "ram-role"),
    ("registration", "default_access_identity"): ("hadoop", "task-executor", "task-owner", "account", "ram-user"),
}
"""What a key of a table may be, in any case of letters."""

ENGINES = (
    *("hive", "spark", "spark-thrift", "mapreduce", "presto", "trino"),
    *("kyuubi", "impala", "hbase", "tez", "flink"),
)
"""What `engines` of [registration] may name."""

SAME_ENGINE = {"mr": "mapreduce", "spark sql": "spark", "spark-sql": "spark", "sparksql": "spark"}
"""Other words for an engine, as the node types of DataWorks have them -> the engine."""


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


class CaseToml:
    """A case.toml, read and checked."""

    def __init__(self, file: str, content: bytes) -> None:
        """Read the file. CaseError with the line for anything that is not as documented."""
        self.file = file
        text, data = _parse(file, content)
        self._lines = TomlLines(text)
        try:
            self.tables = msgspec.convert(_moments(data), CaseTables)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error)) from None
        self._check_addresses()
        self._check_times()
        self._check_workspace()
        self._check_words()
        self._check_engines()
        self._deny = tuple(self._expectations(text))
        self._waivers = tuple(self._waived())

    @property
    def resource_group(self) -> str | None:
        """Return the id that picks one of several resource groups, or None."""
        wanted = self.tables.resource_group.id
        return None if wanted is UNSET else wanted

    @property
    def cluster(self) -> str | None:
        """Return the id of the cluster, or None."""
        ident = self.tables.cluster.id
        return None if ident is UNSET else ident.strip() or None

    @property
    def workspace(self) -> str | None:
        """Return the id that picks one of several workspaces, or None."""
        wanted = self.tables.workspace.id
        return None if wanted is UNSET else str(wanted).strip() or None

    @property
    def addressed(self) -> frozenset[str]:
        """Return the names of the nodes whose address this file states."""
        return frozenset(node.name for node in self.tables.cluster.nodes if node.address is not UNSET)

    @property
    def vpc(self) -> str | None:
        """Return the VPC of the cluster. None if the file names none, or several."""
        if self.tables.cluster.vpc is not UNSET:
            return self.tables.cluster.vpc
        used = {node.vswitch for node in self.tables.cluster.nodes}
        named = {each.vpc for each in self.tables.vswitches if each.id in used and each.vpc is not UNSET}
        return str(next(iter(named))) if len(named) == 1 else None

    def apply(self, case: Case) -> Case:
        """Return the case with everything that this file says laid over it.

        Where it contradicts an answer, it holds, and the contradiction is kept.
        """
        tables = self.tables
        conflicts = (*case.conflicts, *self._conflicts(case))
        said = {
            each.id: replace(case.vswitches.get(each.id, VSwitch(each.id)), **_said(each)) for each in tables.vswitches
        }
        case = replace(case, vswitches=dict(sorted({**case.vswitches, **said}.items())))
        cluster = replace(case.cluster, **_stated(tables.cluster, "nodes"))
        group = replace(case.resource_group, **_stated(tables.resource_group, "networks"))
        if tables.resource_group.networks:
            group = replace(group, networks=tuple(self._networks(case)))
        nodes, members = self._nodes(case)
        return replace(
            case,
            cluster=cluster,
            nodes=nodes,
            members=members,
            resource_group=group,
            workspace=replace(case.workspace, **{**_said(tables.workspace), "id": self.workspace or case.workspace.id}),
            registration=self._registration(case.registration),
            conflicts=conflicts,
            deny=self._deny,
            waivers=self._waivers,
        )

    def _waived(self) -> Iterator[Waiver]:
        """Yield what is accepted for a time. Each has a code, a place, a reason and a last day."""
        for index, table in enumerate(self.tables.waive):
            at: tuple[Step, ...] = ("waive", index)
            for key, text in (("code", table.code), ("where", table.where), ("reason", table.reason)):
                if not text.strip():
                    raise self._error((*at, key), tr("an empty {field}", field=key), tr("text"))
            try:
                until = datetime.strptime(table.until, "%Y-%m-%d").replace(tzinfo=UTC).date()
            except ValueError:
                raise self._error((*at, "until"), repr(table.until), tr("a day such as 2027-01-31")) from None
            line = self._lines.line_of(at)
            yield Waiver(
                table.code.strip().upper(),
                table.where.strip(),
                table.reason.strip(),
                until,
                Origin(self.file, line, "waive"),
            )

    def _expectations(self, text: str) -> Iterator[Expectation]:
        """Yield what must stay denied. An entry of a list over several lines has its own line."""
        lines, line = text.split("\n"), self._lines.line_of(("deny",)) or 1
        for wanted in self.tables.deny:
            here = (number for number in range(line, len(lines) + 1) if wanted in lines[number - 1])
            line = next(here, line)
            try:
                yield read_expectation(wanted, Origin(self.file, line, "deny"))
            except ValueError as error:
                raise CaseError(self.file, line, repr(wanted), str(error)) from None

    def _conflicts(self, case: Case) -> Iterator[Conflict]:
        """Yield what an answer says otherwise: addresses of nodes, and fields of vSwitches."""
        nodes = {node.name: node for node in case.nodes}
        for index, table in enumerate(self.tables.cluster.nodes):
            node = nodes.get(table.name)
            if node is not None and node.address is not None and node.origin is not None:
                at: tuple[Step, ...] = ("cluster", "nodes", index, "address")
                yield from self._conflict(
                    tr("node {node}", node=node.name), at, table.address, node.address, node.origin
                )
        for index, switch in enumerate(self.tables.vswitches):
            known = case.vswitches.get(switch.id)
            for field in ("vpc", "cidr", "ipv6_cidr", "acl", "route_table"):
                theirs, path = getattr(known, field, None), ("vswitches", index, field)
                if known is not None and theirs is not None and known.origin is not None:
                    yield from self._conflict(
                        tr("vSwitch {vswitch}", vswitch=switch.id), path, getattr(switch, field), theirs, known.origin
                    )
        for stated in case.stated:
            ours = getattr(getattr(self.tables, stated.table), stated.key)
            yield from self._conflict(
                tr("the workspace in DataWorks"),
                (stated.table, stated.key),
                _as_text(ours, stated.key),
                stated.value,
                stated.origin,
            )

    def _conflict(
        self, subject: str, path: tuple[Step, ...], ours: object, theirs: str, origin: Origin
    ) -> Iterator[Conflict]:
        if not isinstance(ours, str) or _same(ours, theirs):
            return
        here = Origin(self.file, self._lines.line_of(path), str(path[-1]))
        yield Conflict(
            subject,
            (here, origin),
            (f"{path[-1]} {ours or tr('none')}", f"{path[-1]} {theirs or tr('none')}"),
            True,
        )

    def _nodes(self, case: Case) -> tuple[tuple[Node, ...], dict[str, tuple[str, ...]]]:
        """Return the nodes, and `members` with the groups that this file states.

        A node that no other file knows is added.
        """
        nodes = {node.name: node for node in case.nodes}
        members = dict(case.members)
        for index, table in enumerate(self.tables.cluster.nodes):
            line = self._lines.line_of(("cluster", "nodes", index))
            known = nodes.get(table.name, Node(table.name))
            changes = _said(table, "name")
            if "security_groups" in changes:
                changes["assumed"] = None
            if changes.get("address", known.address) != known.address:
                changes["beside"] = ()
            node = replace(known, **changes, origin=known.origin or Origin(self.file, line, table.name))
            nodes[table.name] = node
            if table.security_groups is not UNSET and node.address:
                members[node.address] = table.security_groups
        return tuple(nodes.values()), members

    def _networks(self, case: Case) -> list[Network]:
        """Return the networks. The vSwitch supplies what a table leaves out."""
        found = []
        for index, table in enumerate(self.tables.resource_group.networks):
            vswitch = case.vswitches.get(table.vswitch or "")
            line = self._lines.line_of(("resource_group", "networks", index))
            network = Network(
                cidr=table.cidr or (vswitch.cidr if vswitch else None),
                ipv6_cidr=table.ipv6_cidr or (vswitch.ipv6_cidr if vswitch else None),
                vpc=table.vpc or (vswitch.vpc if vswitch else None),
                vswitch=table.vswitch,
                security_group=table.security_group,
                status=table.status,
                origin=Origin(self.file, line, table.vswitch or table.cidr),
            )
            found.append(network)
        return found

    def _registration(self, registration: Registration) -> Registration:
        changes = _said(self.tables.registration)
        if "engines" in changes:
            changes["engines"] = tuple(map(_engine, changes["engines"])) or None
        return replace(registration, **changes)

    def _check_addresses(self) -> None:
        for index, node in enumerate(self.tables.cluster.nodes):
            if node.address is not UNSET:
                try:
                    parse_address(node.address)
                except ValueError:
                    raise self._error(
                        ("cluster", "nodes", index, "address"), repr(node.address), tr("one IP address")
                    ) from None
        self._check_blocks(("resource_group", "networks"), self.tables.resource_group.networks)
        self._check_blocks(("vswitches",), self.tables.vswitches)

    def _check_times(self) -> None:
        """Refuse what is no time, so that no rule is judged by a typing mistake."""
        cluster, workspace, form = self.tables.cluster, self.tables.workspace, self.tables.registration
        when = tr("a time such as 2026-11-01T08:00:00Z")
        if isinstance(cluster.changed_at, str) and moment(cluster.changed_at) is None:
            raise self._error(("cluster", "changed_at"), repr(cluster.changed_at), when)
        at = form.initialized_at
        if isinstance(at, str) and at != NEVER and moment(at) is None:
            expected = tr('{time}, or "never"', time=when)
            raise self._error(("registration", "initialized_at"), repr(at), expected)
        planned = form.initialize_at
        if isinstance(planned, str) and local_time(planned) is None:
            expected = tr("a local time without zone, such as 2026-12-01T03:00:00")
            raise self._error(("registration", "initialize_at"), repr(planned), expected)
        for index, text in enumerate(() if workspace.busy_hours is UNSET else workspace.busy_hours):
            if busy_span(text) is None:
                raise self._error(("workspace", "busy_hours", index), repr(text), tr("hours such as 08:00-20:00"))

    def _check_workspace(self) -> None:
        """Refuse what is no mode or environment, so that a typing mistake passes no rule."""
        mode = self.tables.workspace.mode
        if mode is not UNSET and mode.strip().lower() not in MODES:
            raise self._error(("workspace", "mode"), repr(mode), tr("one of {keys}", keys=", ".join(MODES)))
        said = self.tables.workspace.environment
        if said is not UNSET and said not in ENVIRONMENTS:
            expected = tr("one of {keys}", keys=", ".join(ENVIRONMENTS))
            raise self._error(("workspace", "environment"), repr(said), expected)

    def _check_words(self) -> None:
        """Refuse a word that rules do not know. A blank text in [cluster] says nothing."""
        for (table, key), words in WORDS.items():
            said = getattr(getattr(self.tables, table), key)
            if said is UNSET or (table == "cluster" and not said.strip()):
                continue
            if said.strip().lower() not in {word.lower() for word in words}:
                raise self._error((table, key), repr(said), tr("one of {keys}", keys=", ".join(words)))

    def _check_engines(self) -> None:
        """Refuse what is no engine, so that no rule is passed by a typing mistake."""
        engines = self.tables.registration.engines
        for index, text in enumerate(() if engines is UNSET else engines):
            if _engine(text) not in ENGINES:
                expected = tr("one of {keys}", keys=", ".join(ENGINES))
                raise self._error(("registration", "engines", index), repr(text), expected)

    def _check_blocks(self, table: tuple[Step, ...], given: Sequence[NetworkTable | VSwitchTable]) -> None:
        for index, each in enumerate(given):
            for field, text, low, high in (
                ("cidr", each.cidr, 0, V6 - 1),
                ("ipv6_cidr", each.ipv6_cidr, V6, V6 + (1 << 128)),
            ):
                path = (*table, index, field)
                try:
                    first = parse(text)[0] if isinstance(text, str) else low
                except ValueError:
                    raise self._error(path, repr(text), tr("a CIDR such as 192.168.10.0/24")) from None
                self._check_size(path, text)
                if not low <= first <= high:
                    raise self._error(
                        path,
                        tr("{found} for {field}", found=text, field=field),
                        tr("a block of the other address family"),
                    )

    def _check_size(self, path: tuple[Step, ...], text: object) -> None:
        if not isinstance(text, str):
            return
        try:
            block_of(text)
        except ValueError:
            raise self._error(path, tr("{text}, larger than any VPC", text=text), tr("the CIDR of a vSwitch")) from None
        if is_forgotten_prefix(text):
            raise self._error(
                path,
                tr("{text}, one address that no host has", text=text),
                tr("{text}/24, or the prefix of the vSwitch", text=text),
            )

    def _error(self, path: tuple[Step, ...], found: str, expected: str) -> CaseError:
        return CaseError(self.file, self._lines.line_of(path), found, expected)

    def _misfit(self, message: str) -> CaseError:
        if (unknown := documents.unknown_field(message)) is None:
            return documents.misfit(self.file, _Lines(self._lines), (), message)
        path, key = unknown
        if path and key in TOP:
            raise self._error(
                (*path, key),
                tr("{key} below [{table}]", key=key, table=_header(path)),
                tr("{key} above the first [table]", key=key),
            )
        keys = _keys(path)
        near = get_close_matches(key, keys, n=1, cutoff=0.5)
        expected = near[0] if near else tr("one of {keys}", keys=", ".join(keys))
        return self._error((*path, key), tr("the unknown key {key}", key=key), expected)


def _engine(text: str) -> str:
    word = text.strip().lower()
    return SAME_ENGINE.get(word, word)


def _header(path: tuple[Step, ...]) -> str:
    return ".".join(step for step in path if isinstance(step, str))


class _Lines:
    """Finds places of a TOML text in the way that `documents.misfit` asks for them."""

    def __init__(self, lines: TomlLines) -> None:
        self._lines = lines

    def place(self, path: tuple[Step, ...]) -> JsonPlace:
        keys = [step for step in path if isinstance(step, str)]
        return JsonPlace(self._lines.line_of(path) or 1, keys[-1] if keys else None)


def _parse(file: str, content: bytes) -> tuple[str, dict[str, Any]]:
    if wide_encoding(content) is not None:
        raise CaseError(file, None, tr(UTF_16), tr(AS_UTF_8))
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CaseError(
            file, content.count(b"\n", 0, error.start) + 1, tr("bytes that are no text"), tr("TOML in UTF-8")
        ) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        digits = place.removeprefix("line ").partition(",")[0]
        line = int(digits) if digits.isdigit() else text.rstrip().count("\n") + 1
        raise CaseError(
            file, line, tr("a mistake ({what})", what=f"{what[:1].lower()}{what[1:]}"), tr("valid TOML")
        ) from None
    except (RecursionError, ValueError):
        raise CaseError(file, None, tr("brackets nested too deeply or a number too long"), tr("a case.toml")) from None


def _moments(value: Any) -> Any:
    """Return TOML dates as ISO 8601 text, in UTC if the file names a zone."""
    if isinstance(value, dict):
        return {key: _moments(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_moments(inner) for inner in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _as_text(value: object, key: str) -> object:
    """Return a value of case.toml as an answer states it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.strip() if isinstance(value, str) else value
    return text.lower() if key == "mode" and isinstance(text, str) else text


def _same(one: str, other: str) -> bool:
    """Return True if two texts are equal, or are the same address or block."""
    try:
        return one == other or parse(one) == parse(other)
    except ValueError:
        return False


def _said(table: Struct, *but: str) -> dict[str, Any]:
    """Return the fields that were given, without those named in `but`."""
    given = {name: getattr(table, name) for name in table.__struct_fields__ if name not in but}
    return {name: value for name, value in given.items() if value is not UNSET}


def _stated(table: Struct, *but: str) -> dict[str, Any]:
    """Return what a table says, without blanks around it. A text of blanks alone says nothing."""
    trimmed = {key: value.strip() if isinstance(value, str) else value for key, value in _said(table, *but).items()}
    return {key: value for key, value in trimmed.items() if value != ""}


def _keys(path: tuple[Step, ...]) -> list[str]:
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
