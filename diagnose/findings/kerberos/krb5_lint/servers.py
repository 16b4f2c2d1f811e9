"""Do both families use the servers that the `kdc` lines mean?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place, places
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, deleted, replaced
from probes.files.krb5conf import Krb5ValueError, Relation, has_ports, jdk, mit
from probes.files.krb5conf.jdk import JdkKdcError
from probes.files.krb5conf.mit import KDC_PORT, Kdc
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

Servers = Sequence[Kdc | Krb5ValueError]

_PREFIX = regex(r"(?:(?:tcp|udp|http|https|krb5|kdc)://|(?:tcp|udp|http)/)", re.IGNORECASE)
_PROXY = regex(r"https://[^/\s,]+(/\S*)?", re.IGNORECASE)
_HOST = regex(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_SERVER = regex(r"(\[[0-9A-Fa-f:.]+\]|[^:\s,\[\]]+)(?::\s*\+?0*(\d{1,5}))?\D*")
_LOCAL = frozenset(("localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost"))


def faults(views: Views) -> Iterator[LineFault]:
    for realm in views.realms():
        mine, others = mit_servers(views, realm), jdk_servers(views, realm)
        ours, theirs = _by_line(mine), _by_line(others)
        has_others = all(
            any(isinstance(one, Kdc) and not _is_local(one.host) for one in each) for each in (mine, others)
        )
        local: dict[Origin, str] = {}
        for relation in _lines(views, realm):
            at = (relation.origin.file, relation.origin.line)
            mine, others = ours.get(at, []), theirs.get(at, [])
            yield from _line(views, relation, mine, others)
            hosts = (one.host for one in (*mine, *others) if isinstance(one, Kdc))
            own = next((host for host in hosts if _is_local(host)), None)
            if own is not None:
                local[relation.origin] = own
        yield from _loopback(views, realm, local, has_others=has_others)
        yield from _other_servers(views, realm)
    yield from _has_ports(views)


def mit_servers(views: Views, realm: str) -> Servers:
    return mit.kdc_entries(views.profile, realm) if views.profile else ()


def jdk_servers(views: Views, realm: str) -> Servers:
    return views.ask_jdk(lambda reading: jdk.kdc_entries(reading, realm), ())


def _lines(views: Views, realm: str) -> Iterator[Relation]:
    """Yield the `kdc` lines that either family reads, each once."""
    ours = views.profile.relations("realms", realm, "kdc") if views.profile else ()
    theirs = views.ask_jdk(lambda reading: reading.values("realms", realm, "kdc"), ())
    lines = {(relation.origin.file, relation.origin.line) for relation in ours}
    yield from ours
    yield from (relation for relation in theirs if (relation.origin.file, relation.origin.line) not in lines)


def _line(views: Views, relation: Relation, ours: Servers, theirs: Servers) -> Iterator[LineFault]:
    """Yield the faults of the value of one `kdc` line."""
    at = relation.origin
    fault = _fault(relation.value, ours, theirs)
    if fault is not None:
        yield LineFault(
            "KDC-MSG-CFG",
            fault[0],
            (at,),
            fault[1],
            mit=_mit_clause(views, ours, relation),
            jdk=_jdk_clause(views, theirs),
            repairs=_servers_of_line(views, at, "kdc", relation.value),
            by_hand=tr("write {key} = <host>:<port> in {place}, and nothing after it", key="kdc", place=place(at)),
        )


def _loopback(views: Views, realm: str, local: Mapping[Origin, str], *, has_others: bool) -> Iterator[LineFault]:
    """Yield the `kdc` lines that mean the machine of the client.

    If clients of both families go on to a KDC elsewhere, each line is a fault of its own, and
    harmless. Else all of them together are one fault: to mend one of them mends nothing.
    """
    groups = [[origin] for origin in local] if has_others else [list(local)] if local else []
    for origins in groups:
        hosts = tr(" and ").join(dict.fromkeys(local[origin] or tr("an empty name") for origin in origins))
        own = tr("asks for a KDC on {hosts}, which is the host that the client runs on", hosts=hosts)
        yield LineFault(
            "KDC-LOOPBACK",
            "loopback",
            tuple(origins),
            tr("krb5.conf sends clients of {realm} to their own machine", realm=realm),
            mit=tr("{asks}, and goes on to the other KDCs", asks=own) if has_others else own,
            jdk=tr("does the same"),
            repairs=(deleted(views, origins),),
            by_hand=tr(
                "write the full host name of the KDC's node in {places}; the file does not say which it is",
                places=places(origins),
            ),
            severity="warning" if has_others else None,
        )


def _servers_of_line(views: Views, at: Origin, key: str, value: str) -> tuple[Repair, ...]:
    """Return the repair that writes each server that a line means on a line of its own.

    A line that means none is deleted, if the realm has others.
    """
    servers = meant_servers(value)
    if servers:
        return (replaced(views, at, *(f"{key} = {server}" for server in servers)),)
    return () if value.startswith("/") or _PROXY.fullmatch(value) else (deleted(views, [at]),)


def _with_port(views: Views, servers: Sequence[Kdc], port: int) -> Repair:
    """Return the repair that gives all of these servers this port."""
    lines = {(one.origin.file, one.origin.line): one for one in servers}
    edits = (replaced(views, one.origin, f"kdc = {_bracketed(one.host)}:{port}") for one in lines.values())
    return tuple(edit for repair in edits for edit in repair)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _by_line(servers: Servers) -> dict[tuple[str, int | None], list[Kdc | Krb5ValueError]]:
    by_line: dict[tuple[str, int | None], list[Kdc | Krb5ValueError]] = {}
    for server in servers:
        by_line.setdefault((server.origin.file, server.origin.line), []).append(server)
    return by_line


def _fault(value: str, ours: Servers, theirs: Servers) -> tuple[str, str] | None:
    """Return what is wrong with one value: its kind and its title.

    None if both families read what it means.
    """
    if not value.strip():
        return "no-host", tr("A `kdc` line without a host")
    if value.startswith("/"):
        return "unix-socket", tr("A Unix socket as KDC, which Java reads as a host name")
    if _PROXY.fullmatch(value):
        return "proxy", tr("A KDC proxy (https://), which Java reads as a host called https")
    if _PREFIX.match(value):
        return "transport", tr("A transport before the host, which only Heimdal understands")
    if re.search(r"\s[#;]", value):
        return "comment-after-host", tr("A comment after the host becomes a part of the `kdc` value")
    if "," in value:
        return "comma", tr("A comma in a `kdc` line")
    if len(value.split()) > 1 and not re.fullmatch(r"\S+:\s*\d+", value):
        return "blank", tr("More than one host in a `kdc` line")
    if any(isinstance(one, Krb5ValueError) for one in (*ours, *theirs)) or any(
        isinstance(one, Kdc) and one.port == 0 for one in ours
    ):
        return "unreadable", tr("A `kdc` line that cannot be read: host, host:port or [IPv6]:port is expected")
    if any(isinstance(one, Kdc) and not _HOST.fullmatch(one.host) for one in (*ours, *theirs)):
        return "no-host-name", tr("A `kdc` line that names no host")
    if ours and theirs and _ends(ours) != _ends(theirs):
        return "read-differently", tr("A `kdc` line that the families read differently")
    return None


def _ends(servers: Servers) -> list[tuple[str, int]]:
    return [(one.host, one.port) for one in servers if isinstance(one, Kdc)]


def _mit_clause(views: Views, servers: Servers, relation: Relation) -> str:
    if views.profile is None:
        return tr("refuses the file because of another line")
    if any(isinstance(one, Krb5ValueError) for one in servers):
        return tr("cannot read this entry, so it uses no KDC of the realm")
    if not servers and relation.value.startswith("/"):
        return tr("sends nothing over the network for it")
    return tr("uses {servers}", servers=_servers_text(servers)) if servers else tr("does not see this line")


def _jdk_clause(views: Views, servers: Servers) -> str:
    if views.reading is None:
        return tr("refuses the file because of another line")
    if not servers:
        return tr("takes no KDC from this line")
    if all(isinstance(one, JdkKdcError) for one in servers):
        return tr("fails on it and tries the next entry")
    return tr("uses {servers}", servers=_servers_text(servers))


def _servers_text(servers: Servers) -> str:
    return tr(", then ").join(
        tr("“{host}” port {port}", host=one.host, port=one.port)
        if isinstance(one, Kdc)
        else tr("an entry it cannot use, “{value}”", value=one.value)
        for one in servers
    )


def meant_servers(value: str) -> tuple[str, ...]:
    """Return the servers that the writer most likely meant, each as `host:port` or `host`.

    () if that is not clear.
    """
    body = re.split(r"\s[#;]", value.strip().strip("'\""), maxsplit=1)[0]
    if _PROXY.fullmatch(body):
        return ()
    servers = []
    for word in re.split(r"[\s,]+", re.sub(r":\s+(?=\d)", ":", body)):
        bare = _PREFIX.sub("", word).rstrip("/")
        if _is_address6(bare):
            bare = f"[{bare}]"
        match = _SERVER.fullmatch(bare)
        if match is None or not _HOST.fullmatch(match[1].strip("[]")) or match[1].isdigit():
            continue
        port = int(match[2]) if match[2] else None
        servers.append(f"{match[1]}:{port}" if port and port <= 65535 else match[1])
    return tuple(servers)


def _is_address6(word: str) -> bool:
    try:
        return ip_address(word).version == 6
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    if host.lower().removesuffix(".") in _LOCAL or not host:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _other_servers(views: Views, realm: str) -> Iterator[LineFault]:
    """Yield wrong values of admin_server and kpasswd_server.

    Only MIT reads these keys, for password changes and kadmin.
    """
    for key in ("admin_server", "kpasswd_server"):
        for relation in views.profile.relations("realms", realm, key) if views.profile else ():
            if not re.search(r"[\s,]", relation.value) and not _PREFIX.match(relation.value):
                continue
            if _PROXY.fullmatch(relation.value):
                continue
            yield LineFault(
                "KDC-MSG-CFG",
                "other-server",
                (relation.origin,),
                tr("A `{key}` line holds more than one host and port", key=key),
                mit=tr("reads “{value}” as one host, so kadmin and password changes fail", value=relation.value),
                jdk=tr("does not read this line"),
                repairs=_servers_of_line(views, relation.origin, key, relation.value),
                by_hand=tr(
                    "write {key} = <host>:<port> in {place}, and nothing after it",
                    key=key,
                    place=place(relation.origin),
                ),
                severity="warning",
            )


def _has_ports(views: Views) -> Iterator[LineFault]:
    """Yield a port of an old HAS cluster that is set only in keys which neither family reads."""
    if views.profile is None:
        return
    try:
        ports = has_ports.ports(views.profile)
    except Krb5ValueError as error:
        yield LineFault(
            "KDC-PORT",
            "has-port-value",
            (error.origin,),
            tr("A HAS key has a value that is not a port"),
            mit=tr("does not read this key"),
            jdk=tr("does not read this key"),
            repairs=(replaced(views, error.origin, f"{(error.origin.key or 'kdc_tcp_port').split()[-1]} = 88"),),
            by_hand=tr("write a port in {place}", place=place(error.origin)),
            severity="warning",
        )
        return
    has_only = {port for port in (ports.udp, ports.tcp) if port is not None and port != KDC_PORT}
    named = has_ports.realm(views.profile)
    realm = named.value if named else next(iter(views.default_realms()), "")
    other_port = [one for one in mit_servers(views, realm) if isinstance(one, Kdc) and one.port not in has_only]
    if has_only and other_port:
        port = min(has_only)
        yield LineFault(
            "KDC-PORT",
            "has-port",
            (ports.origins[0], *(one.origin for one in other_port)),
            tr("Port {port} is set only in keys of HAS (Kerby) that neither MIT nor Java reads", port=port),
            mit=tr("does not read kdc_udp_port and kdc_tcp_port, and uses port {port}", port=other_port[0].port),
            jdk=tr("uses port {port} as well", port=other_port[0].port),
            repairs=(_with_port(views, other_port, port),) if len(has_only) == 1 else (),
            by_hand=tr("write the port of the KDC in {places}", places=places([one.origin for one in other_port])),
            confidence="strong",
            settle_by=tr(
                "a probe of port {port} and of port {other} on {host}",
                port=port,
                other=other_port[0].port,
                host=other_port[0].host,
            ),
        )
