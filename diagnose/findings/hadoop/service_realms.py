"""Does Java ask for each service in the realm that the service is in?

Hadoop hands Java a service and a host. Java adds the realm: that of [domain_realm] for the host,
else the default realm. The realm of the principal in the Hadoop files does not count. libkrb5 asks
the KDC for a referral instead, so kvno may work beside a Java program that does not.
Measured with OpenJDK 11.0.13, 17.0.15, 21.0.8, 25.0.2 and krb5 1.20.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from diagnose.findings.hadoop.principals import KEYS, PrincipalKey
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows.cluster import view_of
from diagnose.flows.kerberos import uses_kerberos
from diagnose.flows.model import Read
from diagnose.flows.names import full_name, names, numeric
from diagnose.scene import name_notes
from diagnose.scene.scene import Scene
from probes.frozen import frozen
from probes.language import tr
from probes.names import canonical
from probes.origin import Origin

if TYPE_CHECKING:
    from diagnose.findings.kerberos.krb5_lint.readings import Views
    from diagnose.findings.kerberos.krb5_lint.repairs import Repair
    from probes.files.krb5conf.profile import Relation
    from probes.names.resolver_view import ResolverView


@frozen
class MisplacedService:
    """A required service that Java asks for in another realm than its own."""

    key: PrincipalKey
    """The setting with its principal."""
    read: Read
    """The principal."""
    host: str
    """Full name of its host, in lower case."""
    realm: str
    """Realm of the principal."""
    asked: str
    """Realm in which Java asks for it."""
    mapping: Relation | None
    """Line of [domain_realm] that decides. None if the default realm does."""
    flows: tuple[str, ...]
    """Ids of the flows to the service on this host."""


def misplaced(scene: Scene) -> Iterator[MisplacedService]:
    """Yield the required services that Java asks for in another realm."""
    case = scene.case
    config = view_of(case)
    if case.krb5 is None or not uses_kerberos(config):
        return
    from diagnose.findings.kerberos.krb5_lint.readings import views_of
    from probes.files.krb5conf import jdk

    views = views_of(case)
    assert views is not None
    default = views.ask_jdk(jdk.default_realm, None)
    known = {*views.realms(), *views.default_realms()}
    by_host = name_notes.known_names(scene)
    for key in KEYS:
        read = config.read(key.key, key.file) if config.has(key.file) else None
        principal, _, realm = ("", "", "") if read is None else read.value.partition("@")
        _, slash, host = principal.partition("/")
        if read is None or not slash or realm not in known:
            continue  # other findings are about principals of these shapes
        for name, flows in _hosts(scene, key, host, by_host).items():
            mapping = views.ask_jdk(lambda reading, name=name: jdk.realm_of_host(reading, name), None)  # type: ignore[misc]
            decides = mapping or default
            if decides is not None and decides.value != realm:
                yield MisplacedService(key, read, name, realm, decides.value, mapping, flows)


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for each realm in which services are asked for that are not there."""
    groups: dict[tuple[str, str], list[MisplacedService]] = {}
    for service in misplaced(scene):
        groups.setdefault((service.realm, service.asked), []).append(service)
    for services in groups.values():
        yield _finding(scene, services)


def _hosts(
    scene: Scene, key: PrincipalKey, pattern: str, by_host: Mapping[str, ResolverView]
) -> dict[str, tuple[str, ...]]:
    """Return the flows to the service by the host that Java puts into the principal.

    A host without a known full name is left out: whether [domain_realm] has it is not known.
    """
    known = names(scene.case)
    found: dict[str, tuple[str, ...]] = {}
    for outcome in scene.outcomes:
        flow = outcome.flow
        if flow.component != key.component or flow.need != "required":
            continue
        host = flow.endpoint.host
        resolved = by_host.get(host.lower())
        name = pattern if pattern != "_HOST" else full_name(known, host)
        if pattern == "_HOST" and resolved is not None:
            name = canonical.jvm_canonical(resolved.names) or name
        if name is not None and "." in name and numeric(name) is None:
            spelled = name.lower().rstrip(".")
            found[spelled] = (*found.get(spelled, ()), flow.id)
    return found


def _finding(scene: Scene, services: list[MisplacedService]) -> Finding:
    from diagnose.findings.kerberos.krb5_lint.finding import edit_value

    first = services[0]
    meant = _meant_for(scene, services)
    repair = _repair(scene, services, meant)
    line = first.mapping.origin if first.mapping is not None else None
    places = dict.fromkeys((service.read.origin, service.read.value, service.key.key) for service in services)
    return Finding(
        code="KRB-DOMAIN-REALM",
        severity="error",
        confidence="strong",
        cause="service-realm",
        params={
            "origin": origin_value(first.read.origin),
            "key": first.key.key,
            "value": first.read.value,
            "hosts": list(dict.fromkeys(service.host for service in services)),
            "realm": first.realm,
            "asked": first.asked,
            "mapping": None if line is None else origin_value(line),
            "unmatched": None if line is not None or not meant else origin_value(next(iter(meant))),
            "line": f"{_domain(first.host)} = {first.realm}",
            "edits": [edit_value(edit) for edit in repair],
        },
        flows=tuple(dict.fromkeys(flow for service in services for flow in service.flows)),
        evidence=tuple(
            Evidence(
                "line",
                f"{origin.file}:{origin.line}",
                tr("{place} sets {key} to {value}", place=f"{origin.file}:{origin.line}", key=key, value=value),
                origin,
            )
            for origin, value, key in places
        ),
        settle_by=tr("the KDC's log after a try of a Java client: it asks for a service of {realm}", realm=first.asked),
        edits=repair,
    )


def _meant_for(scene: Scene, services: list[MisplacedService]) -> dict[Origin, str]:
    """Return the lines of [domain_realm] that no client matches, each as it was meant.

    Such a line names these hosts and their realm, but with capitals, as a pattern or as a URL.
    """
    from diagnose.findings.kerberos.krb5_lint.near_realms import mapped_by_java, meant_host
    from diagnose.findings.kerberos.krb5_lint.readings import views_of

    views = views_of(scene.case)
    assert views is not None
    found: dict[Origin, str] = {}
    for name, line in mapped_by_java(views):
        meant = meant_host(name)
        hosts = {key for service in services if service.realm == line.value for key in _keys(service.host)}
        if meant != name and meant in hosts:
            found[line.origin] = f"{meant} = {line.value}"
    return found


def _repair(scene: Scene, services: list[MisplacedService], meant: Mapping[Origin, str]) -> Repair:
    """Return lines of [domain_realm] with which both families find the realm.

    () if no such edit does.
    """
    from diagnose.findings.kerberos.krb5_lint.readings import after_edits, views_of
    from diagnose.findings.kerberos.krb5_lint.repairs import replaced
    from probes.files.krb5conf import jdk, mit

    views = views_of(scene.case)
    assert views is not None
    lines = tuple(dict.fromkeys(f"{_domain(service.host)} = {service.realm}" for service in services))
    own = {
        service.mapping.origin: f"{key} = {service.realm}"
        for service in services
        if service.mapping is not None
        and (key := (service.mapping.origin.key or "").removeprefix("[domain_realm] ")) in _keys(service.host)
    }
    own = own or dict(meant)
    if own:
        repair = tuple(edit for at, line in own.items() for edit in replaced(views, at, line))
    else:
        repair = _inserted(views, lines)
    changed = after_edits(views, repair)
    for service in services:
        by_java = changed.ask_jdk(lambda reading, host=service.host: jdk.realm_of_host(reading, host), None)  # type: ignore[misc]
        by_mit = None if changed.profile is None else mit.realm_of_host(changed.profile, service.host)
        if by_java is None or by_mit is None or {by_java.value, by_mit.value} != {service.realm}:
            return ()
    return repair


def _inserted(views: Views, lines: tuple[str, ...]) -> Repair:
    """Return the repair that adds lines to the section, or the section at the end of the file."""
    from diagnose.findings.kerberos.krb5_lint.repairs import inserted

    section = views.ask_jdk(lambda reading: reading.section_origin("domain_realm"), None)
    if section is not None and section.line is not None:
        return inserted(section.file, section.line + 1, *(f"  {line}" for line in lines))
    file = views.files[0][0]
    rows = views.rows(file)
    end = len(rows) - (rows[-1:] == [b""])
    return inserted(file, end + 1, "[domain_realm]", *(f"  {line}" for line in lines))


def _keys(host: str) -> tuple[str, str, str]:
    """Return the keys of [domain_realm] for a host: itself, and its domain in both spellings."""
    return host, _domain(host), _domain(host)[1:]


def _domain(host: str) -> str:
    """Return the key of [domain_realm] for all hosts beside this one."""
    return f".{host.partition('.')[2]}"
