"""How are many endpoints asked at once, and what is left when the deadline passes?

- Bare TCP handshakes go to `probes.network.sweep`, which asks thousands at once.
- Every other probe is a coroutine of its own.
- Both share one event loop, one deadline, one Ctrl-C and the descriptors of the process.
- A probe waits for its own endpoint only. While all are in flight together, a run takes about one
  patience; see `worst_case`.
- Each job ends as exactly one observation. A probe that fails is our bug and is recorded as one. A
  job that had no time is `cancelled`.
"""

from __future__ import annotations

import contextlib
import logging
import math
import resource
import signal
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint
from probes.frozen import frozen, mutable
from probes.network import sweep
from probes.network.descriptors import MOST_IN_FLIGHT, RESERVED_DESCRIPTORS, SOCKETS_OF_A_HANDSHAKE, descriptors
from probes.network.timeout import running_timeout
from probes.observation import Observation
from probes.vantage import PATIENCE, Vantage

if TYPE_CHECKING:
    import asyncio

_LOG = logging.getLogger(__name__)

PATIENCES_OF_A_PROBE = 2
"""A probe has one connection: one patience for the handshake, one for request and reply."""

_SLACK = 5.0
"""Seconds that a probe may be late on a busy host before it counts as hung, while the loop runs."""

Probe = Callable[[Endpoint, Vantage], Awaitable[Observation]]
"""Ask an endpoint from a vantage, in at most two of its patiences."""

Progress = Callable[[str, Observation, int, int], None]
"""Called with the key of the job that ended, its observation, how many ended and how many there
are."""


@frozen
class Job:
    """One endpoint to ask, and how."""

    key: str
    """Unique in a run."""

    endpoint: Endpoint
    """Endpoint with a numeric address."""

    vantage: Vantage
    """Where it is asked from."""

    probe: Probe | None = None
    """How it is asked. None for a bare TCP handshake."""


@frozen
class Run:
    """What the jobs of one run saw."""

    observations: Mapping[str, Observation]
    """One for each job by its key, in the order of the jobs."""

    interrupted: bool = False
    """True if SIGINT came."""

    errors: tuple[str, ...] = ()
    """Bugs outside the probes, for example of the progress display."""


def concurrency(in_flight: int | None = None) -> int:
    """Return how many probes may run at once.

    Each has one descriptor, and the process has a limit.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_IN_FLIGHT if soft == resource.RLIM_INFINITY else min(MOST_IN_FLIGHT, soft - RESERVED_DESCRIPTORS)
    return max(1, allowed if in_flight is None else min(allowed, in_flight))


def worst_case(
    conversations: int,
    handshakes: int = 0,
    *,
    patience: float = PATIENCE,
    in_flight: int | None = None,
    hurry: bool = True,
) -> float:
    """Return the seconds after which so many probes have ended, whatever the peers do.

    Conversations and bare handshakes run side by side. Silence of all peers takes about half of it.
    """
    talking = math.ceil(conversations / concurrency(in_flight)) * PATIENCES_OF_A_PROBE * patience
    return max(talking, sweep.worst_case(handshakes, patience, concurrency(in_flight), hurry=hurry))


def run(
    jobs: Iterable[Job],
    *,
    deadline: float | None = None,
    in_flight: int | None = None,
    on_progress: Progress | None = None,
    hurry: bool = True,
) -> Run:
    """Probe everything and return what was seen. ValueError if two jobs share a key.

    SIGINT and the deadline cancel what is not finished. What was learnt is returned.
    deadline: of the whole run, seconds; hurry: as in `probes.network.sweep.Sweep`.
    """
    import asyncio  # only a probe pays for it

    ended: list[Run] = []

    async def main() -> None:
        # It returns nothing, because asyncio.run ends with signal.getsignal, which writes out what
        # its coroutine returned.
        stop = asyncio.Event()
        with Interrupt(asyncio.get_running_loop(), stop):
            done = await run_async(
                jobs,
                deadline=deadline,
                in_flight=in_flight,
                on_progress=on_progress,
                stop=stop,
                hurry=hurry,
            )
        ended.append(done)

    asyncio.run(main())
    return ended[0]


async def run_async(
    jobs: Iterable[Job],
    *,
    deadline: float | None = None,
    in_flight: int | None = None,
    on_progress: Progress | None = None,
    stop: asyncio.Event | None = None,
    hurry: bool = True,
) -> Run:
    """Do what `run` does, for a caller with its own loop.

    Setting `stop` does what SIGINT does in `run`.
    """
    import asyncio

    listed = tuple(jobs)
    if len({job.key for job in listed}) != len(listed):
        raise ValueError("two jobs share a key")
    state = _RunState(listed, on_progress, hurry)
    most = concurrency(in_flight)
    workers = [asyncio.create_task(state.work()) for _ in range(min(most, len(state.waiting)))]
    workers += [
        asyncio.create_task(state.sweep(vantage, handshakes, most)) for vantage, handshakes in state.handshakes.items()
    ]
    everything = asyncio.gather(*workers)
    stopped = asyncio.create_task((stop or asyncio.Event()).wait())
    try:
        await asyncio.wait((everything, stopped), timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*workers, stopped):
            task.cancel()
        outcomes = await asyncio.gather(*workers, stopped, return_exceptions=True)
        await asyncio.gather(everything, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome  # a bug of this module
    return state.result(interrupted=stop is not None and stop.is_set())


@mutable
class _RunState:
    """The jobs of one run and what became of them."""

    jobs: Sequence[Job]
    on_progress: Progress | None
    hurry: bool = True
    seen: dict[str, Observation] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    waiting: deque[tuple[Job, Probe]] = field(default_factory=deque)
    handshakes: dict[Vantage, list[Job]] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.endpoints = {job.key: job.endpoint for job in self.jobs}
        for job in self.jobs:
            if job.probe is None:
                self.handshakes.setdefault(job.vantage, []).append(job)
            else:
                self.waiting.append((job, job.probe))

    async def sweep(self, vantage: Vantage, jobs: Sequence[Job], most: int) -> None:
        """Make all bare handshakes of one vantage. Their answers and timers wake it."""
        import asyncio

        def record(key: str, seen: Observation) -> None:
            self.seen[key] = seen
            self._report(key, seen)

        if vantage.host is not None:
            targets = {job.key: job.endpoint for job in jobs}
            await sweep.sweep_from(vantage.host, targets, record, vantage, most, hurry=self.hurry)
            return
        room = descriptors(SOCKETS_OF_A_HANDSHAKE * min(len(jobs), most))
        asked = sweep.Sweep(
            ((job.key, job.endpoint) for job in jobs),
            record,
            vantage,
            descriptors=room,
            hurry=self.hurry,
        )
        loop, answer = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(asked.fileno(), answer.set)
        try:
            while (seconds := asked.step()) is not None:
                answer.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await answer.wait()
        finally:
            loop.remove_reader(asked.fileno())
            asked.close()

    async def work(self) -> None:
        """Take jobs until there are none."""
        while self.waiting:
            job, probe = self.waiting.popleft()
            observation = await self._observe(job, probe)
            self.seen[job.key] = observation
            self._report(job.key, observation)

    async def _observe(self, job: Job, probe: Probe) -> Observation:
        """Run one probe. Its failure becomes an observation."""
        import asyncio

        limit = job.vantage.patience * PATIENCES_OF_A_PROBE + _SLACK
        try:
            async with running_timeout(limit):
                return await probe(job.endpoint, job.vantage)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return _bug(job, "the probe cancelled itself")
        except TimeoutError as error:
            if (lost := job.vantage.host and job.vantage.host.lost) is not None:
                gone = {"error": lost}
                return Observation(
                    job.vantage.name, "not-probed", "no-vantage", address=job.endpoint.address, detail=gone
                )
            return _bug(job, str(error) or f"the probe did not end within {limit:g} s")
        except Exception as error:  # noqa: BLE001 - this is the boundary: our own bug is a result, and the rest goes on
            return _bug(job, f"{type(error).__name__}: {error}")

    def _report(self, key: str, observation: Observation) -> None:
        if _LOG.isEnabledFor(logging.INFO):
            _LOG.info("asked %s (%s): %s", self.endpoints[key], key, logged(observation))
        if self.on_progress is None:
            return
        try:
            self.on_progress(key, observation, len(self.seen), len(self.jobs))
        except Exception as error:  # noqa: BLE001 - a display that fails must not cost the run
            self.on_progress = None
            self.errors.append(f"progress: {type(error).__name__}: {error}")

    def result(self, *, interrupted: bool) -> Run:
        observations = {job.key: self.seen.get(job.key) or _cancelled(job) for job in self.jobs}
        return Run(observations, interrupted, tuple(self.errors))


def logged(observation: Observation) -> str:
    """Return state, reason and time of an observation for the log."""
    time = "no answer" if observation.rtt_ms is None else f"{observation.rtt_ms:.1f} ms"
    offender = f" from {observation.offender}" if observation.offender else ""
    return f"{observation.state}, {observation.reason}{offender}, {time}, attempts: {observation.attempts}"


class Interrupt:
    """Let SIGINT set an event inside the block. Afterwards the handler of before is restored.

    SIGTERM does the same if the program handles it. A second signal does no more than the first.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
        self.loop, self.stop = loop, stop
        self.before: dict[signal.Signals, Callable[..., object]] = {}

    def __enter__(self) -> None:
        # Signals reach the main thread only. In another thread its owner has to stop the run.
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if callable(before):  # a process in the background ignores SIGINT
                self.before[number] = before
                self.loop.add_signal_handler(number, self.stop.set)

    def __exit__(self, *_: object) -> None:
        for number, before in self.before.items():
            self.loop.remove_signal_handler(number)
            signal.signal(number, before)


def _bug(job: Job, error: str) -> Observation:
    return Observation(job.vantage.name, "not-probed", "bug", address=job.endpoint.address, detail={"error": error})


def _cancelled(job: Job) -> Observation:
    return Observation(job.vantage.name, "not-probed", "cancelled", address=job.endpoint.address)
