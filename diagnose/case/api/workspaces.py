"""Which workspace is it, and in which mode?

An answer about a workspace decides nothing alone: `[workspace] id` of case.toml picks one of
several. If nothing picks one, its mode is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from diagnose.case.api.documents import ApiAnswers
from diagnose.case.api.workspace_answers import GetProject, ListProjects, ProjectAnswer
from diagnose.case.dataworks import IdentityMappings, Registered, same_cluster
from diagnose.case.faults import Conflict
from diagnose.case.model import Registration, StatedValue, Workspace
from probes.frozen import frozen, replace
from probes.language import tr
from probes.origin import Origin


@frozen
class ReadWorkspace:
    """What the answers say of the workspace."""

    workspace: Workspace = field(default_factory=Workspace)
    """The workspace, with what nobody disputes."""
    registration: Registration = field(default_factory=Registration)
    """How the cluster is registered in it, as far as the answers say."""
    stated: tuple[StatedValue, ...] = ()
    """Where each of its values stands."""


@frozen
class _Account:
    """A workspace of an answer."""

    value: ProjectAnswer
    origin: Origin


def read(answers: ApiAnswers, wanted: str | None, conflicts: list[Conflict]) -> ReadWorkspace:
    """Return the workspace. `wanted` is its id in case.toml.

    Answers that contradict each other are added to `conflicts`.
    """
    accounts = _accounts(answers)
    chosen = wanted or _chosen(answers, accounts)
    if chosen is None:
        return ReadWorkspace(Workspace(among=tuple(sorted(accounts))))
    given = accounts.get(chosen, [])
    subject = tr("workspace {name}", name=next((each.value.name for each in given if each.value.name), chosen))
    modes = [(_mode(each.value), each.origin) for each in given]
    owners = [(str(each.value.owner).strip(), each.origin) for each in given]
    mode, of_mode = _agreed(subject, "mode", modes, conflicts)
    owner, _ = _agreed(subject, "Owner", owners, conflicts)
    workspace = Workspace(id=chosen, mode=mode, owner=owner)
    stated = () if of_mode is None else (StatedValue("workspace", "mode", mode or "", of_mode),)
    return ReadWorkspace(workspace, stated=stated)


def _accounts(answers: ApiAnswers) -> dict[str, list[_Account]]:
    """Return what each answer says of each workspace, by id."""
    found: dict[str, list[_Account]] = {}
    for ident, account in (*_single(answers), *_listed(answers)):
        if ident:
            found.setdefault(ident, []).append(account)
    return found


def _single(answers: ApiAnswers) -> Iterator[tuple[str, _Account]]:
    for answer in answers.of(GetProject):
        value = answer.value.project
        yield str(value.id), _Account(value, answer.origin("Project", "DevEnvironmentEnabled"))


def _listed(answers: ApiAnswers) -> Iterator[tuple[str, _Account]]:
    for page in answers.of(ListProjects):
        path = ("PagingInfo", "Projects")
        for value, line in zip(page.value.paging_info.projects, page.lines(*path), strict=True):
            yield str(value.id), _Account(value, Origin(page.file, line))


def _chosen(answers: ApiAnswers, accounts: Mapping[str, object]) -> str | None:
    """Return the one of GetProject, else the only one that there is. None if that leaves a
    choice."""
    single = {ident for ident, _ in _single(answers) if ident}
    for ids in (single, set(accounts)):
        if ids:
            return next(iter(ids)) if len(ids) == 1 else None
    return None


def _mode(value: ProjectAnswer) -> str:
    """Return the mode as case.toml calls it. "" if the answer leaves it out."""
    if value.dev_environment_enabled is None:
        return ""
    return "standard" if value.dev_environment_enabled else "basic"


def _agreed(
    subject: str, key: str, given: Iterable[tuple[str, Origin]], conflicts: list[Conflict]
) -> tuple[str | None, Origin | None]:
    """Return the value that all answers give, and where. None, and a conflict, if they differ."""
    stated = {text: origin for text, origin in reversed([*given]) if text}
    if len(stated) > 1:
        conflicts.append(Conflict(subject, tuple(stated.values()), tuple(f"{key} {text}" for text in stated)))
        return None, None
    return next(iter(stated.items()), (None, None))


def with_registration(
    read_of: ReadWorkspace, registered: Registered, cluster: str | None, mappings: IdentityMappings | None
) -> ReadWorkspace:
    """Return the same with name and environment under which the workspace has the cluster.

    Neither is known if the workspace has it under several names, or in both environments.
    """
    own = [each for each in registered.here(read_of.workspace.id) if each.is_of(cluster)]
    places = [each for found in own for each in found.environments if same_cluster(each.cluster, cluster)]
    names = {each.name for each in own if each.name}
    environments = {each.environment for each in places}
    name = names.pop() if len(names) == 1 else None
    environment = environments.pop() if len(environments) == 1 else None
    said = {("registration", "display_name"): name, ("workspace", "environment"): environment}
    stated = [StatedValue(*key, text, places[0].origin) for key, text in said.items() if text]
    if mappings is not None:
        is_mapped = "true" if mappings.accounts else "false"
        stated.append(StatedValue("registration", "identity_mapping", is_mapped, mappings.origin))
        stated += [StatedValue("cluster", "ldap", "true", mappings.origin)] if mappings.uses_ldap else []
    return ReadWorkspace(
        replace(read_of.workspace, environment=environment),
        replace(read_of.registration, display_name=name),
        (*read_of.stated, *stated),
    )
