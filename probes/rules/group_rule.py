"""What a security group and its rules are, as far as an export shows them, and how a rule is said in one clause."""

from __future__ import annotations

from dataclasses import dataclass, field

from probes.addresses import Ranges, cidrs
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.ruleset import ANY_PORT

TCP, UDP, ICMP, GRE, ICMPV6 = 6, 17, 1, 47, 58
"""IANA protocol numbers."""

PROTOCOL_NAMES = {TCP: "TCP", UDP: "UDP", ICMP: "ICMP", GRE: "GRE", ICMPV6: "ICMPv6", None: "ALL"}

HIGHEST_PRIORITY = 1
"""The smallest number a rule may carry, so the one that nothing beats."""


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A rule names a security group instead of addresses."""

    group: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A rule names a list whose content the case does not have: kind 'prefix list' or 'port list', and its id."""

    kind: str
    id: str


Party = Ranges | GroupRef | Unresolved | None
"""One end of a rule: addresses, a group, a list not resolved, or None for any address of either family."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission of one group. protocol: IANA number, None for ALL. ports: destination ports; source_ports: client ports."""

    id: str
    group: str
    direction: Direction
    accept: bool
    priority: int
    protocol: int | None
    ports: Ranges | Unresolved
    source: Party
    dest: Party
    source_ports: Ranges = ANY_PORT
    description: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One security group as far as it was exported.

    kind: 'normal', 'enterprise' or None when no answer says; inner_accept: InnerAccessPolicy, None when unknown;
    gaps: per direction, why rules may exist that were not exported (truncated page, direction not asked for);
    rule_count: of both directions, as DescribeSecurityGroups counts.
    """

    id: str
    name: str = ""
    vpc: str | None = None
    kind: str | None = None
    inner_accept: bool | None = None
    managed_by: str | None = None
    rules: tuple[Rule, ...] = ()
    gaps: tuple[tuple[Direction, str], ...] = ()
    rule_count: int | None = None
    origin: Origin | None = field(default=None)


def describe(rule: Rule) -> str:
    """'accept UDP 88/88 from 192.168.10.0/24, priority 1': one clause, as the console shows the columns."""
    peer, preposition = (rule.source, "from") if rule.direction == "ingress" else (rule.dest, "to")
    local = rule.dest if rule.direction == "ingress" else rule.source
    parts = [
        f"{'accept' if rule.accept else 'drop'} {_protocol_name(rule.protocol)} {_ports(rule)} {preposition} {party_text(peer)}"
    ]
    if local is not None:
        parts.append(f"{'to' if rule.direction == 'ingress' else 'from'} {party_text(local)}")
    if rule.source_ports != ANY_PORT:
        parts.append("from source port " + ", ".join(f"{low}/{high}" for low, high in rule.source_ports))
    return f"{' '.join(parts)}, priority {rule.priority}"


def party_text(party: Party) -> str:
    """One end of a rule in words: CIDRs, a group id, a list id."""
    match party:
        case None:
            return "anywhere"
        case GroupRef(group=group):
            return f"group {group}"
        case Unresolved(kind=kind, id=ident):
            return f"{kind} {ident}"
        case ranges:
            return ", ".join(cidrs(ranges))


def _protocol_name(protocol: int | None) -> str:
    return PROTOCOL_NAMES.get(protocol, f"protocol {protocol}")


def _ports(rule: Rule) -> str:
    match rule.ports:
        case Unresolved(kind=kind, id=ident):
            return f"{kind} {ident}"
        case ports if ports == ANY_PORT:
            return "-1/-1"
        case ports:
            return ",".join(f"{low}/{high}" for low, high in ports)
