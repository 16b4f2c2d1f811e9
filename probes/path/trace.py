"""Which routers are on the way to this endpoint, and which of them was the last to answer?

The same question is asked with 1, 2, 3 … hops allowed, each from a socket of its own and all at the
same time. The router at which a packet expires reports it by ICMP (RFC 792 type 11, RFC 4443 type
3), which IP_RECVERR shows to any user. The packets are those of the service: a SYN to its port, or
a datagram that it answers. So a filter treats them like packets of a client.

Limits of the method:

* It cannot show where packets are dropped. A drop behind router n, on the wire after it or on the
  next host looks the same, and many routers never answer. So the result is the last router that
  answered, never the place of a drop.
* Routers answer only a few such packets a second. TCP repeats its SYN, and datagrams are sent
  again, so a silent hop was asked three or four times, a second apart.
* The sockets have different source ports. If load is shared over several paths, the hops may belong
  to different paths.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.frozen import frozen, mutable
from probes.network import tcp, udp
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

MOST_HOPS = 32
"""More than any path in a cloud has. A packet that is alive after them is in a loop."""

GAP = 8
"""Number of hops that are asked beyond the last one that answered."""

SPACING = 0.005
"""Seconds between two sockets: a burst would exceed the rate limits of routers."""

SETTLE = 1.3
"""Seconds to wait for other hops after the target's answer or a loop: one repeated SYN."""

MOST_PACKETS = 4 * (MOST_HOPS + 1)
"""A SYN is repeated three times within the usual patience; see `probes.network.tcp`."""


@frozen
class Hop:
    """A router that answered."""

    ttl: int
    """Number of hops that the packet was allowed."""
    address: str
    """Address of the router that reported its end."""
    rtt_ms: float | None
    """Time to the answer, milliseconds. None if unknown."""


@frozen
class Trace:
    """The routers on the way to an endpoint."""

    hops: tuple[Hop, ...]
    """Routers that answered, nearest first."""
    asked: int
    """Largest number of hops that was asked in turn."""
    reached: bool
    """True if the target itself answered."""
    distance: int | None
    """Fewest hops that brought an answer of the target or a refusal. None without one."""
    answer: Observation | None
    """That answer. None if nobody answered, or packets are in a loop."""
    loop: tuple[str, ...] = ()
    """Routers between which packets circulate. Empty without a loop."""

    @property
    def last(self) -> str | None:
        """Return the last router that answered. One that refused counts as well."""
        answer = self.answer
        if answer is not None and not _is_by_target(answer) and answer.offender not in (None, answer.source):
            return answer.offender  # it is our own address if ARP found no host
        return self.hops[-1].address if self.hops else None

    def detail(self) -> dict[str, object]:
        """Return plain values for `Observation.detail`."""
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
    """Trace the way to an endpoint with a numeric `address`.

    At most `MOST_PACKETS` packets are sent, within one patience. `payload`: the datagram for a UDP
    endpoint; one that the service answers makes the end of the path visible.
    """

    async def ask(ttl: int, left: float) -> Observation:
        if endpoint.transport == "tcp":
            return await tcp.connect(endpoint, vantage.with_patience(left), hops=ttl)
        observation, _ = await udp.exchange(endpoint, payload, vantage.with_patience(left), hops=ttl)
        return observation

    return await _Ladder(ask, vantage.patience).climb()


@mutable
class _Ladder:
    """The questions of one trace by number of hops, and their answers."""

    ask: Ask
    patience: float
    seen: dict[int, Observation] = field(default_factory=dict)
    asked: int = 0
    running: dict[asyncio.Task[Observation], int] = field(default_factory=dict)

    async def climb(self) -> Trace:
        import asyncio  # see probes.network.tcp

        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience
        try:
            self._start(MOST_HOPS, end - loop.time())
            while True:
                while self.asked < self._horizon():
                    self.asked += 1
                    self._start(self.asked, end - loop.time())
                    await asyncio.sleep(SPACING)
                if self._is_complete() or loop.time() >= end:
                    break
                if self._distance() is not None or _loop(self._hops()):
                    end = min(end, loop.time() + SETTLE)
                ended, _ = await asyncio.wait(
                    self.running, timeout=max(0.0, end - loop.time()), return_when=asyncio.FIRST_COMPLETED
                )
                for task in ended:
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
        """Return the number of hops that is worth asking, by what is known now."""
        distance = self._distance()
        if distance is not None or any(_is_local(seen) for seen in self.seen.values()) or _loop(self._hops()):
            return self.asked
        furthest = max((hop.ttl for hop in self._hops() if hop.ttl < MOST_HOPS), default=0)
        further = furthest + GAP
        if MOST_HOPS in self.seen and _is_final(self.seen[MOST_HOPS]) and self._has_every_answer():
            further = max(further, self.asked + GAP)
        return min(MOST_HOPS - 1, further)

    def _has_every_answer(self) -> bool:
        """Return True if every hop asked so far has ended."""
        return all(ttl in self.seen for ttl in range(1, self.asked + 1))

    def _is_complete(self) -> bool:
        """Return True if no packet on the way can still change the result."""
        if any(_is_local(seen) for seen in self.seen.values()):
            return True
        distance = self._distance()
        return not any(ttl < (distance or MOST_HOPS + 1) for ttl in self.running.values())

    def _distance(self) -> int | None:
        return min((ttl for ttl, seen in self.seen.items() if _is_final(seen) and ttl < MOST_HOPS), default=None)

    def _hops(self) -> tuple[Hop, ...]:
        observations = ((ttl, self.seen[ttl]) for ttl in sorted(self.seen))
        return tuple(
            Hop(ttl, seen.offender, seen.rtt_ms)
            for ttl, seen in observations
            if seen.reason == "ttl-exceeded" and seen.offender
        )

    def _result(self) -> Trace:
        distance = self._distance()
        answer: Observation | None
        local = next((seen for seen in self.seen.values() if _is_local(seen)), None)
        far = self.seen.get(MOST_HOPS)
        if distance is not None:
            answer = self.seen[distance]
        elif local is not None:
            answer = local
        else:
            answer = far if far is not None and _is_final(far) else None
        hops = tuple(hop for hop in self._hops() if hop.ttl < (distance or MOST_HOPS))
        reached = answer is not None and _is_by_target(answer)
        return Trace(hops, self.asked, reached, distance, answer, () if reached else _loop(self._hops()))


def _is_local(observation: Observation) -> bool:
    """Return True if this host refused or could not send: no number of hops changes that."""
    return observation.state == "not-probed" or observation.reason in ("no-route", "local-prohibited")


def _is_final(observation: Observation) -> bool:
    """Return True for an answer that is not about the number of hops."""
    return not _is_local(observation) and observation.reason not in ("ttl-exceeded", "no-response")


def _is_by_target(observation: Observation) -> bool:
    return observation.state in ("open", "closed") or (
        observation.offender is not None and observation.offender == observation.address
    )


def _loop(hops: tuple[Hop, ...]) -> tuple[str, ...]:
    """Return the routers that appear again, in their order, or nothing if that is no loop.

    * Shared load alone may show one router twice. Three times, or two routers twice, is a loop.
    * A router twice in a row is no loop, because nobody forwards a packet to itself. Address
      translation causes it: all routers behind it then answer with one address.
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
