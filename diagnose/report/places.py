"""Which endpoints do several hosts not see alike, and why did a host send nothing?"""

from __future__ import annotations

from diagnose.output.sentences import clauses
from diagnose.report.flow_model import FlowFacts
from diagnose.report.flow_words import target
from diagnose.report.model import Report
from probes.language import tr

SAME = {"open|filtered": "filtered"}
"""State -> the state that it counts as: both are silence."""


def seen_differently(report: Report) -> list[tuple[str, str]]:
    """Return each endpoint whose state depends on the host that asks, and how each sees it."""
    found = []
    for flow in report.flows:
        views = _views(flow)
        if len({SAME.get(state, state) for state, _ in views.values()}) > 1:
            told = clauses(
                tr("{state} from {place} ({reason})", state=state, place=place, reason=reason)
                for place, (state, reason) in views.items()
            )
            found.append((target(flow), told))
    return found


def sent_nothing(place: str, why: str) -> str:
    """Return that a host of --via sent nothing, and why. The reason does not name it again.

    place: its ssh:// address. A reason that begins with another host, such as a hop, keeps it.
    """
    whole = place.removeprefix("ssh://")
    names = {whole, whole.rpartition("@")[2]}
    names |= {name.rpartition(":")[0].strip("[]") for name in names} - {""}
    starts = [f"{name}{mark}" for name in names for mark in (": ", "：") if why.startswith(f"{name}{mark}")]
    return tr("{place} sent nothing: {why}", place=place, why=why.removeprefix(max(starts, key=len, default="")))


def _views(flow: FlowFacts) -> dict[str, tuple[str, str]]:
    """Return state and reason by vantage, as each saw it last."""
    return {seen.vantage: (seen.state, seen.reason) for seen in flow.observations if seen.state != "not-probed"}
