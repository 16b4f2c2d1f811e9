"""The smallest set of accept rules that lets the resource group in to what it needs, and nothing else.

A rule admits one vSwitch block to one run of ports of one protocol on one security group, because that is what an ECS rule can say. Its source is
the whole block of each vSwitch that is not yet let in everywhere: never wider, and never a patchwork that breaks when the resource group grows.
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
"""Rules that one group may hold, both directions together: AuthorizeSecurityGroup reference, ECS API 2014-05-26."""

MOST_GROUPS_TRIED = 10
"""Groups one interface may be in: https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules"""


MOST_ASSIGNMENTS = 4096
"""Ways to spread ports over groups that are compared."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One port that has to open for one block. groups: those on the interface, any of which may take the rule; block: vSwitch block that is let in
    (ingress) or reached (egress)."""

    direction: Direction
    protocol: int
    port: int
    block: Range
    groups: tuple[str, ...]
    flow: str


def wishes(model: Model, flows: Iterable[Flow]) -> list[Wish]:
    """What these flows still miss, according to the model."""
    found: list[Wish] = []
    for flow in flows:
        for decision in model.decisions(flow):
            if decision.layer != "security-group" or not decision.denied:
                continue
            protocol, port = PROTOCOL[flow.endpoint.transport], flow.endpoint.port
            if decision.direction == "ingress":
                found += [
                    Wish("ingress", protocol, port, block, decision.at, flow.id)
                    for block in _blocks(model, flow)
                    if intersect((block,), decision.denied)
                ]
            elif (block := target_block(model, flow)) is not None:
                for source in model.sources:
                    if source.groups and intersect(source.ranges, decision.denied):
                        found.append(Wish("egress", protocol, port, block, tuple(sorted(source.groups)), flow.id))
    return found


def accept_rules(model: Model, wanted: Sequence[Wish], flows: Sequence[Flow]) -> list[Rule] | None:
    """Rules that grant every wish, each of them needed; None where no group may take one (managed, or full)."""
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
    """The same groups with these rules added."""
    after = dict(groups)
    for rule in rules:
        after[rule.group] = replace(after[rule.group], rules=(*after[rule.group].rules, rule))
    return after


def repaired(model: Model, flows: Iterable[Flow]) -> bool:
    """Does no security group stop any of these flows any more, for any source?"""
    return all(
        decision.verdict == "allowed"
        for flow in flows
        for decision in model.decisions(flow)
        if decision.layer == "security-group"
    )


def _needed(model: Model, rules: list[Rule], flows: Sequence[Flow]) -> list[Rule]:
    """Leave out what the rest grants already: two blocks may overlap, and a group may be on several interfaces."""

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
    """The vSwitch blocks of the family of this flow, in the order of the case."""
    return [block for source in model.sources for block in intersect(source.ranges, flow.sources)]


def target_block(model: Model, flow: Flow) -> Range | None:
    """What an outbound rule names: the vSwitch block of the target, or its address alone where the block is not known."""
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
    """Which group takes the rule for each port: so that rules are fewest, and of equally few those that open the port on the fewest nodes."""
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
    """How many rules this makes, and on how many nodes they open their ports."""
    ports: dict[tuple[object, ...], set[int]] = {}
    for (direction, protocol, port, block), cover in choice:
        for group in cover:
            ports.setdefault((direction, protocol, block, group), set()).add(port)
    count = sum(len(_runs(numbers)) for numbers in ports.values())
    return count, sum(_exposure(model, group) for _, cover in choice for group in cover)


def _smallest_covers(interfaces: Sequence[tuple[str, ...]], model: Model) -> list[tuple[str, ...]]:
    """The sets of groups, as few groups as possible, that have one on each of these interfaces; the least exposed first."""
    choices = {tuple(group for group in groups if _usable(model, group)) for groups in interfaces}
    if () in choices:
        return []
    forced = {groups[0] for groups in choices if len(groups) == 1}
    left = [set(groups) for groups in choices if not forced & set(groups)]
    candidates = sorted(set().union(*left), key=lambda group: (_exposure(model, group), group))[:MOST_GROUPS_TRIED]
    for count in range(len(candidates) + 1):
        found = [
            tuple(sorted(forced | set(cover)))
            for cover in combinations(candidates, count)
            if all(groups & set(cover) for groups in left)
        ]
        if found:
            return found
    return []


def _exposure(model: Model, group: str) -> int:
    """How many nodes a rule of this group would open the port on."""
    return sum(group in (node.security_groups or ()) for node in model.case.nodes)


def _usable(model: Model, group: str) -> bool:
    known = model.groups.get(group)
    return known is not None and not known.managed_by and room(known) > 0


def room(group: Group) -> int:
    """How many more rules this group may hold."""
    return MOST_RULES - max(group.rule_count or 0, len(group.rules))


def _runs(numbers: Iterable[int]) -> list[Range]:
    """{88, 9000, 9001} -> [(88, 88), (9000, 9001)]"""
    runs: list[Range] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _rule(direction: Direction, group: str, protocol: int, run: Range, block: Range) -> Rule:
    """Priority 1: the one that no rule but another of priority 1 can beat."""
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
