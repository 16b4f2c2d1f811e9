"""What do people see of `apply`: before they are asked, and after?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from diagnose.apply.cloud import ADD, REMOVE
from diagnose.apply.selection import LEFT, LeftRule, RuleToAdd, Selection
from diagnose.apply.steps import RuleStep, StepResult
from diagnose.case.collected import CAUSES
from diagnose.collect.aliyun.calls import GROUP_RULES
from diagnose.collect.aliyun.faults import CloudCallError
from diagnose.output.page import Page
from diagnose.output.sentences import series, with_stop
from diagnose.output.styled import Styled, Tone
from diagnose.remedies.console import what_to_do
from diagnose.report.model import Report
from diagnose.report.value_words import SEVERITIES
from probes.language import marked, tr
from probes.rules.group_rule import end_text, traffic_text

RESULTS: Final[Mapping[StepResult, str]] = {
    "added": marked("added, and in force"),
    "present": marked("was there already"),
    "removed": marked("removed"),
    "missing": marked("not there"),
    "foreign": marked("there, but not added by this tool, so it stays"),
    "altered": marked("added by this tool and changed since, so it stays: remove it by hand"),
    "changed": marked("the group has changed since the report"),
    "gone": marked("ECS does not know the group"),
    "refused": marked("ECS refused it"),
    "unread": marked("the group could not be read"),
    "unseen": marked("sent, but the group does not show it"),
    "unsure": marked("interrupted: not known whether it took place"),
    "untried": marked("not tried"),
}
"""What became of a rule -> its words."""

BEFORE_ADDING: Final[Mapping[StepResult, str]] = {
    **RESULTS,
    "present": marked("there already, so it is not added again"),
    "missing": marked("to be added"),
}
"""How a rule stands before anything is added."""

BEFORE_REMOVING: Final[Mapping[StepResult, str]] = {**RESULTS, "present": marked("to be removed")}
"""How a rule stands before anything is removed."""

TONES: Final[Mapping[StepResult, Tone]] = {
    **dict.fromkeys(("added", "present", "removed"), "good"),
    **dict.fromkeys(("altered", "changed", "gone", "refused", "unread", "unseen", "unsure"), "bad"),
}

CODES: Final[Mapping[str, str]] = {
    "AuthorizationLimitExceed": marked("the group takes no more rules"),
    "InvalidOperation.ResourceManagedByCloudProduct": marked("a cloud service manages the group"),
}
"""Code of ECS -> what it means, where the general words say too little."""


def before_adding(
    page: Page, report: Report, selection: Selection, seen: Sequence[RuleStep], region: str, day: str
) -> None:
    """Write which rules would be added, what is left to a person, and what would be called."""
    _head(page, report, region)
    if selection.rules:
        page.heading(tr("Rules to add"))
        _table(page, seen, BEFORE_ADDING, day)
    _left_to_you(page, selection)
    if any(step.result == "missing" for step in seen):
        page.heading(tr("Calls"))
        count = sum(step.result == "missing" for step in seen)
        page.line(tr("{call}: once a rule, {count} in all", call=ADD.kind, count=count), indent=2)
        page.line(tr("{call}: before and after each of them", call=GROUP_RULES.kind), indent=2)


def before_removing(page: Page, report: Report, seen: Sequence[RuleStep], region: str) -> None:
    """Write which rules would be removed, and what would be called."""
    _head(page, report, region)
    if seen:
        page.heading(tr("Rules to remove"))
        _table(page, seen, BEFORE_REMOVING, None)
    if any(step.result == "present" for step in seen):
        page.heading(tr("Calls"))
        page.line(tr("{call}: by the ids of these rules alone", call=REMOVE.kind), indent=2)
        page.line(tr("{call}: before and after each of them", call=GROUP_RULES.kind), indent=2)


def results(page: Page, steps: Sequence[RuleStep]) -> None:
    """Write what became of each rule."""
    page.heading(tr("What was done"))
    page.listed((_outcome(step) for step in steps), mark="1.")


def _outcome(step: RuleStep) -> Styled:
    words = tr("{rule}: {state}", rule=_rule(step.rule), state=result_words(step))
    return Styled(words, TONES.get(step.result, "plain"))


def result_words(step: RuleStep, known: Mapping[StepResult, str] = RESULTS) -> str:
    """Return what became of a rule: the result, the ids, and why."""
    words = tr(known[step.result])
    if step.standing is not None and step.result != "changed":
        drops = series(step.standing.drops)
        return tr("there ({ids}), and in force once {drops} is changed", ids=series(step.ids), drops=drops)
    if step.ids and step.result != "changed":
        words = tr("{words} ({ids})", words=words, ids=series(step.ids))
    if step.standing is not None:
        words = tr("{words}: {why}", words=words, why=_changed(step))
    return words if step.fault is None else tr("{words}: {why}", words=words, why=fault_words(step.fault))


def fault_words(fault: CloudCallError) -> str:
    """Return why a call failed, with the action of RAM that is missing."""
    words = tr(CODES.get(fault.code, CAUSES[fault.cause]))
    if fault.permission:
        return tr("{words}: allow the RAM action {action}", words=words, action=fault.permission)
    return tr("{words} ({code})", words=words, code=fault.code) if fault.code else words


def _changed(step: RuleStep) -> str:
    """Return how a group has changed."""
    assert step.standing is not None
    drops = series(step.standing.drops)
    if step.standing.state == "full":
        return tr(CODES["AuthorizationLimitExceed"])
    if step.ids:
        return tr("the rule is there ({ids}), but {drops} is tried before it", ids=series(step.ids), drops=drops)
    return tr("{drops} would be tried before the rule", drops=drops)


def _head(page: Page, report: Report, region: str) -> None:
    page.line(
        tr(
            "Report of {time} on {case}; cluster {cluster}, region {region}",
            time=report.started_at,
            case=report.case.name,
            cluster=report.case.cluster.id or "?",
            region=region,
        )
    )


def _table(page: Page, seen: Sequence[RuleStep], words: Mapping[StepResult, str], day: str | None) -> None:
    """Write the rules as ECS will have them, and below, by number, their descriptions and how they
    stand. day: None if each has a day already."""
    head = ("#", *(tr(title) for title in TITLES))
    page.rows([[f"{number}.", *_row(step.rule)] for number, step in enumerate(seen, 1)], head)
    page.listed((_standing(step, words, day) for step in seen), mark="1.")


TITLES: Final = (
    marked("Group"),
    marked("Protocol"),
    marked("Ports"),
    marked("Source"),
    marked("Priority"),
    marked("Finding"),
)
"""Titles of the columns after the number."""


def _row(rule: RuleToAdd) -> list[str]:
    findings = series([f"{finding.rank} {finding.code}" for finding in rule.findings])
    return [rule.group, rule.protocol, rule.port_range, rule.source_cidr, str(rule.priority), findings]


def _standing(step: RuleStep, words: Mapping[StepResult, str], day: str | None) -> str:
    """Return the description of a rule, and how it stands now."""
    description = step.rule.purpose if day is None else step.rule.description(day)
    return tr("“{description}”: {state}", description=description, state=result_words(step, words))


def _rule(rule: RuleToAdd) -> str:
    words = end_text(traffic_text(True, rule.protocol, rule.port_range), True, rule.source_cidr)
    return tr("{group}: {rule}", group=rule.group, rule=words)


def _left_to_you(page: Page, selection: Selection) -> None:
    """Write what is never sent: other rules, and edits."""
    if not selection.left and not selection.edits:
        return
    page.heading(tr("Left to you"))
    items = [_left_rule(each) for each in selection.left]
    items += [
        tr("{rank} {code}: {what}", rank=edit.finding.rank, code=edit.finding.code, what=with_stop(what_to_do(edit)))
        for edit in selection.edits
    ]
    page.listed(items)


def _left_rule(left: LeftRule) -> str:
    rule = left.rule
    is_inbound = rule.direction == "ingress"
    peer = rule.source_cidr_ip if is_inbound else rule.dest_cidr_ip
    words = end_text(traffic_text(True, rule.ip_protocol, rule.port_range), is_inbound, peer or "?")
    return tr(
        "{rank} {code}: {rule} in {group}: {why}",
        rank=rule.finding.rank,
        code=rule.finding.code,
        rule=words,
        group=rule.security_group_id,
        why=with_stop(tr(LEFT[left.reason])),
    )


def remaining(page: Page, after: Report) -> None:
    """Write what a diagnosis finds after the change."""
    page.heading(tr("Checked again, by the configuration alone"))
    counted = [finding for finding in after.findings if finding.severity != "info" and finding.waived is None]
    if after.exit_code == 0:
        page.line(Styled(tr("Everything required is allowed."), "good"), indent=2)
    elif counted:
        page.line(Styled(tr("This remains:"), "bad"), indent=2)
    else:
        page.line(Styled(tr("Something required is not known: check the case for its cause."), "doubt"), indent=2)
    page.listed(
        tr("{severity} {code}: {title}", severity=tr(SEVERITIES[each.severity]), code=each.code, title=each.title)
        for each in counted
    )
