"""How do pages for people say that a finding is waived, and what became of the waivers?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import OriginFacts
from diagnose.report.model import Report
from probes.language import marked, semicolons, tr

STATES: Mapping[str, str] = {
    "applies": marked("{code} at {where} is waived until {until}: {reason} ({place})."),
    "expired": marked(
        "The waiver of {code} at {where} ran out on {until}, so it counts again. Its reason was: {reason} ({place})."
    ),
    "partial": marked(
        "The waiver of {code} at {where} fits only a part of the connections, so it counts: {reason} ({place})."
    ),
    "unmatched": marked("The waiver of {code} at {where} fits no finding: take it out of case.toml ({place})."),
}
"""State of a waiver -> sentence."""

COVERED: Mapping[str, str] = {
    "expired": marked(
        "The waiver of {code} at {where} ran out on {until}: take it out of case.toml ({place}). "
        "What it fits is waived all the same."
    ),
    "partial": marked(
        "The waiver of {code} at {where} fits only a part of the connections: {reason} ({place}). "
        "They are waived all the same."
    ),
}
"""State of a waiver without effect -> sentence, if other waivers apply to all that it fits."""


def waived(finding: FindingFacts) -> str:
    """Return until when and why a finding is waived, one clause a waiver. "" if it counts."""
    if finding.waived is None:
        return ""
    return semicolons(
        tr(
            "waived until {until}: {reason} ({place})",
            until=waiver.until,
            reason=waiver.reason,
            place=_place(waiver.origin),
        )
        for waiver in (finding.waived, *finding.waived_also)
    )


def states(report: Report) -> list[str]:
    """Return a sentence for each waiver."""
    accepted = {finding.rank for finding in report.findings if finding.waived is not None}
    return [
        tr(
            COVERED.get(each.state, STATES[each.state]) if accepted.issuperset(each.findings) else STATES[each.state],
            code=each.code,
            where=each.where,
            until=each.until,
            reason=each.reason,
            place=_place(each.origin),
        )
        for each in report.waivers
    ]


def apart(report: Report) -> list[str]:
    """Return a sentence for each waiver that no fault of a page tells: it waives no error."""
    errors = {finding.rank for finding in report.findings if finding.severity == "error"}
    said = zip(report.waivers, states(report), strict=True)
    return [sentence for each, sentence in said if each.state != "applies" or not errors & set(each.findings)]


def _place(origin: OriginFacts) -> str:
    return f"{origin.file}:{origin.line}"
