"""How large a packet fits through the way to this endpoint, and does a router report it if that is
less than this host assumes?

A datagram as large as this host's own link carries is sent with "don't fragment" set, and the
learnt path MTU is ignored (IP_PMTUDISC_PROBE, ip(7)). The router before a narrower link answers
"fragmentation needed" or "packet too big" with the size that fits (RFC 1191, RFC 8201). IP_RECVERR
shows the message and the address of the router to any user.

If such messages are filtered, large packets vanish: a black hole.
A ladder of sizes, all sent at the same time, then shows which sizes still pass.

The result is about the direction to the endpoint only.
So the request must be large and its answer small, see `kdc_request`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos import as_req
from probes.language import tr
from probes.network import sockets
from probes.network.host import Sending
from probes.network.this_host import host_of
from probes.vantage import Vantage

LARGEST_LINK = 9216
"""Bytes of a jumbo frame. A larger MTU is that of loopback, which no router can undercut."""

LADDER = (1492, 1480, 1460, 1450, 1440, 1430, 1420, 1400, 1380, 1350, 1300, 1280, 1000, 576)
"""MTUs found in practice: PPPoE, IP in IP, GRE, VXLAN, WireGuard and IPsec on Ethernet, the minimum
of IPv6, an old default of the Internet."""

PATIENCE = 1.4
"""Seconds, as for the sizes of a KDC's replies.
A path that answers small questions within a second needs no more."""

_FOUR_BYTES = 1 << 30
"""A nonce with this bit takes four bytes in DER, so the length of a request does not vary."""

_RESEND = (0.0, 0.35, 0.7)
MOST_DATAGRAMS = len(_RESEND) * (len(LADDER) + 1)
"""Each size of the ladder, and that of this host's link."""

_HEADERS = {socket.AF_INET: 28, socket.AF_INET6: 48}
"""IP and UDP headers, bytes."""

Request = Callable[[int], bytes]
"""From a number of bytes to a request of at most that size, and hardly less, whose answer is small.
Each call returns new bytes."""


@frozen
class PathMtu:
    """Largest packet on the way to an endpoint. All sizes are bytes of an IP packet."""

    own: int | None
    """MTU of this host's link. None if it has no route."""
    told: int | None = None
    """Size that fits according to a router. None if no router reported one."""
    told_by: str | None = None
    """Address of that router. None without one."""
    passes: int | None = None
    """Largest size that was answered. None if none was."""
    lost: int | None = None
    """Smallest size that got neither an answer nor an ICMP error. None if all got one."""
    why: str = ""
    """A clause if nothing could be learnt, else empty."""

    @property
    def is_black_hole(self) -> bool:
        """Return True if large packets vanish, smaller ones are answered, and no router reports
        it."""
        return self.told is None and self.lost is not None and self.passes is not None

    def detail(self) -> dict[str, object]:
        """Return plain values for `Observation.detail`."""
        return {
            "own": self.own,
            "told": self.told,
            "told_by": self.told_by,
            "passes": self.passes,
            "lost": self.lost,
        }


async def own_mtu(address: str, vantage: Vantage) -> int | None:
    """Return the MTU of the sending host's link towards a numeric address, or a smaller one that it
    learnt.
    Nothing is sent. None if the host has no route."""
    return (await host_of(vantage).sender(address, vantage.source_address))[1]


def kdc_request(realm: str) -> Request:
    """Return AS-REQs for K/M, so no ticket is issued.
    A long list of encryption types makes them large, and no answer repeats the list."""
    bare = len(as_req.as_req(realm, nonce=_FOUR_BYTES, etypes=as_req.ETYPES * 50)) - 50 * len(as_req.ETYPES) * 3

    def request(size: int) -> bytes:
        # Three bytes a type. A DER length between 256 and 65,535 always takes two bytes, so the
        # rest is constant.
        types = max(1, (size - bare) // 3)
        etypes = (as_req.ETYPES * (types // len(as_req.ETYPES) + 1))[:types]
        return as_req.as_req(realm, nonce=as_req.fresh_nonce() | _FOUR_BYTES, etypes=etypes)

    return request


async def path_mtu(endpoint: Endpoint, request: Request, vantage: Vantage, *, patience: float = PATIENCE) -> PathMtu:
    """Measure the way to a UDP endpoint with a numeric address whose service answers `request`.
    At most `MOST_DATAGRAMS` datagrams are sent, in two patiences.
    `patience`: seconds for one size, instead of that of the vantage."""
    vantage = vantage.with_patience(patience)
    import asyncio  # see probes.network.tcp

    own = await own_mtu(endpoint.address or endpoint.host, vantage)
    if own is None or own > LARGEST_LINK:
        return PathMtu(
            own, why=tr("this host has no route") if own is None else tr("packets to it do not leave this host")
        )
    small, whole = await asyncio.gather(*(_send(endpoint, request, size, vantage) for size in (LADDER[-1], own)))
    fits = whole.told or small.told
    if fits is not None and 0 < fits < own:
        fitting = await _send(endpoint, request, fits, vantage)
        passes, lost = (fits, None) if fitting.answered else (LADDER[-1] if small.answered else None, fits)
        return PathMtu(own, fits, whole.told_by or small.told_by, passes, lost)
    if not small.answered and not whole.answered:
        return PathMtu(own, why=tr("small datagrams were not answered either"))
    if whole.answered:
        return PathMtu(own, passes=own)
    if own <= LADDER[-1]:
        return PathMtu(own, passes=LADDER[-1])  # it is only what the host has learnt, and a larger one passes
    sizes = [size for size in LADDER[:-1] if size < own]
    answers = await asyncio.gather(*(_send(endpoint, request, size, vantage) for size in sizes))
    passing = [LADDER[-1], *(size for size, seen in zip(sizes, answers, strict=True) if seen.answered)]
    silent = [own, *(size for size, seen in zip(sizes, answers, strict=True) if not seen.answered)]
    spoken = next((seen for seen in answers if seen.told is not None), None)
    if spoken is not None:  # the router only answered late
        return PathMtu(own, spoken.told, spoken.told_by, max(passing))
    return PathMtu(own, passes=max(passing), lost=min(size for size in silent if size > max(passing)))


@frozen
class _Sent:
    """What came of the datagrams of one size."""

    answered: bool = False
    told: int | None = None
    told_by: str | None = None


async def _send(endpoint: Endpoint, request: Request, size: int, vantage: Vantage) -> _Sent:
    """Send datagrams that make packets of `size` bytes, until one gets an answer or an ICMP error.
    An error of the host itself counts as silence."""
    address = endpoint.address or endpoint.host
    headers = _HEADERS[sockets.numeric(address)[0]]
    datagrams = [request(size - headers) for _ in _RESEND]
    sending = Sending(vantage.patience, vantage.source_address, moments=_RESEND, whole=True)
    came = await host_of(vantage).converse(address, endpoint.port, datagrams, sending)
    told = next((error for error in came.errors if error.is_too_big and error.mtu is not None), None)
    return _Sent(came.answer is not None, *((None, None) if told is None else (told.mtu, told.offender)))
