"""What changed between two reports, as a page for people?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from diagnose.output.page import Page
from diagnose.output.sentences import commas
from diagnose.output.styled import Styled, Tone
from diagnose.remedies.model import SuggestedRule
from diagnose.report import expectation_words, fault_words, rule_words, value_words
from diagnose.report.difference import (
    Difference,
    ExpectationChange,
    FindingState,
    FlowChange,
    InputChange,
    Kept,
    RuleChange,
    is_weaker,
)
from probes.language import marked, tr


def render(difference: Difference, width: int, colour: bool) -> str:
    """Return lines of at most `width` columns (40 to 200). The last one ends with a line feed."""
    if difference.twin is not None:
        alone = msgspec.structs.replace(difference, twin=None)
        return f"{render(alone, width, colour)}\n{render(difference.twin, width, colour)}"
    page = Page(width, colour)
    before, after = difference.before, difference.after
    page.line(Styled(tr("From {before} to {after}", before=before.started_at, after=after.started_at), "strong"))
    for warning in difference.warnings:
        page.line(Styled(tr("Warning: {warning}", warning=warning), "doubt"))
    _findings(page, difference)
    _flows(page, tr("Connections that are no longer known to work"), difference.broken, "bad")
    _flows(page, tr("Connections that work or are allowed now"), difference.repaired, "good")
    _flows(page, tr("Connections with another verdict"), difference.other, "plain")
    _expectations(page, difference.expectations)
    _rules(page, difference.rules)
    _listed(page, tr("Connections of the earlier report alone"), difference.only_before)
    _listed(page, tr("Connections of the later report alone"), difference.only_after)
    _listed(page, tr("Rules no longer suggested"), [_rule(rule) for rule in difference.rules_gone])
    _listed(page, tr("Inputs that changed"), [_input(entry) for entry in difference.inputs])
    _listed(page, tr("Services that the later files no longer name"), [entry.text for entry in difference.removed])
    _listed(page, tr("What the later report no longer looks at"), [entry.text for entry in difference.unseen])
    page.heading(
        tr(
            "Verdict: {verdict}. Exit code: {code}.",
            verdict=f"{tr(value_words.STATUSES[before.status])} -> {tr(value_words.STATUSES[after.status])}",
            code=f"{before.exit_code} -> {after.exit_code}",
        )
    )
    if difference.is_worse:
        page.line(Styled(tr("Something got worse."), "bad"))
    elif difference.sees_less:
        page.line(Styled(tr("Nothing is known to have got worse, but the later report looks at less."), "doubt"))
    else:
        page.line(Styled(tr("Nothing got worse."), "good"))
    return page.text


def _findings(page: Page, difference: Difference) -> None:
    _listed(page, tr("New findings"), list(map(_finding_text, difference.new)))
    _listed(page, tr("Findings that are gone"), list(map(_finding_text, difference.gone)))
    changes = [
        tr("{name}: {text}", name=change.after.code, text=f"{_graded(change.before)} -> {_graded(change.after)}")
        for change in difference.changed
    ]
    _listed(page, tr("Findings with another severity, confidence or waiver"), changes)


def _finding_text(finding: FindingState) -> str:
    return tr("{code} ({grade}): {title}", code=finding.code, grade=_graded(finding), title=finding.title)


def _graded(finding: FindingState) -> str:
    words = [tr(value_words.SEVERITIES[finding.severity]), tr(fault_words.SURE[finding.confidence])]
    return commas([*words, tr(value_words.WAIVED)] if finding.waived else words)


def _listed(page: Page, title: str, items: Sequence[str]) -> None:
    if items:
        page.heading(tr("{name}: {text}", name=title, text=len(items)))
        page.listed(items)


def _flows(page: Page, title: str, flows: Sequence[FlowChange], tone: Tone) -> None:
    if flows:
        page.heading(tr("{name}: {text}", name=title, text=len(flows)))
        page.rows(
            [(flow.id, Styled(_verdicts(flow), tone), _need(flow)) for flow in flows],
            gap=2,
        )


def _need(flow: FlowChange) -> str:
    word = tr(value_words.NEEDS[flow.need])
    return commas([word, tr(value_words.WAIVED)]) if flow.waived else word


_KEPT: Mapping[Kept, tuple[str, Tone]] = {
    "allowed": (marked("Connections that must stay denied and get through now"), "bad"),
    "unknown": (marked("Connections of which it is no longer decided that they stay denied"), "doubt"),
    "denied": (marked("Connections that must stay denied and are denied now"), "good"),
}
"""Later verdict -> title, and tone of the verdict."""


def _expectations(page: Page, changes: Sequence[ExpectationChange]) -> None:
    for verdict, (title, tone) in _KEPT.items():
        found = [change for change in changes if change.after == verdict]
        if found:
            page.heading(tr("{name}: {text}", name=tr(title), text=len(found)))
            page.rows([(change.text, Styled(_expectation_text(change), tone)) for change in found], gap=2)


def _rules(page: Page, changes: Sequence[RuleChange]) -> None:
    if not changes:
        return
    page.heading(tr("{name}: {text}", name=tr("Rules of registration with another state"), text=len(changes)))
    page.rows([(change.id, Styled(_states(change), _tone(change)), change.text) for change in changes], gap=2)


def _states(change: RuleChange) -> str:
    word = f"{tr(rule_words.STATES[change.before][0])} -> {tr(rule_words.STATES[change.after][0])}"
    return commas([word, tr(value_words.WAIVED)]) if change.waived else word


def _tone(change: RuleChange) -> Tone:
    if is_weaker(change):
        return "bad"
    return "good" if change.after == "passed" else "doubt"


def _expectation_text(change: ExpectationChange) -> str:
    word = f"{_kept_word(change.before)} -> {_kept_word(change.after)}"
    return commas([word, tr(value_words.WAIVED)]) if change.waived else word


def _kept_word(verdict: Kept) -> str:
    return tr(expectation_words.WORDS[verdict][0])


def _verdicts(flow: FlowChange) -> str:
    return f"{tr(value_words.VERDICTS[flow.before])} -> {tr(value_words.VERDICTS[flow.after])}"


def _rule(rule: SuggestedRule) -> str:
    template = (
        marked("{group}: {protocol} {ports} from {peer}")
        if rule.direction == "ingress"
        else marked("{group}: {protocol} {ports} to {peer}")
    )
    return tr(
        template,
        group=rule.security_group_id,
        protocol=rule.ip_protocol,
        ports=rule.port_range,
        peer=rule.peer,
    )


def _input(entry: InputChange) -> str:
    if entry.before is None:
        return tr("{file} (new)", file=entry.file)
    return tr("{file} (gone)", file=entry.file) if entry.after is None else entry.file
