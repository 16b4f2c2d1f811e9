"""Which further questions do the first answers raise, and what do they teach?

Each module yields the questions of one area, and all are asked at once. Each answer becomes a note
beside the observation of its flow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from diagnose.flows.model import Flow
from diagnose.live.follow_up import kdc, mechanisms, namenodes, names, once_more, path, services
from diagnose.live.follow_up.model import Further, OnceMore, Possible
from diagnose.live.observe import LiveSettings
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.scene import Scene
from probes.frozen import frozen, replace
from probes.observation import Observation
from probes.questions.register import ask
from probes.vantage import Vantage

if TYPE_CHECKING:
    import asyncio

    from probes.endpoint import Endpoint
    from probes.network.runner import Probe, Run

ASKING: tuple[Callable[[Scene], Iterator[Further]], ...] = (
    kdc.questions,
    services.questions,
    mechanisms.questions,
    namenodes.questions,
    names.questions,
    path.questions,
)
"""One function an area: it yields what is worth asking after the first look at a scene."""

POSSIBLE: tuple[Callable[[Flow], Iterator[Possible]], ...] = (
    kdc.possible,
    services.possible,
    mechanisms.possible,
    namenodes.possible,
    names.possible,
    path.possible,
)
"""One function an area, of the same modules: it yields what may be asked of a flow, for `plan`."""


@frozen
class Learnt:
    """What all further questions taught."""

    notes: Mapping[str, tuple[Observation, ...]]
    """By flow id: notes, and observations that decide the flow anew."""

    unanswered: int = 0
    """Questions that had no time."""

    interrupted: bool = False
    """True if Ctrl-C came."""

    bugs: tuple[Bug, ...] = ()
    """Bugs of ours. Each costs the questions of one area."""


def ask_further(scene: Scene, settings: LiveSettings) -> Learnt:
    """Ask all further questions at once, then those that met silence once more.

    Return what they teach.
    """
    import asyncio  # only a live check pays for it

    from probes.network.runner import Job, Run, run

    started = time.monotonic()
    bugs: list[Bug] = []
    asked: dict[str, Further] = {}
    for area in ASKING:
        with guarded(f"further questions of {area.__module__.rpartition('.')[2]}", bugs):
            asked |= {f"{question.flow} {question.name}": question for question in area(scene)}
    slots = asyncio.Semaphore(names.LOOKED_UP_AT_ONCE)
    jobs = [
        Job(key, further.question.endpoint, settings.vantage, _probe(further, slots)) for key, further in asked.items()
    ]
    ended = run(jobs, deadline=settings.deadline) if jobs else Run({})
    left = None if settings.deadline is None else max(0.0, settings.deadline - (time.monotonic() - started))
    ended = _with_second_answers(ended, asked, replace(settings, deadline=left))
    notes: dict[str, tuple[Observation, ...]] = {}
    for key, seen in ended.observations.items():
        if seen.detail:
            flow = asked[key].flow
            notes[flow] = (*notes.get(flow, ()), seen)
    unanswered = sum(seen.reason == "cancelled" for seen in ended.observations.values())
    bugs += [Bug("further questions", error) for error in ended.errors]
    return Learnt(notes, unanswered, ended.interrupted, tuple(bugs))


def _with_second_answers(first: Run, asked: Mapping[str, Further], settings: LiveSettings) -> Run:
    """Ask once more what met silence. What is learnt stands in place of the first answer."""
    from probes.network.runner import Job, run

    patient = once_more.with_time(settings.vantage)
    jobs = [
        Job(key, asked[key].question.endpoint, patient, _second_probe(second))
        for key, kept in first.observations.items()
        if (second := asked[key].once_more) is not None and once_more.is_silent(kept)
    ]
    if not jobs or first.interrupted:
        return first
    then = run(jobs, deadline=settings.deadline)
    kept = {key: seen for key, seen in then.observations.items() if seen.detail}
    late = {f"{key}, once more": seen for key, seen in then.observations.items() if seen.reason == "cancelled"}
    return replace(
        first,
        observations={**first.observations, **kept, **late},
        interrupted=then.interrupted,
        errors=(*first.errors, *then.errors),
    )


def _second_probe(second: OnceMore) -> Probe:
    async def probe(_: Endpoint, vantage: Vantage) -> Observation:
        return await once_more.ask_once_more(second, vantage)

    return probe


def _probe(further: Further, slots: asyncio.Semaphore) -> Probe:
    """Return the probe of one question. Look-ups wait for a slot, for at most one patience."""

    import asyncio

    async def probe(_: Endpoint, vantage: Vantage) -> Observation:
        if further.question.kind != "host-name":
            return await answer(further, vantage)
        try:
            await asyncio.wait_for(slots.acquire(), vantage.patience)
        except TimeoutError:
            # The names before it got no answer in time. A longer wait would count as a probe that
            # hangs.
            return Observation(vantage.name, "not-probed", "service-reply")
        try:
            return await answer(further, vantage)
        finally:
            slots.release()

    return probe


async def answer(further: Further, vantage: Vantage) -> Observation:
    """Ask one further question and return what is kept of its answer."""
    return further.learn(await ask(further.question, vantage))
