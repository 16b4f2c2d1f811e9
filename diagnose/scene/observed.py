"""What was observed of the flows of a case, and how did the observing end?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from diagnose.case.model import Case, Skipped
from diagnose.case.recorded import contradictions
from diagnose.decisions.model import Model
from diagnose.flows.model import FlowPlan
from diagnose.flows.networks import sources
from diagnose.scene.bugs import Bug
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene, scene
from probes.frozen import frozen
from probes.observation import Observation

if TYPE_CHECKING:
    from diagnose.scene.proof import Proof


@frozen
class SendingPlace:
    """Another host that sent packets, or should have."""

    name: str
    """Name of its vantage: the ssh:// target."""
    how: str = ""
    """How packets are sent there, and what cannot be seen so: a sentence. "" if none were."""
    error: str | None = None
    """Why none were sent. None if they were."""


@frozen
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
    """Questions that were not answered before the deadline, and places that could not be used."""
    places: tuple[SendingPlace, ...] = ()
    """Other hosts that sent packets, or should have."""


def recorded_observations(case: Case) -> CaseObservations:
    """Return the observations that a case carries from an earlier run.

    A flow of which two records differ has a note at the end that says so.
    """
    by_flow: dict[str, list[Observation]] = {}
    for record in case.recorded:
        by_flow.setdefault(record.flow, []).append(record.observation)
    for flow in contradictions(case.recorded):
        by_flow[flow].append(Observation(by_flow[flow][0].vantage, "not-probed", "contradicted"))
    return CaseObservations({flow: tuple(seen) for flow, seen in by_flow.items()})


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
