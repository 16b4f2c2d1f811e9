"""What does a Java client make of `host:port` in a setting?

Hadoop parses it as the authority of a URI (NetUtils.createSocketAddr, Hadoop 3.3.6). Of a whole URI
it takes the authority, whatever the scheme. A host that java.net.URI does not take, such as one
with an underscore, is refused: "Does not contain a valid host:port authority".
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Literal

from probes.frozen import frozen
from probes.regex import regex

Fault = Literal["unset", "loopback", "authority", "port"]
"""Why a client does not get to the service: the address means no machine, it means the machine of
the client, it is no valid address, or its port is none."""

_LABELS = regex(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
    r"|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
)
"""A host name as java.net.URI takes it: the last of several labels begins with a letter."""

_URI = regex(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
"""Scheme and authority of a URI."""

_UNSPECIFIED = frozenset({"", "*", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"})
_LOOPBACK_NAMES = frozenset(
    {"localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback"}
)


@frozen
class Authority:
    """The two halves of `host:port`, without user and password."""

    host: str
    """Host without brackets. "" if there is none."""
    port: str
    """Text of the port. "" if there is none."""
    bare: bool = False
    """True for an IPv6 address without brackets, which Java does not take."""


def split_authority(text: str) -> Authority:
    """Return host and port of 'host:port', 'host', '[::1]:port', '::1' or 'scheme://host:port/path'.

    Drop user and password.
    """
    uri = _URI.match(text.strip())
    bare = (uri[1] if uri else text.strip()).rpartition("@")[2]
    if bare.startswith("["):
        host, _, rest = bare[1:].partition("]")
        return Authority(host, rest.removeprefix(":"))
    if bare.count(":") > 1 and _address(bare) is not None:
        return Authority(bare, "", bare=True)
    host, colon, port = bare.rpartition(":")
    return Authority(host, port, bare=":" in host) if colon else Authority(bare, "")


def fault_of(authority: Authority) -> Fault | None:
    """Return why a Java client cannot use the address, or None if it dials it.

    What the client refuses to parse comes first: it never gets to dial such an address.
    """
    if authority.bare or not is_java_host(authority.host):
        return "authority"
    if authority.port and not is_port(authority.port):
        return "port"
    if is_unspecified(authority.host):
        return "unset"
    return "loopback" if is_this_machine(authority.host) else None


def is_unspecified(host: str) -> bool:
    """Return True if the host means every interface."""
    return host in _UNSPECIFIED


def is_this_machine(host: str) -> bool:
    """Return True if the host means the machine on which the client runs."""
    address = _address(host)
    return address.is_loopback if address is not None else host.rstrip(".").lower() in _LOOPBACK_NAMES


def is_java_host(host: str) -> bool:
    """Return True if java.net.URI takes the text as a host."""
    return _address(host) is not None or (len(host) <= 253 and _LABELS.fullmatch(host) is not None)


def is_port(text: str) -> bool:
    """Return True for 1 to 65535, in decimal digits."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535


def is_loopback(address: str) -> bool:
    """Return True if an address means the machine that uses it: 127.0.0.1, ::1, and 0.0.0.0 to a
    client. ValueError if it is no address."""
    known = _address(address) or ipaddress.ip_address(address)
    return known.is_loopback or known.is_unspecified


@lru_cache(maxsize=65536)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
