"""The suggested repair in the words of one tool, and nothing else: `check --format cli`."""

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
    rules: tuple[SuggestedRule, ...]
    edits: tuple[Edit, ...]


def remedies(report: Report) -> list[Remedy]:
    """Option 1 first, which is the recommended one."""
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
    """The repair of this option as text that ends with a line feed. Where there is none it says so, as a comment in the language of the form;
    a ROS template then has no resources."""
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
