"""Do large exchanges over TCP stall on the way to this service, where small ones pass?

Three connections: a small request; then, together, a large one and the same large one over a connection whose segments are kept small (TCP_MAXSEG, which we obey and
which tells the peer to obey). Small answered, large stalled, large in small segments answered: then it is the size of packets that counts,
and not the request. A path whose routers say what fits does not stall: the kernel hears them.

| direction | what tells |
|---|---|
| to the service | bytes that the peer's kernel never acknowledged (SIOCOUTQ, tcp(7)): no answer of the service is needed |
| from the service | all of ours acknowledged, and the answer does not come. A KRB-ERROR repeats the client's name, so the answer of a KDC is as large as the question; \
that of a Hadoop server is small whatever is asked, so for that direction it says nothing |
"""

from __future__ import annotations

import errno
import fcntl
import socket
import struct
import termios
from collections.abc import Callable
from dataclasses import dataclass

from probes.endpoint import Endpoint
from probes.kerberos import as_req
from probes.network import tcp
from probes.observation import Observation
from probes.path.mtu import LADDER, LARGEST_LINK, known_mtu, own_mtu
from probes.services import hadoop_rpc
from probes.vantage import Vantage

SMALL_SEGMENT = 512
"""Bytes. Below every MTU that IPv6 and practice know, with room for options."""

_SEGMENTS = 2
"""Full segments that a large request fills, so that at least one packet of ours is as large as the link carries."""

MOST_CONNECTIONS = 3 + len(LADDER)

_LARGEST = 20_000
_MOST_READ = 64 * 1024
_TCP_HEADERS = {socket.AF_INET: 40, socket.AF_INET6: 60}

SMALL_PATIENCE = 1.0
"""Seconds. A service that leaves a small request unanswered for so long shows nothing by leaving a large one; that it is silent is for other probes to say."""

SEARCH_PATIENCE = 1.4
"""Seconds for the ladder of segment sizes; see `probes.path.mtu`."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How a service is asked. request: from a size in bytes to a request of about that size on the wire; echoed: its answer is as large;
    complete: has the whole answer come?"""

    request: Callable[[int], bytes]
    echoed: bool
    complete: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Exchange:
    """observation: of the handshake; answered: the whole answer came; waiting: bytes of ours that were not acknowledged at the end; received: bytes of the answer;
    segment: bytes that the kernel put into one; mtu: path MTU that it knew at the end; ended: the peer closed or reset before it answered."""

    observation: Observation
    answered: bool = False
    waiting: int = 0
    received: int = 0
    segment: int = 0
    mtu: int | None = None
    ended: bool = False

    @property
    def stalled(self) -> bool:
        """Connected, and then nothing: no whole answer, no end."""
        return self.observation.state == "open" and not self.answered and not self.ended


@dataclass(frozen=True, slots=True)
class Stalls:
    """small, large, narrow (large in small segments): the three exchanges; own: MTU of this host's link;
    passes: largest packet, bytes, with which a large exchange went through after one had stalled, lost: smallest with which none did."""

    small: Exchange
    large: Exchange
    narrow: Exchange
    own: int | None
    passes: int | None = None
    lost: int | None = None

    @property
    def black_hole(self) -> bool:
        return self.small.answered and self.large.stalled and self.narrow.answered

    @property
    def outward(self) -> bool:
        """It is our packets that are lost; otherwise those of the service are."""
        return self.large.waiting > 0

    @property
    def told(self) -> int | None:
        """What fits, where a router said so in time and the exchange went on."""
        mtu = self.large.mtu
        return mtu if self.large.answered and mtu is not None and self.own is not None and mtu < self.own else None

    def detail(self) -> dict[str, object]:
        """Plain values for `Observation.detail`."""
        return {
            "black_hole": self.black_hole,
            "direction": ("out" if self.outward else "in") if self.black_hole else None,
            "own": self.own,
            "told": self.told,
            "waiting": self.large.waiting,
            "received": self.large.received,
            "passes": self.passes,
            "lost": self.lost,
        }


async def stalls(endpoint: Endpoint, dialogue: Dialogue, vantage: Vantage) -> Stalls | None:
    """None where there is nothing to learn: no route, a link that no router can undercut, a service that does not answer small requests either.

    Three connections, and where one stalls one for each size of the ladder.
    """
    import asyncio  # see probes.tcp

    own = own_mtu(endpoint.address or endpoint.host, vantage.source_address)
    if own is None or own > LARGEST_LINK:
        return None
    # What the kernel learnt earlier makes `own` small for a while; a link of Ethernet's size is then the better guess for what is large.
    large = min(_LARGEST, _SEGMENTS * max(own, 1500))

    async def ask(size: int, segment: int | None, limit: float) -> Exchange:
        return await _exchange(endpoint, dialogue, size, segment, vantage.with_patience(limit))

    small = await ask(0, None, min(SMALL_PATIENCE, vantage.patience))
    if not small.answered:
        return None
    whole, narrow = await asyncio.gather(
        ask(large, None, vantage.patience), ask(large, SMALL_SEGMENT, vantage.patience)
    )
    found = Stalls(small, whole, narrow, own)
    if not found.black_hole:
        return found
    headers = _TCP_HEADERS[socket.AF_INET6 if ":" in (endpoint.address or endpoint.host) else socket.AF_INET]
    sizes = [size for size in LADDER if SMALL_SEGMENT + headers < size < own]
    tried = await asyncio.gather(*(ask(large, size - headers, SEARCH_PATIENCE) for size in sizes))
    passing = [SMALL_SEGMENT + headers, *(n for n, seen in zip(sizes, tried, strict=True) if seen.answered)]
    silent = [own, *(n for n, seen in zip(sizes, tried, strict=True) if not seen.answered)]
    passes = max(passing)
    return Stalls(
        small, whole, narrow, own, passes, min(size for size in silent if size > passes) if passes < own else None
    )


async def _exchange(
    endpoint: Endpoint,
    dialogue: Dialogue,
    size: int,
    segment: int | None,
    vantage: Vantage,
) -> Exchange:
    """One connection: the request, and what comes until the answer is whole, the peer ends it, or patience, which is for all of it, does."""
    import asyncio

    loop = asyncio.get_running_loop()
    end = loop.time() + vantage.patience
    seen, sock = await tcp.open_connection(endpoint, vantage, segment=segment)
    if sock is None:
        return Exchange(seen)
    received, ended = bytearray(), False
    with sock:
        try:
            async with asyncio.timeout_at(end):
                await loop.sock_sendall(sock, dialogue.request(size))
                while not dialogue.complete(bytes(received)) and len(received) < _MOST_READ:
                    chunk = await loop.sock_recv(sock, _MOST_READ)
                    if not chunk:
                        ended = True
                        break
                    received += chunk
        except OSError as error:
            ended = not (isinstance(error, TimeoutError) and error.errno in (None, errno.ETIMEDOUT))
        answered = dialogue.complete(bytes(received))
        if not answered:
            # A close would leave the kernel repeating what is lost, and the service holding the connection; MIT's KDC holds 45 of all its clients'.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return Exchange(
            seen,
            answered,
            _unacknowledged(sock),
            len(received),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG),
            known_mtu(sock),
            ended,
        )


def _unacknowledged(sock: socket.socket) -> int:
    """Bytes in the send queue: sent without acknowledgement, or not sent yet."""
    try:
        return int(struct.unpack("=i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0])
    except OSError:
        return 0


def kerberos_dialogue(realm: str) -> Dialogue:
    """AS-REQs for a client whose name is as long as is asked for, and who does not exist: no ticket is issued. Both directions, where the KDC repeats the name."""
    bare = len(as_req.as_req(realm, nonce=1 << 30, client=("x" * 1000,))) - 1000

    def request(size: int) -> bytes:
        client = as_req.MASTER_KEY if size <= bare else ("x" * (size - bare),)
        return as_req.framed(as_req.as_req(realm, nonce=as_req.fresh_nonce(), client=client))

    return Dialogue(request, True, lambda got: len(got) >= 4 and len(got) >= 4 + int.from_bytes(got[:4], "big"))


def hadoop_dialogue() -> Dialogue:
    """The first question of every Hadoop RPC client, which mechanisms there are, with a client identifier as long as is asked for. The answer repeats nothing of it.
    Nothing is called and nobody is logged in."""

    def request(size: int) -> bytes:
        return hadoop_rpc.question(b"\0" * max(0, size - len(hadoop_rpc.QUESTION)))

    return Dialogue(request, False, hadoop_rpc.whole)
