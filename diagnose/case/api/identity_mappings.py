"""Which users are mapped to accounts of the cluster, and who are the members of the workspace?

GetComputeResourceAuthUserMappings does not say of which computing resource it is. The number in the
name of its file does. An answer that is alone is of the cluster of the case, unless its name says
otherwise. No password is read.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.api.paging import shortfall
from diagnose.case.api.workspace_answers import GetComputeResourceAuthUserMappings, ListProjectMembers, ProjectMember
from diagnose.case.dataworks import IdentityMappings, Registered, WorkspaceMember, same_cluster
from diagnose.case.faults import Conflict
from probes.language import tr
from probes.regex import regex

LDAP = "ldap"
"""HadoopAuthType of accounts of LDAP, in small letters."""

_NUMBER = regex(r"\d{1,19}")

Mappings = ApiAnswer[GetComputeResourceAuthUserMappings]


def mappings(
    answers: ApiAnswers, registered: Registered, cluster: str | None, conflicts: list[Conflict]
) -> IdentityMappings | None:
    """Return the mappings of the cluster. None if no answer has them, or if two differ."""
    every = answers.of(GetComputeResourceAuthUserMappings)
    given = [_read(answer) for answer in every if _is_of(answer, registered, cluster, is_alone=len(every) == 1)]
    found = [each for each in given if each is not None]
    if len({frozenset(each.accounts) for each in found}) > 1:
        accounts = tuple(tr("users mapped: {count}", count=len(each.accounts)) for each in found)
        conflicts.append(Conflict(tr("the identity mappings"), tuple(each.origin for each in found), accounts))
        return None
    return next(iter(found), None)


def _is_of(answer: Mappings, registered: Registered, cluster: str | None, *, is_alone: bool) -> bool:
    """Return True if the answer is about the cluster."""
    places = {place.id: place for each in registered.resources for place in each.environments if place.id}
    named = [places[number] for number in _NUMBER.findall(PurePosixPath(answer.file).name) if number in places]
    if not named:
        return is_alone
    return all(same_cluster(place.cluster, cluster) for place in named)


def _read(answer: Mappings) -> IdentityMappings | None:
    data = answer.value.data
    if data.accounts is None:
        return None
    pairs = ((str(each.user_id).strip(), each.user_name.strip()) for each in data.accounts)
    uses_ldap = data.hadoop_auth_type.strip().lower() == LDAP
    return IdentityMappings(tuple(sorted({pair for pair in pairs if all(pair)})), uses_ldap, answer.origin("Data"))


def members(answers: ApiAnswers, workspace: str | None) -> tuple[WorkspaceMember, ...] | None:
    """Return who may work in the workspace. None if no answer lists them, or not all of them."""
    pages = answers.of(ListProjectMembers)
    found = {
        str(each.user_id): each
        for page in pages
        for each in page.value.paging_info.project_members
        if workspace is None or str(each.project_id) in ("", workspace)
    }
    given = [(page.file, page.value.paging_info) for page in pages]
    if not found or shortfall(given, len(found), tr("members")) is not None:
        return None
    return tuple(_member(ident, each) for ident, each in sorted(found.items()) if each.status.lower() != "forbidden")


def _member(ident: str, value: ProjectMember) -> WorkspaceMember:
    return WorkspaceMember(
        ident, value.user_name, tuple(text for r in value.roles for text in (r.code, r.name) if text)
    )
