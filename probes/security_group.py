"""ECS security groups as exact set algebra: which of these source addresses may open this port of that host, and which rule says so.

(evaluation follows; types first)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from probes.addresses import Ranges
from probes.decision import Direction
from probes.origin import Origin

TCP, UDP, ICMP, GRE, ICMPV6 = 6, 17, 1, 47, 58
"""IANA protocol numbers."""

ANY_PORT: Ranges = ((0, 65535),)


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
