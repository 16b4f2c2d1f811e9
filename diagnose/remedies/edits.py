"""Which change of an existing rule repairs what no accept can? Nothing beats a drop of priority 1.

Each way to change one rule is tried with all others. Kept is what repairs every flow and, by
`exact`, changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice, product
from typing import Literal

from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from diagnose.remedies import exact, rules
from diagnose.remedies.model import FindingRef, RuleAction, RuleEdit, RuleFields
from probes.addresses import Range, Ranges, cidrs, covers, intersect, subtract, union
from probes.frozen import frozen, replace
from probes.rules.decision import Direction
from probes.rules.group_rule import HIGHEST_PRIORITY, PROTOCOL_NAMES, UDP, Group, GroupRef, Rule, describe
from probes.rules.ruleset import ANY_PORT

MOST_OPTIONS = 2
"""Repairs by changes of rules that are offered for one finding."""

MOST_COMBINATIONS = 64
"""Ways to change all blocking rules together that are tried. After that a person has to decide."""


@frozen
class ChangedRule:
    """One existing rule and its replacement, as the model evaluates them."""

    action: RuleAction
    """What happens to the rule."""
    before: Rule
    """The rule as it is."""
    after: Rule | None
    """The rule as it would be. None if it is removed."""


@frozen
class Option:
    """One whole repair of security groups."""

    rules: tuple[Rule, ...]
    """Accept rules to add."""
    changes: tuple[ChangedRule, ...] = ()
    """Existing rules to change."""
    after: Model | None = field(default=None, compare=False, repr=False)
    """The model after this repair. None if it was not tried."""


def options(
    model: Model, flows: Sequence[Flow], sides: rules.Sides = rules.INBOUND, most: int = MOST_OPTIONS
) -> list[Option]:
    """Return exact repairs of these flows on these sides of interfaces, best first.

    Rules alone, if they suffice; else at most `most` sets of changes, each with the rules that it
    still needs.
    """
    lacking = rules.wishes(model, flows, sides)
    wanted = wanted_sources(lacking if "ingress" in sides else rules.wishes(model, flows, rules.INBOUND))
    plain = _option(model, model, lacking, flows, wanted)
    if plain is not None:
        return [plain]
    blockers = _blockers(model, flows) if "ingress" in sides else []
    repairs: list[Option] = []
    for choice in islice(product(*(_ways(rule, wanted) for rule in blockers)), MOST_COMBINATIONS):
        option = None
        if choice:
            edited = model.with_groups(with_changes(model.groups, choice))
            option = _option(model, edited, rules.wishes(edited, flows, sides), flows, wanted, choice)
        if option is not None and option not in repairs:
            repairs.append(option)
        if len(repairs) == most:
            break
    return repairs


def rule_edit(change: ChangedRule, finding: FindingRef, option: int, flows: Sequence[Flow]) -> RuleEdit:
    """Return the suggestion that says this change. It fixes those of `flows` that the rule
    stops."""
    rule = change.before
    return RuleEdit(
        finding=finding,
        option=option,
        fixes=[flow.id for flow in flows if _is_about(rule, flow)],
        group=rule.group,
        rule=rule.id,
        direction=rule.direction,
        action=change.action,
        before=_fields(rule),
        after=None if change.after is None else _fields(change.after),
    )


def _fields(rule: Rule) -> RuleFields:
    peer, near = (rule.source, rule.dest) if rule.direction == "ingress" else (rule.dest, rule.source)
    lists = {use.field: use.id for use in rule.lists}
    peer_list = lists.get("source" if rule.direction == "ingress" else "dest")
    ports = rule.ports if isinstance(rule.ports, tuple) and "ports" not in lists else ()
    return RuleFields(
        policy="accept" if rule.accept else "drop",
        protocol=PROTOCOL_NAMES.get(rule.protocol, str(rule.protocol)),
        port_ranges=_port_ranges(ports),
        peers=cidrs(peer) if isinstance(peer, tuple) and peer_list is None else [],
        priority=rule.priority,
        words=describe(rule),
        port_list=lists.get("ports"),
        peer_list=peer_list,
        peer_group=peer.group if isinstance(peer, GroupRef) else None,
        peer_account=peer.account if isinstance(peer, GroupRef) else None,
        near=cidrs(near) if isinstance(near, tuple) else [],
        source_ports=[] if rule.source_ports == ANY_PORT else _port_ranges(rule.source_ports),
        description=rule.description,
    )


def _port_ranges(ports: Ranges) -> list[str]:
    return ["-1/-1"] if ports == ANY_PORT else [f"{low}/{high}" for low, high in ports]


def _without_list(rule: Rule, field: Literal["source", "ports"]) -> Rule:
    """Return the rule without the list of this field, whose place the values themselves take."""
    return replace(rule, lists=tuple(use for use in rule.lists if use.field != field))


def _is_about(rule: Rule, flow: Flow) -> bool:
    """Return True if the protocol and ports of a rule include those of a flow."""
    protocol = rule.protocol is None or (rule.protocol == UDP) == (flow.endpoint.transport == "udp")
    return protocol and isinstance(rule.ports, tuple) and bool(intersect(rule.ports, (flow.ports,)))


def _option(
    model: Model,
    edited: Model,
    lacking: Sequence[rules.Wish],
    flows: Sequence[Flow],
    wanted: exact.Wanted,
    changes: tuple[ChangedRule, ...] = (),
) -> Option | None:
    """Return the changes and the accept rules that they still need.

    None unless this repairs every flow, needs every part and opens nothing else. `edited`: the
    model after the changes. `lacking`: what the flows lack in it.
    """
    granted = rules.accept_rules(edited, lacking, flows)
    if granted is None:
        return None
    interfaces = {tuple(at.groups) for flow in flows if (at := model.attachment(flow)).groups} | {
        node.security_groups for node in model.case.nodes if node.security_groups
    }
    if not exact.is_exact(model, granted.model, interfaces, wanted):
        return None
    return Option(granted.rules, changes, granted.model)


def with_changes(groups: Mapping[str, Group], changes: Sequence[ChangedRule]) -> dict[str, Group]:
    """Return the same groups with these rules changed."""
    after = dict(groups)
    for change in changes:
        group = after[change.before.group]
        kept = tuple(change.after if rule is change.before else rule for rule in group.rules)
        after[group.id] = replace(group, rules=tuple(rule for rule in kept if rule is not None))
    return after


def wanted_sources(lacking: Iterable[rules.Wish]) -> exact.Wanted:
    """Return the sources that a repair of what flows lack inbound is meant to let in."""
    wanted: dict[tuple[int, Range], set[Range]] = {}
    for wish in lacking:
        if wish.direction == "ingress":
            wanted.setdefault((wish.protocol, wish.ports), set()).add(wish.block)
    return {end: union(blocks) for end, blocks in wanted.items()}


def _blockers(model: Model, flows: Sequence[Flow]) -> list[Rule]:
    """Return inbound drops of priority 1 that decide against a flow. Leave out managed groups:
    nobody can edit them."""
    return [rule for rule in _first_drops(model, flows, "ingress") if not model.group(rule.group).managed_by]


def outbound_drops(model: Model, flows: Sequence[Flow]) -> list[Rule]:
    """Return outbound drops of priority 1 that decide against one of the flows."""
    return _first_drops(model, flows, "egress")


def _first_drops(model: Model, flows: Sequence[Flow], direction: Direction) -> list[Rule]:
    """Return the drops of priority 1 of one direction that decide against a flow."""
    drops = (rule for flow in flows for decision in model.decisions(flow) for rule in model.denying(decision))
    return list(
        dict.fromkeys(rule for rule in drops if rule.direction == direction and rule.priority <= HIGHEST_PRIORITY)
    )


def _ways(rule: Rule, wanted: exact.Wanted) -> Iterator[ChangedRule]:
    """Yield ways to change one rule. Removal comes first only if the rule guards nothing but what
    is wanted."""
    yield from _without_wanted(rule, wanted)
    yield ChangedRule("reprioritise", rule, replace(rule, priority=HIGHEST_PRIORITY + 1))
    yield ChangedRule("remove", rule, None)


def _without_wanted(rule: Rule, wanted: exact.Wanted) -> Iterator[ChangedRule]:
    """Yield the rule with fewer ports or fewer sources, if no rule is left or one can hold it."""
    if not isinstance(rule.ports, tuple) or not isinstance(rule.source, tuple):
        return
    concerned = {
        span: sources
        for (protocol, span), sources in wanted.items()
        if protocol == rule.protocol and intersect(rule.ports, (span,))
    }
    if not concerned:
        return
    if all(covers(sources, rule.source) for sources in concerned.values()):
        left = subtract(rule.ports, union(concerned))
        if not left:
            yield ChangedRule("remove", rule, None)
        elif len(left) == 1:
            yield ChangedRule("narrow", rule, replace(_without_list(rule, "ports"), ports=left))
    if covers(union(concerned), rule.ports):
        left = subtract(rule.source, union(piece for sources in concerned.values() for piece in sources))
        if len(cidrs(left)) == 1:
            yield ChangedRule("narrow", rule, replace(_without_list(rule, "source"), source=left))
