"""Which KDCs must be reachable, on which ports?

Every `kdc` entry of every realm that a task of this cluster asks for tickets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diagnose.case.model import Skipped
from diagnose.flows import client_files
from diagnose.flows.client_files import JOB_CLIENT
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, flow, is_host, lost, port_number, setting_in, split
from diagnose.flows.model import Flow, Need, Read
from diagnose.flows.spelling import differs_in_case, is_mistyped, placeholder
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.has_ports import HasPorts
    from probes.files.krb5conf.mit import Kdc

PROXY = "https"
"""Transport of a KDC behind a proxy (MS-KKDCP)."""

BY_DNS = "DNS"
"""File of the origin of a KDC that DNS names."""

API_FILE = "krb5.conf"
"""Name in ListApplicationConfigs for the few settings of krb5.conf that EMR lets one edit."""

_SITE_FILES = (
    "core-site.xml",
    "hdfs-site.xml",
    "yarn-site.xml",
    "mapred-site.xml",
    "hive-site.xml",
    "hivemetastore-site.xml",
)
_REALM = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_STATES_PORT = regex(r"(\[[^]]*\]|[^\[\]: \t]*):")


@frozen
class Realm:
    """A realm in use."""

    name: str
    """Name of the realm."""
    origin: Origin
    """The line that brings it in."""


def flows(view: View) -> Found:
    """Yield UDP and TCP to every KDC. Yield nothing if the cluster does not use Kerberos."""
    if not uses_kerberos(view):
        return
    profile = view.case.krb5
    if profile is None:
        yield from _from_api(view)
        return
    found = realms(view)
    if not found:
        yield Skipped(
            "KDC",
            tr("krb5.conf names no default realm and no service principal names another"),
            setting_in("default_realm", "krb5.conf"),
        )
    strange = foreign_realms(view)
    for realm in found:
        if realm.name in strange:
            yield Skipped(
                _kdc_of(realm),
                tr(
                    "{origin} is of another cluster: no service principal is of a realm of this file",
                    origin=realm.origin,
                ),
                tr("/etc/krb5.conf of a node of this cluster"),
            )
        else:
            yield from _realm_flows(view, profile, realm)


def unknown_principal(view: View, service: Component, key: str, file: str, need: Need) -> Found:
    """Yield a gap if clients log in, and the file with the principal of a service is not known.

    Hadoop has no default for these principals, and a client without one stops before it connects.
    """
    login = view.read("hadoop.security.authentication", "core-site.xml")
    if view.has(file) or login is None or login.value.lower() != "kerberos":
        return
    configuration = view.effective(JOB_CLIENT)
    if need == "required" and client_files.read(configuration, key) is None:
        cause = tr("{why}, so the principal that clients expect of it is not known", why=lost(view, file))
        yield Skipped(tr("login at {service}", service=service.title), cause, setting_in(key, file))


def uses_kerberos(view: View) -> bool:
    """Return True if GetCluster or core-site.xml say so.

    If neither says anything, a krb5.conf with a realm that has a KDC decides.
    """
    mode = (view.case.cluster.security_mode or "").upper()
    login = view.read("hadoop.security.authentication", "core-site.xml")
    if mode == "KERBEROS" or (login and login.value.lower() == "kerberos"):
        return True
    if mode or login or view.case.krb5 is None:
        return False
    profile = view.case.krb5
    return any(
        profile.relations("realms", realm.name, "kdc") or realm.name in view.case.found_kdcs for realm in realms(view)
    )


def foreign_realms(view: View) -> frozenset[str]:
    """Return the realms of a krb5.conf that is the file of another cluster.

    It is if the Hadoop files have service principals, and krb5.conf knows none of their realms. A
    realm that differs by a typing mistake, or in capital letters, counts as known. No client of
    this cluster asks the KDCs that such a file names.
    """
    profile = view.case.krb5
    served = {realm.name for realm in principal_realms(view)}
    if profile is None or not served:
        return frozenset()
    own = {realm.name for realm in _configured(view)} | set(profile.subsections("realms"))
    if any(placeholder(name) for name in own):
        return frozenset()  # a template, and it may be of this cluster
    is_own = bool(served & own) or any(
        is_mistyped(one, other) or differs_in_case(one, other) for one in served for other in own
    )
    return frozenset() if is_own else frozenset(own)


def realms(view: View) -> tuple[Realm, ...]:
    """Return default_realm, then kdc_realm of HAS, then realms of service principals. Each once."""
    found: dict[str, Realm] = {}
    for realm in _named_realms(view):
        found.setdefault(realm.name, realm)
    return tuple(found.values())


def _named_realms(view: View) -> Iterator[Realm]:
    yield from _configured(view)
    yield from principal_realms(view)


def _configured(view: View) -> Iterator[Realm]:
    """Yield default_realm and kdc_realm of krb5.conf."""
    profile = view.case.krb5
    if profile is not None:
        from probes.files.krb5conf import has_ports, mit  # only for clusters with Kerberos

        for relation in (mit.default_realm(profile), has_ports.realm(profile)):
            if relation is not None and relation.value:
                yield Realm(relation.value, relation.origin)


def principal_realms(view: View) -> Iterator[Realm]:
    """Yield the realm of each service principal of the Hadoop files."""
    for file in _SITE_FILES:
        configuration = view.case.settings.get(file)
        for key in sorted(configuration.keys()) if configuration is not None else ():
            if not key.endswith(".principal"):
                continue
            read = view.read(key, file)
            name = read.value.rpartition("@")[2].strip() if read and "@" in read.value else ""
            if read and _REALM.fullmatch(name):
                yield Realm(name, read.origin)


def _realm_flows(view: View, profile: Profile, realm: Realm) -> Found:
    from probes.files.krb5conf import KdcEntryError, mit

    entries = mit.kdc_entries(profile, realm.name)
    if not entries:
        yield from _found_by_dns(view, profile, realm)
    ports, fault = _has_ports(profile)
    if fault is not None:
        yield fault
    stated = _states_port(profile, realm.name)
    hosts = [entry for entry in entries if isinstance(entry, mit.Kdc) and is_host(entry.host)]
    plain = next((entry for entry in hosts if PROXY not in entry.transports), None)
    for entry in entries:
        if isinstance(entry, KdcEntryError):
            yield Skipped(_kdc_of(realm), str(entry), tr("a kdc entry that clients can read"))
        elif not is_host(entry.host) or not any(map(str.isalnum, entry.host)):
            cause = tr("{origin} names no host", origin=entry.origin)
            yield Skipped(_kdc_of(realm), cause, tr("the host of the KDC in that line"))
        elif PROXY in entry.transports and entry.port:
            yield _proxy_flow(view, realm, entry, plain)
        else:
            yield from _kdc_flows(view, profile, realm, entry, None if entry.origin in stated else ports)


def _proxy_flow(view: View, realm: Realm, proxy: Kdc, plain: Kdc | None) -> Flow:
    """Return the flow to a KDC behind HTTPS, which only libkrb5 uses.

    `plain`: another KDC of the realm, which every client asks. None if there is none.
    """
    need: Need = "required" if plain is None else "optional"
    why = None if plain is None else tr("{origin} names a KDC that every client asks", origin=plain.origin)
    return flow(
        view, component("kdc-proxy"), proxy.host, proxy.port, proxy.origin, why=why, need=need, realm=realm.name
    )


def _found_by_dns(view: View, profile: Profile, realm: Realm) -> Found:
    """Yield the KDCs that DNS names. Without a live check DNS is not asked."""
    from probes.files.krb5conf.mit import BOTH, Kdc

    found = view.case.found_kdcs.get(realm.name)
    servers: dict[tuple[str, int], Kdc] = {}
    for by_java, each in ((False, found.mit), (True, found.jdk)) if found is not None else ():
        for server in each:
            place = (server.host.lower(), server.port)
            origin = Origin(BY_DNS, None, f"{server.question.record} {server.question.name}")
            known = servers.get(place)
            own = BOTH if by_java else server.transports
            transports = tuple(dict.fromkeys((*(known.transports if known else ()), *own)))
            servers[place] = Kdc(server.host, server.port, transports, known.origin if known else origin)
    for kdc in servers.values():
        if is_host(kdc.host):
            yield from _kdc_flows(view, profile, realm, kdc, None)
    if not servers:
        why = tr("DNS is not asked without packets") if found is None else found.error or tr("DNS names none")
        yield Skipped(
            _kdc_of(realm),
            tr("{origin} names the realm, krb5.conf has no kdc for it, and {why}", origin=realm.origin, why=why),
            tr(
                "a kdc entry for {realm} in [realms], or a check without --offline where DNS answers",
                realm=realm.name,
            ),
            kind="krb5.conf",
        )


def _kdc_of(realm: Realm) -> str:
    return tr("KDC of {realm}", realm=realm.name)


def _kdc_flows(view: View, profile: Profile, realm: Realm, kdc: Kdc, ports: HasPorts | None) -> Found:
    if PROXY in kdc.transports:
        if kdc.port:
            yield _proxy_flow(view, realm, kdc, None)
        return
    udp = tcp = kdc.port
    udp_origin = tcp_origin = kdc.origin
    if ports is not None:
        origins = iter(ports.origins)
        if ports.udp is not None:
            udp, udp_origin = ports.udp, next(origins)
        if ports.tcp is not None:
            tcp, tcp_origin = ports.tcp, next(origins)
    if "udp" in kdc.transports and udp:
        need, why = _udp_need(profile, realm.name)
        yield flow(view, component("kdc-udp"), kdc.host, udp, udp_origin, why=why, need=need, realm=realm.name)
    if "tcp" in kdc.transports and tcp:
        yield flow(view, component("kdc-tcp"), kdc.host, tcp, tcp_origin, realm=realm.name)


def _udp_need(profile: Profile | None, realm: str) -> tuple[Need, str | None]:
    """Return how much UDP is needed, and why.

    Only with `udp_preference_limit = 1` do libkrb5 and every JDK begin with TCP. 0 does not do it.
    The JDK takes it from the realm's own stanza first. libkrb5 does not, and falls back to TCP.
    """
    if profile is None:
        return "required", None
    own = next(iter(profile.relations("realms", realm, "udp_preference_limit")), None)
    limit = own if own is not None and own.value.strip().isdecimal() else None
    limit = limit or profile.first("libdefaults", "udp_preference_limit")
    if limit is not None and limit.value.strip() == "1":
        return "optional", tr("{origin} makes clients use TCP", origin=limit.origin)
    return "required", None


def _states_port(profile: Profile, realm: str) -> set[Origin]:
    """Return the kdc entries with a port of their own."""
    return {
        relation.origin for relation in profile.relations("realms", realm, "kdc") if _STATES_PORT.match(relation.value)
    }


def _has_ports(profile: Profile) -> tuple[HasPorts | None, Skipped | None]:
    from probes.files.krb5conf import Krb5ValueError, has_ports

    try:
        return has_ports.ports(profile), None
    except Krb5ValueError as error:
        return None, Skipped(tr("KDC ports of HAS"), str(error), tr("kdc_udp_port and kdc_tcp_port that are ports"))


def _from_api(view: View) -> Found:
    """Yield KDCs without the file: `kdc_hosts` ("10.0.0.5:88,kdc2") and `realm` of the
    EMR console."""
    hosts, realm = view.read("kdc_hosts", API_FILE), view.read("realm", API_FILE)
    if hosts is None:
        if view.is_unread(API_FILE):
            cause, needs = tr("the krb5.conf of the case is not read"), tr("a krb5.conf that this check reads")
        else:
            cause = tr("the cluster uses Kerberos and the case has no krb5.conf")
            needs = tr("/etc/krb5.conf of a cluster node")
        yield Skipped("KDC", cause, needs, kind=API_FILE)
        return
    for item in hosts.value.replace(" ", ",").split(","):
        if item:
            yield from _api_entry(view, item, hosts, realm)


def _api_entry(view: View, item: str, hosts: Read, realm: Read | None) -> Found:
    host, port_text = split(item)
    for key in ("kdc-udp", "kdc-tcp"):
        port = port_number(port_text) if port_text else component(key).default_port()
        if port is None or not is_host(host):
            cause = tr("{origin} says {value!r}, which is no host:port", origin=hosts.origin, value=item)
            yield Skipped("KDC", cause, tr("kdc_hosts as host:port"))
            return
        yield flow(view, component(key), host, port, hosts.origin, realm=realm.value if realm else None)
