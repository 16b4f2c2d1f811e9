"""How do the suggested repairs look in the form of one tool (`check --format cli`)?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from diagnose.output.clean import clean
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import RECOMMENDED, Edit, FindingRef, SuggestedRule
from diagnose.report.model import Report

Form = Literal["console", "cli", "terraform", "ros"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
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


def remedies(report: Report) -> list[Remedy]:
    """Return the repairs of a report, by finding and option."""
    entries: list[SuggestedRule | Edit] = [*report.suggested_rules, *report.changes]
    keys = {(entry.finding.rank, entry.option): entry.finding for entry in entries}
    return [
        Remedy(
            finding,
            option,
            tuple(r for r in report.suggested_rules if (r.finding, r.option) == (finding, option)),
            tuple(e for e in report.changes if (e.finding, e.option) == (finding, option)),
        )
        for (_, option), finding in sorted(keys.items(), key=lambda item: item[0])
    ]


def emit(report: Report, form: Form, option: int = RECOMMENDED) -> str:
    """Return this option of every finding as text that ends with a line feed.

    Each repair stands under the code of its finding. If there is none, a comment says so. A ROS
    template then has no resources.
    """
    wanted = [remedy for remedy in remedies(report) if remedy.option == option]
    if form == "ros":
        return ros.emit(
            [rule for each in wanted for rule in each.rules], [edit for each in wanted for edit in each.edits]
        )
    region = report.case.cluster.region
    titles = {finding.rank: finding.title for finding in report.findings}
    parts = []
    for remedy in wanted:
        heading = f"[{clean(remedy.finding.code)}] {clean(titles.get(remedy.finding.rank, ''))}".rstrip()
        parts.append((heading, emit_one(remedy, form, region)))
    return _page(parts, form) or f"# The report of {clean(report.case.name)} suggests no change to rules or files.\n"


def emit_one(remedy: Remedy, form: Form, region: str | None) -> str:
    """Return one whole repair in the form of one tool."""
    match form:
        case "ros":
            return ros.emit(list(remedy.rules), list(remedy.edits))
        case "console":
            return console.emit(remedy.rules, remedy.edits, region)
        case "cli":
            return aliyun_cli.emit(remedy.rules, remedy.edits, region)
        case _:
            return terraform.emit(remedy.rules, remedy.edits)


def _page(parts: Sequence[tuple[str, str]], form: Form) -> str:
    """Return the repairs under their headings. A word on the unknown region stands once, on top."""
    mark = "" if form == "console" else "# "
    unknown = f"{aliyun_cli.REGION_UNKNOWN}\n"
    sections = [f"{mark}{heading}\n{text.removeprefix(unknown)}" for heading, text in parts]
    first = unknown if any(text.startswith(unknown) for _, text in parts) else ""
    return first + "\n".join(sections)
