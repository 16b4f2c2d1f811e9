"""The questions that first answers raise, all at once. Each module yields those of one area; each result is a note beside the flow's own observation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from diagnose.findings.model import Scene
from diagnose.flows.model import Flow
from diagnose.further import kdc, names, path
from diagnose.further.model import Further, Possible
from diagnose.observe import Settings
from probes.observation import Observation

ASKING: tuple[Callable[[Scene, Settings], Iterator[Further]], ...] = (kdc.questions, names.questions, path.questions)
"""One function an area: what is worth asking after the first look at this scene."""

POSSIBLE: tuple[Callable[[Flow], Iterator[Possible]], ...] = (kdc.possible, names.possible, path.possible)
"""One function an area, of the same modules: what `plan` says may be asked of a flow, before anything is known of it."""


def ask_further(scene: Scene, settings: Settings) -> dict[str, tuple[Observation, ...]]:
    """By flow id: notes, and what decides a flow anew."""
    from probes.runner import Job, run  # noqa: PLC0415

    asked = {f"{one.flow} {one.name}": one for ask in ASKING for one in ask(scene, settings)}
    jobs = [Job(key, one.endpoint, one.probe, settings.vantage) for key, one in asked.items()]
    ended = run(jobs, patience=settings.patience, deadline=settings.deadline).observations if jobs else {}
    found: dict[str, tuple[Observation, ...]] = {}
    for key, seen in ended.items():
        if seen.detail:
            flow = asked[key].flow
            found[flow] = (*found.get(flow, ()), seen)
    return found
