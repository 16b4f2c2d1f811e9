"""How are the values of a report named to people? `tr` translates each word where it is shown.

The JSON report keeps the values themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from probes.language import marked

VERDICTS: Mapping[str, str] = {
    "blocked": marked("blocked"),
    "partial": marked("partial"),
    "unknown": marked("unknown"),
    "accepts": marked("accepts"),
    "allowed": marked("allowed"),
    "reachable": marked("reachable"),
}
"""Verdicts of a flow, the worst first."""

DECIDED: Mapping[str, str] = {
    "denied": marked("denied"),
    "unknown": VERDICTS["unknown"],
    "partial": VERDICTS["partial"],
    "allowed": VERDICTS["allowed"],
}
"""Verdicts of a configured layer, the worst first."""

SEVERITIES: Mapping[str, str] = {"error": marked("error"), "warning": marked("warning"), "info": marked("info")}
NEEDS: Mapping[str, str] = {
    "required": marked("required"),
    "optional": marked("optional"),
}
WAIVED = marked("waived")
"""A finding, a connection or a report whose faults are accepted for a time."""
STATUSES: Mapping[str, str] = {
    "pass": marked("pass"),
    "fail": marked("fail"),
    "inconclusive": marked("inconclusive"),
    "waived": WAIVED,
    "bug": marked("bug"),
}
BASES: Mapping[str, str] = {"packets": marked("packets"), "configuration": marked("configuration")}
"""What the verdicts of a report rest on."""
