"""Which computing resources does DataWorks have, such as registered clusters, and under which
names?

ListComputeResources does not say of which workspace it is. The number in the name of its file does,
or the only workspace that the case knows. A connection is read for the id of its cluster and its
environment alone: it may hold passwords.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.paging import shortfall
from diagnose.case.api.spelling import canonical
from diagnose.case.api.workspace_answers import (
    ComputeConnection,
    ComputeResourceGroup,
    GetProject,
    ListComputeResources,
    ListProjects,
)
from diagnose.case.dataworks import ComputeResource, EnvironmentResource, Registered
from probes.language import tr
from probes.regex import regex

ENVIRONMENTS = ("dev", "prod")
_PAGE = regex(r"page\d+")
_NUMBER = regex(r"\d{1,19}")
_MOST_NAMED = 5

Page = ApiAnswer[ListComputeResources]


def read(answers: ApiAnswers, workspace: str | None, others: Iterable[str] = ()) -> Registered:
    """Return the computing resources.

    workspace: the one of the case. others: further ones that are known beside those of answers.
    """
    pages = answers.of(ListComputeResources)
    if not pages:
        return Registered()
    projects = {str(each.value.project.id) for each in answers.of(GetProject)}
    listed = answers.of(ListProjects)
    every = {str(project.id) for page in listed for project in page.value.paging_info.projects}
    known = {ident for ident in (*projects, *every, *others, workspace) if ident}
    by_workspace: dict[str | None, list[Page]] = {}
    for page in pages:
        by_workspace.setdefault(_workspace_of(page.file, known), []).append(page)
    found = {ident: _resources(ident, group) for ident, group in by_workspace.items()}
    gaps = (_gap(group, found[ident]) for ident, group in by_workspace.items())
    missing = next((gap for gap in gaps if gap is not None), None) or _elsewhere(listed, every, by_workspace)
    return Registered(tuple(each for group in found.values() for each in group), missing)


def _workspace_of(file: str, known: set[str]) -> str | None:
    """Return the workspace that the name of a file tells, else the only one. None if neither is."""
    numbers = set(_NUMBER.findall(_PAGE.sub("", PurePosixPath(file).name)))
    candidates = sorted(numbers & known) or sorted(known)
    return candidates[0] if len(candidates) == 1 else None


def _gap(pages: Sequence[Page], have: Sequence[ComputeResource]) -> str | None:
    given = [(page.file, page.value.paging_info) for page in pages]
    return shortfall(given, len(have), tr("computing resources"))


def _elsewhere(
    listed: Sequence[ApiAnswer[ListProjects]], every: set[str], have: Mapping[str | None, object]
) -> str | None:
    """Return why resources of other workspaces may be missing. None if there is no other one."""
    if not listed:
        return tr("no answer lists the workspaces that there are")
    if cut := shortfall([(page.file, page.value.paging_info) for page in listed], len(every), tr("workspaces")):
        return cut
    without = sorted(every - {ident for ident in have if ident is not None})
    if not without:
        return None
    names = ", ".join(without[:_MOST_NAMED]) + (" …" if len(without) > _MOST_NAMED else "")
    return tr("no answer lists the computing resources of {count} workspaces: {names}", count=len(without), names=names)


def _resources(workspace: str | None, pages: Sequence[Page]) -> tuple[ComputeResource, ...]:
    found: dict[tuple[str, str, tuple[str, ...]], ComputeResource] = {}
    for page in pages:
        for index, value in enumerate(page.value.paging_info.compute_resources):
            resource = _resource(workspace, page, index, value)
            found.setdefault((resource.name, resource.kind, tuple(each.id for each in resource.environments)), resource)
    return tuple(found.values())


def _resource(workspace: str | None, page: Page, index: int, value: ComputeResourceGroup) -> ComputeResource:
    path = ("PagingInfo", "ComputeResources", index, "ComputeResource")
    environments = []
    for place, each in enumerate(value.compute_resource):
        connection = _connection(each.connection_properties)
        environment = connection.env_type.strip().lower()
        environments.append(
            EnvironmentResource(
                str(each.id),
                connection.cluster_id.strip() or None,
                environment if environment in ENVIRONMENTS else None,
                page.origin(*path, place),
            )
        )
    return ComputeResource(value.name.strip(), value.type, workspace, tuple(environments))


def _connection(value: ComputeConnection | str | None) -> ComputeConnection:
    """Return a connection. It may be written as text. What is no object says nothing."""
    if isinstance(value, ComputeConnection):
        return value
    try:
        given: Any = json.loads(value or "")
    except (ValueError, RecursionError):
        return ComputeConnection()
    if not isinstance(given, dict):
        return ComputeConnection()
    members = {canonical(key): text for key, text in given.items() if isinstance(text, str)}
    return ComputeConnection(cluster_id=members.get("ClusterId", ""), env_type=members.get("EnvType", ""))
