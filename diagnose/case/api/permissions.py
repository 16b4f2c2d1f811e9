"""How does one permission of DescribeSecurityGroupAttribute become one rule of the model?

Precedence of fields, by the AuthorizeSecurityGroup reference (ECS API 2014-05-26): a CIDR wins over
a group, a group over a prefix list, a port range over a port list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from diagnose.case.errors import ValueMisreadError
from probes.addresses import EVERYWHERE, Ranges, parse, union
from probes.language import marked, tr
from probes.origin import Origin
from probes.rules.decision import Direction
from probes.rules.group_rule import ListUse
from probes.rules.ruleset import ANY_PORT
from probes.rules.security_group import GRE, ICMP, ICMPV6, TCP, UDP, GroupRef, Party, Rule, Unresolved

if TYPE_CHECKING:
    from diagnose.case.api.answers import Permission

T = TypeVar("T")
PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "gre": GRE, "icmpv6": ICMPV6}
MOST_PORT = 65535
OLD_DEFAULT_PRIORITY = 110
MOST_DIGITS = 9
"""Most digits of a number. No field of a rule has more."""


def rule_of(
    permission: Permission,
    group: str,
    prefix_lists: Mapping[str, Ranges],
    port_lists: Mapping[str, Ranges],
    origin: Origin,
) -> Rule:
    """Return the rule. ValueMisreadError for a field that cannot be what it says."""
    return Rule(
        id=_ident(permission, group, origin),
        group=group,
        direction=_direction(permission.direction),
        accept=_policy(permission.policy),
        priority=_priority(permission.priority),
        protocol=protocol_of(permission.ip_protocol),
        ports=_ports(permission, port_lists),
        source=_source(permission, prefix_lists),
        dest=_dest(permission, prefix_lists),
        source_ports=port_ranges(permission.source_port_range) if permission.source_port_range else ANY_PORT,
        description=permission.description or "",
        origin=origin,
        lists=tuple(_lists(permission)),
    )


def unreadable_rules(
    permission: Permission,
    group: str,
    prefix_lists: Mapping[str, Ranges],
    port_lists: Mapping[str, Ranges],
    origin: Origin,
) -> tuple[Rule, ...]:
    """Return a rule with a field that cannot be what it says as all that it may be.

    Each of these rules is in doubt. A priority that cannot be read may beat all others. A direction
    or a policy that cannot be read may be either.
    """
    ident = _ident(permission, group, origin)
    directions: tuple[Direction, ...] = ("ingress", "egress")
    anywhere: Party = EVERYWHERE
    every_port: Ranges | Unresolved = ANY_PORT
    known_direction = readable(lambda: _direction(permission.direction), None)
    known_policy = readable(lambda: _policy(permission.policy), None)
    return tuple(
        Rule(
            id=ident,
            group=group,
            direction=direction,
            accept=accept,
            priority=readable(lambda: _priority(permission.priority), 0),
            protocol=readable(lambda: protocol_of(permission.ip_protocol), None),
            ports=readable(lambda: _ports(permission, port_lists), every_port),
            source=readable(lambda: _source(permission, prefix_lists), anywhere),
            dest=readable(lambda: _dest(permission, prefix_lists), anywhere),
            origin=origin,
            doubt=tr(
                "rule {rule} of {group}, which cannot be read ({place})",
                rule=ident,
                group=group,
                place=f"{origin.file}:{origin.line}",
            ),
        )
        for direction in (directions if known_direction is None else (known_direction,))
        for accept in ((True, False) if known_policy is None else (known_policy,))
    )


def readable(read: Callable[[], T], otherwise: T) -> T:
    """Return what `read` returns, or `otherwise` if the text cannot be read."""
    try:
        return read()
    except ValueError:
        return otherwise


def _ident(permission: Permission, group: str, origin: Origin) -> str:
    return permission.security_group_rule_id or f"{group}#{origin.line}"


def _source(permission: Permission, prefix_lists: Mapping[str, Ranges]) -> Party:
    return _party(
        (permission.source_cidr_ip, permission.ipv6_source_cidr_ip),
        permission.source_group_id,
        permission.source_group_owner_account,
        permission.source_prefix_list_id,
        prefix_lists,
    )


def _dest(permission: Permission, prefix_lists: Mapping[str, Ranges]) -> Party:
    return _party(
        (permission.dest_cidr_ip, permission.ipv6_dest_cidr_ip),
        permission.dest_group_id,
        permission.dest_group_owner_account,
        permission.dest_prefix_list_id,
        prefix_lists,
    )


def protocol_of(text: str) -> int | None:
    """Return the IANA number of 'TCP', 'udp', '17' …, or None for 'ALL'."""
    word = text.strip().lower()
    if word in ("all", "-1"):
        return None
    if word in PROTOCOLS:
        return PROTOCOLS[word]
    if _is_number(word) and int(word) <= 255:
        return int(word)
    raise ValueMisreadError(
        f"IpProtocol {text!r:.80}", tr("TCP, UDP, ICMP, ICMPv6, GRE, ALL or a number from 0 to 255")
    )


def port_ranges(text: str) -> Ranges:
    """Return the destination ports of '88/88' or '80/80,443/443'. '-1/-1' is every port."""
    return union(_port_range(part, text) for part in text.split(","))


def _port_range(part: str, whole: str) -> tuple[int, int]:
    low, slash, high = part.strip().partition("/")
    if low == "-1" and high in ("-1", ""):
        return ANY_PORT[0]
    if not slash:
        high = low
    if _is_number(low) and _is_number(high) and int(low) <= int(high) <= MOST_PORT:
        return int(low), int(high)
    raise ValueMisreadError(f"PortRange {whole!r:.80}", tr("first/last such as 88/88, or -1/-1 for every port"))


def _ports(permission: Permission, port_lists: Mapping[str, Ranges]) -> Ranges | Unresolved:
    if permission.port_range:
        return port_ranges(permission.port_range)
    if permission.port_range_list_id:
        known = port_lists.get(permission.port_range_list_id)
        return Unresolved(marked("port list"), permission.port_range_list_id) if known is None else known
    if protocol_of(permission.ip_protocol) in (TCP, UDP):
        return Unresolved(marked("port range"), marked("that the export leaves out"))
    return ANY_PORT


def _party(
    blocks: tuple[str | None, str | None],
    group: str | None,
    account: str | None,
    prefix_list: str | None,
    prefix_lists: Mapping[str, Ranges],
) -> Party:
    given = [block for block in blocks if block]
    if given:
        try:
            return union(parse(block) for block in given)
        except ValueError as error:
            raise ValueMisreadError(str(error), tr("something like 192.168.10.0/24")) from None
    if group:
        return GroupRef(group, account or None)
    if prefix_list:
        known = prefix_lists.get(prefix_list)
        return Unresolved(marked("prefix list"), prefix_list) if known is None else known
    return None


def _lists(permission: Permission) -> Iterator[ListUse]:
    """Yield the lists that the rule really names: a field of higher precedence hides one."""
    if permission.source_prefix_list_id and not (
        permission.source_cidr_ip or permission.ipv6_source_cidr_ip or permission.source_group_id
    ):
        yield ListUse("source", permission.source_prefix_list_id)
    if permission.dest_prefix_list_id and not (
        permission.dest_cidr_ip or permission.ipv6_dest_cidr_ip or permission.dest_group_id
    ):
        yield ListUse("dest", permission.dest_prefix_list_id)
    if permission.port_range_list_id and not permission.port_range:
        yield ListUse("ports", permission.port_range_list_id)


def _direction(text: str) -> Direction:
    match text.strip().lower():
        case "ingress":
            return "ingress"
        case "egress":
            return "egress"
    raise ValueMisreadError(f"Direction {text!r}", tr("ingress or egress"))


def _policy(text: str) -> bool:
    match text.strip().lower():
        case "accept":
            return True
        case "drop":
            return False
    raise ValueMisreadError(f"Policy {text!r}", tr("Accept or Drop"))


def _priority(value: int | str) -> int:
    """Return the priority: 1 to 100, or 110 of a default rule made before 27 May 2020."""
    text = str(value).strip()
    if _is_number(text) and (1 <= int(text) <= 100 or int(text) == OLD_DEFAULT_PRIORITY):
        return int(text)
    raise ValueMisreadError(f"Priority {value!r:.80}", tr("a number from 1 to 100"))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
