"""Does a Hadoop client accept the service principals of its own files?

A client compares the server's principal with the one that it is told. It replaces the middle part
only if the value has three parts and the middle one is exactly `_HOST`. It trims nothing. With a
pattern set beside it, Hadoop RPC compares with that pattern alone. Clients of Hive compare nothing:
they ask for a ticket of the host that is written, in the spelling of its DNS name.
Sources: SaslRpcClient.getServerPrincipal and SecurityUtil.getServerPrincipal, Hadoop 3.3.6;
HadoopThriftAuthBridge, Hive 3.1.3; sun.security.krb5.PrincipalName, JDK 17.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from diagnose.findings.model import Confidence, Evidence, Finding
from diagnose.findings.values import origin_value, unique
from diagnose.flows.authority import is_java_host
from diagnose.flows.cluster import View, view_of
from diagnose.flows.endpoints import is_host
from diagnose.flows.kerberos import principal_realms, uses_kerberos
from diagnose.flows.model import Read
from diagnose.flows.spelling import differs_in_case, is_mistyped, placeholder
from diagnose.scene.scene import Scene
from probes.files.line_edit import LineEdit
from probes.frozen import frozen, replace
from probes.language import tr
from probes.regex import regex

PrincipalFault = Literal[
    "no-host", "case", "no-realm", "unknown-realm", "blanks", "odd-host", "other-host", "spelling", "variable"
]

UNSURE: Final = frozenset({"spelling", "variable"})
"""Faults that may be none: a server may be spelled so, or a client may know the variable."""


@frozen
class PrincipalKey:
    """A setting with the principal of a service."""

    file: str
    """File that clients read it from."""
    key: str
    """Its key."""
    component: str
    """The service."""


KEYS = (
    PrincipalKey("hdfs-site.xml", "dfs.namenode.kerberos.principal", "namenode-rpc"),
    PrincipalKey("yarn-site.xml", "yarn.resourcemanager.principal", "resourcemanager-client"),
    PrincipalKey("mapred-site.xml", "mapreduce.jobhistory.principal", "jobhistory-rpc"),
    PrincipalKey("hive-site.xml", "hive.metastore.kerberos.principal", "hive-metastore"),
    PrincipalKey("hive-site.xml", "hive.server2.authentication.kerberos.principal", "hiveserver2"),
)
"""Principals that clients of the resource group are told."""

_PARTS = regex(r"[/@]")

MEANT_FOR_A_HOST: Final = frozenset({"HOST", "HOSTNAME", "HOST_NAME", "FQDN"})
"""Words that stand for a host to a person, in capitals. Names of hosts are in small letters."""

VARIABLE: Final = "${"
"""Beginning of a variable. Hadoop keeps it as it is if no setting has its value."""


@frozen
class WrongPrincipal:
    """A principal with which no client gets to a required service."""

    key: PrincipalKey
    """The setting."""
    read: Read
    """Its value."""
    fault: PrincipalFault
    """What is wrong with it."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for each principal with which no client gets to the service.

    Principals of one realm that krb5.conf does not have are one finding. If it has one that is
    almost called like it, either may be mistyped. A third place decides: [domain_realm], or other
    principals. Nothing is sure while DNS may name a KDC of it.
    """
    seen = view_of(scene.case)
    known = known_realms(seen)
    mixed: dict[str, list[WrongPrincipal]] = {}
    for wrong in wrong_principals(scene):
        if wrong.fault == "unknown-realm":
            mixed.setdefault(_realm_of(wrong.read.value, known), []).append(wrong)
        else:
            yield _finding(scene, [wrong], known, "inferred" if wrong.fault in UNSURE else "strong")
    if not mixed:
        return
    mapped, is_whole = _mapped_realms(seen), not _may_know_more(seen)
    served = {realm.name for realm in principal_realms(seen)}
    for realm, same in mixed.items():
        if (cased := next((other for other in known if differs_in_case(realm, other)), None)) is not None:
            yield _of_case(seen, _finding(scene, same, known, "strong" if is_whole else "inferred", cased), cased)
            continue
        near = next((other for other in known if is_mistyped(realm, other)), None)
        if realm in mapped and near in served:
            near = None  # two realms, each in two places
        if near is not None and realm in mapped and is_whole:
            yield replace(_finding(scene, same, known, "strong", near), edits=_renamed(seen, near, realm))
        else:
            is_sure = is_whole and (near is None or near in served)
            yield _finding(scene, same, known, "strong" if is_sure else "inferred", near)


def _of_case(seen: View, finding: Finding, cased: str) -> Finding:
    """Return the finding of a realm that krb5.conf writes in other letters, in small or capital
    ones. Realms of EMR have capitals: of krb5.conf the others are corrected."""
    realm = str(finding.params["realm"])
    edits = _renamed(seen, cased, realm) if realm == realm.upper() else ()
    files = unique(each.origin.file for each in finding.evidence if each.origin is not None)
    return replace(finding, code="KRB-REALM-CASE", edits=edits, params={**finding.params, "files": files})


def wrong_principals(scene: Scene) -> Iterator[WrongPrincipal]:
    """Yield the principals of required services that no client gets to the service with."""
    seen = view_of(scene.case)
    if not uses_kerberos(seen):
        return
    known, found = known_realms(seen), _found_realms(seen)
    for key in KEYS:
        read = _written(seen, key)
        fault = None if read is None else _fault(read.value, known) or _fault_of_host(scene, seen, key, read.value)
        if read is not None and fault == "unknown-realm" and _realm_of(read.value, known) in found:
            fault = _fault_of_host(scene, seen, key, read.value)
        if read is not None and fault is not None and any(_is_required(scene, key)):
            yield WrongPrincipal(key, read, fault)


def _written(seen: View, key: PrincipalKey) -> Read | None:
    """Return the value with its blanks. None if no file sets it."""
    read = seen.read(key.key, key.file) if seen.has(key.file) else None
    return None if read is None else Read(seen.case.settings[key.file].get(key.key) or "", read.origin)


def _is_required(scene: Scene, key: PrincipalKey) -> Iterator[bool]:
    return (o.flow.need == "required" for o in scene.outcomes if o.flow.component == key.component)


def known_realms(seen: View) -> tuple[str, ...]:
    """Return the realms that krb5.conf knows a way to. Empty if the case has no krb5.conf.

    It is also empty if the file is a template that nobody filled in.
    """
    profile = seen.case.krb5
    if profile is None:
        return ()
    from probes.files.krb5conf import mit

    default = mit.default_realm(profile)
    known = dict.fromkeys((*([default.value] if default else []), *profile.subsections("realms")))
    return tuple(realm for realm in known if placeholder(realm) is None)


def _found_realms(seen: View) -> frozenset[str]:
    """Return the realms of which DNS named a KDC."""
    return frozenset(realm for realm, found in seen.case.found_kdcs.items() if found.mit or found.jdk)


def _mapped_realms(seen: View) -> frozenset[str]:
    """Return the realms of [domain_realm]. Empty if the case has no krb5.conf."""
    profile = seen.case.krb5
    if profile is None:
        return frozenset()
    found = (profile.first("domain_realm", name) for name in profile.relation_names("domain_realm"))
    return frozenset(relation.value for relation in found if relation is not None)


def _renamed(seen: View, near: str, realm: str) -> tuple[LineEdit, ...]:
    """Return the edits of each line of krb5.conf that has the mistyped realm.

    Empty if clients then still have no KDC of it.
    """
    from diagnose.findings.kerberos.krb5_lint.near_realms import renamed
    from diagnose.findings.kerberos.krb5_lint.readings import after_edits, views_of

    views = views_of(seen.case)
    if views is None:
        return ()
    edits = renamed(views, near, realm)
    return edits if edits and realm in after_edits(views, edits).realms() else ()


def is_known_realm(seen: View, realm: str) -> bool:
    """Return True unless the krb5.conf of the case knows no way to the realm."""
    known = known_realms(seen)
    return not known or realm in known


def _may_know_more(seen: View) -> bool:
    """Return True if clients may find a realm that krb5.conf does not show.

    By DNS, or in an included file that is not in the case. The two families switch DNS off by
    different words: `off` does not for Java.
    """
    from diagnose.findings.kerberos.krb5_lint.readings import views_of
    from probes.files.krb5conf import jdk
    from probes.files.krb5conf.dns_questions import mit_uses_dns

    profile, views = seen.case.krb5, views_of(seen.case)
    if profile is None or views is None or profile.missing or mit_uses_dns(profile):
        return True
    return views.ask_jdk(jdk.dns_lookup_kdc, otherwise=True)


def _fault(value: str, known: tuple[str, ...]) -> PrincipalFault | None:
    parts = _PARTS.split(value)
    if any(letter.isspace() for letter in value):
        return "blanks"
    if VARIABLE in value:
        return "variable"
    if "/" not in value:
        return "no-host"
    if parts[1] != "_HOST" and (parts[1].upper() == "_HOST" or parts[1].strip("_") in MEANT_FOR_A_HOST):
        return "case"
    if "@" not in value:
        return "no-realm"
    return "unknown-realm" if known and parts[-1] not in known else None


def _fault_of_host(scene: Scene, seen: View, key: PrincipalKey, value: str) -> PrincipalFault | None:
    """Return what is wrong with a host that is written in place of _HOST."""
    host = _PARTS.split(value)[1]
    is_rpc = not key.component.startswith("hive")
    if host == "_HOST" or (is_rpc and seen.read(f"{key.key}.pattern", key.file) is not None):
        return None
    if not is_host(host) or not is_java_host(host):
        return "odd-host"
    written = seen.names.place(host)
    for dialled in {o.flow.endpoint.host for o in scene.outcomes if o.flow.component == key.component}:
        node = seen.names.place(dialled).node
        if node is None or written.node is None:
            continue
        if node != written.node:
            return "other-host"
        if is_rpc and host != seen.names.host_of(node).lower():
            return "spelling"
    return None


def _realm_of(value: str, known: tuple[str, ...]) -> str:
    """Return the realm of a principal. If it names none, return the first that krb5.conf knows."""
    realm = value.rpartition("@")[2] if "@" in value else ""
    return realm if realm and VARIABLE not in realm else next(iter(known), "")


def _finding(
    scene: Scene,
    wrong: Sequence[WrongPrincipal],
    known: tuple[str, ...],
    certainty: Confidence,
    near: str | None = None,
) -> Finding:
    """Return one finding for these principals, which have the same fault.

    near: the realm of krb5.conf that is almost called like theirs. None if there is none.
    """
    key, read, fault = wrong[0].key, wrong[0].read, wrong[0].fault
    service = _PARTS.split(read.value.strip())[0]
    service = "SERVICE" if VARIABLE in service else service
    realm = _realm_of(read.value.strip(), known)
    components = {each.key.component for each in wrong}
    concerned = [o.flow for o in scene.outcomes if o.flow.component in components]
    title = next((flow.service for flow in concerned if flow.component == key.component), key.component)
    return Finding(
        code="DW-FILES-MIXED" if fault == "unknown-realm" else "KRB-SVC-PATTERN",
        severity="error",
        confidence=certainty,
        cause="principal-realm" if fault == "unknown-realm" else "principal-shape",
        params={
            "key": key.key,
            "keys": [each.key.key for each in wrong],
            "value": read.value,
            "fault": fault,
            "right": f"{service}/_HOST@{realm or 'REALM'}",
            "realm": realm,
            "known": known,
            "near": near,
            "is_mapped": realm in _mapped_realms(view_of(scene.case)),
            "is_alone": near in {other.name for other in principal_realms(view_of(scene.case))},
            "service": title,
            "services": unique(flow.service for flow in concerned),
            "origin": origin_value(read.origin),
        },
        flows=tuple(flow.id for flow in concerned),
        evidence=tuple(map(_line, wrong)),
        settle_by=tr(
            "{key} in the {file} that the clients use, and the krb5.conf beside it", key=key.key, file=key.file
        ),
    )


def _line(wrong: WrongPrincipal) -> Evidence:
    origin = wrong.read.origin
    place = f"{origin.file}:{origin.line}"
    text = tr("{place} sets {key} to {value}", place=place, key=wrong.key.key, value=wrong.read.value)
    return Evidence("line", place, text, origin)
