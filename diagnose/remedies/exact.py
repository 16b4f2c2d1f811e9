"""What exactly does a change of rules open or close, beyond what was wanted?

Both rule sets are compared over every source address, on every interface that carries a changed
group, for every protocol and port that the change could affect. Ports are cut where any rule begins
or ends, so that every rule treats all ports of a strip alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from diagnose.case.model import Case
from probes.addresses import EVERYWHERE, Range, Ranges, contains, parse_address, subtract, union
from probes.rules.group_rule import GRE, ICMP, ICMPV6, TCP, UDP, Group, Rule, Unresolved
from probes.rules.security_group import Traffic, compile_rules

SOME_OTHER_PROTOCOL = 253
"""Stands for every protocol that no rule names. RFC 3692 reserves it for experiments."""

Wanted = Mapping[tuple[int, Range], Ranges]
"""Sources that a repair is meant to let in, by protocol and ports."""


def is_exact(
    case: Case,
    interfaces: Collection[tuple[str, ...]],
    before: Mapping[str, Group],
    after: Mapping[str, Group],
    wanted: Wanted,
) -> bool:
    """Return True if the change lets in only what is wanted, and still lets in all that it let in
    before."""
    changed = [rule for ident in after for rule in _difference(before.get(ident), after[ident])]
    if not changed:
        return True
    touched = [
        groups
        for groups in interfaces
        if any(after[ident] is not before.get(ident) for ident in groups if ident in after)
    ]
    return all(
        _is_exact_at(before, after, groups, protocol, strip, target, wanted)
        for groups in touched
        for target in _targets(case, groups, before, after)
        for protocol in _protocols(changed, before, groups)
        for strip in _strips(changed, [*_rules(before, groups), *_rules(after, groups)], protocol, wanted)
    )


def _is_exact_at(
    before: Mapping[str, Group],
    after: Mapping[str, Group],
    groups: tuple[str, ...],
    protocol: int,
    port: int,
    target: int | None,
    wanted: Wanted,
) -> bool:
    old, new = (_accepted(rules, groups, protocol, port, target) for rules in (before, after))
    opened, closed = subtract(new, old), subtract(old, new)
    meant = union(
        piece
        for (number, span), sources in wanted.items()
        if number == protocol and contains((span,), port)
        for piece in sources
    )
    return not closed and not subtract(opened, meant)


def _accepted(
    rules: Mapping[str, Group], groups: tuple[str, ...], protocol: int, port: int, target: int | None
) -> Ranges:
    """Return the accepted sources that are in none of the groups."""
    members = [rules[ident] for ident in groups if ident in rules]
    traffic = Traffic(EVERYWHERE, target, frozenset(), frozenset(groups))
    return compile_rules(members, "ingress", traffic).accepted(protocol, port)


def _difference(old: Group | None, new: Group) -> list[Rule]:
    was, now = set(old.rules if old else ()), set(new.rules)
    return [*(was - now), *(now - was)]


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
    starts = []
    for low, high in inside:
        cuts = [low, *sorted(edge for edge in edges if low < edge <= high), high + 1]
        starts += [first for first, _ in pairwise(cuts)]
    return starts


def _ports(rule: Rule) -> Sequence[Range]:
    return ((0, 65535),) if isinstance(rule.ports, Unresolved) else rule.ports


def _targets(
    case: Case, groups: tuple[str, ...], before: Mapping[str, Group], after: Mapping[str, Group]
) -> list[int | None]:
    """Return every address with such an interface if a rule names a destination, else None for all
    of them."""
    if all(rule.dest is None for rules in (before, after) for rule in _rules(rules, groups)):
        return [None]
    addresses: list[int | None] = [
        parse_address(node.address) for node in case.nodes if node.security_groups == groups and node.address
    ]
    return addresses or [None]
