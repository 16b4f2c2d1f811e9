"""How large a packet does the way to this endpoint carry, and does anything say so where it is less than this host believes?

A datagram as large as this host's own link carries, with "don't fragment" set and what the kernel has learnt ignored (IP_PMTUDISC_PROBE, ip(7)): a link that is too
narrow makes its router answer "fragmentation needed" or "packet too big" with the size that fits (RFC 1191, RFC 8201), which IP_RECVERR shows to any user, with the
address of the router. Where such messages are filtered, large packets vanish: a black hole. A ladder of sizes, all at once, then tells which still pass.

All of it speaks for the direction to the endpoint only, so the request has to be large and its answer small: see `kdc_request`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.kerberos import as_req
from probes.network import errqueue, sockets
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

_IP_MTU_DISCOVER, _IP_MTU, _IPV6_MTU_DISCOVER, _IPV6_MTU = 10, 14, 23, 24
_PROBE = 3
"""IP_PMTUDISC_PROBE and IPV6_PMTUDISC_PROBE: set DF, ignore the path MTU that the kernel has learnt."""

LARGEST_LINK = 9216
"""Bytes of a jumbo frame; a larger MTU is that of loopback, which no router can undercut."""

LADDER = (1492, 1480, 1460, 1450, 1440, 1430, 1420, 1400, 1380, 1350, 1300, 1280, 1000, 576)
"""MTUs met in practice: PPPoE, IP in IP, GRE, VXLAN, WireGuard and IPsec on Ethernet, the least of IPv6, an old default of the Internet."""

PATIENCE = 1.4
"""Seconds, as for the sizes of a KDC's replies: a path whose small questions are answered within a second needs no more."""

_FOUR_BYTES = 1 << 30
"""A nonce with this bit takes four bytes in DER, so that the length of a request does not depend on chance."""

_RESEND = (0.0, 0.35, 0.7)
MOST_DATAGRAMS = len(_RESEND) * (len(LADDER) + 1)
"""Each size of the ladder, and that of this host's link."""

_HEADERS = {socket.AF_INET: 28, socket.AF_INET6: 48}
"""IP and UDP, bytes."""

Request = Callable[[int], bytes]
"""From a number of bytes to a request of at most so many, and hardly fewer, whose answer is small; new bytes at each call."""


@dataclass(frozen=True, slots=True)
class PathMtu:
    """Bytes of IP packet. own: of this host's link; told: what a router said that fits, told_by: its address; passes: largest that was answered;
    lost: smallest that was neither answered nor objected to, None where all were; why: a clause where nothing could be learnt."""

    own: int | None
    told: int | None = None
    told_by: str | None = None
    passes: int | None = None
    lost: int | None = None
    why: str = ""

    @property
    def black_hole(self) -> bool:
        """Large packets vanish, smaller ones are answered, and no router says so."""
        return self.told is None and self.lost is not None and self.passes is not None

    def detail(self) -> dict[str, object]:
        """Plain values for `Observation.detail`."""
        return {
            "own": self.own,
            "told": self.told,
            "told_by": self.told_by,
            "passes": self.passes,
            "lost": self.lost,
        }


def own_mtu(address: str, source_address: str | None = None) -> int | None:
    """What this host's link towards a numeric address carries, or less where the kernel has learnt so; nothing is sent. None where it has no route."""
    try:
        family, name = sockets.place(Endpoint(address, 9, "udp", address))
        with sockets.ready(family, socket.SOCK_DGRAM, source_address) as sock:
            sock.connect(name)
            return known_mtu(sock)
    except (OSError, ValueError):
        return None


def known_mtu(sock: socket.socket) -> int | None:
    """The path MTU that the kernel uses for a connected socket."""
    try:
        if sock.family == socket.AF_INET6:
            return int(sock.getsockopt(socket.IPPROTO_IPV6, _IPV6_MTU))
        return int(sock.getsockopt(socket.IPPROTO_IP, _IP_MTU))
    except OSError:
        return None


def kdc_request(realm: str) -> Request:
    """AS-REQs made long by their list of encryption types, of which no answer repeats anything. For K/M, so no ticket is issued."""
    bare = len(as_req.as_req(realm, nonce=_FOUR_BYTES, etypes=as_req.ETYPES * 50)) - 50 * len(as_req.ETYPES) * 3

    def request(size: int) -> bytes:
        # Three bytes a type; lengths of DER between 256 and 65,535 take the same two bytes, so the rest is a constant.
        types = max(1, (size - bare) // 3)
        etypes = (as_req.ETYPES * (types // len(as_req.ETYPES) + 1))[:types]
        return as_req.as_req(realm, nonce=as_req.fresh_nonce() | _FOUR_BYTES, etypes=etypes)

    return request


async def path_mtu(endpoint: Endpoint, request: Request, vantage: Vantage, *, patience: float = PATIENCE) -> PathMtu:
    """For a UDP endpoint with a numeric address whose service answers `request`: at most `MOST_DATAGRAMS`, in two patiences.

    patience: seconds for one size; it replaces that of the vantage.
    """
    vantage = vantage.with_patience(patience)
    import asyncio  # see probes.tcp

    own = own_mtu(endpoint.address or endpoint.host, vantage.source_address)
    if own is None or own > LARGEST_LINK:
        return PathMtu(own, why="this host has no route" if own is None else "a link of this host itself")
    small, whole = await asyncio.gather(*(_send(endpoint, request, size, vantage) for size in (LADDER[-1], own)))
    told = whole.told or small.told
    if told is not None and 0 < told < own:
        fitting = await _send(endpoint, request, told, vantage)
        passes, lost = (told, None) if fitting.answered else (LADDER[-1] if small.answered else None, told)
        return PathMtu(own, told, whole.told_by or small.told_by, passes, lost)
    if not small.answered and not whole.answered:
        return PathMtu(own, why="small datagrams were not answered either")
    if whole.answered:
        return PathMtu(own, passes=own)
    sizes = [size for size in LADDER[:-1] if size < own]
    answers = await asyncio.gather(*(_send(endpoint, request, size, vantage) for size in sizes))
    passing = [LADDER[-1], *(size for size, seen in zip(sizes, answers, strict=True) if seen.answered)]
    silent = [own, *(size for size, seen in zip(sizes, answers, strict=True) if not seen.answered)]
    spoken = next((seen for seen in answers if seen.told is not None), None)
    if spoken is not None:  # the router was only slow to say so
        return PathMtu(own, spoken.told, spoken.told_by, max(passing))
    return PathMtu(own, passes=max(passing), lost=min(size for size in silent if size > max(passing)))


@dataclass(slots=True)
class _Sent:
    """What came of the datagrams of one size."""

    answered: bool = False
    told: int | None = None
    told_by: str | None = None


async def _send(endpoint: Endpoint, request: Request, size: int, vantage: Vantage) -> _Sent:
    """Datagrams that make packets of `size` bytes, until one is answered or objected to. What this host itself refuses counts as silence."""
    import asyncio

    seen = _Sent()
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    try:
        family, name = sockets.place(endpoint)
        sock = sockets.ready(family, socket.SOCK_DGRAM, vantage.source_address)
    except OSError:
        return seen
    with sock:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)
        started = loop.time()
        try:
            sock.connect(name)
            loop.add_reader(sock, _read, sock, seen, done)
            for after in (*_RESEND, vantage.patience):
                await asyncio.wait((done,), timeout=max(0.0, started + after - loop.time()))
                if done.done():
                    break
                if after < vantage.patience:
                    _say(sock, request(size - _HEADERS[family]))
        except OSError:
            return seen
        finally:
            loop.remove_reader(sock)
    return seen


def _say(sock: socket.socket, datagram: bytes) -> None:
    try:
        sock.send(datagram)
    except OSError:
        return  # the echo of an ICMP error, which the reader has or gets from the queue


def _read(sock: socket.socket, seen: _Sent, done: asyncio.Future[None]) -> None:
    """An answer, or an objection, ends it."""
    for error in errqueue.drain(sock):
        if error.too_big and error.mtu is not None:
            seen.told, seen.told_by = error.mtu, error.offender
    try:
        sock.recv(1)
        seen.answered = True
    except OSError:
        pass
    if (seen.answered or seen.told is not None) and not done.done():
        done.set_result(None)
