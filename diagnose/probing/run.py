"""How are the targets of `probe` asked, all in one run?

- Names are looked up first, each once.
- Handshakes alone, of which there may be thousands, go through the runner of `probes.network`. If
  this host makes nothing else and no name is looked up, they need no event loop.
- Every other target has a script of questions.
- Nothing that was learnt is lost when the deadline passes or Ctrl-C comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from diagnose.probing.target import Asker, Target, TargetAnswer
from diagnose.scene.bugs import Bug, guarded
from probes.endpoint import Endpoint
from probes.frozen import frozen, mutable, replace
from probes.language import tr
from probes.log import listened
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

    from diagnose.live.observe import Progress
    from diagnose.probing.answers import AnswerLine, TargetReport
    from probes.names.resolve import Resolution
    from probes.questions import Question

Heard = Callable[["Question", Observation], None]
"""Called with each question and its answer."""


@frozen
class TargetAnswers:
    """What all targets of one run answered."""

    reports: tuple[TargetReport, ...]
    """One for each target, in their order."""

    interrupted: bool = False
    """True if Ctrl-C came first."""


def ask_targets(
    targets: Sequence[Target], vantage: Vantage, deadline: float | None = None, progress: Progress | None = None
) -> TargetAnswers:
    """Ask every target.

    - deadline: seconds for all of it. What was not answered by then is `cancelled`.
    - progress: called with the number of targets that have ended.
    """
    run = _TargetRun(targets, vantage, progress)
    endpoints = _bare_handshakes(targets, vantage)
    if endpoints is None:
        run.interrupted = _ask_all(run, deadline)
    else:
        run.shake_alone(endpoints, deadline)
    return TargetAnswers(tuple(run.report(number) for number in range(len(targets))), run.interrupted)


def _bare_handshakes(targets: Sequence[Target], vantage: Vantage) -> Mapping[int, Endpoint] | None:
    """Return the endpoints by the place of their targets. None unless each target is a handshake of
    this host with a numeric address."""
    from probes.network.sockets import bare_address

    if vantage.host is not None:
        return None
    endpoints = {}
    for number, target in enumerate(targets):
        end = target.endpoint
        address = bare_address(end.host)
        if address is None or target.scheme.script is not None:
            return None
        endpoints[number] = Endpoint(end.host, end.port, end.transport, address)
    return endpoints


def _ask_all(run: _TargetRun, deadline: float | None) -> bool:
    """Ask all targets of a run. Return True if it was interrupted."""
    import asyncio  # only a command that needs an event loop pays for it

    from probes.network.runner import Interrupt

    async def main() -> bool:
        stop = asyncio.Event()
        with Interrupt(asyncio.get_running_loop(), stop):
            await _until(stop, deadline, run.work())
        return stop.is_set()

    return asyncio.run(main())


async def _until(stop: asyncio.Event, deadline: float | None, work: Coroutine[None, None, None]) -> None:
    """Wait until the work ends, `stop` is set or the deadline passes.

    Raise what the work raised.
    """
    import asyncio

    working, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopped), timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        stopped.cancel()
        ended, _ = await asyncio.gather(working, stopped, return_exceptions=True)
    if isinstance(ended, Exception):
        raise ended


@mutable
class _TargetRun:
    """The targets of one run by their place, and what is known of each so far."""

    targets: Sequence[Target]
    vantage: Vantage
    progress: Progress | None
    answers: dict[int, TargetAnswer] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    interrupted: bool = False

    async def work(self) -> None:
        import asyncio

        from probes.names.resolve import resolve_all
        from probes.network.this_host import host_of

        hosts = (target.endpoint.host for target in self.targets)
        names = await resolve_all(hosts, timeout=self.vantage.patience, by=host_of(self.vantage))
        plain: dict[int, Endpoint] = {}
        others: dict[int, Target] = {}
        for number, target in enumerate(self.targets):
            name = names[target.endpoint.host]
            if name.reason is not None:
                self._learn(number, TargetAnswer(name.observation(self.vantage)))
            elif target.scheme.script is None:
                plain[number] = at(target.endpoint, name)
            else:
                others[number] = replace(target, endpoint=at(target.endpoint, name))
        slots, in_flight = _shares(len(plain), [target.scheme.sockets for target in others.values()])
        async with asyncio.TaskGroup() as group:
            group.create_task(self._shake(plain, in_flight))
            for number, target in others.items():
                group.create_task(self._ask(number, target, slots))

    async def _shake(self, plain: Mapping[int, Endpoint], in_flight: int) -> None:
        with self._guarded_handshakes(plain):
            await handshakes(
                plain, self.vantage, lambda number, seen: self._learn(number, TargetAnswer(seen)), in_flight
            )

    def shake_alone(self, plain: Mapping[int, Endpoint], deadline: float | None) -> None:
        """Make handshakes, which are all of the run."""
        from probes.network.descriptors import MOST_IN_FLIGHT, SOCKETS_OF_A_HANDSHAKE, descriptors
        from probes.network.handshakes import shake

        def record(key: str, seen: Observation) -> None:
            self._learn(int(key), TargetAnswer(seen))
            _log(self.targets[int(key)], seen)

        sockets = SOCKETS_OF_A_HANDSHAKE * min(len(plain), MOST_IN_FLIGHT)
        with self._guarded_handshakes(plain):
            self.interrupted = shake(
                {str(number): endpoint for number, endpoint in plain.items()},
                record,
                self.vantage,
                descriptors=descriptors(sockets),
                deadline=deadline,
                idle=_prepare_reports,
            )

    @contextmanager
    def _guarded_handshakes(self, plain: Mapping[int, Endpoint]) -> Iterator[None]:
        """Let a bug of the block be the answer of each handshake that has not ended."""
        bugs: list[Bug] = []
        with guarded("handshakes", bugs):
            yield
        for bug in bugs:
            for number in plain.keys() - self.finished:
                self._learn(number, TargetAnswer(_failed(bug, plain[number], self.vantage)))

    async def _ask(self, number: int, target: Target, slots: asyncio.Semaphore) -> None:
        async with slots:
            async for so_far in answers_of(target, self.vantage):
                self.answers[number] = so_far
            if number in self.answers:
                _log(target, self.answers[number].observation)
            self._finish(number)

    def _learn(self, number: int, answer: TargetAnswer) -> None:
        self.answers[number] = answer
        self._finish(number)

    def _finish(self, number: int) -> None:
        self.finished.add(number)
        if self.progress is not None:
            self.progress(len(self.finished), len(self.targets))

    def report(self, number: int) -> TargetReport:
        """Return what is known of one target. One that is not finished says so."""
        from diagnose.probing.answers import TargetReport

        target, answer = self.targets[number], self.answers.get(number)
        if answer is None:
            answer = TargetAnswer(Observation(self.vantage.name, "not-probed", "cancelled"))
        elif number not in self.finished:
            answer = replace(answer, lines=(*answer.lines, _cut_short()))
        return TargetReport.of(
            target.text, target.endpoint, target.scheme.right, answer.observation, list(answer.lines)
        )


async def handshakes(
    endpoints: Mapping[int, Endpoint], vantage: Vantage, learn: Callable[[int, Observation], None], in_flight: int
) -> None:
    """Make one handshake with each endpoint, at most `in_flight` at once.

    `learn` gets the key and the observation as soon as it is known, so that a cancelled run keeps
    what it learnt.
    """
    from probes.network.runner import Job, run_async

    jobs = [Job(str(key), endpoint, vantage) for key, endpoint in endpoints.items()]
    if jobs:
        await run_async(jobs, in_flight=in_flight, on_progress=lambda key, seen, _done, _total: learn(int(key), seen))


def _shares(handshakes: int, questions: Sequence[int]) -> tuple[asyncio.Semaphore, int]:
    """Return how many questions, and how many handshakes, may be in flight.

    Together they stay within the descriptors that this process may open.
    questions: the sockets that each has open at once.
    """
    import asyncio

    from probes.network.descriptors import MOST_IN_FLIGHT, SOCKETS_OF_A_HANDSHAKE, descriptors

    widest = max(questions, default=1)
    shaking = SOCKETS_OF_A_HANDSHAKE * min(handshakes, MOST_IN_FLIGHT)
    asking = min(widest * len(questions), MOST_IN_FLIGHT)
    room = descriptors(shaking + asking)
    asking = min(asking, max(room - shaking, room // 2))
    return asyncio.Semaphore(max(1, asking // widest)), max(1, (room - asking) // SOCKETS_OF_A_HANDSHAKE)


async def answers_of(
    target: Target, vantage: Vantage, heard: Heard = lambda _question, _answer: None
) -> AsyncGenerator[TargetAnswer, None]:
    """Yield the answers of one target that has an address, as its scheme asks it.

    A bug of ours is its answer, and the others are asked all the same.
    """

    from probes.questions.register import ask

    async def asker(question: Question) -> Observation:
        answer = await ask(question, vantage)
        heard(question, answer)
        return answer

    lines: tuple[AnswerLine, ...] = ()
    bugs: list[Bug] = []
    with guarded(target.text, bugs):
        async with aclosing((target.scheme.script or _handshake)(target, asker)) as answers:
            async for answer in answers:
                lines = answer.lines
                yield answer
    for bug in bugs:
        yield TargetAnswer(_failed(bug, target.endpoint, vantage), lines)


async def _handshake(target: Target, asker: Asker) -> AsyncGenerator[TargetAnswer, None]:
    from probes.questions import Question

    yield TargetAnswer(await asker(Question("tcp", target.endpoint)))


def _failed(bug: Bug, end: Endpoint, vantage: Vantage) -> Observation:
    detail = {"error": bug.error}
    return Observation(vantage.name, "not-probed", "bug", address=end.address, detail=detail)


def at(end: Endpoint, name: Resolution) -> Endpoint:
    """Return the endpoint at the address that the JVM tries first:

    IPv4 if there is any, else the first.
    """
    chosen = next((address for address in name.addresses if ":" not in address), name.addresses[0])
    return Endpoint(end.host, end.port, end.transport, chosen)


def _log(target: Target, seen: Observation) -> None:
    """Log an answer."""
    if (log := listened(__name__)) is not None:
        from probes.network.runner import logged

        log.info("asked %s: %s", target.text, logged(seen))


def _prepare_reports() -> None:
    """Import what the reports need, while silent endpoints are waited for."""
    import diagnose.probing.answers  # noqa: F401


def _cut_short() -> AnswerLine:
    from diagnose.probing.answers import AnswerLine

    return AnswerLine(tr("the rest"), tr("not asked: stopped before the end"))
