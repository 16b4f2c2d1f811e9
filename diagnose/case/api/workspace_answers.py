"""What does DataWorks answer about a workspace? The rules of `answers` hold.

Shapes: SDK dataworks_public20240518 9.11.0, read on 2026-11-29.
"""

from diagnose.case.api.answers import AnswerPage, Wire


class ProjectAnswer(Wire, frozen=True, kw_only=True):
    """One workspace. `dev_environment_enabled` is True in standard mode, False in basic mode."""

    id: int | str = ""
    name: str = ""
    dev_environment_enabled: bool | None = None
    owner: int | str = ""


class GetProject(Wire, frozen=True, kw_only=True):
    """dataworks-public GetProject."""

    project: ProjectAnswer


class ProjectPage(AnswerPage, frozen=True, kw_only=True):
    projects: tuple[ProjectAnswer, ...]


class ListProjects(Wire, frozen=True, kw_only=True):
    """dataworks-public ListProjects."""

    paging_info: ProjectPage


class ComputeConnection(Wire, frozen=True, kw_only=True):
    """What is read of ConnectionProperties, which differ by type and may hold passwords.

    Each type has `envType`. That of Hive, the documented one of a cluster, has `clusterId`.
    """

    cluster_id: str = ""
    env_type: str = ""


class ComputeResourceAnswer(Wire, frozen=True, kw_only=True):
    """A computing resource in one environment."""

    id: int | str = ""
    connection_properties: ComputeConnection | str | None = None


class ComputeResourceGroup(Wire, frozen=True, kw_only=True):
    """A computing resource with its environments."""

    name: str = ""
    type: str = ""
    compute_resource: tuple[ComputeResourceAnswer, ...] = ()


class ComputeResourcePage(AnswerPage, frozen=True, kw_only=True):
    compute_resources: tuple[ComputeResourceGroup, ...]


class ListComputeResources(Wire, frozen=True, kw_only=True):
    """dataworks-public ListComputeResources. It does not say of which workspace it is."""

    paging_info: ComputeResourcePage


class MappedAccount(Wire, frozen=True, kw_only=True):
    """One mapping. Whatever else stands in it, such as a password, is not read."""

    user_id: int | str = ""
    user_name: str = ""


class AuthUserMappings(Wire, frozen=True, kw_only=True):
    """All mappings of a computing resource. `accounts` is None if the answer leaves it out."""

    accounts: tuple[MappedAccount, ...] | None = None
    hadoop_auth_type: str = ""


class GetComputeResourceAuthUserMappings(Wire, frozen=True, kw_only=True):
    """dataworks-public GetComputeResourceAuthUserMappings. It does not say of which resource."""

    data: AuthUserMappings


class MemberRole(Wire, frozen=True, kw_only=True):
    code: str = ""
    name: str = ""


class ProjectMember(Wire, frozen=True, kw_only=True):
    """One member. `status` is Normal or Forbidden."""

    project_id: int | str = ""
    user_id: int | str = ""
    user_name: str = ""
    status: str = ""
    roles: tuple[MemberRole, ...] = ()


class ProjectMemberPage(AnswerPage, frozen=True, kw_only=True):
    project_members: tuple[ProjectMember, ...]


class ListProjectMembers(Wire, frozen=True, kw_only=True):
    """dataworks-public ListProjectMembers."""

    paging_info: ProjectMemberPage
