"""A security group and its rules, as far as an export shows them, and one clause of text for a
rule.
"""

from __future__ import annotations

from dataclasses import field
from math import prod
from typing import Literal

from probes.addresses import Ranges, cidrs
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.ruleset import ANY_PORT

TCP, UDP, ICMP, GRE, ICMPV6 = 6, 17, 1, 47, 58
"""IANA protocol numbers."""

PROTOCOL_NAMES = {TCP: "TCP", UDP: "UDP", ICMP: "ICMP", GRE: "GRE", ICMPV6: "ICMPv6", None: "ALL"}

MOST_NAMED = 20
"""Address ranges that the words of one rule name."""

HIGHEST_PRIORITY = 1
"""Smallest number that a rule may carry. No other priority beats it."""


@frozen
class GroupRef:
    """A security group that a rule names instead of addresses."""

    group: str
    """Id of the group."""
    account: str | None = None
    """Id of the account that owns the group. None if the rule names none."""


@frozen
class Unresolved:
    """A list that a rule names and whose content is not in the case."""

    kind: str
    """"prefix list" or "port list"."""
    id: str
    """Id of the list."""


@frozen
class ListUse:
    """A list of the account that a rule names in one of its fields."""

    field: Literal["source", "dest", "ports"]
    """Field of the rule that the list stands in."""
    id: str
    """Id of the list."""
    most: int | None = None
    """Entries that the list may hold. None if the case does not say it."""


Party = Ranges | GroupRef | Unresolved | None
"""One end of a rule: addresses, a group, an unresolved list, or None for any address of either
family.
"""


@frozen
class Rule:
    """One permission of one group."""

    id: str
    """Id of the rule."""
    group: str
    """Id of the group that the rule belongs to."""
    direction: Direction
    """Direction of the packets that the rule matches."""
    accept: bool
    """True for accept, False for drop."""
    priority: int
    """1-100. The smaller number wins."""
    protocol: int | None
    """IANA number. None for ALL."""
    ports: Ranges | Unresolved
    """Destination ports."""
    source: Party
    """Source of the packets."""
    dest: Party
    """Destination of the packets."""
    source_ports: Ranges = ANY_PORT
    """Ports of the client."""
    description: str = ""
    """Text of the user."""
    origin: Origin | None = None
    """Where the rule was read. None for a rule that was built here."""
    doubt: str = ""
    """Why it is not known whether the rule exists. "" if it does."""
    lists: tuple[ListUse, ...] = ()
    """Lists that the rule names, resolved or not."""


@frozen
class Group:
    """One security group, as far as it was exported."""

    id: str
    """Id of the group."""
    name: str = ""
    """Name of the group. "" if no answer has it."""
    vpc: str | None = None
    """Id of its VPC. None if no answer has it."""
    kind: str | None = None
    """"normal" or "enterprise". None if no answer has it."""
    inner_accept: bool | None = None
    """True if InnerAccessPolicy is Accept, False if it is Drop. None if it is unknown."""
    managed_by: str | None = None
    """Service that manages the group. None if no answer names one."""
    rules: tuple[Rule, ...] = ()
    """The exported rules."""
    gaps: tuple[tuple[Direction, str], ...] = ()
    """Direction and reason why rules may exist that were not exported: a truncated page, or a
    direction that was not asked for.
    """
    rule_count: int | None = None
    """Rules of both directions, as DescribeSecurityGroups counts them. None if no answer has it."""
    origin: Origin | None = field(default=None)
    """Where the group was read. None for a group that was built here."""


def names_group(rule: Rule) -> bool:
    """Return True if either end of the rule is a security group."""
    return isinstance(rule.source, GroupRef) or isinstance(rule.dest, GroupRef)


def weight(rule: Rule) -> int:
    """Return as how many rules ECS counts this one, at least.

    A rule that names a list counts as the most entries that the list may hold:
    https://www.alibabacloud.com/help/en/ecs/user-guide/limits
    """
    return prod(use.most or 1 for use in rule.lists)


def describe(rule: Rule) -> str:
    """Return one clause, such as 'accept UDP 88/88 from 192.168.10.0/24, priority 1', as the
    console shows the columns.
    """
    text = traffic_text(rule.accept, protocol_text(rule.protocol), _ports(rule))
    for end, party in (
        (("from", rule.source), ("to", rule.dest))
        if rule.direction == "ingress"
        else (
            ("to", rule.dest),
            ("from", rule.source),
        )
    ):
        is_peer = (end == "from") == (rule.direction == "ingress")
        if is_peer or party is not None:
            text = end_text(text, end == "from", party_text(party))
    if rule.source_ports != ANY_PORT:
        ports = ", ".join(f"{low}/{high}" for low, high in rule.source_ports)
        text = tr("{rule} from source port {ports}", rule=text, ports=ports)
    return tr("{rule}, priority {priority}", rule=text, priority=rule.priority)


def traffic_text(accept: bool, protocol: str, ports: str) -> str:
    """Return what a rule does with which packets: 'accept UDP 88/88'."""
    if accept:
        return tr("accept {protocol} {ports}", protocol=protocol, ports=ports)
    return tr("drop {protocol} {ports}", protocol=protocol, ports=ports)


def end_text(rule: str, is_source: bool, party: str) -> str:
    """Return the text of a rule with one end added."""
    if is_source:
        return tr("{rule} from {party}", rule=rule, party=party)
    return tr("{rule} to {party}", rule=rule, party=party)


def party_text(party: Party) -> str:
    """Return one end of a rule in words: CIDRs, a group id or a list id.

    Of many blocks, as of a long prefix list, the first ones are named and the rest is counted.
    """
    match party:
        case None:
            return tr("anywhere")
        case GroupRef(group=group):
            return tr("group {group}", group=group)
        case Unresolved(kind=kind, id=ident):
            return f"{tr(kind)} {tr(ident)}"
        case ranges:
            named = ", ".join(cidrs(ranges[:MOST_NAMED]))
            more = len(ranges) - MOST_NAMED
            return tr("{named} and {more} more ranges", named=named, more=more) if more > 0 else named


def protocol_text(protocol: int | None) -> str:
    """Return the name of a protocol, or its number."""
    return PROTOCOL_NAMES.get(protocol) or tr("protocol {number}", number=protocol)


def _ports(rule: Rule) -> str:
    match rule.ports:
        case Unresolved(kind=kind, id=ident):
            return f"{tr(kind)} {tr(ident)}"
        case ports if ports == ANY_PORT:
            return "-1/-1"
        case ports:
            return ",".join(f"{low}/{high}" for low, high in ports)
