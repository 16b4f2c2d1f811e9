"""How do pages for people say that a finding is waived, and what became of the waivers?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.report.model import FindingFacts, OriginFacts, Report
from probes.language import marked, tr

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


def waived(finding: FindingFacts) -> str:
    """Return until when and why a finding is waived, as one clause. "" if it counts."""
    waiver = finding.waived
    if waiver is None:
        return ""
    place = _place(waiver.origin)
    return tr("waived until {until}: {reason} ({place})", until=waiver.until, reason=waiver.reason, place=place)


def states(report: Report) -> list[str]:
    """Return a sentence for each waiver."""
    return [
        tr(
            STATES[each.state],
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
