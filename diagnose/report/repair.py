"""How does the suggested repair look in the form of one tool (`check --format cli`)?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from diagnose.output.clean import clean
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.model import Edit, SuggestedRule
from diagnose.report.model import Report

Form = Literal["console", "cli", "terraform", "ros"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class Remedy:
    """One whole repair: everything of one option."""

    option: int
    """Number of the option, from 1."""
    rules: tuple[SuggestedRule, ...]
    """Rules to add to security groups."""
    edits: tuple[Edit, ...]
    """Everything else to change."""


def remedies(report: Report) -> list[Remedy]:
    """Return the repairs of a report. The first is option 1, the recommended one."""
    numbers = sorted({rule.option for rule in report.suggested_rules} | {edit.option for edit in report.changes})
    return [
        Remedy(
            number,
            tuple(rule for rule in report.suggested_rules if rule.option == number),
            tuple(edit for edit in report.changes if edit.option == number),
        )
        for number in numbers
    ]


def emit(report: Report, form: Form, option: int = 1) -> str:
    """Return the repair of this option as text that ends with a line feed.

    If there is none, a comment says so. A ROS template then has no resources.
    """
    remedy = next((each for each in remedies(report) if each.option == option), Remedy(option, (), ()))
    region = report.case.cluster.region
    match form:
        case "console":
            text = console.emit(remedy.rules, remedy.edits, region)
        case "cli":
            text = aliyun_cli.emit(remedy.rules, remedy.edits, region)
        case "terraform":
            text = terraform.emit(remedy.rules, remedy.edits)
        case "ros":
            return ros.emit(remedy.rules, remedy.edits)
    return text or f"# The report of {clean(report.case.name)} suggests no change to rules or files.\n"
