"""How do the suggested repairs look in the form of one tool (`check --format cli`)?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from diagnose.output.clean import clean
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import RECOMMENDED
from diagnose.report.environments import parts
from diagnose.report.model import Report
from diagnose.report.remedy import Remedy, opened_words, remedies
from probes.language import tr

Form = Literal["console", "cli", "terraform", "ros"]
FORMS: tuple[Form, ...] = get_args(Form)


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
