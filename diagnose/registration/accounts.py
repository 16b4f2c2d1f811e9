"""Can a cluster of another account be registered, and does DataWorks get at it there?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from diagnose import data
from diagnose.case.model import Case
from diagnose.findings.model import Evidence
from diagnose.output.sentences import series
from diagnose.registration.files import is_of_another_account
from diagnose.registration.known import is_contradicted, is_known, why_unknown
from diagnose.registration.model import Need, Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, accounts_of, answer_or_key, file_of, key_of
from diagnose.registration.releases import read_release
from diagnose.registration.rules import dated_list
from probes.files.hadoopconf import Setting
from probes.language import tr

KERBEROS: Final = "KERBEROS"
"""Security mode of a cluster with Kerberos."""

NO_KERBEROS: Final = "NORMAL"
"""Security mode of one without."""

HIVE_FILES: Final = ("hive-site.xml", "hivemetastore-site.xml")
"""Files that say where the metadata of Hive is."""


def cluster_type(preflight: Preflight) -> RuleAnswer:
    """DW-XACCOUNT-TYPE: a cluster of another account is of a type that is refused there."""
    cluster = preflight.case.cluster
    listed, narrow = dated_list("other-account-types"), dated_list("other-account-types-narrow")
    releases = dated_list("other-account-releases")
    if is_of_another_account(preflight.case) is False:
        return _own()
    if cluster.type is None:
        return not_checkable(
            tr("no file states the type of the cluster"), answer_or_key(GET_CLUSTER, "cluster", "type")
        )
    kind, release = cluster.type.upper(), str(read_release(cluster.release))
    is_other = is_of_another_account(preflight.case)
    if kind in listed.values:
        is_narrow = kind in narrow.values and release in releases.values
        why = tr("a cluster of type {kind} may be of another account", kind=kind)
        return passed(why, lists=[listed], is_disputed=is_other is True and not is_narrow)
    if is_other is None:
        return _unknown(preflight.case, tr("type {kind} is registered in its own account only", kind=kind))
    params = {"type": kind, "types": listed.values, "account": cluster.account, "own": _own_account(preflight.case)}
    return failed(broken("DW-XACCOUNT-TYPE", params), lists=[listed])


def metadata(preflight: Preflight) -> RuleAnswer:
    """DW-XACCOUNT-META: the metadata of a cluster of another account is in DLF."""
    case = preflight.case
    if is_of_another_account(case) is False:
        return _own()
    place, evidence = is_in_dlf(case)
    if place is False:
        return passed(tr("the metadata of the cluster is not in DLF"))
    if place is None:
        return not_checkable(_metadata_why(case), _metadata_need(case))
    return _if_abroad(
        case,
        tr("the metadata of the cluster is in DLF"),
        lambda: failed(broken("DW-XACCOUNT-META", _accounts(case), evidence=evidence)),
    )


def kerberos(preflight: Preflight) -> RuleAnswer:
    """DW-XACCOUNT-KRB: a cluster of another account has Kerberos."""
    case = preflight.case
    if is_of_another_account(case) is False:
        return _own()
    has_kerberos = uses_kerberos(case)
    if has_kerberos is False:
        return passed(tr("the cluster has no Kerberos"))
    if has_kerberos is None:
        return kerberos_open(case)
    return _if_abroad(case, tr("the cluster has Kerberos"), lambda: failed(broken("DW-XACCOUNT-KRB", _accounts(case))))


def ram_role(preflight: Preflight) -> RuleAnswer:
    """DW-XACCOUNT-ROLE: UID or RAM role are missing or wrong, or the role does not trust
    DataWorks."""
    case, form = preflight.case, preflight.case.registration
    if is_of_another_account(case) is False:
        return _own()
    if is_of_another_account(case) is None:
        return _unknown(case, "")
    keys = {"uid": form.uid, "ram_role": form.ram_role, "role_trusts": form.role_trusts}
    empty = [key for key in ("uid", "ram_role") if keys[key] is not None and not str(keys[key]).strip()]
    principal = f"{_own_account(case)}{dated_list('other-account-principal').values[0]}"
    wrong_uid = form.uid is not None and "uid" not in empty and form.uid.strip() != case.cluster.account
    is_trusted = form.role_trusts is None or principal in {each.strip() for each in form.role_trusts}
    if empty or wrong_uid or not is_trusted:
        params = {
            **_accounts(case),
            "uid": form.uid or "",
            "role": form.ram_role or "",
            "trusts": form.role_trusts or (),
            "principal": principal,
            "policy": dated_list("other-account-policy").values[0],
            "is_uid_wrong": "uid" in empty or wrong_uid,
            "is_role_missing": "ram_role" in empty,
            "is_untrusted": not is_trusted,
        }
        return failed(broken("DW-XACCOUNT-ROLE", params))
    missing = [key for key, value in keys.items() if value is None]
    if missing:
        cause = tr("no file states what the form gets for a cluster of account {account}", account=case.cluster.account)
        return not_checkable(cause, key_of("registration", *missing))
    return passed(tr("the role {role} trusts {principal}", role=form.ram_role, principal=principal))


def one_account(preflight: Preflight) -> RuleAnswer:
    """DW-XACCOUNT-WS: the cluster is registered with workspaces of another account already."""
    own, given = _own_account(preflight.case), preflight.case.registration.registered_by
    named = {each.strip() for each in given or ()} - {""}
    if given is None or (given and not named):
        return not_checkable(
            tr("no file states which accounts registered the cluster already"), key_of("registration", "registered_by")
        )
    others = sorted(named - {own})
    if not others:
        return passed(tr("no other account registered the cluster"))
    if own is None:
        cause = tr("registered by {accounts}, and no file states the account of the workspace", accounts=series(others))
        return not_checkable(cause, key_of("resource_group", "account"))
    return failed(broken("DW-XACCOUNT-WS", {"others": others, "own": own}))


def uses_kerberos(case: Case) -> bool | None:
    """Return whether the cluster has Kerberos. None if no file states it, or if its security mode
    denies it and core-site.xml does not."""
    mode = None if case.cluster.security_mode is None else case.cluster.security_mode.strip().upper()
    core = case.settings.get("core-site.xml")
    word = core.get("hadoop.security.authentication") if core is not None else None
    is_in_file = None if word is None else word.strip().lower() == "kerberos"
    if mode == KERBEROS or mode is None:
        return mode == KERBEROS or is_in_file
    return None if is_in_file or mode != NO_KERBEROS else False


def kerberos_open(case: Case) -> RuleAnswer:
    """Return the answer if it is not known whether the cluster has Kerberos."""
    mode = (case.cluster.security_mode or "").strip().upper()
    if not mode:
        why = tr("no file states whether the cluster has Kerberos")
        return not_checkable(why, answer_or_key(GET_CLUSTER, "cluster", "security_mode"))
    if mode != NO_KERBEROS:
        why = tr("the security mode is {mode}, which is none of {names}", mode=mode, names=f"{KERBEROS}, {NO_KERBEROS}")
    else:
        said = "hadoop.security.authentication = kerberos"
        why = tr("the security mode is {mode}, and core-site.xml says {setting}", mode=mode, setting=said)
    return not_checkable(why, tr("hadoop.security.authentication in core-site.xml on a master"))


def is_in_dlf(case: Case) -> tuple[bool | None, tuple[Evidence, ...]]:
    """Return whether the metadata is in DLF, and the setting that says so.

    None if no file states it.
    """
    if case.cluster.metadata is not None:
        return case.cluster.metadata.strip().upper().startswith("DLF"), ()
    keys = data.table("registration")["metadata"]
    client = hive_setting(case, keys["client"])
    is_known_client = is_known(case, HIVE_FILES[0], keys["client"])
    if (
        client is not None
        and "dlf" in client.value.lower()
        and not is_contradicted(case, HIVE_FILES[0], keys["client"])
    ):
        return True, (_evidence(client),)
    url = metastore_setting(case, keys["url"])
    return (False if is_known_client and url is not None else None), ()


def _metadata_why(case: Case) -> str:
    name, key = HIVE_FILES[0], data.table("registration")["metadata"]["client"]
    if name in case.settings and not is_known(case, name, key):
        return why_unknown(case, name, (key,))
    return tr("no file states where the metadata of the cluster is")


def _metadata_need(case: Case) -> Need:
    """Return the file of Hive that is not there, or the key of case.toml alone."""
    missing = next((name for name in HIVE_FILES if name not in case.file_settings), None)
    if missing is None:
        return key_of("cluster", "metadata")
    return Need(tr("{file}, or metadata in [cluster] of case.toml", file=missing), file_of(missing).inputs)


def hive_setting(case: Case, key: str) -> Setting | None:
    """Return a setting of Hive with a value, from the first file that has it."""
    found = (case.settings[name].setting(key) for name in HIVE_FILES if name in case.settings)
    return next((setting for setting in found if setting is not None and setting.value.strip()), None)


def metastore_setting(case: Case, key: str) -> Setting | None:
    """Return a setting of the metastore with a value. Its own file overrides that of Hive.

    None if there is none, or if the inputs differ on it.
    """
    for name in reversed(HIVE_FILES):
        setting = case.settings[name].setting(key) if name in case.settings else None
        if setting is not None and setting.value.strip():
            return setting if is_known(case, name, key) else None
    return None


def _evidence(setting: Setting) -> Evidence:
    text = f"{setting.key} = {setting.value.strip()[:100]}"
    return Evidence("line", str(setting.origin), text, setting.origin)


def _own_account(case: Case) -> str | None:
    return case.resource_group.account


def _accounts(case: Case) -> dict[str, str | None]:
    return {"account": case.cluster.account, "own": _own_account(case)}


def _own() -> RuleAnswer:
    return passed(tr("cluster and resource group are of one account"))


def _if_abroad(case: Case, fact: str, answer: Callable[[], RuleAnswer]) -> RuleAnswer:
    """Return the answer for a cluster of another account, or that it is not known whether it is."""
    return answer() if is_of_another_account(case) else _unknown(case, fact)


def _unknown(case: Case, fact: str) -> RuleAnswer:
    """Return the answer where it is not known whether the cluster is of another account."""
    cause = tr("no file states the accounts of cluster and resource group")
    return not_checkable(tr("{why}; {cause}", why=fact, cause=cause) if fact else cause, accounts_of(case))
