"""Do large exchanges over TCP stall on the way to this service while small ones pass?

Three requests are sent, each on a connection of its own. The first is small. Then a large one is
sent twice at the same time, once over a connection with small segments. (TCP_MAXSEG limits our
segments and, by our SYN, those of the peer.) If only the large request in full segments stalls,
then the size of packets is the cause, not the request. A path whose routers report the size that
fits does not stall, because the kernel reads their messages.

* To the service: bytes that the peer's kernel never acknowledged (SIOCOUTQ, tcp(7)) show it. No
  answer of the service is needed.
* From the service: all our bytes are acknowledged, and the answer does not come. A KRB-ERROR
  repeats the client's name, so the answer of a KDC is as large as the question. The answer of a
  Hadoop server is always small, so it shows nothing about this direction. Nor does that of a
  DataNode.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Awaitable, Callable

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos import as_req
from probes.network import tcp
from probes.network.timeout import timeout
from probes.observation import Observation
from probes.path.mtu import LADDER, LARGEST_LINK, own_mtu
from probes.services import data_transfer, hadoop_rpc
from probes.vantage import Vantage

SMALL_SEGMENT = 512
"""Bytes. Below every MTU that IPv6 and practice know, with room for options."""

_SEGMENTS = 2
"""Full segments of a large request: at least one packet is as large as the link carries."""

MOST_CONNECTIONS = 3 + 2 * len(LADDER)
"""Connections that `stalls` makes, at most."""

_LARGEST = 20_000
"""Bytes of a large request, at most."""

_MOST_READ = 64 * 1024
"""Bytes of an answer that are read, at most."""

_TCP_HEADERS = {socket.AF_INET: 40, socket.AF_INET6: 60}
"""IP and TCP headers, bytes."""

SMALL_PATIENCE = 1.0
"""Seconds. If a service does not answer a small request in this time, its silence to a large one
shows nothing. Other probes report that it is silent."""

SEARCH_PATIENCE = 1.4
"""Seconds for the ladder of segment sizes; see `probes.path.mtu`."""


@frozen
class Dialogue:
    """How a service is asked."""

    request: Callable[[int], bytes]
    """From a size in bytes to a request of about that size on the wire."""
    complete: Callable[[bytes], bool]
    """Returns True if the whole answer has come."""


@frozen
class Exchange:
    """One request on one connection, and its end."""

    observation: Observation
    """Observation of the handshake."""
    answered: bool = False
    """True if the whole answer came."""
    waiting: int = 0
    """Bytes of ours that were not acknowledged at the end."""
    received: int = 0
    """Bytes of the answer."""
    segment: int = 0
    """Bytes that the kernel put into one segment."""
    mtu: int | None = None
    """Path MTU that the kernel used at the end. None if unknown."""
    ended: bool = False
    """True if the peer closed or reset before it answered."""

    @property
    def has_stalled(self) -> bool:
        """Return True if the connection opened, and then neither a whole answer nor an end came."""
        return self.observation.state == "open" and not self.answered and not self.ended


@frozen
class Stalls:
    """The three exchanges, and the packet size at which large ones stall."""

    small: Exchange
    """A small request."""
    large: Exchange
    """A large request."""
    narrow: Exchange
    """The same large request in small segments."""
    own: int | None
    """MTU of this host's link, bytes. None if unknown."""
    passes: int | None = None
    """Largest packet, bytes, with which a large exchange was answered after one had stalled.
    None if none was tried."""
    lost: int | None = None
    """Smallest packet, bytes, with which no large exchange was answered. None if there is none."""

    @property
    def is_black_hole(self) -> bool:
        """Return True if only the large request in full segments stalled."""
        return self.small.answered and self.large.has_stalled and self.narrow.answered

    @property
    def is_outward(self) -> bool:
        """Return True if our packets are lost, False if those of the service are."""
        return self.large.waiting > 0

    @property
    def told(self) -> int | None:
        """Return the size that a router reported in time for the exchange to go on, else None."""
        mtu = self.large.mtu
        return mtu if self.large.answered and mtu is not None and self.own is not None and mtu < self.own else None

    def detail(self) -> dict[str, object]:
        """Return plain values for `Observation.detail`."""
        return {
            "black_hole": self.is_black_hole,
            "direction": ("out" if self.is_outward else "in") if self.is_black_hole else None,
            "own": self.own,
            "told": self.told,
            "waiting": self.large.waiting,
            "received": self.large.received,
            "passes": self.passes,
            "lost": self.lost,
        }


async def stalls(endpoint: Endpoint, dialogue: Dialogue, vantage: Vantage) -> Stalls | None:
    """Make three connections, and at most two for each size of the ladder if one of them stalls.

    Return None if there is nothing to learn: no route, a link that no router can undercut, or a
    service that does not answer small requests either.
    """
    import asyncio  # see probes.network.tcp

    own = await own_mtu(endpoint.address or endpoint.host, vantage)
    if own is None or own > LARGEST_LINK:
        return None
    # What the kernel learnt earlier makes `own` small for a while. An Ethernet link is then the
    # better guess for a large packet.
    large = min(_LARGEST, _SEGMENTS * max(own, 1500))

    async def ask(size: int, segment: int | None, limit: float) -> Exchange:
        return await _exchange(endpoint, dialogue, size, segment, vantage.with_patience(limit))

    small = await ask(0, None, min(SMALL_PATIENCE, vantage.patience))
    if not small.answered:
        return None
    whole, narrow = await asyncio.gather(
        ask(large, None, vantage.patience), ask(large, SMALL_SEGMENT, vantage.patience)
    )
    result = Stalls(small, whole, narrow, own)
    if not result.is_black_hole:
        return result
    headers = _TCP_HEADERS[socket.AF_INET6 if ":" in (endpoint.address or endpoint.host) else socket.AF_INET]

    async def passes_through(size: int) -> bool:
        return (await ask(large, size - headers, SEARCH_PATIENCE)).answered

    return Stalls(small, whole, narrow, own, *await _limits(passes_through, SMALL_SEGMENT + headers, own))


async def _limits(passes_through: Callable[[int], Awaitable[bool]], least: int, own: int) -> tuple[int, int]:
    """Return the largest size that passes and the smallest that is lost, bytes of a packet.

    - passes_through: tells whether a large exchange in packets of this size is answered.
    - least: a size that passes. own: one that is lost.
    """
    import asyncio

    sizes = [size for size in LADDER if least < size < own]
    answered = await asyncio.gather(*map(passes_through, sizes))
    passes = max((size for size, passed in zip(sizes, answered, strict=True) if passed), default=least)
    for size in sorted(size for size in sizes if size > passes):
        # The queue of a listener may be full of the others (MIT's KDC has room for five), so that
        # the kernel there forgets a handshake. A size counts as lost if it stalls alone as well.
        if not await passes_through(size):
            return passes, size
        passes = size
    return passes, own


async def _exchange(
    endpoint: Endpoint,
    dialogue: Dialogue,
    size: int,
    segment: int | None,
    vantage: Vantage,
) -> Exchange:
    """Send one request and read until the reply is complete, the peer closes, or `patience` (total
    budget, seconds) runs out."""
    import asyncio

    loop = asyncio.get_running_loop()
    end = loop.time() + vantage.patience
    observation, connection = await tcp.open_connection(endpoint, vantage, segment=segment)
    if connection is None:
        return Exchange(observation, ended=True)
    received, ended = bytearray(), False
    with connection:
        try:
            async with timeout(end - loop.time()):
                await connection.send(dialogue.request(size))
                while not dialogue.complete(bytes(received)) and len(received) < _MOST_READ:
                    chunk = await connection.receive(_MOST_READ)
                    if not chunk:
                        ended = True
                        break
                    received += chunk
        except OSError as error:
            ended = not (isinstance(error, TimeoutError) and error.errno in (None, errno.ETIMEDOUT))
        answered = dialogue.complete(bytes(received))
        facts = await connection.facts()
        if not answered:
            # After a close the kernel would retransmit what is lost, and the service would keep the
            # connection. MIT's KDC keeps at most 45 for all its clients.
            connection.reset_on_close()
        return Exchange(observation, answered, facts.unacknowledged, len(received), facts.segment, facts.mtu, ended)


def kerberos_dialogue(realm: str) -> Dialogue:
    """Return AS-REQs for an unknown client with a name as long as needed, so no ticket is issued.
    This tests both directions if the KDC repeats the name."""
    bare = len(as_req.as_req(realm, nonce=1 << 30, client=("x" * 1000,))) - 1000

    def request(size: int) -> bytes:
        client = as_req.MASTER_KEY if size <= bare else ("x" * (size - bare),)
        return as_req.frame(as_req.as_req(realm, nonce=as_req.fresh_nonce(), client=client))

    return Dialogue(request, lambda got: len(got) >= 4 and len(got) >= 4 + int.from_bytes(got[:4], "big"))


def hadoop_dialogue() -> Dialogue:
    """Return the first question of a Hadoop RPC client, with an identifier as long as needed.
    The answer lists the mechanisms and does not repeat the identifier.
    There is no call and no login."""

    def request(size: int) -> bytes:
        return hadoop_rpc.question(b"\0" * max(0, size - len(hadoop_rpc.QUESTION)))

    return Dialogue(request, hadoop_rpc.is_whole)


def data_transfer_dialogue(*, sasl: bool) -> Dialogue:
    """Return the question to a DataNode, with a field as long as needed that it skips.
    The answer does not repeat it, and neither does the DataNode's log.
    sasl: the question to a DataNode that wants SASL first."""
    ask = data_transfer.question_sasl if sasl else data_transfer.question
    least = len(ask())

    def request(size: int) -> bytes:
        return ask(max(0, size - least))

    return Dialogue(request, data_transfer.is_whole)
