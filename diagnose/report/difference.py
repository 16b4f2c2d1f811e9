"""What changed between two reports? The module `difference_page` shows it to people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Literal

import msgspec
from msgspec import Struct

from diagnose.output.json_text import json_text
from diagnose.remedies.model import SuggestedRule
from diagnose.report import value_words
from diagnose.report.environments import environment_and_case, parts
from diagnose.report.finding_model import Confidence, FindingFacts, Severity
from diagnose.report.flow_model import FlowFacts, Need
from diagnose.report.less_seen import Unseen, less_seen, removed_services
from diagnose.report.model import Report, Status
from diagnose.report.service_keys import RemovedService
from probes.language import tr

Verdict = Literal["reachable", "accepts", "allowed", "blocked", "partial", "unknown"]

Kept = Literal["denied", "allowed", "unknown"]

RuleState = Literal["passed", "failed", "not-checkable"]

WORKS = ("reachable", "accepts", "allowed")
FAILS = ("blocked", "partial")
SURE = ("proven", "strong")


class Side(Struct, frozen=True):
    """One of the two reports."""

    started_at: str
    """Start of its command: UTC, ISO 8601."""
    cluster: str | None
    """Id of its cluster. null if the case does not have it."""
    basis: Literal["packets", "configuration"]
    """What its verdicts rest on."""
    status: Status
    """Its verdict."""
    exit_code: int
    """Exit code of its command."""


class FindingState(Struct, frozen=True):
    """A finding of one report."""

    code: str
    """Code of the catalogue."""
    title: str
    """Headline."""
    severity: Severity
    """How bad it is."""
    confidence: Confidence
    """How sure it is."""
    flows: list[str]
    """Ids of the flows that it explains."""
    waived: bool = False
    """Whether it is accepted for a time, so that it does not count."""


class FindingChange(Struct, frozen=True):
    """A finding of both reports whose severity, confidence or waiver changed."""

    before: FindingState
    """As it was."""
    after: FindingState
    """As it is."""


class FlowChange(Struct, frozen=True):
    """A connection of both reports whose verdict changed."""

    id: str
    """Id of the flow."""
    need: Need
    """Whether the later report needs it."""
    before: Verdict
    """Verdict as it was."""
    after: Verdict
    """Verdict as it is."""
    waived: bool = False
    """Whether it fails by findings alone that are accepted for a time."""


class ExpectationChange(Struct, frozen=True):
    """A connection that must stay denied in both reports, and whose verdict changed."""

    text: str
    """As case.toml has it: "udp://master-1-1:88 from 10.0.0.0/8"."""
    before: Kept
    """Verdict as it was."""
    after: Kept
    """Verdict as it is."""
    waived: bool = False
    """Whether it is accepted for a time that it gets through."""


class RuleChange(Struct, frozen=True):
    """A rule of registration of both reports whose state changed."""

    id: str
    """Id of the rule."""
    text: str
    """The rule."""
    required: bool
    """Whether the cluster does not work while it is broken."""
    before: RuleState
    """State as it was."""
    after: RuleState
    """State as it is."""
    waived: bool = False
    """Whether it is accepted for a time that it is broken."""


class InputChange(Struct, frozen=True):
    """An input whose content is not the same."""

    file: str
    """Path inside the case."""
    before: str | None
    """SHA-256 as it was. null if the file is new."""
    after: str | None
    """SHA-256 as it is. null if the file is gone."""


class Difference(Struct, frozen=True):
    """What changed between two reports."""

    schema_version: Literal["1"]
    """Version of this schema."""
    before: Side
    """The earlier report."""
    after: Side
    """The later report."""
    is_worse: bool
    """Whether a required connection is no longer known to work, an error became sure that was not,
    something is no longer known to stay denied, or a rule of registration that was kept is broken,
    or must be kept and is not known to be. What is waived does not count."""
    warnings: list[str]
    """Why the two reports can be compared only in part."""
    gone: list[FindingState]
    """Findings of the earlier report alone."""
    new: list[FindingState]
    """Findings of the later report alone."""
    changed: list[FindingChange]
    """Findings of both, with another severity or confidence, or waived in one of them."""
    repaired: list[FlowChange]
    """Connections that failed and work."""
    broken: list[FlowChange]
    """Connections that worked and fail."""
    other: list[FlowChange]
    """Connections whose verdict changed in another way."""
    only_before: list[str]
    """Ids of the flows of the earlier report alone."""
    only_after: list[str]
    """Ids of the flows of the later report alone."""
    rules_gone: list[SuggestedRule]
    """Rules that are no longer suggested."""
    inputs: list[InputChange]
    """Inputs that changed."""
    expectations: list[ExpectationChange] = []
    """Connections that must stay denied, with another verdict."""
    rules: list[RuleChange] = []
    """Rules of registration with another state."""
    unseen: list[Unseen] = []
    """What the later report does not look at any longer. Unless it is empty, nothing tells whether
    all is as good as it was."""
    removed: list[RemovedService] = []
    """Services that the files of the later report no longer name. They count for nothing."""
    twin: Difference | None = None
    """What changed in the other environment of a standard workspace. null unless both reports have
    two; `is_worse` is then about both."""

    @property
    def has_changes(self) -> bool:
        """Return True if anything but the time differs."""
        lists = (self.gone, self.new, self.changed, self.repaired, self.broken, self.other, self.only_before)
        if self.twin is not None and self.twin.has_changes:
            return True
        return any(
            (*lists, self.only_after, self.rules_gone, self.inputs, self.expectations, self.rules, self.unseen)
        ) or ((self.before.status, self.before.exit_code) != (self.after.status, self.after.exit_code))

    @property
    def sees_less(self) -> bool:
        """Return True if the later report sees less, in one of its environments."""
        return bool(self.unseen) or (self.twin is not None and self.twin.sees_less)


def compare(before: Report, after: Report) -> Difference:
    """Return what changed from one report to the other, in each environment that both have."""
    old, new = parts(before), parts(after)
    if len(old) != len(new):
        return _compared_in_part(old, new)
    first = _compared(old[0], new[0])
    if not new[1:]:
        return first
    twin = _compared(old[1], new[1])
    return msgspec.structs.replace(first, twin=twin, is_worse=first.is_worse or twin.is_worse)


def _compared_in_part(old: Sequence[Report], new: Sequence[Report]) -> Difference:
    """Return what changed in the one environment that both reports have."""
    pairs = list(product(old, new))
    before, after = next((pair for pair in pairs if pair[0].case.cluster.id == pair[1].case.cluster.id), pairs[0])
    found = _compared(before, after)
    said = tr("One of the reports is of two environments: only {name} is compared.", name=after.case.name)
    left = [Unseen("environment", environment_and_case(part)) for part in old if part is not before]
    return msgspec.structs.replace(found, warnings=[*found.warnings, said], unseen=[*found.unseen, *left])


def _compared(before: Report, after: Report) -> Difference:
    pairs = _pairs(before.findings, after.findings)
    old = [finding for number, finding in enumerate(before.findings) if number not in pairs]
    new = [finding for number, finding in enumerate(after.findings) if number not in pairs.values()]
    both = [(_state(before.findings[one]), _state(after.findings[other])) for one, other in sorted(pairs.items())]
    changed = [FindingChange(one, other) for one, other in both if _grade(one) != _grade(other)]
    flows = _flow_changes(before, after)
    expectations = _expectation_changes(before, after)
    broken = [flow for flow in flows if flow.before in WORKS and flow.after not in WORKS]
    repaired = [flow for flow in flows if flow.before in FAILS and flow.after in WORKS]
    surer = [_state(finding) for finding in new]
    surer += [change.after for change in changed if not _counts(change.before)]
    lost = [flow for flow in broken if flow.need == "required" and not flow.waived]
    opened = [each for each in expectations if each.before == "denied" and not each.waived]
    rules = _rule_changes(before, after)
    weaker = [rule for rule in rules if is_weaker(rule)]
    return Difference(
        schema_version="1",
        before=_side(before),
        after=_side(after),
        is_worse=bool(lost or opened or weaker) or any(map(_counts, surer)),
        warnings=_warnings(before, after),
        gone=[_state(finding) for finding in old],
        new=[_state(finding) for finding in new],
        changed=changed,
        repaired=repaired,
        broken=broken,
        other=[flow for flow in flows if flow not in repaired and flow not in broken],
        only_before=_missing(before.flows, after.flows),
        only_after=_missing(after.flows, before.flows),
        rules_gone=_rules_gone(before.suggested_rules, after.suggested_rules),
        inputs=_inputs(before, after),
        expectations=expectations,
        rules=rules,
        unseen=less_seen(before, after),
        removed=removed_services(before, after),
    )


def encode(difference: Difference) -> bytes:
    """Return indented JSON with one line feed at the end."""
    return json_text(difference, "deterministic")


def _side(report: Report) -> Side:
    return Side(report.started_at, report.case.cluster.id, report.basis, report.status, report.exit_code)


def _state(finding: FindingFacts) -> FindingState:
    is_waived = finding.waived is not None
    return FindingState(finding.code, finding.title, finding.severity, finding.confidence, finding.flows, is_waived)


def _grade(finding: FindingState) -> tuple[Severity, Confidence, bool]:
    return finding.severity, finding.confidence, finding.waived


def _counts(finding: FindingState) -> bool:
    return finding.severity == "error" and finding.confidence in SURE and not finding.waived


def _pairs(before: Sequence[FindingFacts], after: Sequence[FindingFacts]) -> dict[int, int]:
    """Return the places of each finding that both reports have. The most alike are paired first."""
    of_kind: dict[tuple[str, ...], list[int]] = {}
    for match, other in enumerate(after):
        of_kind.setdefault(_kind(other), []).append(match)
    alike = [
        (_likeness(one, after[match]), place, match)
        for place, one in enumerate(before)
        for match in of_kind.get(_kind(one), ())
        if _may_be_same(one, after[match])
    ]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, place, match in sorted(alike, key=lambda pair: (pair[0], -pair[1], -pair[2]), reverse=True):
        if place not in pairs and match not in taken:
            pairs[place] = match
            taken.add(match)
    return pairs


_TELLING = ("cause", "expectation")
"""Named values that tell two findings of one code apart."""


def _kind(finding: FindingFacts) -> tuple[str, ...]:
    """Return what two findings have in common if they may be the same."""
    return finding.code, *(repr(finding.params.get(key)) for key in _TELLING)


def _may_be_same(one: FindingFacts, other: FindingFacts) -> bool:
    """Return True unless two findings of one kind are about other flows."""
    return not one.flows or not other.flows or not set(one.flows).isdisjoint(other.flows)


def _likeness(one: FindingFacts, other: FindingFacts) -> tuple[bool, int]:
    return one.params == other.params, len(set(one.flows) & set(other.flows))


def _flow_changes(before: Report, after: Report) -> list[FlowChange]:
    old = {flow.id: flow.verdict for flow in before.flows}
    accepted = _accepted(after)
    return [
        FlowChange(flow.id, flow.need, old[flow.id], flow.verdict, flow.verdict in FAILS and flow.id in accepted)
        for flow in after.flows
        if old.get(flow.id, flow.verdict) != flow.verdict
    ]


def _accepted(report: Report) -> set[str]:
    """Return the ids of the flows that waived findings explain, and no error that counts."""
    waived = {flow for finding in report.findings if finding.waived is not None for flow in finding.flows}
    counted = (finding for finding in report.findings if finding.waived is None and finding.severity == "error")
    return waived.difference(*(finding.flows for finding in counted))


def _expectation_changes(before: Report, after: Report) -> list[ExpectationChange]:
    old = {each.text: each.verdict for each in before.expectations}
    found = [each for each in after.expectations if old.get(each.text, each.verdict) != each.verdict]
    return [
        ExpectationChange(
            each.text, old[each.text], each.verdict, each.verdict == "allowed" and _is_waived(each.text, after)
        )
        for each in found
    ]


def _is_waived(expectation: str, report: Report) -> bool:
    """Return True if it is accepted that this connection gets through."""
    causes = [finding for finding in report.findings if finding.params.get("expectation") == expectation]
    return bool(causes) and all(finding.waived is not None for finding in causes)


def _rule_changes(before: Report, after: Report) -> list[RuleChange]:
    old = {rule.id: rule.state for rule in before.rules}
    waived = {finding.rank for finding in after.findings if finding.waived is not None}
    return [
        RuleChange(
            rule.id,
            rule.text,
            rule.required,
            old[rule.id],
            rule.state,
            rule.state == "failed" and bool(rule.findings) and waived.issuperset(rule.findings),
        )
        for rule in after.rules
        if old.get(rule.id, rule.state) != rule.state
    ]


def is_weaker(change: RuleChange) -> bool:
    """Return True if a rule got worse: it is broken now, or must be kept and is open now."""
    if change.after == "failed":
        return not change.waived
    return change.required and (change.before, change.after) == ("passed", "not-checkable")


def _missing(these: Sequence[FlowFacts], those: Sequence[FlowFacts]) -> list[str]:
    known = {flow.id for flow in those}
    return [flow.id for flow in these if flow.id not in known]


def _rules_gone(before: Sequence[SuggestedRule], after: Sequence[SuggestedRule]) -> list[SuggestedRule]:
    kept = {_rule_key(rule) for rule in after}
    return list({_rule_key(rule): rule for rule in before if _rule_key(rule) not in kept}.values())


def _rule_key(rule: SuggestedRule) -> tuple[str, ...]:
    peers = (rule.source_cidr_ip or "", rule.dest_cidr_ip or "")
    return rule.security_group_id, rule.direction, rule.ip_protocol, rule.port_range, *peers


def _inputs(before: Report, after: Report) -> list[InputChange]:
    old = {entry.file: entry.sha256 for entry in before.case.inputs}
    new = {entry.file: entry.sha256 for entry in after.case.inputs}
    return [
        InputChange(file, old.get(file), new.get(file)) for file in sorted(old | new) if old.get(file) != new.get(file)
    ]


def _warnings(before: Report, after: Report) -> list[str]:
    found = []
    one, other = before.case.cluster.id, after.case.cluster.id
    if one != other:
        found.append(
            tr(
                "The reports are of different clusters: {one} and {other}.",
                one=one or tr("not named"),
                other=other or tr("not named"),
            )
        )
    if before.basis != after.basis:
        found.append(
            tr(
                "The earlier report rests on {before}, the later one on {after}: "
                "a verdict may differ although nothing changed.",
                before=tr(value_words.BASES[before.basis]),
                after=tr(value_words.BASES[after.basis]),
            )
        )
    return found
