"""What does `preflight` say in one sentence: can the cluster be registered, and what fails then?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.output.styled import Tone
from diagnose.report.fault_words import is_sure
from diagnose.report.finding_model import FindingFacts
from diagnose.report.model import Report
from diagnose.report.required import Required, required
from diagnose.report.rule_words import STAGES
from probes.language import marked, tr

FAILING: Mapping[str, str] = {
    "register": marked("CANNOT BE REGISTERED"),
    "initialize": marked("CANNOT BE INITIALIZED"),
    "run": marked("TASKS FAIL"),
    "govern": marked("GOVERNANCE INCOMPLETE"),
}
"""Earliest stage that fails -> the verdict."""

EXITS: Mapping[int, str] = {
    0: marked("every rule that must be kept is kept, and every required connection is allowed"),
    1: marked("a rule is broken or a fault was found, proven or very likely"),
    3: marked("a rule or a required connection could not be checked, or the cause that was found is not certain"),
}
"""What an exit code means where it is not what it means for `check`."""

_Words = tuple[str, str, Tone]


def words(report: Report) -> _Words:
    """Return verdict, sentence and tone of a report with rules."""
    counting = counting_of(report)
    counted = required(report)
    if report.status == "fail" or (counting and report.exit_code in (2, 130)):
        return tr(FAILING[_stage(report, counting)]), _broken(report, counting, counted), "bad"
    match report.status:
        case "pass":
            return tr("CAN BE REGISTERED"), _all_kept(report, counted.total), "good"
        case "waived":
            return tr("FAILS, WAIVED"), _waived(report), "doubt"
        case "inconclusive":
            return tr("NOT DECIDED"), _open(report, counted), "doubt"
        case _:
            bug = tr("a check failed because of a bug in emr-diagnose; see the end.")
            return tr("NOT FINISHED"), bug, "bad"


def counting_of(report: Report) -> list[FindingFacts]:
    """Return the sure findings that decide: the errors; the warnings if they alone gave code 1."""
    sure = [finding for finding in report.findings if is_sure(finding) and finding.waived is None]
    errors = [finding for finding in sure if finding.severity == "error"]
    warnings = [finding for finding in sure if finding.severity == "warning"]
    return errors or (warnings if report.status == "fail" else [])


def _stage(report: Report, counting: list[FindingFacts]) -> str:
    """Return the earliest stage that fails. A fault that no rule is about stops the initialization,
    which is when the resource group first connects."""
    stages = list(STAGES)
    failing: list[str] = []
    for finding in counting:
        of_rules = [rule.stage for rule in report.rules if rule.state == "failed" and finding.rank in rule.findings]
        failing += of_rules or ["initialize"]
    return min(failing, key=stages.index, default="initialize")


def _broken(report: Report, counting: list[FindingFacts], counted: Required) -> str:
    ranks = {finding.rank for finding in counting}
    broken = [rule for rule in report.rules if rule.state == "failed" and ranks & set(rule.findings)]
    is_required = all(rule.required for rule in broken)
    among = [rule for rule in report.rules if rule.required or not is_required]
    failing = counted.failing
    if broken and is_required and failing:
        said = marked(
            "{broken} of {count} rules that must be kept fail, {failing} of {all} required connections cannot be made."
        )
    elif broken and is_required:
        said = marked("{broken} of {count} rules that must be kept fail.")
    elif broken and failing:
        said = marked("{broken} of {count} rules broken, {failing} of {all} required connections cannot be made.")
    elif broken:
        said = marked("{broken} of {count} rules broken.")
    elif failing == 1 and counted.stopped:
        said = marked("{failing} of {all} required connections cannot be made, although the network lets it through.")
    elif failing and failing == counted.stopped:
        said = marked("{failing} of {all} required connections cannot be made, although the network lets them through.")
    elif failing:
        said = marked("{failing} of {all} required connections cannot be made.")
    elif counted.total:
        said = marked(
            "a fault was found that none of these rules is about; none of the {all} listed required connections is "
            "blocked."
        )
    else:
        said = marked("a fault was found that none of these rules is about.")
    return tr(said, broken=len(broken), count=len(among), failing=failing, all=counted.total)


def _all_kept(report: Report, all_required: int) -> str:
    kept = sum(rule.required for rule in report.rules)
    if report.basis == "packets":
        said = marked("all {count} rules that must be kept are kept, {all} required connections can be made.")
    else:
        said = marked("all {count} rules that must be kept are kept, {all} required connections are allowed.")
    return tr(said, count=kept, all=all_required)


def _waived(report: Report) -> str:
    until = [finding.waived.until for finding in report.findings if finding.waived is not None]
    if len(until) == 1:
        return tr("a fault is waived until {until}; all else is kept.", until=until[0])
    return tr(
        "{count} faults are waived, the first until {until}; all else is kept.", count=len(until), until=min(until)
    )


def _open(report: Report, counted: Required) -> str:
    must = [rule for rule in report.rules if rule.required]
    rules = sum(rule.state == "not-checkable" for rule in must)
    unknown = counted.unknown
    failing = counted.blocked + counted.partial
    if rules and not report.flows:
        said = marked("{open} of {count} rules that must be kept could not be checked; no connection is known.")
    elif rules and unknown:
        said = marked(
            "{open} of {count} rules that must be kept and {unknown} of {all} required connections "
            "could not be checked."
        )
    elif rules:
        said = marked("{open} of {count} rules that must be kept could not be checked.")
    elif unknown:
        said = marked("{unknown} of {all} required connections could not be checked.")
    elif failing:
        said = marked("{failing} of {all} required connections cannot be made, and the cause is not certain.")
    elif not report.flows:
        said = marked("no connection is known that could be checked.")
    else:
        said = marked("nothing that is known is broken, but something could not be checked.")
    return tr(said, open=rules, count=len(must), unknown=unknown, failing=failing, all=counted.total)
