"""How do the suggested repairs look in the form of one tool (`check --format cli`)?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from diagnose.output.clean import clean
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import RECOMMENDED, Edit, FindingRef, SuggestedRule
from diagnose.report.environments import parts
from diagnose.report.model import DeniedFacts, Report
from probes.frozen import frozen
from probes.language import tr

Form = Literal["console", "cli", "terraform", "ros"]
FORMS: tuple[Form, ...] = get_args(Form)


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


def emit(report: Report, form: Form, option: int = RECOMMENDED) -> str:
    """Return this option of every finding as text that ends with a line feed.

    Each repair stands under the code of its finding, the environments one after the other. If there
    is none, a comment says so. A ROS template then has no resources.
    """
    if form != "ros":
        return "\n".join(_emit_alone(part, form, option) for part in parts(report))
    wanted = [remedy for part in parts(report) for remedy in remedies(part) if remedy.option == option]
    return ros.emit(
        [rule for each in wanted for rule in each.rules],
        [edit for each in wanted for edit in each.edits],
        [note for each in wanted for note in opened_words(each)],
    )


def _emit_alone(report: Report, form: Form, option: int) -> str:
    wanted = [remedy for remedy in remedies(report) if remedy.option == option]
    region = report.case.cluster.region
    titles = {finding.rank: finding.title for finding in report.findings}
    parts = []
    for remedy in wanted:
        heading = f"[{clean(remedy.finding.code)}] {clean(titles.get(remedy.finding.rank, ''))}".rstrip()
        parts.append((heading, emit_one(remedy, form, region)))
    nothing = tr("The report of {case} suggests no change to rules or files.", case=clean(report.case.name))
    return _page(parts, form) or f"# {nothing}\n"


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


def emit_one(remedy: Remedy, form: Form, region: str | None) -> str:
    """Return one whole repair in the form of one tool. What it should not open stands before it."""
    notes = opened_words(remedy)
    if form == "ros":
        return ros.emit(list(remedy.rules), list(remedy.edits), notes)
    mark = "" if form == "console" else "# "
    beware = "".join(f"{mark}{clean(note)}\n" for note in notes)
    match form:
        case "console":
            return beware + console.emit(remedy.rules, remedy.edits, region)
        case "cli":
            return beware + aliyun_cli.emit(remedy.rules, remedy.edits, region)
        case _:
            return beware + terraform.emit(remedy.rules, remedy.edits)


def _page(parts: Sequence[tuple[str, str]], form: Form) -> str:
    """Return the repairs under their headings. A word on the unknown region stands once, on top."""
    mark = "" if form == "console" else "# "
    unknown = f"{aliyun_cli.region_unknown()}\n"
    sections = [f"{mark}{heading}\n{text.replace(unknown, '', 1)}" for heading, text in parts]
    first = unknown if any(unknown in text for _, text in parts) else ""
    return first + "\n".join(sections)
