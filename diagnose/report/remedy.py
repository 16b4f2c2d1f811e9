"""Which of the suggested changes belong to one repair?"""

from __future__ import annotations

from diagnose.remedies.model import Edit, FindingRef, SuggestedRule
from diagnose.report.finding_model import DeniedFacts
from diagnose.report.model import Report
from probes.frozen import frozen
from probes.language import tr


@frozen
class Remedy:
    """One whole repair: everything of one option of one finding."""

    finding: FindingRef
    """The finding that it repairs."""
    option: int
    """Number of the option among those of its finding, from 1."""
    rules: tuple[SuggestedRule, ...]
    """Rules to add to security groups."""
    edits: tuple[Edit, ...]
    """Everything else to change."""
    opens: tuple[DeniedFacts, ...] = ()
    """What it lets through that must stay denied."""


def remedies(report: Report) -> list[Remedy]:
    """Return the repairs of a report, by finding and option."""
    entries: list[SuggestedRule | Edit] = [*report.suggested_rules, *report.changes]
    opened = {(f.rank, r.option): tuple(r.opens) for f in report.findings for r in f.remedies if r.opens}
    keys = {(entry.finding.rank, entry.option): entry.finding for entry in entries}
    return [
        Remedy(
            finding,
            option,
            tuple(r for r in report.suggested_rules if (r.finding, r.option) == (finding, option)),
            tuple(e for e in report.changes if (e.finding, e.option) == (finding, option)),
            opened.get((finding.rank, option), ()),
        )
        for (_, option), finding in sorted(keys.items(), key=lambda item: item[0])
    ]


def opened_words(remedy: Remedy) -> list[str]:
    """Return a sentence for each connection that the repair opens and that must stay denied."""
    return [
        tr(
            "Beware: this opens {connection}, which must stay denied ({file}:{line}).",
            connection=each.text,
            file=each.origin.file,
            line=each.origin.line,
        )
        for each in remedy.opens
    ]
