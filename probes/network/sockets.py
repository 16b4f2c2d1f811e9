"""How is one socket made ready to ask a numeric endpoint, and what does it mean when this host itself refuses?

Everything here happens before a packet leaves, or instead of one. What the network says is the business of `probes.network.errqueue`.
"""

from __future__ import annotations

import errno
import socket

from probes.endpoint import Endpoint
from probes.network import errqueue
from probes.observation import Observation, Reason, State
from probes.vantage import Vantage

Address = tuple[str, int] | tuple[str, int, int, int]
"""What the socket calls take: (host, port), for IPv6 with flow label and scope."""

EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN})
"""This process or host has no socket left, for now."""
_REFUSED_HERE = frozenset({errno.EACCES, errno.EPERM})
_UNROUTED = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL, errno.EAFNOSUPPORT, errno.ENETDOWN, errno.ENODEV}
)


def numeric(address: str) -> tuple[socket.AddressFamily, str, int]:
    """'192.0.2.1' or 'fe80::1%eth0' -> family, bare address, scope id (0 without one).

    ValueError where the text is not one numeric address: names belong to `probes.names.resolve`. OSError (ENODEV) where the scope is no interface here.
    """
    bare, _, scope = address.partition("%")
    if bare.lower().startswith("::ffff:") and "." in bare:
        bare = bare[7:]  # IPv4 in IPv6 clothes: the packets, and the ICMP errors, are those of IPv4
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        bare = socket.inet_ntop(family, socket.inet_pton(family, bare))  # one spelling, so that senders can be compared
    except (OSError, ValueError):
        raise ValueError(f"{address!r} is not a numeric address") from None
    if not scope:
        return family, bare, 0
    if family == socket.AF_INET:
        raise ValueError(f"{address!r}: an IPv4 address has no scope")
    if scope.isdecimal():
        return family, bare, int(scope)
    try:
        return family, bare, socket.if_nametoindex(scope)
    except OSError:
        raise OSError(errno.ENODEV, f"no interface {scope}") from None


def place(endpoint: Endpoint) -> tuple[socket.AddressFamily, Address]:
    """Family and socket address of an endpoint whose `address` is numeric (or whose host is, where no address is given)."""
    family, bare, scope = numeric(endpoint.address or endpoint.host)
    return family, (bare, endpoint.port, 0, scope) if family == socket.AF_INET6 else (bare, endpoint.port)


def ready(
    family: socket.AddressFamily, kind: socket.SocketKind, source_address: str | None, hops: int | None = None
) -> socket.socket:
    """A non-blocking socket that keeps ICMP errors. source_address: a numeric address of this host to send from, or the name of an interface to send through, which
    any user may ask for from Linux 5.7 on (SO_BINDTODEVICE, socket(7)). OSError as the kernel says, ValueError for what is neither.

    hops: routers at which its packets die (TTL, hop limit), 1-255; the system's default otherwise.
    """
    sock = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        errqueue.enable(sock)
        if hops is not None:
            limit_hops(sock, hops)
        if source_address is not None and is_interface(source_address):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, source_address.encode() + b"\0")
        elif source_address is not None:
            own, bare, scope = numeric(source_address)
            if own != family:
                raise OSError(errno.EADDRNOTAVAIL, "source and target are of different families")
            sock.bind((bare, 0, 0, scope) if family == socket.AF_INET6 else (bare, 0))
    except BaseException:
        sock.close()
        raise
    return sock


def is_interface(name: str) -> bool:
    """Whatever is no numeric address and short enough for the kernel (IFNAMSIZ, 16 with its end) is the name of an interface, of this host or not."""
    try:
        numeric(name)
    except ValueError:
        return 0 < len(name.encode()) < 16
    except OSError:
        return False
    return False


def limit_hops(sock: socket.socket, hops: int) -> None:
    """Let the packets of this socket die at the router of this number."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)


def own_address(sock: socket.socket) -> str | None:
    """The address this host uses towards the peer; None while none is chosen."""
    try:
        address = str(sock.getsockname()[0])
    except OSError:
        return None
    return None if address in ("0.0.0.0", "::") else address


def source_towards(address: str) -> str | None:
    """The address that this host would send from, by its own routes; nothing is sent. None where it has no route, or the address is none."""
    try:
        family, name = place(Endpoint(address, 9, "udp", address))
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(name)
            return own_address(sock)
    except (OSError, ValueError):
        return None


def local_verdict(number: int | None, *, v6: bool, sourced: bool) -> tuple[State, Reason] | None:
    """What an errno says that this host raised itself, without any ICMP error; None for one that is not about this host's means or routes.

    v6: the target is IPv6; sourced: the caller demanded a source address. EADDRNOTAVAIL and EINVAL have two causes each, and these two tell them apart:
    a demanded source that is not ours (or is loopback), no IPv6 address to send from, or no free port left; a blackhole route.
    """
    if number in (errno.EADDRNOTAVAIL, errno.EINVAL, errno.ENODEV) and sourced:
        return "not-probed", "no-vantage"
    if number == errno.EADDRNOTAVAIL:
        return ("filtered", "no-route") if v6 else ("not-probed", "no-descriptor")
    if number in EXHAUSTED:
        return "not-probed", "no-descriptor"
    if number in _REFUSED_HERE:
        return "filtered", "local-prohibited"
    if number in _UNROUTED:
        return "filtered", "no-route"
    return None


def local_failure(error: OSError, endpoint: Endpoint, vantage: Vantage) -> Observation:
    """The observation for an error raised before anything was sent. An errno outside the table is raised again: it is a bug to be recorded as one."""
    address = endpoint.address or endpoint.host
    verdict = local_verdict(error.errno, v6=":" in address, sourced=vantage.source_address is not None)
    if verdict is None:
        raise error
    state, reason = verdict
    return Observation(vantage.name, state, reason, address=address, detail={"errno": errno_name(error.errno)})


def errno_name(number: int | None) -> str:
    """'ECONNREFUSED' for 111; the number itself where it has no name."""
    return errno.errorcode.get(number or 0, str(number))
