"""As which account of the cluster do tasks run, and does that work with LDAP and Kerberos?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from diagnose.case.dataworks import IdentityMappings, WorkspaceMember
from diagnose.case.model import Case
from diagnose.findings.values import Params
from diagnose.output.sentences import series
from diagnose.registration.accounts import hive_setting, kerberos_open, uses_kerberos
from diagnose.registration.model import Need, Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, GET_PROJECT, MAPPINGS, MEMBERS, answer_of, answer_or_key, key_of
from diagnose.registration.rules import dated_list
from probes.language import tr

MOST_NAMED: Final = 5
"""Most members that one sentence names."""

HADOOP: Final = "hadoop"
"""The identity that is an account of the cluster itself."""

ACCOUNT: Final = "account"
"""The identity of the Alibaba Cloud account."""

OWNER: Final = "task-owner"
"""The identity of whoever owns a task: a RAM user, or the Alibaba Cloud account."""


def offered(preflight: Preflight) -> RuleAnswer:
    """DW-ID-OPTION: the form does not offer this identity for this environment."""
    case = preflight.case
    identity, environment = _identity(case), (case.workspace.environment or "").strip().lower()
    if identity is None:
        return _no_identity()
    dev, prod = dated_list("identities-dev"), dated_list("identities-prod")
    if identity in dev.values and identity in prod.values:
        return passed(tr("{identity} is offered in both environments", identity=identity), lists=[dev, prod])
    if environment not in ("dev", "prod"):
        cause = tr("no file states whether this is the development or the production environment")
        return not_checkable(cause, key_of("workspace", "environment"))
    listed = dev if environment == "dev" else prod
    if identity in listed.values:
        return passed(tr("{identity} is offered in this environment", identity=identity), lists=[listed])
    params = {"identity": identity, "environment": environment, "offered": listed.values}
    return failed(broken("DW-ID-OPTION", params), lists=[listed])


def ram_users(preflight: Preflight) -> RuleAnswer:
    """DW-ID-RAM-FALLBACK: RAM users have no mapping on a cluster with LDAP or Kerberos."""
    case = preflight.case
    identity, is_mapped = _identity(case), case.registration.identity_mapping
    if identity in (HADOOP, ACCOUNT):
        return passed(tr("no task runs as a RAM user: the default access identity is {identity}", identity=identity))
    if is_mapped is None and case.mappings is not None:
        is_mapped = False if not case.mappings.users - {account_of(case)} else _every_member_is_mapped(case)
    if is_mapped:
        return passed(tr("identities are mapped"))
    ldap, kerberos = uses_ldap(case), uses_kerberos(case)
    if ldap is False and kerberos is False:
        return passed(
            tr("the cluster has neither LDAP nor Kerberos, so a system account of the same name is used"),
            is_disputed=True,
        )
    if not (ldap or kerberos):
        return _no_security(case, ldap, kerberos)
    if identity is None:
        return _no_identity()
    if is_mapped is None:
        return _no_mapping() if case.mappings is None else _partly_mapped(case)
    params: Params = {"identity": identity, "has_ldap": ldap is True, "has_kerberos": kerberos is True}
    return failed(broken("DW-ID-RAM-FALLBACK", params), is_disputed=True)


def cloud_account(preflight: Preflight) -> RuleAnswer:
    """DW-ID-ACCOUNT: tasks run as the Alibaba Cloud account, and it has no mapping."""
    case = preflight.case
    identity, is_mapped = _identity(case), case.registration.identity_mapping
    if is_mapped is None and case.mappings is not None:
        is_mapped = _account_is_mapped(case, case.mappings)
    if is_mapped:
        return passed(tr("identities are mapped"))
    if identity is None:
        return _no_identity()
    if identity == ACCOUNT:
        return _no_account(case) if is_mapped is None else failed(broken("DW-ID-ACCOUNT", {}))
    if identity == OWNER:
        cause = tr("a task that the Alibaba Cloud account owns needs a mapping")
        return not_checkable(cause, tr("whether the Alibaba Cloud account owns tasks, in Operation Center"))
    return passed(
        tr("no task runs as the Alibaba Cloud account: the default access identity is {identity}", identity=identity)
    )


def both_protocols(preflight: Preflight) -> RuleAnswer:
    """DW-ID-LDAP-KRB: identities are mapped on a cluster with LDAP and Kerberos at once."""
    case = preflight.case
    ldap, kerberos, is_mapped = uses_ldap(case), uses_kerberos(case), case.registration.identity_mapping
    if is_mapped is None and case.mappings is not None:
        is_mapped = bool(case.mappings.accounts)
    if is_mapped is False:
        return passed(tr("identities are not mapped"))
    if ldap is False or kerberos is False:
        return passed(tr("the cluster does not have both LDAP and Kerberos"))
    if ldap is None or kerberos is None:
        return _no_security(case, ldap, kerberos)
    return _no_mapping() if is_mapped is None else failed(broken("DW-ID-LDAP-KRB", {}))


def uses_ldap(case: Case) -> bool | None:
    """Return whether engines authenticate by LDAP. None if no file states it.

    One engine that does is enough for True. One that does not says nothing of the others.
    """
    if case.cluster.ldap is not None:
        return case.cluster.ldap
    if case.mappings is not None and case.mappings.uses_ldap:
        return True
    setting = hive_setting(case, "hive.server2.authentication")
    return True if setting is not None and setting.value.strip().upper() == "LDAP" else None


def _identity(case: Case) -> str | None:
    text = (case.registration.default_access_identity or "").strip().lower()
    return text or None


def _no_identity() -> RuleAnswer:
    cause = tr("no file states the default access identity")
    return not_checkable(cause, key_of("registration", "default_access_identity"))


def _no_mapping() -> RuleAnswer:
    return not_checkable(
        tr("no file states whether identities are mapped"),
        answer_or_key(MAPPINGS, "registration", "identity_mapping"),
    )


def account_of(case: Case) -> str | None:
    """Return the Alibaba Cloud account of the workspace. None if no file states it."""
    return case.workspace.owner or case.resource_group.account


def _account_is_mapped(case: Case, mappings: IdentityMappings) -> bool | None:
    """Return whether the account is mapped. None if it is not known which user it is."""
    account = account_of(case)
    if account is not None:
        return account in mappings.users
    return None if mappings.users else False


def _no_account(case: Case) -> RuleAnswer:
    if case.mappings is None:
        return _no_mapping()
    cause = tr("no file states the account of the workspace, so nothing says whether it is mapped")
    return not_checkable(cause, answer_or_key(GET_PROJECT, "resource_group", "account"))


def _unmapped(case: Case, members: Sequence[WorkspaceMember], mappings: IdentityMappings) -> list[WorkspaceMember]:
    """Return the members who are no account and have no mapping."""
    return [each for each in members if each.id != account_of(case) and each.id not in mappings.users]


def _every_member_is_mapped(case: Case) -> bool | None:
    """Return True if all members are mapped. None if some are not: who owns tasks is not known."""
    members, mappings = case.workspace_members, case.mappings
    if members is None or mappings is None:
        return None
    return None if _unmapped(case, members, mappings) else True


def _partly_mapped(case: Case) -> RuleAnswer:
    """Return the answer where some users are mapped, and perhaps not all."""
    members, mappings = case.workspace_members, case.mappings
    if members is None or mappings is None:
        cause = tr("some users are mapped, and no answer lists all members of the workspace")
        return not_checkable(cause, answer_of(MEMBERS))
    names = [each.name or each.id for each in _unmapped(case, members, mappings)]
    shown = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
    cause = tr("some users are mapped, and {names} are not", names=shown)
    return not_checkable(cause, tr("whether they own or run tasks, in Operation Center"))


def _no_security(case: Case, ldap: bool | None, kerberos: bool | None) -> RuleAnswer:
    """Return the answer where it is not known whether the cluster has LDAP or Kerberos."""
    if kerberos is None and case.cluster.security_mode is not None:
        return kerberos_open(case)
    needs = []
    if ldap is None:
        needs.append(key_of("cluster", "ldap"))
    if kerberos is None:
        needs.append(answer_or_key(GET_CLUSTER, "cluster", "security_mode"))
    need = Need(series([each.text for each in needs]), tuple(one for each in needs for one in each.inputs))
    return not_checkable(tr("no file states whether the cluster has LDAP and Kerberos"), need)
