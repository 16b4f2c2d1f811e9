"""What exactly does a change of rules open or close, beyond what was wanted?

Both rule sets are compared over every source address, on every interface that carries a changed
group, for every protocol and port that the change could affect. Ports are cut where any rule begins
or ends, so that every rule treats all ports of a strip alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from diagnose.case.model import Case
from diagnose.decisions.alike import cells_of
from diagnose.decisions.model import Model
from probes.addresses import EVERYWHERE, Range, Ranges, contains, parse_address, subtract, union
from probes.rules.group_rule import GRE, ICMP, ICMPV6, TCP, UDP, Group, Rule, Unresolved
from probes.rules.ruleset import ANY_PORT, Ruleset
from probes.rules.security_group import Traffic

SOME_OTHER_PROTOCOL = 253
"""Stands for every protocol that no rule names. RFC 3692 reserves it for experiments."""

Wanted = Mapping[tuple[int, Range], Ranges]
"""Sources that a repair is meant to let in, by protocol and ports."""


def is_exact(before: Model, after: Model, interfaces: Collection[tuple[str, ...]], wanted: Wanted) -> bool:
    """Return True if a change of groups lets in only what is wanted, and still lets in all that
    was let in before."""
    changed = [rule for ident, group in after.groups.items() for rule in _difference(before.groups.get(ident), group)]
    if not changed:
        return True
    touched = [
        groups
        for groups in interfaces
        if any(after.groups[ident] is not before.groups.get(ident) for ident in groups if ident in after.groups)
    ]
    return all(
        _is_exact_at(changed, before, after, groups, target, wanted)
        for groups in touched
        for target in _targets(before.case, groups, before.groups, after.groups)
    )


def _is_exact_at(
    changed: Sequence[Rule],
    before: Model,
    after: Model,
    groups: tuple[str, ...],
    target: int | None,
    wanted: Wanted,
) -> bool:
    """Return True if the change is exact on the interfaces with these groups and this target."""
    old, new = (_compiled(model, groups, target) for model in (before, after))
    present = [*_rules(before.groups, groups), *_rules(after.groups, groups)]
    for protocol in _protocols(changed, before.groups, groups):
        for port in _strips(changed, present, protocol, wanted):
            was, now = old.accepted(protocol, port), new.accepted(protocol, port)
            if subtract(was, now) or subtract(subtract(now, was), _meant(wanted, protocol, port)):
                return False
    return True


def _compiled(model: Model, groups: tuple[str, ...], target: int | None) -> Ruleset:
    """Return what these groups decide for sources that are in none of them."""
    members = tuple(ident for ident in groups if ident in model.groups)
    return model.rules(members, "ingress", Traffic(EVERYWHERE, target, frozenset(), frozenset(groups)))


def _meant(wanted: Wanted, protocol: int, port: int) -> Ranges:
    """Return the sources that the repair is meant to let in at one port."""
    return union(
        piece
        for (number, span), sources in wanted.items()
        if number == protocol and contains((span,), port)
        for piece in sources
    )


def _difference(old: Group | None, new: Group) -> list[Rule]:
    was, now = () if old is None else old.rules, new.rules
    return [*_gone(was, now), *_gone(now, was)]


def _gone(some: Sequence[Rule], others: Sequence[Rule]) -> list[Rule]:
    """Return the rules that are not among the others. Most are the same values in both."""
    same, idents = set(map(id, others)), {rule.id for rule in others}
    return [rule for rule in some if id(rule) not in same and (rule.id not in idents or rule not in others)]


def _rules(groups: Mapping[str, Group], idents: tuple[str, ...]) -> list[Rule]:
    return [rule for ident in idents if ident in groups for rule in groups[ident].rules if rule.direction == "ingress"]


def _protocols(changed: Sequence[Rule], before: Mapping[str, Group], groups: tuple[str, ...]) -> set[int]:
    if all(rule.protocol is not None for rule in changed):
        return {rule.protocol for rule in changed if rule.protocol is not None}
    named = {rule.protocol for rule in _rules(before, groups) if rule.protocol is not None}
    return named | {TCP, UDP, ICMP, GRE, ICMPV6, SOME_OTHER_PROTOCOL}


def _strips(changed: Sequence[Rule], rules: Sequence[Rule], protocol: int, wanted: Wanted) -> list[int]:
    """Return the first port of each strip that every rule treats alike, inside what the changed
    rules cover."""
    inside = union(r for rule in changed if rule.protocol in (None, protocol) for r in _ports(rule))
    edges = {
        edge
        for rule in rules
        if rule.protocol in (None, protocol)
        for low, high in _ports(rule)
        for edge in (low, high + 1)
    }
    edges |= {edge for number, (low, high) in wanted if number == protocol for edge in (low, high + 1)}
    edges |= {low for low, _ in inside}
    return [edge for edge in sorted(edges) if contains(inside, edge)]


def _ports(rule: Rule) -> Sequence[Range]:
    return ANY_PORT if isinstance(rule.ports, Unresolved) else rule.ports


def _targets(
    case: Case, groups: tuple[str, ...], before: Mapping[str, Group], after: Mapping[str, Group]
) -> list[int | None]:
    """Return one address of each set that no rule tells apart, of those with such an interface.

    None stands for all of them, if no rule names a destination.
    """
    if all(rule.dest is None for rules in (before, after) for rule in _rules(rules, groups)):
        return [None]
    cells = cells_of(rules[ident] for rules in (before, after) for ident in groups if ident in rules)
    addresses: dict[int | None, None] = {
        cells.first(parse_address(node.address)): None
        for node in case.nodes
        if node.security_groups == groups and node.address
    }
    return list(addresses) or [None]
