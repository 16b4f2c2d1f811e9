"""How are the targets of `probe` asked: all at once, in one run, with nothing lost when time is up or Ctrl-C comes?

Names are looked up first, each once. Handshakes alone, of which there may be thousands, go through `questions.handshakes`; every other target has a question of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from diagnose.probing.answers import Asked, Line
from diagnose.probing.kdc import handshakes
from diagnose.probing.target import Question, Target, Told
from diagnose.scene.bugs import Bug, guarded
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

    from diagnose.live.observe import Progress
    from probes.names.resolve import Resolution

CUT_SHORT = Line("the rest", "not asked: stopped before the end")


@dataclass(frozen=True, slots=True)
class Answers:
    """asked: one for each target, in their order; interrupted: Ctrl-C came first."""

    asked: tuple[Asked, ...]
    interrupted: bool = False


def ask(
    targets: Sequence[Target], vantage: Vantage, deadline: float | None = None, progress: Progress | None = None
) -> Answers:
    """Ask every target. deadline: seconds for all of it; what was not answered by then is `cancelled`. progress: is told how many have ended."""
    import asyncio  # only a command that sends pays for it

    from probes.network.runner import Interrupt

    board = _Board(targets, vantage, progress)

    async def main() -> bool:
        stop = asyncio.Event()
        with Interrupt(asyncio.get_running_loop(), stop):
            await _until(stop, deadline, board.work())
        return stop.is_set()

    interrupted = asyncio.run(main())
    return Answers(tuple(board.asked(number) for number in range(len(targets))), interrupted)


async def _until(stop: asyncio.Event, deadline: float | None, work: Coroutine[None, None, None]) -> None:
    """Wait for the work, the bell or the deadline, whichever is first; raise what the work raised."""
    import asyncio

    working, bell = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, bell), timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        bell.cancel()
        ended, _ = await asyncio.gather(working, bell, return_exceptions=True)
    if isinstance(ended, Exception):
        raise ended


@dataclass(slots=True)
class _Board:
    """The targets of one run, by their place, and what is known of each so far."""

    targets: Sequence[Target]
    vantage: Vantage
    progress: Progress | None
    told: dict[int, Told] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)

    async def work(self) -> None:
        import asyncio

        from probes.names.resolve import resolve_all

        names = await resolve_all((target.endpoint.host for target in self.targets), timeout=self.vantage.patience)
        plain: dict[int, Endpoint] = {}
        others: dict[int, tuple[Target, Question]] = {}
        for number, target in enumerate(self.targets):
            name = names[target.endpoint.host]
            if name.reason is not None:
                self._learn(number, Told(name.observation(self.vantage)))
            elif target.scheme.ask is None:
                plain[number] = _at(target.endpoint, name)
            else:
                others[number] = replace(target, endpoint=_at(target.endpoint, name)), target.scheme.ask
        slots, in_flight = _shares(len(plain), [target.scheme.sockets for target, _ in others.values()])
        async with asyncio.TaskGroup() as group:
            group.create_task(self._shake(plain, in_flight))
            for number, (target, question) in others.items():
                group.create_task(self._ask(number, target, question, slots))

    async def _shake(self, plain: Mapping[int, Endpoint], in_flight: int) -> None:
        bugs: list[Bug] = []
        with guarded("handshakes", bugs):
            await handshakes(plain, self.vantage, lambda number, seen: self._learn(number, Told(seen)), in_flight)
        for bug in bugs:
            for number in plain.keys() - self.finished:
                self._learn(number, Told(_failed(bug, plain[number], self.vantage)))

    async def _ask(self, number: int, target: Target, question: Question, slots: asyncio.Semaphore) -> None:
        async with slots:
            async for so_far in _answers(question, target, self.vantage):
                self.told[number] = so_far
            self._finish(number)

    def _learn(self, number: int, told: Told) -> None:
        self.told[number] = told
        self._finish(number)

    def _finish(self, number: int) -> None:
        self.finished.add(number)
        if self.progress is not None:
            self.progress(len(self.finished), len(self.targets))

    def asked(self, number: int) -> Asked:
        target, told = self.targets[number], self.told.get(number)
        if told is None:
            told = Told(Observation(self.vantage.name, "not-probed", "cancelled"))
        elif number not in self.finished:
            told = replace(told, lines=(*told.lines, CUT_SHORT))
        return Asked.of(target.text, target.endpoint, target.scheme.right, told.observation, list(told.lines))


def _shares(handshakes: int, questions: Sequence[int]) -> tuple[asyncio.Semaphore, int]:
    """How many questions, and how many handshakes, may be in flight: together they stay within the descriptors that this process may open.

    questions: the sockets that each has open at once.
    """
    import asyncio

    from probes.network.runner import MOST_IN_FLIGHT, SOCKETS_OF_A_HANDSHAKE, descriptors

    widest = max(questions, default=1)
    shaking = SOCKETS_OF_A_HANDSHAKE * min(handshakes, MOST_IN_FLIGHT)
    asking = min(widest * len(questions), MOST_IN_FLIGHT)
    room = descriptors(shaking + asking)
    asking = min(asking, max(room - shaking, room // 2))
    return asyncio.Semaphore(max(1, asking // widest)), max(1, (room - asking) // SOCKETS_OF_A_HANDSHAKE)


async def _answers(question: Question, target: Target, vantage: Vantage) -> AsyncIterator[Told]:
    """Our own bug is an answer of this target, and the others are asked all the same."""
    so_far: tuple[Line, ...] = ()
    bugs: list[Bug] = []
    with guarded(target.text, bugs):
        async for told in question(target, vantage):
            so_far = told.lines
            yield told
    for bug in bugs:
        yield Told(_failed(bug, target.endpoint, vantage), so_far)


def _failed(bug: Bug, end: Endpoint, vantage: Vantage) -> Observation:
    detail = {"error": bug.error}
    return Observation(vantage.name, "not-probed", "bug", address=end.address, detail=detail)


def _at(end: Endpoint, name: Resolution) -> Endpoint:
    """The endpoint at the address that the JVM tries first: IPv4 where there is any, else the first."""
    chosen = next((address for address in name.addresses if ":" not in address), name.addresses[0])
    return Endpoint(end.host, end.port, end.transport, chosen)
