"""How does a fleet summary become metrics for the text-file collector of the node exporter?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.fleet.summary import FleetSummary, RepairCount
from diagnose.report.prometheus import Samples, metric
from probes.language import tr

PREFIX = "fleet"


def render(summary: FleetSummary) -> bytes:
    """Return all metrics, each of a bounded number of samples."""
    counts = summary.certificates
    ends = {"expired": counts.expired, "30": counts.within_30_days, "90": counts.within_90_days}
    metrics: Sequence[tuple[str, str, Samples]] = [
        ("up", tr("1 if a summary was made."), [({}, 1.0)]),
        ("exit_code", tr("Exit code of the run."), [({}, float(summary.exit_code))]),
        ("cases", tr("Cases by exit code."), _by("exit_code", summary.exit_codes)),
        ("states", tr("Cases by how they ended."), _by("state", summary.states)),
        ("connections", tr("Required connections of all cases."), [({}, float(summary.required))]),
        ("connections_failing", tr("Those of them that fail."), [({}, float(summary.failing))]),
        (
            "primary_cause",
            tr("Cases of which a finding is the first cause."),
            [({"code": each.code}, float(each.primary)) for each in summary.causes],
        ),
        ("finding", tr("Cases that have a finding."), [({"code": e.code}, float(e.cases)) for e in summary.causes]),
        (
            "possible_cause",
            tr("Cases that are not decided, by their first possible cause."),
            [({"code": e.code}, float(e.cases)) for e in summary.possible_causes],
        ),
        (
            "repair",
            tr("Cases that need a change."),
            [(_labels(e), float(e.cases)) for e in summary.repairs],
        ),
        ("certificates", tr("Certificates by the days that are left."), _by("days", ends)),
        ("clocks", tr("Clocks of KDCs by the seconds that they are off."), _by("seconds", summary.clocks.under)),
    ]
    return "".join(metric(f"{PREFIX}_{name}", meaning, samples) for name, meaning, samples in metrics).encode()


def aborted() -> bytes:
    """Return the metric of a run that ended before there was a summary."""
    return metric(f"{PREFIX}_up", tr("1 if a summary was made."), [({}, 0.0)]).encode()


def _labels(repair: RepairCount) -> dict[str, str]:
    return {
        "code": repair.code,
        "action": repair.action,
        "object": repair.object,
        "direction": repair.direction or "",
        "detail": repair.detail,
    }


def _by(label: str, counts: dict[str, int]) -> Samples:
    return [({label: name}, float(count)) for name, count in counts.items()]
