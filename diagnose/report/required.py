"""How many required connections can be made, and how many cannot? Every page counts by this."""

from __future__ import annotations

from collections import Counter

from diagnose.report.fault_words import stopped
from diagnose.report.flow_words import OK
from diagnose.report.model import Report
from probes.frozen import frozen


@frozen
class Required:
    """Required connections by what becomes of them. The numbers add up to `total`."""

    total: int
    """All of them."""
    good: int
    """Allowed or answering, and no sure fault stops the client."""
    blocked: int
    """Blocked from every source."""
    partial: int
    """Blocked from some sources."""
    stopped: int
    """Allowed or answering, but a sure fault stops the client all the same."""
    unknown: int
    """Not known."""

    @property
    def failing(self) -> int:
        """Return how many cannot be made, or only from some sources."""
        return self.blocked + self.partial + self.stopped


def required(report: Report) -> Required:
    """Return the required connections of a report, counted."""
    named = stopped(report)
    counted = Counter(
        "stopped" if flow.verdict in OK and flow.id in named else flow.verdict
        for flow in report.flows
        if flow.need == "required"
    )
    return Required(
        total=counted.total(),
        good=sum(counted[verdict] for verdict in OK),
        blocked=counted["blocked"],
        partial=counted["partial"],
        stopped=counted["stopped"],
        unknown=counted["unknown"],
    )
