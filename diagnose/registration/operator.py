"""May this person register a cluster, and under which name?"""

from __future__ import annotations

from typing import Final

from diagnose.findings.values import Params
from diagnose.output.sentences import series
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import key_of
from diagnose.registration.rules import dated_list
from probes.language import tr

ACCOUNT: Final = "account"
"""The operator who needs no policy: the Alibaba Cloud account itself."""


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
        return not_checkable(tr("no file states the display name"), key_of("registration", "display_name"))
    name = form.display_name.strip()
    if not name:
        return failed(broken("DW-NAME", {"name": ""}))
    if form.other_names is None:
        return not_checkable(
            tr("no file states the names of the other clusters in DataWorks"), key_of("registration", "other_names")
        )
    taken = [other for other in form.other_names if other.strip() == name]
    if taken:
        return failed(broken("DW-NAME", {"name": name}))
    return passed(tr("no other cluster has the name {name}", name=name))


def _has(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return True if one of some names is given, in any case of letters."""
    return bool({each.strip().lower() for each in given} & {each.lower() for each in wanted})
