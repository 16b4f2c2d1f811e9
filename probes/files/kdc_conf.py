"""Where does a KDC of MIT listen, by its own kdc.conf?

As krb5kdc 1.20 reads it, which the lab asks:

- kdc_listen is for UDP, kdc_tcp_listen for TCP. kdc_ports and kdc_tcp_ports are older names. Of one
  place the newer name wins; the realm wins over [kdcdefaults]; of several lines the last.
- Without any of them it listens on port 88 of every address, for UDP as for TCP.
- "" turns the transport off.
- Blanks and commas part the entries: a port, an address, a name, or one of the latter with a port.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.addresses import parse_address
from probes.endpoint import Transport
from probes.files.krb5conf import errors, profile
from probes.frozen import frozen
from probes.origin import Origin
from probes.regex import regex

_KEYS: Final[dict[Transport, tuple[str, str]]] = {
    "udp": ("kdc_listen", "kdc_ports"),
    "tcp": ("kdc_tcp_listen", "kdc_tcp_ports"),
}
KERBEROS: Final = 88
_ENTRY: Final = regex(
    r"(?:\[([0-9A-Fa-f:.]+)\]|(\*|[A-Za-z0-9._-]*[A-Za-z._-][A-Za-z0-9._-]*))(?::([0-9]{1,5}))?|([0-9]{1,5})"
)
_SEPARATORS: Final = regex(r"[ \t,]+")


@frozen
class KdcSocket:
    """One entry: where the KDC listens."""

    address: str | None
    """Numeric address, or a name. None: every address."""
    port: int
    """1-65535."""


@frozen
class KdcListen:
    """Where one transport is listened on."""

    sockets: tuple[KdcSocket, ...]
    """() if the transport is turned off."""
    value: str
    """The value as it stands in the file. "" if nothing is set, and if it is empty."""
    origin: Origin | None
    """Line of the value. None if the file does not set it."""


@frozen
class KdcConf:
    """The listeners of one realm."""

    udp: KdcListen
    """Datagrams."""
    tcp: KdcListen
    """Connections."""
    others: frozenset[int]
    """Ports of other realms of the file. A KDC that serves them too listens there as well."""

    def of(self, transport: Transport) -> KdcListen:
        return self.udp if transport == "udp" else self.tcp


def read_kdc_conf(file: str, text: str, realm: str) -> KdcConf | None:
    """Return the listeners for a realm. None if krb5kdc would not start with this file, or if it is
    not of MIT. Never raise."""
    try:
        read = profile.load([(file, text.encode("utf-8"))])
    except errors.Krb5ConfError:
        return None
    sections = read.subsections()
    if "kdc" in sections or not {"kdcdefaults", "realms"} & set(sections):
        return None
    udp, tcp = (_listen(read, realm, transport) for transport in ("udp", "tcp"))
    if udp is None or tcp is None or not (udp.sockets or tcp.sockets):
        return None
    others = {port for other in read.subsections("realms") if other != realm for port in _ports_of(read, other)}
    return KdcConf(udp, tcp, frozenset(others))


def _listen(read: profile.Profile, realm: str, transport: Transport) -> KdcListen | None:
    for place in (("realms", realm), ("kdcdefaults",)):
        for key in _KEYS[transport]:
            if relations := read.relations(*place, key):
                last = relations[-1]
                sockets = _sockets(last.value)
                return None if sockets is None else KdcListen(sockets, last.value, last.origin)
    return KdcListen((KdcSocket(None, KERBEROS),), "", None)


def _sockets(value: str) -> tuple[KdcSocket, ...] | None:
    """Return the entries of a value. None if krb5kdc does not start with it."""
    if not value:
        return ()
    words = [word for word in _SEPARATORS.split(value) if word]
    entries = [_socket(word) for word in words]
    if None in entries:
        return None
    return tuple(entry for entry in entries if entry is not None) or (KdcSocket(None, KERBEROS),)


def _socket(word: str) -> KdcSocket | None:
    match = _ENTRY.fullmatch(word)
    if match is None:
        return None
    port = int(match[3] or match[4] or KERBEROS)
    address = match[1] or match[2]
    if not 0 < port < 65536:
        return None
    return KdcSocket(None if address == "*" else address, port)


def _ports_of(read: profile.Profile, realm: str) -> Iterator[int]:
    for keys in _KEYS.values():
        for key in keys:
            for relation in read.relations("realms", realm, key):
                yield from (socket.port for socket in _sockets(relation.value) or ())


def accepts(socket: KdcSocket, address: str) -> bool | None:
    """Return whether a listener takes packets to an address of the host that is not loopback.

    None if its name decides.
    """
    if socket.address is None:
        return True
    if socket.address.lower() == "localhost":
        return False
    try:
        own = parse_address(socket.address)
    except ValueError:
        return None
    is_v6 = ":" in address
    if own == parse_address("::" if is_v6 else "0.0.0.0"):
        return True
    return own == parse_address(address)
