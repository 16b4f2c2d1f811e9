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
class CaseObservations:
    """The observations of a case. Empty if nothing was sent."""

    by_flow: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    """Flow id -> its observations, in order of time."""
    interrupted: bool = False
    """True if Ctrl-C ended the observing."""
    bugs: tuple[Bug, ...] = ()
    """Our own probes that failed."""
    proof: Proof | None = None
    """What a login with the user's keytab proved. None without a keytab."""
    skipped: tuple[Skipped, ...] = ()
    """Questions that were not answered before the deadline."""


def recorded_observations(case: Case) -> CaseObservations:
    """Return the observations that a case carries from an earlier run."""
    by_flow: dict[str, tuple[Observation, ...]] = {}
    for record in case.recorded:
        by_flow[record.flow] = (*by_flow.get(record.flow, ()), record.observation)
    return CaseObservations(by_flow)


def scene_of(case: Case, plan: FlowPlan, observed: CaseObservations) -> Scene:
    """Return the scene that puts configuration and observations of every flow side by side."""
    model = Model(case, sources(case))
    return scene(
        case,
        model,
        outcomes(model, plan.flows, observed.by_flow),
        live=bool(observed.by_flow),
        proof=observed.proof,
        bad_settings=plan.bad_settings,
    )
