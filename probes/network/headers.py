"""Where do the headers of a captured packet end, and where does its payload begin?

The headers are those of IP, then of TCP, UDP or ICMP. An ICMP error quotes the beginning of another
packet, whose headers count as well. RFC 791, 792, 8200, 4443, 9293.
"""

from __future__ import annotations

_TCP, _UDP, _ICMP, _ICMP6, _FRAGMENT = 6, 17, 1, 58, 44
_OPTIONS = frozenset({0, 43, 60})
"""Hop-by-hop, routing and destination options of IPv6."""
_MOST_OPTIONS = 4

_ERRORS = {_ICMP: frozenset({3, 5, 11, 12}), _ICMP6: frozenset({1, 2, 3, 4})}
_LEAST_TCP, _UDP_SIZE, _ICMP_SIZE = 20, 8, 8


def size(packet: bytes) -> int:
    """Return the bytes of all headers from the IP header on, at most those there are.

    0 for no IP packet.
    """
    return min(_end(packet), len(packet))


def _end(packet: bytes) -> int:
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        at, protocol = 4 * (packet[0] & 0x0F), packet[9]
        whole = int.from_bytes(packet[6:8], "big") & 0x1FFF == 0
    elif version == 6 and len(packet) >= 40:
        at, protocol, whole = _v6(packet)
    else:
        return 0
    return at + _transport(packet[at:], protocol) if whole else at


def _v6(packet: bytes) -> tuple[int, int, bool]:
    """Return where the last header of IPv6 ends, what follows it, and False for a later
    fragment."""
    at, protocol = 40, packet[6]
    for _ in range(_MOST_OPTIONS):
        if len(packet) < at + 8:
            break
        if protocol == _FRAGMENT:
            if int.from_bytes(packet[at + 2 : at + 4], "big") >> 3:
                return at + 8, protocol, False
            at, protocol = at + 8, packet[at]
        elif protocol in _OPTIONS:
            at, protocol = at + 8 * (packet[at + 1] + 1), packet[at]
        else:
            break
    return at, protocol, True


def _transport(rest: bytes, protocol: int) -> int:
    if protocol == _TCP:
        return max(4 * (rest[12] >> 4), _LEAST_TCP) if len(rest) > 12 else len(rest)
    if protocol == _UDP:
        return _UDP_SIZE
    if protocol in _ERRORS and rest:
        return _ICMP_SIZE + (_end(rest[_ICMP_SIZE:]) if rest[0] in _ERRORS[protocol] else 0)
    return 0
