"""What does a host listen on, and which connections does it have?

Reads the output of `ss` or `netstat -an`, with whichever options. Columns are found by their shape
and not by the header: -H drops the header, and -p adds a column. Every line of interest has a
state, two counts and two ends.

- `ss` writes * for a socket that takes both families, [::] for one that takes IPv6 alone, 0.0.0.0
  for IPv4, and an interface after %
- `ss` up to iproute2 4.12, as CentOS 7 and Alibaba Cloud Linux 2 have it, writes * for IPv4, and
  [::] or :: for both families and for IPv6 alone. Its texts have no 0.0.0.0
- `netstat` writes :: for both families
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from probes.endpoint import Transport
from probes.frozen import frozen
from probes.origin import Origin
from probes.regex import regex

MOST_LINES = 50_000
"""A busy NameNode has some ten thousand connections. ss prints listeners before them."""
LONGEST_LINE = 1024

WILDCARDS = frozenset({"*", "0.0.0.0", "::"})

HALF_OPEN = "SYN-RECV"
"""A connection whose SYN arrived and whose SYN-ACK nobody confirmed (RFC 9293 3.3.2)."""

_STATES = {
    "LISTEN": "LISTEN",
    "UNCONN": "UNCONN",
    "ESTAB": "ESTAB",
    "ESTABLISHED": "ESTAB",
    "SYN-RECV": HALF_OPEN,
    "SYN_RECV": HALF_OPEN,
    "SYN-SENT": "SYN-SENT",
    "SYN_SENT": "SYN-SENT",
    "TIME-WAIT": "TIME-WAIT",
    "TIME_WAIT": "TIME-WAIT",
    "CLOSE-WAIT": "CLOSE-WAIT",
    "CLOSE_WAIT": "CLOSE-WAIT",
    "FIN-WAIT-1": "FIN-WAIT-1",
    "FIN_WAIT1": "FIN-WAIT-1",
    "FIN-WAIT-2": "FIN-WAIT-2",
    "FIN_WAIT2": "FIN-WAIT-2",
    "LAST-ACK": "LAST-ACK",
    "LAST_ACK": "LAST-ACK",
    "CLOSING": "CLOSING",
}
"""Words of ss and of netstat -> those of ss."""

_END = regex(r"(?P<address>\*|\[?[0-9A-Fa-f:.]+\]?)(?:%[\w.@-]+)?:(?P<port>\*|\d{1,5})")
_HEADER = regex(r"Local Address:Port\b|Local Address +Foreign Address")
_IPV6 = regex(r"(\[[0-9A-Fa-f:.]*\]|::):(\d|\*)")
_IPV4_WILDCARD = regex(r"(?<![\w.])0\.0\.0\.0:")
_COUNT = regex(r"[0-9]{1,9}")
_NETID = regex(r"(tcp|udp)6?")
_LISTENER = regex(r"\s*(?:tcp6?\s[^\n]*\bLISTEN\b|LISTEN\s)")
"""Line of a listener of TCP in the output of ss or netstat."""


@frozen
class Listener:
    """A socket that accepts connections or datagrams."""

    transport: Transport
    """Protocol of the socket."""
    address: str
    """Numeric, or one of `WILDCARDS`. * if IPv4 may be taken as well as IPv6."""
    port: int
    """1-65535."""
    origin: Origin
    """Line of the text."""
    is_full: bool = False
    """True if more connections wait than its queue takes, so the kernel drops new ones.

    Then ss shows a Recv-Q above Send-Q (sk_acceptq_is_full, linux/include/net/sock.h). netstat does
    not tell.
    """

    @property
    def is_wildcard(self) -> bool:
        return self.address in WILDCARDS

    def accepts(self, address: str | None) -> bool:
        """Return True if connections to this address of the host reach the listener.

        None stands for an unknown address: only a wildcard listener certainly accepts it.
        """
        if self.address == "*" or address is None:
            return self.is_wildcard
        if self.is_wildcard:
            return (":" in self.address) is (":" in address)
        return self.address == address

    @property
    def is_loopback(self) -> bool:
        return not self.is_wildcard and ipaddress.ip_address(self.address).is_loopback


@frozen
class Connection:
    """One TCP connection."""

    state: str
    """State in the words of ss."""
    local: tuple[str, int]
    """Address and port of this host."""
    peer: tuple[str, int]
    """Address and port of the other end."""
    origin: Origin
    """Line of the text."""


@frozen
class Sockets:
    """What one output shows."""

    listeners: tuple[Listener, ...] = ()
    """Listeners in the order of the text."""
    connections: tuple[Connection, ...] = ()
    """Connections in the order of the text."""
    is_whole: bool = False
    """True if the text has its header and sockets of IPv6, and each listener has a number for its
    port: no search and no option cut it. Java opens sockets of IPv6, which -4 leaves out. Without
    -n both tools write names for ports, and netstat cuts long names of hosts."""
    has_names: bool = False
    """True if a listener has a name for its port or address, so it was not read."""


def read_sockets(file: str, text: str) -> Sockets:
    """Read sockets in the order of the text. Lines of any other shape are skipped. Never raises."""
    listeners: list[Listener] = []
    connections: list[Connection] = []
    tells_families_apart = _IPV4_WILDCARD.search(text) is not None
    has_names = False
    for number, line in enumerate(text.split("\n", MOST_LINES)[:MOST_LINES], start=1):
        read = _line(line[:LONGEST_LINE], Origin(file, number), tells_families_apart)
        if isinstance(read, Listener):
            listeners.append(read)
        elif read is not None:
            connections.append(read)
        else:
            has_names = has_names or _LISTENER.match(line) is not None
    has_ipv6 = _IPV6.search(text) is not None or (
        tells_families_apart and any(each.address == "*" for each in listeners)
    )
    is_whole = has_ipv6 and not has_names and _HEADER.search(text) is not None
    return Sockets(tuple(listeners), tuple(connections), is_whole, has_names)


def _line(line: str, origin: Origin, tells_families_apart: bool) -> Listener | Connection | None:
    """`tells_families_apart`: [::] stands for IPv6 alone."""
    words = line.split()
    netid = _NETID.fullmatch(words[0]) if words else None
    state = next((_STATES[word] for word in words[:6] if word in _STATES), None)
    ends = [match for word in words[1:7] if (match := _END.fullmatch(word))]
    if len(ends) < 2 or (state is None and not (netid and netid[1] == "udp")):
        return None
    local, peer = (_end(match, tells_families_apart) for match in ends[:2])
    if local is None or peer is None or local[1] == 0:
        return None
    protocol = netid[1] if netid else None
    if state == "LISTEN" or (state in (None, "UNCONN") and peer[1] == 0):
        transport: Transport = "udp" if protocol == "udp" or (protocol is None and state == "UNCONN") else "tcp"
        return Listener(transport, local[0], local[1], origin, transport == "tcp" and _is_full(words))
    if protocol == "udp" or state is None or peer[1] == 0:
        return None
    return Connection(state, local, peer, origin)


def _is_full(words: list[str]) -> bool:
    """Return True if the counts behind the state say so. netstat has the state behind the ends."""
    counts = words[words.index("LISTEN") + 1 :][:2] if "LISTEN" in words else []
    return len(counts) == 2 and all(map(_COUNT.fullmatch, counts)) and int(counts[0]) > int(counts[1])


def _end(end: re.Match[str], tells_families_apart: bool) -> tuple[str, int] | None:
    """Read an address and a port. Port 0 stands for *."""
    port = 0 if end["port"] == "*" else int(end["port"])
    if port > 65535:
        return None
    bare = end["address"].strip("[]")
    if bare == "*" or (bare == "::" and not (tells_families_apart and end["address"] != "::")):
        return "*", port
    address = _address(bare)
    return None if address is None else (address, port)


@lru_cache(maxsize=4096)
def _address(text: str) -> str | None:
    """Return the usual spelling. An IPv4 address inside IPv6 becomes the IPv4 one.

    Cached, because the connections of a host name few addresses many times.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
