"""Does Hadoop make a user name of the principals that clients log in as?

A client reads hadoop.security.auth_to_local when it starts, with Kerberos or without, and stops at
a rule that it cannot read. With Kerberos it stops after the login, if no rule fits its principal.
DEFAULT fits principals of the default realm of krb5.conf alone.
Source: UserGroupInformation and KerberosName, Hadoop 3.3.6; compared with them in tests/lab/dial.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.hadoop.right_values import right_value
from diagnose.findings.model import Evidence, Finding, Severity
from diagnose.findings.values import origin_value, unique
from diagnose.flows.client_files import CORE
from diagnose.flows.cluster import View, view_of
from diagnose.flows.kerberos import uses_kerberos
from diagnose.flows.model import Read
from diagnose.scene.scene import Scene
from probes.files.hadoopconf.auth_to_local import (
    KEY,
    MECHANISM,
    AuthToLocalError,
    Kind,
    NameRule,
    read_rules,
    short_name,
)
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin

READERS = ("namenode-rpc", "resourcemanager-client", "jobhistory-rpc", "hive-metastore")
"""Services whose clients read the rules before they connect."""

SPARK = "spark-defaults.conf"
LOGINS = ("spark.kerberos.principal", "spark.yarn.principal")
"""Principals that Spark itself logs in as."""


@frozen
class _Login:
    """A principal that a client logs in as."""

    principal: str
    """The principal with its realm."""
    origin: Origin | None
    """Line that names it. None if the user gave it."""
    is_sure: bool
    """True if tasks are known to log in so."""


@frozen
class _Unfit:
    """A principal that the rules give no name."""

    login: _Login
    """The principal."""
    kind: Kind
    """What becomes of it."""
    realm: str
    """Its realm."""
    default: str | None
    """Default realm of the client. None if it is not known."""
    rule: str
    """A rule that gives it a name."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield KRB-A2L for rules that Hadoop does not read, or that fit no principal that logs in."""
    config = view_of(scene.case)
    if not config.has(CORE) or config.is_unread(CORE):
        return
    read = config.read(KEY, CORE)
    try:
        rules = read_rules("" if read is None else read.value)
    except AuthToLocalError as error:
        assert read is not None, "the default can be read"
        left = "\n".join((*error.before, "DEFAULT"))
        added = [each.rule for each in _unfit(scene, config, _rules(left), left)]
        right = "\n".join(unique((*added, left)))
        yield _finding(scene, config, read, right, rest=error.rest[:80].strip())
        return
    present = "DEFAULT" if read is None else read.value
    unfit = list(_unfit(scene, config, rules, present))
    right = "\n".join((*unique(each.rule for each in unfit), present))
    at = Read("DEFAULT", Origin(CORE, None, KEY)) if read is None else read
    for each in unfit:
        yield _finding(scene, config, at, right, unfit=each)


def _logins(scene: Scene, config: View) -> Iterator[_Login]:
    """Yield the principals that clients are known to log in as."""
    if scene.proof is not None:
        yield _Login(str(scene.proof.offline.principal), None, True)
    for key in LOGINS:
        read = config.read(key, SPARK)
        if read is not None and "@" in read.value:
            yield _Login(read.value, read.origin, bool(config.engines and "spark" in config.engines))
            return


def _default_realm(config: View) -> str | None:
    if config.case.krb5 is None:
        return None
    from probes.files.krb5conf import mit

    relation = mit.default_realm(config.case.krb5)
    return None if relation is None else relation.value


def _unfit(scene: Scene, config: View, rules: tuple[NameRule, ...] | None, present: str) -> Iterator[_Unfit]:
    """Yield the principals that these rules give no name, if a rule in front gives them one."""
    mechanism = config.read(MECHANISM, CORE)
    if rules is None or not uses_kerberos(config) or (mechanism is not None and mechanism.value.lower() != "hadoop"):
        return
    default = _default_realm(config)
    for login in _logins(scene, config):
        kind = short_name(rules, login.principal, default).kind
        name, _, realm = login.principal.partition("@")
        pattern = realm.replace(".", "\\.")
        rule = f"RULE:[{name.count('/') + 1}:$1@$0](.*@{pattern})s/@.*//"
        tried = _rules(f"{rule}\n{present}")
        is_mended = tried is not None and short_name(tried, login.principal, default).kind == "name"
        if kind in ("no-rule", "not-simple") and is_mended:
            yield _Unfit(login, kind, realm, default, rule)


def _rules(text: str) -> tuple[NameRule, ...] | None:
    try:
        return read_rules(text)
    except AuthToLocalError:
        return None


def _finding(
    scene: Scene, config: View, read: Read, right: str, *, rest: str | None = None, unfit: _Unfit | None = None
) -> Finding:
    login = None if unfit is None else unfit.login
    concerned = [o.flow for o in scene.outcomes if o.flow.need == "required" and o.flow.component in READERS]
    severity: Severity = "error" if concerned and (login is None or login.is_sure) else "warning"
    return Finding(
        code="KRB-A2L",
        severity=severity,
        confidence="strong",
        cause="name-rules",
        params={
            "key": KEY,
            "value": read.value,
            "right": right,
            "rest": rest,
            "kind": None if unfit is None else unfit.kind,
            "principal": None if login is None else login.principal,
            "realm": None if unfit is None else unfit.realm,
            "default": None if unfit is None else unfit.default,
            "rule": None if unfit is None else unfit.rule,
            "origin": origin_value(read.origin),
            "login": None if login is None or login.origin is None else origin_value(login.origin),
        },
        flows=tuple(flow.id for flow in concerned),
        evidence=tuple(_lines(read, login)),
        settle_by=tr("{key} in the {file} that the resource group uses", key=KEY, file=CORE),
        values=(right_value(config, CORE, KEY, right),),
    )


def _lines(read: Read, login: _Login | None) -> Iterator[Evidence]:
    if read.origin.line is not None:
        place = f"{read.origin.file}:{read.origin.line}"
        yield Evidence("line", place, tr("{place} has the rules of {key}", place=place, key=KEY), read.origin)
    if login is not None and login.origin is not None:
        place = f"{login.origin.file}:{login.origin.line}"
        text = tr("{place} sets {key} to {value}", place=place, key=login.origin.key, value=login.principal)
        yield Evidence("line", place, text, login.origin)
