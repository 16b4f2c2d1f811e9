"""What was observed of the flows of a case, and how did the observing end?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagnose.case.model import Case, Skipped
from diagnose.decisions.model import Model
from diagnose.flows.model import FlowPlan
from diagnose.flows.networks import sources
from diagnose.scene.bugs import Bug
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene, scene
from probes.observation import Observation

if TYPE_CHECKING:
    from diagnose.scene.proof import Proof


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed, by flow id, and how the observing ended. Empty where nothing was sent. skipped: what there was no time to ask."""

    by_flow: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    interrupted: bool = False
    bugs: tuple[Bug, ...] = ()
    proof: Proof | None = None
    skipped: tuple[Skipped, ...] = ()


def recorded_observations(case: Case) -> Observed:
    """The observations that a case carries from an earlier run."""
    by_flow: dict[str, tuple[Observation, ...]] = {}
    for one in case.recorded:
        by_flow[one.flow] = (*by_flow.get(one.flow, ()), one.observation)
    return Observed(by_flow)


def scene_of(case: Case, plan: FlowPlan, seen: Observed) -> Scene:
    """Configuration and observations of every flow, side by side."""
    model = Model(case, sources(case))
    return scene(case, model, outcomes(model, plan.flows, seen.by_flow), live=bool(seen.by_flow), proof=seen.proof)
