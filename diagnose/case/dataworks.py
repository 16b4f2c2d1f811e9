"""What do the answers of DataWorks say of workspaces and of what is registered in them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probes.frozen import frozen

if TYPE_CHECKING:
    from probes.origin import Origin

ABOUT_WORKSPACES: Final = frozenset(
    {
        *("dataworks-public:GetProject", "dataworks-public:ListProjects", "dataworks-public:ListProjectMembers"),
        *("dataworks-public:ListComputeResources", "dataworks-public:GetComputeResourceAuthUserMappings"),
    }
)
"""Answers that say nothing of connections, or of what lets them through."""


@frozen
class EnvironmentResource:
    """What a computing resource is in one environment of its workspace."""

    id: str
    """Its number in DataWorks. "" if the answer leaves it out."""
    cluster: str | None
    """Id of the EMR cluster. None if the answer does not say it, or if it is none."""
    environment: str | None
    """dev or prod. None if the answer does not say it."""
    origin: Origin
    """Where it stands."""


@frozen
class ComputeResource:
    """A computing resource of a workspace, such as a registered cluster."""

    name: str
    """Its display name."""
    kind: str
    """Its type, as the answer spells it."""
    workspace: str | None
    """Number of its workspace. None if nothing says it."""
    environments: tuple[EnvironmentResource, ...]
    """One for each environment that has it."""

    def is_of(self, cluster: str | None) -> bool:
        """Return True if one of its environments has this cluster."""
        return cluster is not None and any(same_cluster(each.cluster, cluster) for each in self.environments)


@frozen
class Registered:
    """The computing resources that the answers list."""

    resources: tuple[ComputeResource, ...] = ()
    """Those that are listed."""
    missing: str | None = ""
    """Why others may be missing. None if all of DataWorks are listed, "" if no answer lists any."""

    def here(self, workspace: str | None) -> tuple[ComputeResource, ...]:
        """Return those of a workspace."""
        return tuple(each for each in self.resources if workspace is not None and each.workspace == workspace)


@frozen
class IdentityMappings:
    """Which users of DataWorks are mapped to an account of the cluster."""

    accounts: tuple[tuple[str, str], ...]
    """Id of a user -> account of the cluster. Passwords are not kept."""
    uses_ldap: bool
    """True if the answer says that the accounts are of LDAP. False says nothing."""
    origin: Origin
    """Where they stand."""

    @property
    def users(self) -> frozenset[str]:
        """The ids of the users that are mapped."""
        return frozenset(user for user, _ in self.accounts)


@frozen
class WorkspaceMember:
    """Somebody who may work in a workspace."""

    id: str
    """Id of the user."""
    name: str
    """Name of the user. "" if the answer leaves it out."""
    roles: tuple[str, ...]
    """Codes and names of the roles: "role_project_admin", "Workspace Administrator"."""


def same_cluster(one: str | None, other: str | None) -> bool:
    """Return True if two ids are those of one cluster. The console writes some in capitals."""
    return one is not None and other is not None and one.strip().lower() == other.strip().lower()
