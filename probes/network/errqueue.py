"""Which ICMP error came back, and who sent it?

Linux keeps the ICMP errors of a socket in its error queue once IP_RECVERR or IPV6_RECVERR is set,
for any user: see ip(7) and ipv6(7). An entry has type, code and the address of the router or host
that sent the error. errno alone folds six kinds of prohibition into EHOSTUNREACH and has no sender.

Codes: RFC 792, RFC 1122 3.2.2.1 and RFC 1812 5.2.7.1 for ICMP, RFC 4443 3.1 for ICMPv6.
"""

from __future__ import annotations

import socket
import struct

from probes.frozen import frozen, replace
from probes.observation import Reason

IP_RECVERR = 11
IPV6_RECVERR = 25
MSG_ERRQUEUE = 0x2000

_FROM_ICMP, _FROM_ICMP6 = 2, 3
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6. Origin 1 is this host itself and has no type."""

_EXTENDED = struct.Struct("=IBBBBII")
"""struct sock_extended_err: errno, origin, type, code, pad, info, data. The sender's socket address
follows."""

_MOST_QUEUED = 64
"""More ICMP errors than one probe can cause. The bound ends the reading of a flood."""

_V4: dict[tuple[int, int], Reason] = {
    (3, 0): "net-unreachable",
    (3, 1): "host-unreachable",
    (3, 2): "proto-unreachable",
    (3, 3): "port-unreachable",
    (3, 6): "net-unreachable",
    (3, 7): "host-unreachable",
    (3, 9): "net-prohibited",
    (3, 10): "host-prohibited",
    (3, 13): "admin-prohibited",
    (11, 0): "ttl-exceeded",
}
_V6: dict[tuple[int, int], Reason] = {
    (1, 0): "net-unreachable",
    (1, 1): "admin-prohibited",
    (1, 3): "host-unreachable",
    (1, 4): "port-unreachable",
    (1, 5): "policy-failed",
    (1, 6): "reject-route",
    (3, 0): "ttl-exceeded",
}


@frozen
class IcmpError:
    """One ICMP error of the queue."""

    v6: bool
    """True for ICMPv6."""

    type: int
    """ICMP type."""

    code: int
    """ICMP code."""

    errno: int
    """The kernel's translation."""

    offender: str | None
    """Address that sent the error. None if the kernel does not know it."""

    mtu: int | None = None
    """Bytes that the next link carries (RFC 1191 4, RFC 4443 3.2).

    None unless the error is "too big" and the router states it.
    """

    @property
    def reason(self) -> Reason:
        """The word for it: `icmp-other` if the tables do not have it."""
        return (_V6 if self.v6 else _V4).get((self.type, self.code), "icmp-other")

    @property
    def is_too_big(self) -> bool:
        """True for 'fragmentation needed' and 'packet too big'.

        It is no refusal: the kernel learns the path MTU from it, and the next packet fits.
        """
        return (self.type, self.code) == ((2, 0) if self.v6 else (3, 4))

    def detail(self) -> dict[str, object]:
        """Return plain values for `Observation.detail`."""
        return {"icmp_type": self.type, "icmp_code": self.code}


def enable(sock: socket.socket, on: bool = True) -> None:
    """Keep ICMP errors for `read`.

    Switching it off empties the queue. An established TCP connection then survives soft errors, as
    RFC 1122 wants.
    """
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, int(on))
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, int(on))


def read(sock: socket.socket) -> IcmpError | None:
    """Empty the queue without blocking. Return its first refusal, None without one."""
    return next((error for error in drain(sock) if not error.is_too_big), None)


def drain(sock: socket.socket) -> tuple[IcmpError, ...]:
    """Empty the queue without blocking. Return every ICMP error in it, oldest first."""
    found: list[IcmpError] = []
    for _ in range(_MOST_QUEUED):
        try:
            _, ancillary, _, _ = sock.recvmsg(1, 512, MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:
            break
        found += [error for message in ancillary if (error := parse(*message)) is not None]
    return tuple(found)


def parse(level: int, kind: int, data: bytes) -> IcmpError | None:
    """Return the ICMP error of one control message.

    None if it is an error of this host, another kind of message, or too short.
    """
    v6 = (level, kind) == (socket.IPPROTO_IPV6, IPV6_RECVERR)
    if not v6 and (level, kind) != (socket.IPPROTO_IP, IP_RECVERR):
        return None
    if len(data) < _EXTENDED.size:
        return None
    number, origin, icmp_type, code, _, info, _ = _EXTENDED.unpack_from(data)
    if origin not in (_FROM_ICMP, _FROM_ICMP6):
        return None
    error = IcmpError(origin == _FROM_ICMP6, icmp_type, code, number, _sender(data[_EXTENDED.size :]))
    return replace(error, mtu=info) if error.is_too_big and info else error


def _sender(name: bytes) -> str | None:
    """Return the address behind sock_extended_err.

    None if the kernel does not know it (AF_UNSPEC).
    """
    if len(name) < 2:
        return None
    (family,) = struct.unpack_from("=H", name)
    if family == socket.AF_INET and len(name) >= 8:
        return socket.inet_ntop(socket.AF_INET, name[4:8])
    if family == socket.AF_INET6 and len(name) >= 24:
        return socket.inet_ntop(socket.AF_INET6, name[8:24])
    return None
