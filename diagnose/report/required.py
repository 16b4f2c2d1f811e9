"""How many required connections can be made, and how many cannot? Every page counts by this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from diagnose.report.fault_words import stopped
from diagnose.report.flow_model import FlowFacts
from diagnose.report.model import Report
from probes.frozen import frozen

Result = Literal["good", "blocked", "partial", "stopped", "stopped-unseen", "unknown"]
"""What becomes of a connection.

- good: allowed or answering, and no sure fault stops the client.
- blocked: blocked from every source.
- partial: blocked from some sources.
- stopped: allowed or answering, but a sure fault stops the client all the same.
- stopped-unseen: not known of the network, but a sure fault that is not waived stops the client.
- unknown: not known.
"""


@frozen
class Required:
    """Required connections by what becomes of them. The numbers add up to `total`."""

    total: int
    """All of them."""
    good: int
    """See `Result`."""
    blocked: int
    """See `Result`."""
    partial: int
    """See `Result`."""
    stopped: int
    """See `Result`."""
    stopped_unseen: int
    """See `Result`."""
    unknown: int
    """See `Result`."""

    @property
    def failing(self) -> int:
        """Return how many cannot be made, or only from some sources."""
        return self.blocked + self.partial + self.stopped + self.stopped_unseen


def results(report: Report) -> Mapping[str, Result]:
    """Return the id of each connection -> what becomes of it."""
    named, counting = stopped(report), stopped(report, with_waived=False)
    return {flow.id: _result(flow, flow.id in named, flow.id in counting) for flow in report.flows}


def _result(flow: FlowFacts, is_stopped: bool, is_counting: bool) -> Result:
    """Return what becomes of one connection.

    is_stopped: whether a sure fault stops it. is_counting: whether one does that is not waived.
    """
    match flow.verdict:
        case "reachable" | "accepts" | "allowed":
            return "stopped" if is_stopped else "good"
        case "unknown":
            return "stopped-unseen" if is_counting else "unknown"
        case verdict:
            return verdict


def required(report: Report) -> Required:
    """Return the required connections of a report, counted."""
    of_flow = results(report)
    counted = Counter(of_flow[flow.id] for flow in report.flows if flow.need == "required")
    return Required(
        total=counted.total(),
        good=counted["good"],
        blocked=counted["blocked"],
        partial=counted["partial"],
        stopped=counted["stopped"],
        stopped_unseen=counted["stopped-unseen"],
        unknown=counted["unknown"],
    )
