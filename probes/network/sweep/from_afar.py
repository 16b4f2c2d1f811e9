"""How does another host make many handshakes?

It makes the attempts of each endpoint by itself, at the moments of an unknown path. What its
answers teach of a path is counted here. Once the path is known, the host is told how far apart and
how often it still asks, if it can follow that (`probes.network.host.HurryingHost`). Silence
counts, and silent endpoints are asked again, as in `probes.network.sweep.sweep` on this host: the
second look begins once the host is quiet, and it still listens. For other hosts silence counts
after the whole patience.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.network import sockets, tcp
from probes.network.host import Handshake, Host, HurryingHost, Schedule, Sending
from probes.network.pacing import LEAST_LISTENING, OFFSETS, Pace
from probes.network.sweep.second_look import further
from probes.network.sweep.sweep import Record
from probes.network.sweep.swept_endpoint import MOST_AT_ONE, Path, SweptEndpoint, network
from probes.observation import Observation
from probes.vantage import Vantage

TELLING_CHANGE = 0.1
"""Share by which the times of a path must change before the host is told again."""

_GROUPS = itertools.count()
"""Names of groups of handshakes. Two sweeps from one host share none."""


async def sweep_from(
    host: Host,
    targets: Mapping[str, Endpoint],
    record: Record,
    vantage: Vantage,
    in_flight: int,
    *,
    hurry: bool,
) -> None:
    """Record each endpoint once, by its key, as `Sweep` does.

    If it is cancelled, it records those whose silence counts already. targets: endpoints with a
    numeric address. in_flight: endpoints that are asked at once. hurry: as in `Sweep`.
    """
    sweep = _FarSweep(host, record, vantage, in_flight, len(targets), hurry=hurry)
    try:
        await sweep.run(targets)
    finally:
        sweep.record_silence()


class _FarSweep:
    """The endpoints of one sweep and what was learnt of their paths."""

    def __init__(
        self, host: Host, record: Record, vantage: Vantage, in_flight: int, total: int, *, hurry: bool
    ) -> None:
        import asyncio

        self._host, self._record, self._vantage, self._total = host, record, vantage, total
        self._follower = host if isinstance(host, HurryingHost) else None
        self._hurried = hurry and self._follower is not None
        self._slots = asyncio.Semaphore(max(1, min(in_flight, host.most_sockets // len(OFFSETS))))
        self._at = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(MOST_AT_ONE))
        self._paths: dict[str, Path] = {}
        self._groups = defaultdict[tuple[Path, str], str](lambda: f"{next(_GROUPS)}")
        self._told: dict[Path, Schedule] = {}
        self._asked: set[SweptEndpoint] = set()  # in the first look
        self._quiet = asyncio.Event()  # set once the first look makes no more attempts

    async def run(self, targets: Mapping[str, Endpoint]) -> None:
        """Make all looks. A silent endpoint of the first one may still be listened to in the
        others."""
        import asyncio

        async with asyncio.TaskGroup() as group:
            for key, endpoint in targets.items():
                family, bare, _ = _numeric(endpoint)
                path = self._paths.setdefault(network(family, bare), Path())
                swept = SweptEndpoint(key, endpoint, path, family, (bare, endpoint.port))
                self._asked.add(swept)
                group.create_task(self._look(swept))
            if self._asked:
                await self._quiet.wait()
            for endpoints, spacing in further(self._paths.values(), hurry=self._hurried):
                await self._look_again(endpoints, spacing)
        for path in self._paths.values():
            for swept in path.silent:
                swept.hurried = False

    def record_silence(self) -> None:
        """Record the silent endpoints, except those that lack their second look."""
        for path in self._paths.values():
            for swept in path.silent:
                if not swept.hurried:
                    self._record(swept.key, swept.silence(self._vantage))

    async def _look(self, swept: SweptEndpoint) -> None:
        """Ask an endpoint for the first time. It may be among the silent ones before it has
        ended."""
        seen = await self._ended(swept)
        is_kept = swept not in self._asked
        if is_kept and seen.reason == "no-response":
            swept.source = seen.source
            return
        if is_kept and swept in swept.path.silent:
            swept.path.silent.remove(swept)
        self._take(swept, seen)
        self._calm(swept)

    async def _look_again(self, endpoints: Sequence[SweptEndpoint], spacing: float) -> None:
        import asyncio

        async def look(swept: SweptEndpoint) -> None:
            self._take(swept, await self._ended(swept))

        async with asyncio.TaskGroup() as group:
            for swept in endpoints:
                group.create_task(look(swept))
                await asyncio.sleep(spacing)

    def _calm(self, swept: SweptEndpoint) -> None:
        """Note that an endpoint of the first look is asked no more. Once none is, all is quiet."""
        self._asked.discard(swept)
        if not self._asked:
            self._quiet.set()

    def _keep(self, swept: SweptEndpoint, sent: int) -> None:
        """Count an endpoint as silent after so many attempts, while it is still listened to."""
        schedule = self._schedule(swept)
        if swept not in self._asked or schedule is None or sent < schedule.attempts:
            return  # as the path is known by now, the host makes more attempts
        swept.hurried = True
        swept.path.silent.append(swept)
        self._calm(swept)

    async def _ended(self, swept: SweptEndpoint) -> Observation:
        """Ask an endpoint and return what was seen."""
        async with self._slots, self._at[swept.address[0]]:
            swept.began = time.monotonic()
            try:
                seen = await self._seen(swept)
            except Exception as error:  # noqa: BLE001 - a bug of ours is the result of this endpoint
                detail = {"error": f"{type(error).__name__}: {error}"}
                address = swept.endpoint.address
                seen = Observation(self._vantage.name, "not-probed", "bug", address=address, detail=detail)
        swept.before += seen.attempts
        return seen

    def _take(self, swept: SweptEndpoint, seen: Observation) -> None:
        """Record an endpoint unless it is silent."""
        if swept.is_control:
            swept.path.alive |= {swept.address[0]} if seen.state in ("open", "closed") else set()
            return
        if swept.is_recorded:
            return  # an earlier attempt was answered meanwhile
        if seen.reason == "no-response":
            swept.source = seen.source
            swept.hurried = self._schedule(swept) is not None
            swept.path.silent.append(swept)
            return
        swept.is_recorded = True
        if seen.offender is not None:
            swept.path.refusals[seen.reason, seen.offender] += 1
        swept.path.ended += 1
        self._record(swept.key, replace(seen, attempts=swept.before))

    async def _seen(self, swept: SweptEndpoint) -> Observation:
        """Attempt the handshake until something answers or silence counts.

        The host may have been told of fewer attempts than the path turns out to need. Then it makes
        those that lack.
        """
        sent = 0
        while True:
            came = await self._attempted(swept, sent)
            seen = tcp.observed(came, swept.endpoint, self._vantage)
            if seen.state in ("open", "closed"):
                self._learn(swept, came, sent + seen.attempts - came.again - came.later)
            sent += came.sent
            schedule = self._schedule(swept)
            is_over = time.monotonic() - swept.began >= self._vantage.patience
            if seen.reason != "no-response" or schedule is None or sent >= schedule.attempts or is_over:
                return seen
            swept.before += seen.attempts

    async def _attempted(self, swept: SweptEndpoint, sent: int) -> Handshake:
        """Return what comes of further attempts. sent: those before them in this look."""
        left = self._vantage.patience - (time.monotonic() - swept.began) if sent else self._vantage.patience
        schedule = self._schedule(swept)
        sending = Sending(
            left,
            self._vantage.source_address,
            moments=tuple(moment for moment in OFFSETS[: swept.quota] if moment < left),
            group=self._group(swept) if self._hurried and swept.quota is None else None,
            schedule=None if schedule is None else replace(schedule, attempts=schedule.attempts - sent),
        )
        address, port = swept.endpoint.address or swept.endpoint.host, swept.endpoint.port
        if self._follower is None:
            return await self._host.connect(address, port, sending, keep=False)
        return await self._follower.connect(
            address, port, sending, keep=False, quiet=lambda further: self._keep(swept, sent + further)
        )

    def _schedule(self, swept: SweptEndpoint) -> Schedule | None:
        """Return how an endpoint is asked now. None for the moments of an unknown path."""
        pace = swept.path.pace
        if self._follower is None or (swept.quota is None and not (self._hurried and swept.may_hurry)):
            return None
        if swept.quota is not None:
            return Schedule(pace.gap(), swept.quota, pace.timeout())
        return _schedule_of(pace, self._total)

    def _group(self, swept: SweptEndpoint) -> str | None:
        """Return the group of its address. None if no answer can let it hurry any more."""
        address = swept.address[0]
        return None if address in swept.path.doubted else self._groups[swept.path, address]

    def _learn(self, swept: SweptEndpoint, came: Handshake, attempts: int) -> None:
        """Count an answer. If it changes how endpoints are asked, tell the host."""
        path, address = swept.path, swept.address[0]
        path.pace.answered(came.elapsed / 1000, attempts)
        is_first = path.answered.setdefault(address, swept) is swept
        if self._follower is None or not (self._hurried and path.pace.is_known):
            return
        told, pace = self._told.get(path), path.pace
        schedule = _schedule_of(pace, self._total)
        if told is None or told.attempts != schedule.attempts or _differs(_seconds(told), _seconds(schedule)):
            self._told[path] = schedule
            self._follower.hurry([self._groups[path, each] for each in path.answered], schedule)
        elif is_first:
            self._follower.hurry([self._groups[path, address]], told)


def _schedule_of(pace: Pace, endpoints: int) -> Schedule:
    """Return how the endpoints of a known path are asked. endpoints: of the whole sweep."""
    return Schedule(pace.gap(), pace.attempts(endpoints), pace.timeout(), LEAST_LISTENING)


def _seconds(schedule: Schedule) -> float:
    """Return how long silence takes."""
    return max((schedule.attempts - 1) * schedule.gap + schedule.wait, schedule.listening)


def _differs(before: float, now: float) -> bool:
    return abs(now - before) > TELLING_CHANGE * before


def _numeric(endpoint: Endpoint) -> tuple[socket.AddressFamily, str, int]:
    """Return family, bare address and scope. The scope is an interface of the other host, so it is
    not looked up."""
    return sockets.numeric((endpoint.address or endpoint.host).partition("%")[0])
