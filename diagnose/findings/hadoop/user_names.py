"""Does Hadoop make a user name of the principals that clients log in as?

A client reads hadoop.security.auth_to_local when it starts, with Kerberos or without, and stops at
a rule that it cannot read. With Kerberos it stops after the login, if no rule fits its principal.
DEFAULT fits principals of the default realm of krb5.conf alone.
Source: UserGroupInformation and KerberosName, Hadoop 3.3.6; compared with them in tests/lab/dial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.findings.model import Evidence, Finding, Severity
from diagnose.findings.values import origin_value
from diagnose.flows.client_files import CORE
from diagnose.flows.cluster import View, view
from diagnose.flows.kerberos import uses_kerberos
from diagnose.flows.model import Read
from diagnose.flows.names import names
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
from probes.language import tr
from probes.origin import Origin

READERS = ("namenode-rpc", "resourcemanager-client", "jobhistory-rpc", "hive-metastore")
"""Services whose clients read the rules before they connect."""

SPARK = "spark-defaults.conf"
LOGINS = ("spark.kerberos.principal", "spark.yarn.principal")
"""Principals that Spark itself logs in as."""


@dataclass(frozen=True, slots=True)
class _Login:
    """A principal that a client logs in as."""

    principal: str
    """The principal with its realm."""
    origin: Origin | None
    """Line that names it. None if the user gave it."""
    is_sure: bool
    """True if tasks are known to log in so."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield KRB-A2L for rules that Hadoop does not read, or that fit no principal that logs in."""
    config = view(scene.case, names(scene.case), ())
    if not config.has(CORE) or config.is_unread(CORE):
        return
    read = config.read(KEY, CORE)
    try:
        rules = read_rules("" if read is None else read.value)
    except AuthToLocalError as error:
        assert read is not None, "the default can be read"
        yield _finding(scene, read, "\n".join((*error.before, "DEFAULT")), rest=error.rest[:80].strip())
        return
    mechanism = config.read(MECHANISM, CORE)
    if rules is None or not uses_kerberos(config) or (mechanism is not None and mechanism.value.lower() != "hadoop"):
        return
    default = _default_realm(config)
    for login in _logins(scene, config):
        kind = short_name(rules, login.principal, default).kind
        if kind in ("no-rule", "not-simple"):
            yield from _unfit(scene, login, read, kind, default)


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


def _unfit(scene: Scene, login: _Login, read: Read | None, kind: Kind, default: str | None) -> Iterator[Finding]:
    """Yield the finding for a principal without a name, if a rule in front gives it one."""
    name, _, realm = login.principal.partition("@")
    pattern = realm.replace(".", "\\.")
    rule = f"RULE:[{name.count('/') + 1}:$1@$0](.*@{pattern})s/@.*//"
    right = f"{rule}\n{'DEFAULT' if read is None else read.value}"
    tried = _rules(right)
    if tried is None or short_name(tried, login.principal, default).kind != "name":
        return
    at = Read("DEFAULT", Origin(CORE, None, KEY)) if read is None else read
    yield _finding(scene, at, right, kind=kind, login=login, realm=realm, default=default, rule=rule)


def _rules(text: str) -> tuple[NameRule, ...] | None:
    try:
        return read_rules(text)
    except AuthToLocalError:
        return None


def _finding(
    scene: Scene,
    read: Read,
    right: str,
    *,
    kind: Kind | None = None,
    rest: str | None = None,
    login: _Login | None = None,
    realm: str | None = None,
    default: str | None = None,
    rule: str | None = None,
) -> Finding:
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
            "kind": kind,
            "principal": None if login is None else login.principal,
            "realm": realm,
            "default": default,
            "rule": rule,
            "origin": origin_value(read.origin),
            "login": None if login is None or login.origin is None else origin_value(login.origin),
        },
        flows=tuple(flow.id for flow in concerned),
        evidence=tuple(_lines(read, login)),
        settle_by=tr("{key} in the {file} that the resource group uses", key=KEY, file=CORE),
    )


def _lines(read: Read, login: _Login | None) -> Iterator[Evidence]:
    if read.origin.line is not None:
        place = f"{read.origin.file}:{read.origin.line}"
        yield Evidence("line", place, tr("{place} has the rules of {key}", place=place, key=KEY), read.origin)
    if login is not None and login.origin is not None:
        place = f"{login.origin.file}:{login.origin.line}"
        text = tr("{place} sets {key} to {value}", place=place, key=login.origin.key, value=login.principal)
        yield Evidence("line", place, text, login.origin)
