"""Where does a KDC of MIT listen, by its own kdc.conf?

As krb5kdc 1.20 reads it, which the lab asks:

- kdc_listen is for UDP, kdc_tcp_listen for TCP. kdc_ports and kdc_tcp_ports are older names. Of one
  place the newer name wins; the realm wins over [kdcdefaults]; of several lines the last.
- Without any of them it listens on port 88 of every address, for UDP as for TCP.
- "" turns the transport off.
- Blanks, commas and semicolons part the entries: a port, an address, a name, or one of the latter
  with a port.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.addresses import parse_address
from probes.endpoint import Transport
from probes.files.kdc_start import Failure
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
_SEPARATORS: Final = regex(r"[ \t\n\v\f\r,;]+")
GRAMMAR: Final[frozenset[errors.Rule]] = frozenset(
    {"section-not-top", "section-syntax", "relation-syntax", "extra-brace", "missing-brace"}
)
"""Rules that a line of the file itself breaks."""


@frozen
class KdcSocket:
    """One entry: where the KDC listens."""

    address: str | None
    """Numeric address, or a name. None: every address."""
    port: int
    """0-65535. 0 is any free port."""


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
    read = _read(file, text)
    if read is None or isinstance(read, Refusal):
        return None
    udp, tcp = (_listen(read, realm, transport) for transport in ("udp", "tcp"))
    if not isinstance(udp, KdcListen) or not isinstance(tcp, KdcListen) or not (udp.sockets or tcp.sockets):
        return None
    others = {port for other in read.subsections("realms") if other != realm for port in _ports_of(read, other)}
    return KdcConf(udp, tcp, frozenset(others))


@frozen
class Refusal:
    """Why krb5kdc does not start with a kdc.conf."""

    failure: Failure
    """What its log then tells of."""
    origin: Origin
    """The line."""
    found: str
    """What stands there: a setting with its value, or what no line of the file may be."""
    is_setting: bool = False
    """True if it is the value of a setting, which krb5.conf may set as well."""


def refusal(file: str, text: str, realm: str) -> Refusal | None:
    """Return the line with which krb5kdc does not start for a realm.

    None if it starts, if that is not known, and if the file is not of MIT. Never raise.
    """
    read = _read(file, text)
    if read is None or isinstance(read, Refusal):
        return read
    udp, tcp = (_listen(read, realm, transport) for transport in ("udp", "tcp"))
    for listen in (udp, tcp):
        if isinstance(listen, Refusal):
            return listen
    if not isinstance(udp, KdcListen) or not isinstance(tcp, KdcListen):
        return None
    if udp.sockets or tcp.sockets or tcp.origin is None:
        return None
    return Refusal("listen-value", tcp.origin, _setting(tcp.origin, tcp.value), is_setting=True)


def _read(file: str, text: str) -> profile.Profile | Refusal | None:
    """Return the file. The refusal of a line that libkrb5 does not take, and None if the file is
    not of MIT, or if only our bounds stop it."""
    try:
        read = profile.load([(file, text.encode("utf-8"))])
    except errors.Krb5ConfError as error:
        if error.rule not in GRAMMAR or _may_be_cut(text, error.line):
            return None
        return Refusal("configuration", Origin(file, error.culprit or error.line), error.found)
    sections = read.subsections()
    return None if "kdc" in sections or not {"kdcdefaults", "realms"} & set(sections) else read


def _may_be_cut(text: str, line: int | None) -> bool:
    """Return True if the line is the last one and has no end, as in a file that was cut."""
    return line is not None and line > text.count("\n")


def _setting(origin: Origin, value: str) -> str:
    key = (origin.key or "").rpartition(" ")[2]
    return f"{key} = {value or chr(34) * 2}"


def _listen(read: profile.Profile, realm: str, transport: Transport) -> KdcListen | Refusal | None:
    """Return where a transport is listened on. None if this release of krb5kdc does not tell."""
    for place in (("realms", realm), ("kdcdefaults",)):
        for key in _KEYS[transport]:
            if relations := read.relations(*place, key):
                last = relations[-1]
                sockets = _sockets(last.value)
                if isinstance(sockets, tuple):
                    return KdcListen(sockets, last.value, last.origin)
                if sockets is None:
                    return None
                return Refusal(sockets, last.origin, _setting(last.origin, last.value), is_setting=True)
    return KdcListen((KdcSocket(None, KERBEROS),), "", None)


def _sockets(value: str) -> tuple[KdcSocket, ...] | Failure | None:
    """Return the entries of a value. The failure if krb5kdc does not start with it. None if that
    depends on its release.

    A name is not looked up if the same port of every address is listened on.
    """
    if not value:
        return ()
    read = [_socket(word) for word in _SEPARATORS.split(value) if word]
    sockets = tuple(each for each in read if isinstance(each, KdcSocket))
    is_everywhere = any(socket.address is None and socket.port == KERBEROS for socket in sockets)
    failed = [
        each for each in read if not isinstance(each, KdcSocket) and not (each == "listen-name" and is_everywhere)
    ]
    if failed:
        return failed[0]
    return sockets or (KdcSocket(None, KERBEROS),)


def _socket(word: str) -> KdcSocket | Failure | None:
    match = _ENTRY.fullmatch(word)
    if match is None:
        if word.startswith("/"):
            return None  # the path of a socket, which releases from 1.22 on know
        return "listen-value" if word.isdecimal() or ":" in word else "listen-name"
    port = int(match[3] or match[4] or KERBEROS)
    address = match[1] or match[2]
    if port > 65535:
        return "listen-value"
    return KdcSocket(None if address == "*" else address, port)


def _ports_of(read: profile.Profile, realm: str) -> Iterator[int]:
    for keys in _KEYS.values():
        for key in keys:
            for relation in read.relations("realms", realm, key):
                sockets = _sockets(relation.value)
                yield from (socket.port for socket in sockets) if isinstance(sockets, tuple) else ()


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
