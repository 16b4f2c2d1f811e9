"""How do pages for people say what must stay denied, and whether it does?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagnose.output.sentences import clauses, series
from diagnose.output.styled import Tone
from diagnose.report.model import ExpectationFacts, Report
from diagnose.report.value_words import DECIDED
from probes.language import marked, tr

WORDS: Mapping[str, tuple[str, Tone]] = {
    "denied": (DECIDED["denied"], "good"),
    "allowed": (marked("open"), "bad"),
    "unknown": (DECIDED["unknown"], "doubt"),
}


def rows(expectations: Sequence[ExpectationFacts]) -> list[tuple[str, Tone, str, str]]:
    """Return word, tone, connection and reason of each, those that do not hold first."""
    order = ("allowed", "unknown", "denied")
    return [
        (tr(WORDS[each.verdict][0]), WORDS[each.verdict][1], each.text, reason(each))
        for each in sorted(expectations, key=lambda each: order.index(each.verdict))
    ]


def reason(expectation: ExpectationFacts) -> str:
    """Return why it does not hold, or is not known to, and where it stands."""
    place = f"{expectation.origin.file}:{expectation.origin.line}"
    if expectation.verdict == "allowed":
        sources = series(expectation.allowed_sources)
        return tr("{sources} gets through ({place})", sources=sources, place=place)
    if expectation.verdict == "unknown":
        return tr("not known: it depends on {missing} ({place})", missing=clauses(expectation.missing), place=place)
    return place


def undecided(report: Report) -> int:
    """Return of how many connections it is not known that they stay denied."""
    return sum(each.verdict == "unknown" for each in report.expectations)


def broken(report: Report) -> int:
    """Return how many connections get through that must stay denied."""
    return sum(each.verdict == "allowed" for each in report.expectations)
