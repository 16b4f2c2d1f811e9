"""How is a socket made ready to ask a numeric endpoint, and what if this host itself refuses?

Everything here happens before a packet leaves, or instead of one. `probes.network.errqueue` reads
what the network answers.
"""

from __future__ import annotations

import errno
import socket

from probes.endpoint import Endpoint
from probes.language import tr
from probes.network import errqueue
from probes.network.host import HostGoneError
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
_BY_ICMP = frozenset(
    {
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.ENONET,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.EPROTO,
        errno.EACCES,
    }
)


def numeric(address: str) -> tuple[socket.AddressFamily, str, int]:
    """Return family, bare address and scope id (0 without one) of '192.0.2.1' or 'fe80::1%eth0'.

    ValueError if the text is no numeric address: names belong to `probes.names.resolve`.
    OSError (ENODEV) if the scope is no interface of this host.
    """
    bare, _, scope = address.partition("%")
    if bare.lower().startswith("::ffff:") and "." in bare:
        bare = bare[7:]  # an IPv4-mapped address: packets and ICMP errors are those of IPv4
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        bare = socket.inet_ntop(family, socket.inet_pton(family, bare))  # one spelling, so that senders can be compared
    except (OSError, ValueError):
        raise ValueError(tr("{address!r} is not a numeric address", address=address)) from None
    if not scope:
        return family, bare, 0
    if family == socket.AF_INET:
        raise ValueError(tr("{address!r}: an IPv4 address has no scope", address=address))
    if scope.isdecimal():
        return family, bare, int(scope)
    try:
        return family, bare, socket.if_nametoindex(scope)
    except OSError:
        raise OSError(errno.ENODEV, tr("no interface {scope}", scope=scope)) from None


def bare_address(host: str) -> str | None:
    """Return a numeric host in its one spelling, with its scope. None for a name."""
    try:
        _, bare, _ = numeric(host)
    except (ValueError, OSError):
        return None
    return host if "%" in host else bare


def place(endpoint: Endpoint) -> tuple[socket.AddressFamily, Address]:
    """Return family and socket address of an endpoint with a numeric address, or with a numeric
    host."""
    family, bare, scope = numeric(endpoint.address or endpoint.host)
    return family, (bare, endpoint.port, 0, scope) if family == socket.AF_INET6 else (bare, endpoint.port)


def open_socket(
    family: socket.AddressFamily, kind: socket.SocketKind, source_address: str | None, hops: int | None = None
) -> socket.socket:
    """Return a non-blocking socket that keeps ICMP errors. OSError as the kernel says.

    - source_address: a numeric address of this host to send from, or the name of an interface to
      send through. Any user may ask for one from Linux 5.7 on (SO_BINDTODEVICE, socket(7)).
      ValueError if it is neither.
    - hops: number of the router at which its packets are dropped (TTL, hop limit), 1-255. None for
      the system's default.
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
                raise OSError(errno.EADDRNOTAVAIL, tr("source and target are of different families"))
            sock.bind((bare, 0, 0, scope) if family == socket.AF_INET6 else (bare, 0))
    except BaseException:
        sock.close()
        raise
    return sock


def is_interface(name: str) -> bool:
    """Return True if the text can be the name of an interface, of this host or not.

    That is any text but a numeric address that is short enough for the kernel (IFNAMSIZ, 16 with
    its end).
    """
    try:
        numeric(name)
    except ValueError:
        return 0 < len(name.encode()) < 16
    except OSError:
        return False
    return False


def limit_hops(sock: socket.socket, hops: int) -> None:
    """Let the router of this number drop the packets of this socket."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)


def own_address(sock: socket.socket) -> str | None:
    """Return the address that this host uses towards the peer. None while none is chosen."""
    try:
        address = str(sock.getsockname()[0])
    except OSError:
        return None
    return None if address in ("0.0.0.0", "::") else address


def local_verdict(number: int | None, *, v6: bool, sourced: bool) -> tuple[State, Reason] | None:
    """Return state and reason for an errno that this host raised without an ICMP error.

    None if the errno is not about this host's resources or routes. EADDRNOTAVAIL and EINVAL have
    several causes each, which the arguments distinguish:

    - sourced: the caller demanded a source address, which is not ours or is loopback.
    - v6: the target is IPv6, and there is no IPv6 address to send from.
    - neither: no free port is left, or there is a blackhole route.
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


def blind_verdict(number: int | None) -> tuple[State, Reason] | None:
    """Return state and reason for an errno that an ICMP error may have caused, which the host does
    not see. None if no ICMP error causes it. See icmp_err_convert of the kernel."""
    if number == errno.ECONNREFUSED:
        return "closed", "conn-refused"
    return ("filtered", "icmp-other") if number in _BY_ICMP else None


def local_failure(error: OSError, endpoint: Endpoint, vantage: Vantage) -> Observation:
    """Return the observation for an error that was raised before anything was sent.

    An errno outside the table is raised again, because it is a bug.
    """
    address = endpoint.address or endpoint.host
    if isinstance(error, HostGoneError):
        return Observation(vantage.name, "not-probed", "no-vantage", address=address, detail={"error": str(error)})
    verdict = local_verdict(error.errno, v6=":" in address, sourced=vantage.source_address is not None)
    if verdict is None:
        raise error
    state, reason = verdict
    return Observation(vantage.name, state, reason, address=address, detail={"errno": errno_name(error.errno)})


def errno_name(number: int | None) -> str:
    """Return the name of an errno, for example 'ECONNREFUSED'.

    The number itself if it has no name.
    """
    return errno.errorcode.get(number or 0, str(number))
