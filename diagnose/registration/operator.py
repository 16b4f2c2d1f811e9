"""May this person register a cluster, and under which name?"""

from __future__ import annotations

from typing import Final

from diagnose.case.dataworks import ComputeResource
from diagnose.case.model import Case, Workspace
from diagnose.findings.model import Evidence
from diagnose.findings.values import Params
from diagnose.output.sentences import series
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import PROJECTS, RESOURCES, answers_or_key, key_of
from diagnose.registration.rules import dated_list
from probes.language import tr

ACCOUNT: Final = "account"
"""The operator who needs no policy: the Alibaba Cloud account itself."""

BOTH: Final = 2
"""Environments of a workspace in standard mode."""


def who_registers(preflight: Preflight) -> RuleAnswer:
    """DW-RAM-REGISTER: a RAM user or role lacks a policy or the role in the workspace."""
    form = preflight.case.registration
    operator = (form.operator or "").strip().lower()
    if operator == ACCOUNT:
        return passed(tr("the Alibaba Cloud account itself registers the cluster"))
    if form.policies is None:
        keys = ("policies",) if operator else ("operator", "policies")
        return not_checkable(tr("no file states the RAM policies of the operator"), key_of("registration", *keys))
    emr, dataworks, every = (dated_list(f"register-{name}").values for name in ("emr", "dataworks", "all"))
    has_emr, has_dataworks = _has(form.policies, emr), _has(form.policies, dataworks)
    is_admin = None if form.roles is None else _has(form.roles, dated_list("register-roles").values)
    if has_emr and (has_dataworks or is_admin):
        return passed(tr("the operator has {policies}", policies=series([*form.policies, *(form.roles or ())])))
    if _has(form.policies, every):
        cause = tr("{policy} allows everything, and the page does not name it", policy=every[0])
        return not_checkable(cause, tr("an attempt to register, or the policies that the page names"))
    if not operator:
        cause = tr("no file states whether the operator is the Alibaba Cloud account or a RAM user")
        return not_checkable(cause, key_of("registration", "operator"))
    if has_emr and is_admin is None:
        return not_checkable(
            tr("no file states the roles of the operator in the workspace"), key_of("registration", "roles")
        )
    newer = has_dataworks or _has(form.roles or (), dated_list("register-roles-newer").values)
    params: Params = {
        "operator": operator,
        "policies": form.policies,
        "roles": form.roles or (),
        "needs_emr": not has_emr,
        "needs_role": not (has_dataworks or is_admin),
        "emr": emr[0],
        "dataworks": dataworks[0],
        "role": dated_list("register-roles").values[0],
    }
    return failed(broken("DW-RAM-REGISTER", params), is_disputed=newer)


def display_name(preflight: Preflight) -> RuleAnswer:
    """DW-NAME: no display name, or one that another cluster has."""
    form = preflight.case.registration
    if form.display_name is None:
        return not_checkable(
            tr("no file states the display name"), answers_or_key((RESOURCES,), "registration", "display_name")
        )
    name = form.display_name.strip()
    if not name:
        return failed(broken("DW-NAME", {"name": ""}))
    if form.other_names is None:
        return _by_answers(preflight.case, name)
    if any(other.strip() == name for other in form.other_names):
        return failed(broken("DW-NAME", {"name": name}))
    return passed(tr("no other cluster has the name {name}", name=name))


def _by_answers(case: Case, name: str) -> RuleAnswer:
    """Return the answer that the computing resources of DataWorks give.

    Both environments of a workspace have one name. So a resource with another cluster that may be
    the other environment of this one is no proof.
    """
    own, needs = case.cluster.id, answers_or_key((PROJECTS, RESOURCES), "registration", "other_names")
    if case.registered.missing == "":
        return not_checkable(tr("no file states the names of the other clusters in DataWorks"), needs)
    alike = [each for each in case.registered.resources if each.name == name and not each.is_of(own)]
    taken = next((each for each in alike if own is not None and not _may_be_this(each, case.workspace)), None)
    if taken is not None:
        return failed(broken("DW-NAME", {"name": name}, evidence=_evidence(taken)))
    if alike:
        cause = tr("a computing resource has the name {name}, and nothing says which cluster it is", name=name)
        return not_checkable(cause, key_of("registration", "other_names"))
    if case.registered.missing is not None:
        return not_checkable(case.registered.missing, needs)
    return passed(tr("no other cluster has the name {name}", name=name))


def _may_be_this(resource: ComputeResource, workspace: Workspace) -> bool:
    """Return True if a resource may be the one of the case: the answer names no cluster for one of
    its environments, or it lacks the environment that is registered now."""
    if not resource.environments or any(place.cluster is None for place in resource.environments):
        return True
    if workspace.id is not None and resource.workspace is not None and resource.workspace != workspace.id:
        return False
    return workspace.mode != "basic" and len(resource.environments) < BOTH


def _evidence(resource: ComputeResource) -> tuple[Evidence, ...]:
    origin = resource.environments[0].origin
    place = f"{origin.file}:{origin.line}"
    clusters = series(list(dict.fromkeys(each.cluster for each in resource.environments if each.cluster)))
    text = tr("{place}: {name} is the name of {clusters}", place=place, name=resource.name, clusters=clusters)
    return (Evidence("line", place, text, origin),)


def _has(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return True if one of some names is given, in any case of letters."""
    return bool({each.strip().lower() for each in given} & {each.lower() for each in wanted})
