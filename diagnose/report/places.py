"""Which endpoints do several hosts not see alike?"""

from __future__ import annotations

from diagnose.output.sentences import clauses
from diagnose.report.flow_words import target
from diagnose.report.model import FlowFacts, Report
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


def _views(flow: FlowFacts) -> dict[str, tuple[str, str]]:
    """Return state and reason by vantage, as each saw it last."""
    return {seen.vantage: (seen.state, seen.reason) for seen in flow.observations if seen.state != "not-probed"}
