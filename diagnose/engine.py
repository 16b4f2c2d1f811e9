"""The one way through: case -> flows -> decisions and observations -> findings -> remedies -> report."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from diagnose.case.model import Case, Skipped
from diagnose.clients.case import clients_of
from diagnose.clients.model import Prediction
from diagnose.findings import Conclusion, conclude
from diagnose.findings.network import inference, packets, path
from diagnose.flows.model import FlowPlan
from diagnose.flows.plan import flows
from diagnose.remedies.plan import Suggestions, suggest
from diagnose.scene.areas import AREAS
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.not_checked import not_checked
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.scene import Scene

_LOG = logging.getLogger(__name__)

FailOn = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that a report says, before it is put into the report's own words and order."""

    case: Case
    scene: Scene
    plan: FlowPlan
    conclusion: Conclusion
    suggestions: Suggestions
    clients: tuple[Prediction, ...]
    skipped: tuple[Skipped, ...]
    bugs: tuple[Bug, ...]
    exit_code: int


def diagnose(
    case: Case,
    seen: CaseObservations,
    *,
    areas: Iterable[str] = tuple(AREAS),
    fail_on: FailOn = "error",
    plan: FlowPlan | None = None,
) -> Diagnosis:
    """Pure: the same case and observations give the same diagnosis. plan: the flows of the case, where the caller has them already."""
    plan = flows(case) if plan is None else plan
    wanted = tuple(areas)
    place = scene_of(case, plan, seen)
    _log_rows(place)
    conclusion = conclude(place, wanted)
    bugs = [*seen.bugs, *conclusion.bugs]
    suggestions = Suggestions()
    with guarded("remedies", bugs):
        suggestions = suggest(place, conclusion.blames)
    clients: tuple[Prediction, ...] = ()
    with guarded("clients", bugs):
        clients = clients_of(place)
    unchecked = (*not_checked(place), *path.not_checked(place), *_left_out(wanted))
    skipped = (*case.skipped, *plan.skipped, *seen.skipped, *place.far.skipped, *unchecked)
    return Diagnosis(
        case,
        place,
        plan,
        conclusion,
        suggestions,
        clients,
        tuple(dict.fromkeys(skipped)),
        tuple(bugs),
        exit_code(place, plan, conclusion, bugs, interrupted=seen.interrupted, fail_on=fail_on),
    )


def _log_rows(place: Scene) -> None:
    """Log which row of the inference table decides each flow."""
    if not _LOG.isEnabledFor(logging.INFO):
        return
    for outcome in place.outcomes:
        row = inference.cause(packets.facts_of(place, outcome))
        number = inference.TABLE.index(row) + 1
        _LOG.info("decided %s: row %d of the inference table, %s: %s", outcome.flow.id, number, row.code, row.why)


def exit_code(
    place: Scene, plan: FlowPlan, conclusion: Conclusion, bugs: Sequence[Bug], *, interrupted: bool, fail_on: FailOn
) -> int:
    """130 > 4 > 1 > 3 > 0, as CONTRACT orders them; 2 never gets this far."""
    if interrupted:
        return 130
    if bugs or any(seen.reason == "bug" for outcome in place.outcomes for seen in outcome.observations):
        return 4
    failing = {"error"} if fail_on == "error" else {"error", "warning"}
    if any(f.severity in failing and f.confidence != "inferred" for f in conclusion.findings):
        return 1
    candidates = any(f.severity in failing for f in conclusion.findings)
    return 0 if not candidates and _everything_works(place, plan) else 3


def _everything_works(place: Scene, plan: FlowPlan) -> bool:
    """Every required flow has an answer, and it is yes. Where packets were sent, each required flow must have answered.

    A case that shows the Hadoop side at all must show all that is required of it; one that is about Kerberos alone answers for that.
    """
    required = [o for o in place.outcomes if o.flow.need == "required" and not packets.elsewhere(place, o)]
    shows_hadoop = bool(place.case.settings or place.case.nodes)
    if not required or (shows_hadoop and any(skip.needs for skip in plan.skipped)):
        return False
    if any(skip.hides for skip in place.case.skipped):
        return False
    if place.live and any(outcome.observed is None or outcome.observed.state != "open" for outcome in required):
        return False
    return all(outcome.verdict in ("reachable", "allowed") for outcome in required)


def _left_out(wanted: Sequence[str]) -> list[Skipped]:
    return [Skipped(f"{area} checks", "left out by --only or --skip", "") for area in AREAS if area not in wanted]
