"""The questions that first answers raise, all at once. Each module yields those of one area; each result is a note beside the flow's own observation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from diagnose.flows.model import Flow
from diagnose.live.follow_up import kdc, names, path
from diagnose.live.follow_up.model import Further, Possible
from diagnose.live.observe import LiveSettings
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.scene import Scene
from probes.observation import Observation

ASKING: tuple[Callable[[Scene], Iterator[Further]], ...] = (kdc.questions, names.questions, path.questions)
"""One function an area: what is worth asking after the first look at this scene."""

POSSIBLE: tuple[Callable[[Flow], Iterator[Possible]], ...] = (kdc.possible, names.possible, path.possible)
"""One function an area, of the same modules: what `plan` says may be asked of a flow, before anything is known of it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """notes: by flow id, and what decides a flow anew; unanswered: questions that had no time; interrupted: Ctrl-C came; bugs: ours, which cost
    the questions of one area."""

    notes: Mapping[str, tuple[Observation, ...]]
    unanswered: int = 0
    interrupted: bool = False
    bugs: tuple[Bug, ...] = ()


def ask_further(scene: Scene, settings: LiveSettings) -> Learnt:
    from probes.network.runner import Job, Run, run

    bugs: list[Bug] = []
    asked: dict[str, Further] = {}
    for ask in ASKING:
        with guarded(f"further questions of {ask.__module__.rpartition('.')[2]}", bugs):
            asked |= {f"{question.flow} {question.name}": question for question in ask(scene)}
    jobs = [Job(key, one.endpoint, settings.vantage, one.probe) for key, one in asked.items()]
    ended = run(jobs, deadline=settings.deadline) if jobs else Run({})
    notes: dict[str, tuple[Observation, ...]] = {}
    for key, seen in ended.observations.items():
        if seen.detail:
            flow = asked[key].flow
            notes[flow] = (*notes.get(flow, ()), seen)
    unanswered = sum(seen.reason == "cancelled" for seen in ended.observations.values())
    bugs += [Bug("further questions", error) for error in ended.errors]
    return Learnt(notes, unanswered, ended.interrupted, tuple(bugs))
