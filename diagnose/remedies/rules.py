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
from probes.addresses import Range, Ranges, intersect, parse
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


@dataclass(frozen=True, slots=True)
class Wish:
    """One port that has to open for one block."""

    direction: Direction
    """Side of the network interface."""
    protocol: int
    """IANA number of the protocol."""
    port: int
    """Destination port."""
    block: Range
    """Block of the vSwitch that is let in (ingress) or reached (egress)."""
    groups: tuple[str, ...]
    """Groups on the interface. Any of them may take the rule."""
    flow: str
    """Id of the flow that needs the port."""


def wishes(model: Model, flows: Iterable[Flow]) -> list[Wish]:
    """Return what these flows still lack, according to the model."""
    wanted: list[Wish] = []
    for flow in flows:
        for decision in model.decisions(flow):
            if decision.layer != "security-group" or not decision.denied:
                continue
            protocol, port = PROTOCOL[flow.endpoint.transport], flow.endpoint.port
            if decision.direction == "ingress":
                wanted += [
                    Wish("ingress", protocol, port, block, decision.at, flow.id)
                    for block in _blocks(model, flow)
                    if intersect((block,), decision.denied)
                ]
            elif (block := target_block(model, flow)) is not None:
                for source in model.sources:
                    if source.groups and intersect(source.ranges, decision.denied):
                        wanted.append(Wish("egress", protocol, port, block, tuple(sorted(source.groups)), flow.id))
    return wanted


def accept_rules(model: Model, wanted: Sequence[Wish], flows: Sequence[Flow]) -> list[Rule] | None:
    """Return rules that grant every wish and are all needed. None if no group may take one
    (managed, or full)."""
    hosts = _assign(model, wanted)
    if hosts is None:
        return None
    ports: dict[tuple[Direction, str, int, Range], set[int]] = {}
    for wish, group in hosts.items():
        ports.setdefault((wish.direction, group, wish.protocol, wish.block), set()).add(wish.port)
    rules = [
        _rule(direction, group, protocol, run, block)
        for (direction, group, protocol, block), numbers in sorted(ports.items())
        for run in _runs(numbers)
    ]
    rules = _needed(model, rules, flows)
    counts = {group: sum(rule.group == group for rule in rules) for group in {rule.group for rule in rules}}
    return rules if all(room(model.group(group)) >= count for group, count in counts.items()) else None


def with_rules(groups: Mapping[str, Group], rules: Iterable[Rule]) -> dict[str, Group]:
    """Return the same groups with these rules added."""
    after = dict(groups)
    for rule in rules:
        after[rule.group] = replace(after[rule.group], rules=(*after[rule.group].rules, rule))
    return after


def _needed(model: Model, rules: list[Rule], flows: Sequence[Flow]) -> list[Rule]:
    """Drop the rules that others make superfluous: blocks may overlap, and a group may be on
    several interfaces."""

    def holes(kept: Iterable[Rule]) -> int:
        return len(wishes(model.with_groups(with_rules(model.groups, kept)), flows))

    fewest = holes(rules)
    for rule in sorted(
        rules, key=lambda rule: rule.ports[0][1] - rule.ports[0][0] if isinstance(rule.ports, tuple) else 0
    ):
        without = [other for other in rules if other is not rule]
        if holes(without) == fewest:
            rules = without
    return rules


def _blocks(model: Model, flow: Flow) -> list[Range]:
    """Return the vSwitch blocks of the family of this flow, in the order of the case."""
    return [block for source in model.sources for block in intersect(source.ranges, flow.sources)]


def target_block(model: Model, flow: Flow) -> Range | None:
    """Return what an outbound rule names: the vSwitch block of the target, or its address if the
    block is not known."""
    address = flow.endpoint.address
    if address is None:
        return None
    low, high = parse(address)
    node = model.node(flow)
    vswitch = model.case.vswitches.get(node.vswitch) if node and node.vswitch else None
    if vswitch is not None and vswitch.cidr and intersect((parse(vswitch.cidr),), ((low, high),)):
        return parse(vswitch.cidr)
    return low, high


def _assign(model: Model, wanted: Sequence[Wish]) -> dict[Wish, str] | None:
    """Return which group takes the rule for each port. None if no group may.

    The choice makes the fewest rules and, among equals, opens ports on the fewest nodes.
    """
    same: dict[tuple[Direction, int, int, Range], list[Wish]] = {}
    for wish in wanted:
        same.setdefault((wish.direction, wish.protocol, wish.port, wish.block), []).append(wish)
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


def _cost(model: Model, choice: Sequence[tuple[tuple[Direction, int, int, Range], tuple[str, ...]]]) -> tuple[int, int]:
    """Return how many rules a choice makes, and on how many nodes they open their ports."""
    ports: dict[tuple[object, ...], set[int]] = {}
    for (direction, protocol, port, block), cover in choice:
        for group in cover:
            ports.setdefault((direction, protocol, block, group), set()).add(port)
    count = sum(len(_runs(numbers)) for numbers in ports.values())
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


def _runs(numbers: Iterable[int]) -> list[Range]:
    """Return runs of neighbours: {88, 9000, 9001} gives [(88, 88), (9000, 9001)]."""
    runs: list[Range] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


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
