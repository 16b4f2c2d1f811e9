"""Which routers are on the way to this endpoint, and which of them was the last to answer?

The same question is asked with 1, 2, 3 … hops allowed, each from a socket of its own and all at once. A router that a packet dies at says so with ICMP
(RFC 792 type 11, RFC 4443 type 3), which IP_RECVERR shows to any user. The packets are those of the service: a SYN to its port, or a datagram that it answers,
so a filter treats them as it treats its clients.

What it cannot say: where packets are dropped. A drop behind router n, on the wire after it and on the host that comes next look alike, and many routers never answer.
So the result is the last router that answered, never a place of a drop. Routers answer few such packets a second; TCP repeats its SYN, and datagrams are sent
again, so a silent hop has been asked three or four times, a second apart. Sockets differ in their source port: where load is shared over
several paths the hops may be of different ones.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.network import tcp, udp
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

MOST_HOPS = 32
"""More than any path of a cloud; a packet that is alive after them goes round in a loop."""

GAP = 8
"""So many hops ahead of the last one that answered are asked."""

SPACING = 0.005
"""Seconds between two sockets: a burst would meet the rate limits of routers."""

SETTLE = 1.3
"""Seconds that other hops are still waited for once the target has answered or a loop shows: one repeated SYN."""

MOST_PACKETS = 4 * (MOST_HOPS + 1)
"""A SYN is repeated three times within the usual patience; see `probes.network.tcp`."""


@dataclass(frozen=True, slots=True)
class Hop:
    """ttl: hops that were allowed; address: of the router that said they were used up."""

    ttl: int
    address: str
    rtt_ms: float | None


@dataclass(frozen=True, slots=True)
class Trace:
    """hops: routers that answered, nearest first; asked: largest number of hops asked in turn; reached: the target itself answered;
    distance: fewest hops that brought an answer of the target or a refusal, None without one; answer: that answer, None where all was silent or looped;
    loop: the routers that packets go round between."""

    hops: tuple[Hop, ...]
    asked: int
    reached: bool
    distance: int | None
    answer: Observation | None
    loop: tuple[str, ...] = ()

    @property
    def last(self) -> str | None:
        """The last router that answered; one that refused counts as well."""
        answer = self.answer
        if answer is not None and not _by_target(answer) and answer.offender not in (None, answer.source):
            return answer.offender  # our own address stands there where this host found nobody by ARP
        return self.hops[-1].address if self.hops else None

    def detail(self) -> dict[str, object]:
        """Plain values for `Observation.detail`."""
        return {
            "hops": [[hop.ttl, hop.address, hop.rtt_ms] for hop in self.hops],
            "asked": self.asked,
            "reached": self.reached,
            "distance": self.distance,
            "answer": None if self.answer is None else self.answer.reason,
            "last": self.last,
            "loop": list(self.loop),
        }


Ask = Callable[[int, float], Awaitable[Observation]]
"""One question that may take so many hops and so many seconds."""


async def trace(
    endpoint: Endpoint,
    vantage: Vantage,
    *,
    payload: udp.Request = b"",
) -> Trace:
    """endpoint.address is numeric. payload: the datagram for a UDP endpoint; one that the service answers makes the end of the path visible.

    At most `MOST_PACKETS` packets, in one patience.
    """

    async def ask(ttl: int, left: float) -> Observation:
        if endpoint.transport == "tcp":
            return await tcp.connect(endpoint, vantage.with_patience(left), hops=ttl)
        seen, _ = await udp.exchange(endpoint, payload, vantage.with_patience(left), hops=ttl)
        return seen

    return await _Ladder(ask, vantage.patience).climb()


@dataclass(slots=True)
class _Ladder:
    """The questions of one trace by number of hops, and what came of them."""

    ask: Ask
    patience: float
    seen: dict[int, Observation] = field(default_factory=dict)
    asked: int = 0
    running: dict[asyncio.Task[Observation], int] = field(default_factory=dict)

    async def climb(self) -> Trace:
        import asyncio  # see probes.tcp

        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience
        try:
            self._start(MOST_HOPS, end - loop.time())
            while True:
                while self.asked < self._horizon():
                    self.asked += 1
                    self._start(self.asked, end - loop.time())
                    await asyncio.sleep(SPACING)
                if self._over() or loop.time() >= end:
                    break
                if self._distance() is not None or _loop(self._hops()):
                    end = min(end, loop.time() + SETTLE)
                done, _ = await asyncio.wait(
                    self.running, timeout=max(0.0, end - loop.time()), return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    self.seen[self.running.pop(task)] = task.result()
        finally:
            for task in self.running:
                task.cancel()
            await asyncio.gather(*self.running, return_exceptions=True)
        return self._result()

    def _start(self, ttl: int, left: float) -> None:
        import asyncio

        self.running[asyncio.ensure_future(self.ask(ttl, max(left, SPACING)))] = ttl

    def _horizon(self) -> int:
        """How many hops are worth asking, by what is known now."""
        distance = self._distance()
        if distance is not None or any(_local(seen) for seen in self.seen.values()) or _loop(self._hops()):
            return self.asked
        furthest = max((hop.ttl for hop in self._hops() if hop.ttl < MOST_HOPS), default=0)
        further = furthest + GAP
        if MOST_HOPS in self.seen and _ends(self.seen[MOST_HOPS]) and self._all_ended():
            further = max(further, self.asked + GAP)
        return min(MOST_HOPS - 1, further)

    def _all_ended(self) -> bool:
        """Did every hop asked so far end without the target's answer, though the target answers packets that may go further?"""
        return all(ttl in self.seen for ttl in range(1, self.asked + 1))

    def _over(self) -> bool:
        """Nothing that could still change the result is on the way."""
        if any(_local(seen) for seen in self.seen.values()):
            return True
        distance = self._distance()
        return not any(ttl < (distance or MOST_HOPS + 1) for ttl in self.running.values())

    def _distance(self) -> int | None:
        return min((ttl for ttl, seen in self.seen.items() if _ends(seen) and ttl < MOST_HOPS), default=None)

    def _hops(self) -> tuple[Hop, ...]:
        told = ((ttl, self.seen[ttl]) for ttl in sorted(self.seen))
        return tuple(
            Hop(ttl, seen.offender, seen.rtt_ms)
            for ttl, seen in told
            if seen.reason == "ttl-exceeded" and seen.offender
        )

    def _result(self) -> Trace:
        distance = self._distance()
        answer: Observation | None
        local = next((seen for seen in self.seen.values() if _local(seen)), None)
        far = self.seen.get(MOST_HOPS)
        if distance is not None:
            answer = self.seen[distance]
        elif local is not None:
            answer = local
        else:
            answer = far if far is not None and _ends(far) else None
        hops = tuple(hop for hop in self._hops() if hop.ttl < (distance or MOST_HOPS))
        reached = answer is not None and _by_target(answer)
        return Trace(hops, self.asked, reached, distance, answer, () if reached else _loop(self._hops()))


def _local(seen: Observation) -> bool:
    """This host refused or could not send: no number of hops changes that."""
    return seen.state == "not-probed" or seen.reason in ("no-route", "local-prohibited")


def _ends(seen: Observation) -> bool:
    """An answer that is not about the number of hops."""
    return not _local(seen) and seen.reason not in ("ttl-exceeded", "no-response")


def _by_target(seen: Observation) -> bool:
    return seen.state in ("open", "closed") or (seen.offender is not None and seen.offender == seen.address)


def _loop(hops: tuple[Hop, ...]) -> tuple[str, ...]:
    """The routers that come again, in their order. Shared load alone may show one router twice; three times, or two of them twice, is a loop.

    Not one that comes twice running: nobody passes a packet on to himself. Address translation does that, which lets all routers behind it speak with one address.
    """
    places: dict[str, list[int]] = {}
    for hop in hops:
        places.setdefault(hop.address, []).append(hop.ttl)
    again = {
        address: ttls
        for address, ttls in places.items()
        if len(ttls) > 1 and all(later - ttl >= 2 for ttl, later in pairwise(ttls))
    }
    if len(again) > 1 or any(len(ttls) > 2 for ttls in again.values()):
        return tuple(again)
    return ()
