"""What does a security group hold now, and how does a rule stand in it?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from diagnose.apply.selection import RuleToAdd
from diagnose.case.api.answers import Permission
from diagnose.case.api.permissions import rule_of
from diagnose.decisions.model import PROTOCOL
from diagnose.remedies.quota import MOST_RULES
from probes.addresses import intersect
from probes.frozen import frozen
from probes.origin import Origin
from probes.rules.group_rule import GroupRef, Rule, Unresolved, weight
from probes.rules.ruleset import ANY_PORT

State = Literal["absent", "present", "beaten", "full"]


@frozen
class LiveGroup:
    """A group as ECS has just told it."""

    id: str
    """Id of the group."""
    pages: tuple[bytes, ...]
    """The answers of DescribeSecurityGroupAttribute, unchanged."""
    permissions: tuple[Permission, ...]
    """The rules of all pages."""


@frozen
class Standing:
    """How a rule stands in a group."""

    state: State
    """absent: it may be added. present: it is there. beaten: a drop is tried before it. full: the
    group takes no more rules."""
    same: tuple[str, ...] = ()
    """Ids of the rules that equal it."""
    drops: tuple[str, ...] = ()
    """Ids of the drops that are tried before it."""


def standing(rule: RuleToAdd, group: LiveGroup, known_drops: Collection[str] = ()) -> Standing:
    """Return how a rule stands in its group.

    known_drops: ids of drops that the report knows, and whose edit belongs to the same repair.
    """
    rules = tuple(_rules(group))
    same = tuple(live.id for live in rules if is_same(live, rule))
    drops = tuple(live.id for live in rules if _beats(live, rule))
    if set(drops) - set(known_drops):
        return Standing("beaten", same, drops)
    if same:
        return Standing("present", same, drops)
    return Standing("full" if sum(map(weight, rules)) >= MOST_RULES else "absent", (), drops)


def added_by_tool(rule: RuleToAdd, group: LiveGroup) -> tuple[str, ...]:
    """Return the ids of the rules that equal this one and have its description."""
    return tuple(live.id for live in _rules(group) if is_same(live, rule) and rule.is_described_by(live.description))


def altered(rule: RuleToAdd, group: LiveGroup) -> tuple[str, ...]:
    """Return the ids of inbound rules that have its description and let in something else."""
    return tuple(
        live.id
        for live in _rules(group)
        if live.direction == "ingress" and rule.is_described_by(live.description) and not is_same(live, rule)
    )


def is_same(live: Rule, rule: RuleToAdd) -> bool:
    """Return True if a rule of a group lets in exactly what this one does, at the same priority."""
    return (
        live.direction == "ingress"
        and live.accept
        and live.priority == rule.priority
        and live.protocol == _protocol(rule)
        and live.ports == (rule.ports,)
        and live.source == (rule.source,)
        and live.dest is None
        and live.source_ports == ANY_PORT
    )


def _beats(live: Rule, rule: RuleToAdd) -> bool:
    """Return True if a drop surely stops a part of what the rule lets in."""
    return (
        live.direction == "ingress"
        and not live.accept
        and live.priority <= rule.priority
        and live.protocol in (None, _protocol(rule))
        and not isinstance(live.ports, Unresolved)
        and bool(intersect(live.ports, (rule.ports,)))
        and not isinstance(live.source, GroupRef | Unresolved)
        and (live.source is None or bool(intersect(live.source, (rule.source,))))
        and live.dest is None
        and live.source_ports == ANY_PORT
    )


def _protocol(rule: RuleToAdd) -> int:
    return PROTOCOL["udp" if rule.protocol == "UDP" else "tcp"]


def _rules(group: LiveGroup) -> Iterator[Rule]:
    """Yield the rules that can be read. One that cannot is none that this tool added."""
    for number, permission in enumerate(group.permissions, 1):
        try:
            yield rule_of(permission, group.id, {}, {}, Origin(group.id, number, "Permission"))
        except ValueError:
            continue
