"""Which accept rules, as few as possible, let the resource group in to what it needs, and nothing
else?

A rule admits one vSwitch block to one run of ports of one protocol on one security group, because
an ECS rule can say no more. Its source is the whole block of a vSwitch that is not let in
everywhere: a part of it would break when the resource group grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, product

from diagnose.decisions.model import PROTOCOL, Model
from diagnose.flows.model import Flow
from probes.addresses import Range, Ranges, covers, intersect, parse, union
from probes.rules.decision import Direction
from probes.rules.group_rule import HIGHEST_PRIORITY, Group, Rule

MOST_RULES = 200
"""Rules that one group may hold, both directions together: AuthorizeSecurityGroup reference, ECS
API 2014-05-26."""

MOST_GROUPS_TRIED = 10
"""Groups that one interface may be in:
https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules"""

MOST_ASSIGNMENTS = 4096
"""Ways to spread ports over groups that are compared."""

Sides = tuple[Direction, ...]
"""Sides of network interfaces that one repair is about."""

INBOUND: Sides = ("ingress",)


@dataclass(frozen=True, slots=True)
class Wish:
    """One port that has to open for one block."""

    direction: Direction
    """Side of the network interface."""
    protocol: int
    """IANA number of the protocol."""
    ports: Range
    """First and last destination port."""
    block: Range
    """Block of the vSwitch that is let in (ingress) or reached (egress)."""
    groups: tuple[str, ...]
    """Groups on the interface. Any of them may take the rule."""
    flow: str
    """Id of the flow that needs the port."""


def wishes(model: Model, flows: Iterable[Flow], sides: Sides) -> list[Wish]:
    """Return what these flows still lack on these sides of interfaces, according to the model."""
    wanted: list[Wish] = []
    for flow in flows:
        for decision in model.decisions(flow):
            if decision.layer != "security-group" or decision.direction not in sides or not decision.denied:
                continue
            protocol, ports = PROTOCOL[flow.endpoint.transport], flow.ports
            if decision.direction == "ingress":
                wanted += [
                    Wish("ingress", protocol, ports, block, decision.at, flow.id)
                    for block in source_blocks(model, flow)
                    if intersect((block,), decision.denied)
                ]
                continue
            for block, source in product(target_blocks(model, flow), model.sources_of(flow)):
                if source.groups and intersect(source.ranges, decision.denied):
                    wanted.append(Wish("egress", protocol, ports, block, tuple(sorted(source.groups)), flow.id))
    return wanted


def accept_rules(model: Model, wanted: Sequence[Wish], flows: Sequence[Flow], sides: Sides) -> list[Rule] | None:
    """Return rules that grant every wish and are all needed. None if no group may take one
    (managed, or full)."""
    hosts = _assign(model, wanted)
    if hosts is None:
        return None
    ports: dict[tuple[Direction, str, int, Range], set[Range]] = {}
    for wish, group in hosts.items():
        ports.setdefault((wish.direction, group, wish.protocol, wish.block), set()).add(wish.ports)
    rules = [
        _rule(direction, group, protocol, run, block)
        for (direction, group, protocol, block), numbers in sorted(ports.items())
        for run in union(numbers)
    ]
    rules = _needed(model, rules, flows, sides)
    counts = {group: sum(rule.group == group for rule in rules) for group in {rule.group for rule in rules}}
    return rules if all(room(model.group(group)) >= count for group, count in counts.items()) else None


def with_rules(groups: Mapping[str, Group], rules: Iterable[Rule]) -> dict[str, Group]:
    """Return the same groups with these rules added."""
    after = dict(groups)
    for rule in rules:
        after[rule.group] = replace(after[rule.group], rules=(*after[rule.group].rules, rule))
    return after


def _needed(model: Model, rules: list[Rule], flows: Sequence[Flow], sides: Sides) -> list[Rule]:
    """Drop the rules that others make superfluous: blocks may overlap, and a group may be on
    several interfaces."""

    def holes(kept: Iterable[Rule]) -> int:
        return len(wishes(model.with_groups(with_rules(model.groups, kept)), flows, sides))

    fewest = holes(rules)
    for rule in sorted(
        rules, key=lambda rule: rule.ports[0][1] - rule.ports[0][0] if isinstance(rule.ports, tuple) else 0
    ):
        without = [other for other in rules if other is not rule]
        if holes(without) == fewest:
            rules = without
    return rules


def source_blocks(model: Model, flow: Flow) -> list[Range]:
    """Return what an inbound rule names: the vSwitch blocks of the family of this flow, in the
    order of the case."""
    blocks = [(source, block) for source in model.sources_of(flow) for block in intersect(source.ranges, flow.sources)]
    if flow.callback is None:
        return [block for _, block in blocks]
    return list(dict.fromkeys(_block_around(model, source.vswitch, block) for source, block in blocks))


def target_blocks(model: Model, flow: Flow) -> list[Range]:
    """Return what an outbound rule names: the vSwitch block of the target, or its address if the
    block is not known."""
    if flow.callback is not None:
        return list(flow.callback.target.ranges)
    address = flow.endpoint.address
    if address is None:
        return []
    node = model.node(flow)
    return [_block_around(model, node.vswitch if node else None, parse(address))]


def _block_around(model: Model, vswitch: str | None, addresses: Range) -> Range:
    """Return the block of the vSwitch that holds these addresses, else the addresses alone."""
    known = model.case.vswitches.get(vswitch) if vswitch else None
    if known is not None and known.cidr and covers((parse(known.cidr),), (addresses,)):
        return parse(known.cidr)
    return addresses


def _assign(model: Model, wanted: Sequence[Wish]) -> dict[Wish, str] | None:
    """Return which group takes the rule for each port. None if no group may.

    The choice makes the fewest rules and, among equals, opens ports on the fewest nodes.
    """
    same: dict[tuple[Direction, int, Range, Range], list[Wish]] = {}
    for wish in wanted:
        same.setdefault((wish.direction, wish.protocol, wish.ports, wish.block), []).append(wish)
    covers = [_smallest_covers([wish.groups for wish in alike], model) for alike in same.values()]
    if not all(covers):
        return None
    best = min(
        islice(product(*covers), MOST_ASSIGNMENTS),
        key=lambda choice: _cost(model, list(zip(same, choice, strict=True))),
        default=(),
    )
    return {
        wish: next(group for group in cover if group in wish.groups)
        for alike, cover in zip(same.values(), best, strict=True)
        for wish in alike
    }


def _cost(
    model: Model, choice: Sequence[tuple[tuple[Direction, int, Range, Range], tuple[str, ...]]]
) -> tuple[int, int]:
    """Return how many rules a choice makes, and on how many nodes they open their ports."""
    ports: dict[tuple[object, ...], set[Range]] = {}
    for (direction, protocol, span, block), cover in choice:
        for group in cover:
            ports.setdefault((direction, protocol, block, group), set()).add(span)
    count = sum(len(union(spans)) for spans in ports.values())
    return count, sum(_exposure(model, group) for _, cover in choice for group in cover)


def _smallest_covers(interfaces: Sequence[tuple[str, ...]], model: Model) -> list[tuple[str, ...]]:
    """Return the smallest sets of groups with one on each of these interfaces, the least exposed
    first."""
    choices = {tuple(group for group in groups if _is_usable(model, group)) for groups in interfaces}
    if () in choices:
        return []
    forced = {groups[0] for groups in choices if len(groups) == 1}
    left = [set(groups) for groups in choices if not forced & set(groups)]
    candidates = sorted(set().union(*left), key=lambda group: (_exposure(model, group), group))[:MOST_GROUPS_TRIED]
    for count in range(len(candidates) + 1):
        smallest = [
            tuple(sorted(forced | set(cover)))
            for cover in combinations(candidates, count)
            if all(groups & set(cover) for groups in left)
        ]
        if smallest:
            return smallest
    return []


def _exposure(model: Model, group: str) -> int:
    """Return on how many nodes a rule of this group would open its port."""
    return sum(group in (node.security_groups or ()) for node in model.case.nodes)


def _is_usable(model: Model, group: str) -> bool:
    known = model.groups.get(group)
    return known is not None and not known.managed_by and room(known) > 0


def room(group: Group) -> int:
    """Return how many more rules this group may hold. Negative if it holds too many."""
    return MOST_RULES - max(group.rule_count or 0, len(group.rules))


def _rule(direction: Direction, group: str, protocol: int, run: Range, block: Range) -> Rule:
    """Return an accept of priority 1. Only a drop of priority 1 can win over it."""
    party: Ranges = (block,)
    return Rule(
        id=f"new {direction} {protocol} {run[0]}/{run[1]} {block[0]}",
        group=group,
        direction=direction,
        accept=True,
        priority=HIGHEST_PRIORITY,
        protocol=protocol,
        ports=(run,),
        source=party if direction == "ingress" else ((0, (1 << 32) - 1),),
        dest=None if direction == "ingress" else party,
    )
