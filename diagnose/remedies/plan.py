"""Which repairs does the report suggest, and which finding does each of them repair?

- A repair hangs on one finding. Entries of one option of one finding together are one repair.
- Findings are repaired in their order. Each repair is tried on the model in which option 1 of those
  before it was done, so that all of them together fit: a list of an ACL is replaced whole, and a
  group has room for so many rules.
- Option 1 lets nothing through that must stay denied, unless every option does.
- Nothing is suggested for a finding by which nothing required is broken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field

import msgspec

from diagnose.case.expectation import Expectation
from diagnose.decisions.expected import judge
from diagnose.decisions.model import Model
from diagnose.findings import Blame, Finding
from diagnose.findings.network.security_group import CALLBACK, OUTBOUND
from diagnose.findings.network.unusual_port import at_usual_port
from diagnose.flows.model import Flow
from diagnose.remedies import edits, rules
from diagnose.remedies.ecs_fields import MOST_DESCRIPTION
from diagnose.remedies.edits import Option
from diagnose.remedies.krb5_settings import line_edits, tcp_first, usual_port
from diagnose.remedies.model import (
    RECOMMENDED,
    Edit,
    FindingRef,
    FurtherGroup,
    SuggestedRule,
)
from diagnose.remedies.settings import setting_edit, usual_ports, value_edits
from diagnose.scene.scene import Scene
from probes.addresses import cidrs, covers
from probes.frozen import frozen, mutable
from probes.rules.group_rule import UDP, Rule

NOT_BY_RULES = frozenset({"SG-UNRESOLVED", "INPUT-STALE", "SG-INTRA", "SG-CTRL"})
"""Codes of security groups that no rule repairs."""

SIDES: Mapping[str, rules.Sides] = {OUTBOUND: ("egress",), CALLBACK: ("ingress", "egress")}
"""Codes whose repair is not about inbound rules alone."""

ACL_CODES = frozenset({"NACL-IN", "NACL-RETURN", "NACL-EPHEMERAL"})
ROUTE_CODES = frozenset({"NET-ROUTE", "RET-ROUTE"})
ZERO_LIMIT = "KDC-UDP-ZERO"


@frozen
class Suggestions:
    """All repairs of one diagnosis."""

    rules: tuple[SuggestedRule, ...] = ()
    """Rules to add, in the order of their findings, option 1 of each first."""
    edits: tuple[Edit, ...] = ()
    """Everything else to change, in the same order."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """Rank of a finding -> why no rule is suggested although a security group is its cause."""
    opens: Mapping[tuple[int, int], tuple[Expectation, ...]] = field(default_factory=dict)
    """Rank of a finding and number of its repair -> what then gets through that must stay
    denied."""


@frozen
class _Repair:
    """One whole repair of a finding. Its entries get the number of their option last."""

    rules: tuple[SuggestedRule, ...] = ()
    """Rules to add."""
    edits: tuple[Edit, ...] = ()
    """Everything else to change."""
    after: Model | None = None
    """The model after it. None if no layer of the network changes."""


@mutable
class _Plan:
    """The repairs of the findings so far, and the model after them."""

    scene: Scene
    model: Model
    """The model after option 1 of each repair so far."""
    setting_first: bool
    """True if a setting that was meant to make clients use TCP is repaired on its own."""
    rules: list[SuggestedRule] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)
    opens: dict[tuple[int, int], tuple[Expectation, ...]] = field(default_factory=dict)

    def add(self, ref: FindingRef, repairs: Sequence[_Repair]) -> None:
        """Add the repairs of one finding, best first, those that open what must stay denied last.
        Do the first on the model."""
        known = [(repair, self._opened(repair)) for repair in repairs]
        ordered = sorted(known, key=lambda pair: bool(pair[1]))
        for number, (repair, opened) in enumerate(ordered, RECOMMENDED):
            self.rules += [msgspec.structs.replace(rule, option=number) for rule in repair.rules]
            self.edits += [_numbered(edit, number) for edit in repair.edits]
            if opened:
                self.opens[ref.rank, number] = opened
        if ordered and ordered[0][0].after is not None:
            self.model = ordered[0][0].after

    def _opened(self, repair: _Repair) -> tuple[Expectation, ...]:
        """Return what gets through after a repair that must stay denied and is denied before it."""
        if repair.after is None or not self.scene.case.deny:
            return ()
        flows = [outcome.flow for outcome in self.scene.outcomes]
        before = {each.expectation: each.allowed for each in judge(self.model, flows)}
        after = judge(repair.after, flows)
        return tuple(each.expectation for each in after if not covers(before[each.expectation], each.allowed))


def _numbered(edit: Edit, number: int) -> Edit:
    """Return an edit of the option with this number."""
    if isinstance(edit, FurtherGroup):
        rules = [msgspec.structs.replace(rule, option=number) for rule in edit.rules]
        return msgspec.structs.replace(edit, option=number, rules=rules)
    return msgspec.structs.replace(edit, option=number)


def suggest(scene: Scene, findings: Sequence[Finding]) -> Suggestions:
    """Return the repairs of ranked findings, each under its finding.

    Option 1 of a finding is recommended, and its other options are alternatives to it alone.
    """
    broken = {
        outcome.flow.id
        for outcome in scene.outcomes
        if outcome.flow.need == "required" and outcome.verdict in ("blocked", "partial")
    }
    wanted = [(rank, finding) for rank, finding in enumerate(findings, 1) if _breaks_something(finding, broken)]
    plan = _Plan(scene, scene.model, any(finding.code == ZERO_LIMIT for _, finding in wanted))
    for rank, finding in wanted:
        _repair(plan, finding, FindingRef(finding.code, rank))
    return Suggestions(tuple(plan.rules), tuple(plan.edits), plan.notes, plan.opens)


def _breaks_something(finding: Finding, broken: Collection[str]) -> bool:
    """Return True if something required is wrong by this finding: a flow, or a client of one."""
    return (
        finding.severity == "error"
        or any(flow in broken for flow in finding.flows)
        or any(blame.mild and blame.flow.need == "required" for blame in finding.blames)
    )


def _repair(plan: _Plan, finding: Finding, ref: FindingRef) -> None:
    """Add every repair of one finding to the plan."""
    blames = [b for b in finding.blames if b.confidence != "inferred" and b.flow.need == "required"]
    repairs = _network_repairs(plan, finding, blames, ref)
    if not repairs:
        repairs = _as_one(_other_edits(plan.scene, finding, blames, ref))
    if not plan.setting_first:
        repairs += _as_one(tcp_first(plan.scene, blames, ref))
    corrected = _as_one([*usual_port(blames, ref), *usual_ports(plan.scene, blames, ref)])
    is_likely = bool(at_usual_port(plan.scene, blames))
    plan.add(ref, [*corrected, *repairs] if is_likely else [*repairs, *corrected])


def _as_one(edits_of: Sequence[Edit], after: Model | None = None) -> list[_Repair]:
    """Return the repair that these edits make together. Empty without any."""
    return [_Repair((), tuple(edits_of), after)] if edits_of else []


def _network_repairs(plan: _Plan, finding: Finding, blames: Sequence[Blame], ref: FindingRef) -> list[_Repair]:
    """Return the repairs of rules, lists and routes, best first."""
    flows = _flows(blames)
    if is_by_rules(finding.code):
        return _by_rules(plan, flows, ref) if flows else []
    if finding.code in ACL_CODES:
        from diagnose.remedies.acls import acl_edit, changed_lists, with_lists

        lists = changed_lists(plan.model, blames)
        return _as_one([acl_edit(each, ref) for each in lists], with_lists(plan.model, lists))
    if finding.code in ROUTE_CODES:
        from diagnose.remedies.routes import route_edits, with_routes

        routes = route_edits(plan.model, blames, ref)
        return _as_one(routes, with_routes(plan.model, routes))
    if finding.code == "NET-WRONG-VPC":
        from diagnose.remedies.routes import rebindings

        return _as_one(list(rebindings(plan.model, flows, ref)))
    return []


def _by_rules(plan: _Plan, flows: Sequence[Flow], ref: FindingRef) -> list[_Repair]:
    """Return the repairs by rules of security groups, best first."""
    sides = SIDES.get(ref.code, rules.INBOUND)
    options = edits.options(plan.model, flows, sides)
    if not options:
        from diagnose.remedies.no_rule import why_no_rule

        plan.notes[ref.rank] = why_no_rule(plan.model, flows, sides)
        return _by_further_group(plan, flows, ref) if sides == rules.INBOUND else []
    return [
        _Repair(
            tuple(_rules(plan.model, option, ref, flows)),
            tuple(edits.rule_edit(change, ref, RECOMMENDED, flows) for change in option.changes),
            option.after,
        )
        for option in options
    ]


def _by_further_group(plan: _Plan, flows: Sequence[Flow], ref: FindingRef) -> list[_Repair]:
    """Return the repair by one more security group. Empty if none repairs."""
    from diagnose.remedies.further_group import further_group

    joined = further_group(plan.model, flows)
    if joined is None:
        return []
    added = list(_rules(joined.model, Option(joined.rules), ref, flows))
    further = FurtherGroup(
        finding=ref,
        option=RECOMMENDED,
        fixes=list(dict.fromkeys(flow for rule in added for flow in rule.fixes)),
        name=joined.group.id,
        type=joined.type,
        vpc=joined.group.vpc,
        rules=added,
        nodes=[f"{node.name} ({node.address})" if node.address else node.name for node in joined.nodes],
    )
    return _as_one([further], joined.model)


def _other_edits(scene: Scene, finding: Finding, blames: Sequence[Blame], ref: FindingRef) -> Sequence[Edit]:
    """Return what has to change outside the network, one edit for each thing."""
    if finding.setting is not None:
        edit = setting_edit(scene, finding.setting, ref)
        return [] if edit is None else [edit]
    if finding.values:
        return list(value_edits(finding, ref))
    if finding.edits:
        return list(line_edits(finding, ref))
    from diagnose.remedies.one_line import one_line_edits

    return one_line_edits(blames, ref)


def is_by_rules(code: str) -> bool:
    """Return True if rules of security groups repair what this code names."""
    return (code.startswith("SG-") and code not in NOT_BY_RULES) or code == CALLBACK


def _flows(blames: Iterable[Blame]) -> list[Flow]:
    return list(dict.fromkeys(blame.flow for blame in blames))


def _rules(model: Model, option: Option, finding: FindingRef, flows: Sequence[Flow]) -> Iterable[SuggestedRule]:
    for rule in option.rules:
        low, high = rule.ports[0] if isinstance(rule.ports, tuple) else (0, 0)
        peer = rule.source if rule.direction == "ingress" else rule.dest
        block = cidrs(peer)[0] if isinstance(peer, tuple) else None
        fixed = [flow for flow in flows if _serves(model, rule, flow)]
        yield SuggestedRule(
            finding=finding,
            option=RECOMMENDED,
            security_group_id=rule.group,
            direction=rule.direction,
            policy="accept",
            ip_protocol="UDP" if rule.protocol == UDP else "TCP",
            port_range=f"{low}/{high}",
            source_cidr_ip=block if rule.direction == "ingress" else None,
            dest_cidr_ip=block if rule.direction == "egress" else None,
            priority=rule.priority,
            description=_description(fixed),
            fixes=[flow.id for flow in fixed],
        )


def _serves(model: Model, rule: Rule, flow: Flow) -> bool:
    if (rule.protocol == UDP) != (flow.endpoint.transport == "udp") or not isinstance(rule.ports, tuple):
        return False
    if rule.direction == "ingress":
        interfaces = [model.attachment(flow).groups or ()]
    else:
        interfaces = [tuple(source.groups or ()) for source in model.sources_of(flow)]
    return covers(rule.ports, (flow.ports,)) and any(rule.group in groups for groups in interfaces)


def _description(flows: Iterable[Flow]) -> str:
    ends = {"DataWorks resource group" if flow.callback is None else "EMR cluster": None for flow in flows}
    services = ", ".join(dict.fromkeys(flow.service for flow in flows))
    return f"{' and '.join(ends)} to {services}"[:MOST_DESCRIPTION]
