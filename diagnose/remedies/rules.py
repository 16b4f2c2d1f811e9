"""Which accept rules, as few as possible, let the resource group in to what it needs, and nothing
else?

A rule admits one vSwitch block to one run of ports of one protocol on one security group, because
an ECS rule can say no more. Its source is the whole block of a vSwitch that is not let in
everywhere: a part of it would break when the resource group grows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import combinations, islice, product

from diagnose.decisions.model import PROTOCOL, Model
from diagnose.flows.model import Flow
from diagnose.remedies.quota import MOST_GROUPS, Quota
from probes.addresses import EVERYWHERE, Range, Ranges, covers, intersect, parse, union
from probes.frozen import frozen, replace
from probes.rules.decision import Direction
from probes.rules.group_rule import HIGHEST_PRIORITY, Group, Rule

MOST_ASSIGNMENTS = 4096
"""Ways to spread the ports of one block over groups that are compared."""

_Cover = tuple[str, ...]
"""Groups that take the rules for one run of ports, so that each of its interfaces has one."""

_Lack = tuple[Direction, list[Range] | None, list[tuple[str, ...]]]
"""What a flow lacks: the side, the blocks to let in (None for those of the target), and the sets of
groups. Any group of a set may take the rule."""

Sides = tuple[Direction, ...]
"""Sides of network interfaces that one repair is about."""

INBOUND: Sides = ("ingress",)


@frozen
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
    """Return what these flows still lack on these sides of interfaces, according to the model.

    Alike flows lack the same.
    """
    lacks: dict[Hashable, list[_Lack]] = {}
    wanted: list[Wish] = []
    for flow in flows:
        key = model.alike(flow)
        if key not in lacks:
            lacks[key] = _lacks(model, flow, sides)
        protocol = PROTOCOL[flow.endpoint.transport]
        for direction, blocks, interfaces in lacks[key]:
            for block, groups in product(target_blocks(model, flow) if blocks is None else blocks, interfaces):
                wanted.append(Wish(direction, protocol, flow.ports, block, groups, flow.id))
    return wanted


def _lacks(model: Model, flow: Flow, sides: Sides) -> list[_Lack]:
    """Return what a flow lacks on these sides, that of the source first."""
    lacks: list[_Lack] = []
    denied = model.denied(flow, "egress") if "egress" in sides else ()
    if denied:
        lacks.append(("egress", None, _denied_senders(model, flow, denied)))
    denied = model.denied(flow, "ingress") if "ingress" in sides else ()
    if denied:
        blocks = [block for block in source_blocks(model, flow) if intersect((block,), denied)]
        lacks.append(("ingress", blocks, [tuple(dict.fromkeys(model.attachment(flow).groups or ()))]))
    return lacks


def _denied_senders(model: Model, flow: Flow, denied: Ranges) -> list[tuple[str, ...]]:
    """Return the groups of each network of which an address is denied."""
    return [
        tuple(sorted(source.groups))
        for source in model.sources_of(flow)
        if source.groups and intersect(source.ranges, denied)
    ]


@frozen
class Granted:
    """Rules that grant every wish."""

    rules: tuple[Rule, ...]
    """The rules, all needed."""
    model: Model
    """The model with them."""


def accept_rules(model: Model, wanted: Sequence[Wish], flows: Sequence[Flow]) -> Granted | None:
    """Return rules that grant every wish of these flows and are all needed.

    None if no group may take one (managed, or full), or if a drop wins over them.
    """
    limit = Quota(model)
    hosts = _assign(model, wanted, limit)
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
    whole = model.with_groups(with_rules(model.groups, rules))
    if wishes(whole, flows, tuple({wish.direction for wish in wanted})):
        return None
    needed = _needed(model, whole, rules, flows)
    if not limit.fits(needed, {wish.groups for wish in wanted}):
        return None
    is_whole = len(needed) == len(rules)
    return Granted(tuple(needed), whole if is_whole else model.with_groups(with_rules(model.groups, needed)))


def with_rules(groups: Mapping[str, Group], rules: Iterable[Rule]) -> dict[str, Group]:
    """Return the same groups with these rules added."""
    added: dict[str, list[Rule]] = {}
    for rule in rules:
        added.setdefault(rule.group, []).append(rule)
    return {**groups, **{ident: _with(groups[ident], new) for ident, new in added.items()}}


def _with(group: Group, rules: Sequence[Rule]) -> Group:
    count = None if group.rule_count is None else group.rule_count + len(rules)
    return replace(group, rules=(*group.rules, *rules), rule_count=count)


def _needed(model: Model, whole: Model, rules: list[Rule], flows: Sequence[Flow]) -> list[Rule]:
    """Drop the rules that others make superfluous: blocks may overlap, and a group may be on
    several interfaces.

    A rule whose packets no other one lets in is needed, because a flow lacked it. Any other rule is
    judged by the flows and the networks that it is about, one flow of those that are alike.
    `whole`: the model with all rules, in which the flows lack nothing.
    """
    different = list({whole.alike(flow): flow for flow in flows}.values())
    for rule in sorted(
        rules, key=lambda rule: rule.ports[0][1] - rule.ports[0][0] if isinstance(rule.ports, tuple) else 0
    ):
        without = [other for other in rules if other is not rule]
        if not any(_may_share_packets(rule, other) for other in without):
            continue
        fewer = whole.with_fewer_rules(with_rules(model.groups, without))
        concerned = [flow for flow in different if _is_about(model, rule, flow)]
        if not any(_has_hole(fewer, flow, rule) for flow in concerned):
            rules = without
    return rules


def _may_share_packets(rule: Rule, other: Rule) -> bool:
    """Return True unless no packet is let in by both of two new accept rules."""
    return (rule.direction, rule.protocol) == (other.direction, other.protocol) and all(
        not isinstance(one, tuple) or not isinstance(two, tuple) or bool(intersect(one, two))
        for one, two in ((rule.ports, other.ports), (rule.source, other.source), (rule.dest, other.dest))
    )


def _is_about(model: Model, rule: Rule, flow: Flow) -> bool:
    """Return True if a new accept rule may let in a part of a flow."""
    if rule.protocol != PROTOCOL[flow.endpoint.transport]:
        return False
    if isinstance(rule.ports, tuple) and not intersect(rule.ports, (flow.ports,)):
        return False
    if rule.direction == "ingress":
        return rule.group in (model.attachment(flow).groups or ())
    senders = any(rule.group in (source.groups or ()) for source in model.sources_of(flow))
    return senders and bool(target_blocks(model, flow))


def _has_hole(model: Model, flow: Flow, rule: Rule) -> bool:
    """Return True if a flow lacks anything of that which a new accept rule may grant."""
    if rule.direction == "egress":
        return bool(_denied_senders(model, flow, model.denied(flow, "egress")))
    about = rule.source if isinstance(rule.source, tuple) else ()
    blocks = [block for block in source_blocks(model, flow) if intersect((block,), about)]
    sources = intersect(flow.sources, union(blocks))
    denied = model.denied(replace(flow, sources=sources), "ingress") if sources else ()
    return any(intersect((block,), denied) for block in blocks)


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


def _assign(model: Model, wanted: Sequence[Wish], limit: Quota) -> dict[Wish, str] | None:
    """Return which group takes the rule for each port. None if no group may.

    The choice makes the fewest rules and, among equals, opens ports on the fewest nodes. Rules of
    different blocks share nothing, so each block is decided alone.
    """
    same: dict[tuple[Direction, int, Range], dict[Range, list[Wish]]] = {}
    for wish in wanted:
        key = (wish.direction, wish.protocol, wish.block)
        same.setdefault(key, {}).setdefault(wish.ports, []).append(wish)
    exposure = Counter(group for node in model.case.nodes for group in set(node.security_groups or ()))
    covers: dict[frozenset[tuple[str, ...]], list[_Cover]] = {}
    chosen: dict[tuple[tuple[Range, frozenset[tuple[str, ...]]], ...], tuple[_Cover, ...]] = {}
    hosts: dict[Wish, str] = {}
    for by_ports in same.values():
        interfaces = tuple((ports, frozenset(wish.groups for wish in alike)) for ports, alike in by_ports.items())
        for _, on in interfaces:
            if on not in covers:
                covers[on] = _smallest_covers(on, limit, exposure)
            if not covers[on]:
                return None
        if interfaces not in chosen:
            chosen[interfaces] = _best(by_ports, [covers[on] for _, on in interfaces], exposure)
        for alike, cover in zip(by_ports.values(), chosen[interfaces], strict=True):
            hosts |= {wish: next(group for group in cover if group in wish.groups) for wish in alike}
    return hosts


def _best(
    spans: Collection[Range], covers: Sequence[Sequence[_Cover]], exposure: Mapping[str, int]
) -> tuple[_Cover, ...]:
    """Return the cheapest choice of one cover for each run of ports."""
    choices = islice(product(*covers), MOST_ASSIGNMENTS)
    return min(choices, key=lambda choice: _cost(list(zip(spans, choice, strict=True)), exposure))


def _cost(choice: Sequence[tuple[Range, _Cover]], exposure: Mapping[str, int]) -> tuple[int, int]:
    """Return how many rules a choice makes, and on how many nodes they open their ports."""
    ports: dict[str, set[Range]] = {}
    for span, cover in choice:
        for group in cover:
            ports.setdefault(group, set()).add(span)
    count = sum(len(union(spans)) for spans in ports.values())
    return count, sum(exposure[group] for _, cover in choice for group in cover)


def _smallest_covers(
    interfaces: Collection[tuple[str, ...]], limit: Quota, exposure: Mapping[str, int]
) -> list[_Cover]:
    """Return the smallest sets of groups with one on each of these interfaces, the least exposed
    first."""
    choices = {tuple(group for group in groups if limit.takes_rules(group)) for groups in interfaces}
    if () in choices:
        return []
    forced = {groups[0] for groups in choices if len(groups) == 1}
    left = [set(groups) for groups in choices if not forced & set(groups)]
    candidates = sorted(set().union(*left), key=lambda group: (exposure[group], group))[:MOST_GROUPS]
    for count in range(len(candidates) + 1):
        smallest = [
            tuple(sorted(forced | set(cover)))
            for cover in combinations(candidates, count)
            if all(groups & set(cover) for groups in left)
        ]
        if smallest:
            return smallest
    return []


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
        source=party if direction == "ingress" else EVERYWHERE,
        dest=None if direction == "ingress" else party,
    )
