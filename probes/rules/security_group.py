"""ECS security groups as exact set algebra: which sources may open this port, and which rule
decides?

Semantics, from https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules and the
AuthorizeSecurityGroup reference:

- The rules of all groups of an interface are merged and sorted. The smaller priority wins. At equal
  priority drop wins.
- A packet that no rule matches falls to the default of the group type. A basic group denies ingress
  and allows egress. An enterprise group denies both.
- An enterprise group takes no group in a rule, so such a rule of one lets nobody in.
- Inside a basic group, InnerAccessPolicy Accept comes before every rule.
- Groups are stateful, so only the first packet of a flow is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter

from probes.addresses import Range, Ranges, contains, intersect
from probes.frozen import frozen, replace
from probes.language import marked, semicolons, tr
from probes.rules.decision import Decision, Direction, decision_from_pieces
from probes.rules.group_rule import (
    GRE,
    HIGHEST_PRIORITY,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    Group,
    GroupRef,
    Party,
    Rule,
    Unresolved,
    describe,
    names_group,
    party_text,
)
from probes.rules.ruleset import ANY_PORT, CLIENT_PORTS, Default, Entry, Ruleset

__all__ = [
    "GRE",
    "HIGHEST_PRIORITY",
    "ICMP",
    "ICMPV6",
    "TCP",
    "UDP",
    "Group",
    "GroupRef",
    "Party",
    "Rule",
    "Traffic",
    "Unresolved",
    "compile_rules",
    "decide",
    "decide_compiled",
    "describe",
    "is_membership_alone",
    "party_text",
]


@frozen
class Ends:
    """What the two ends of some traffic are called in sentences."""

    source: str = marked("the resource group's interfaces")
    """The end that opens the connection."""
    target: str = marked("the target's interfaces")
    """The end that is connected to."""


@frozen
class Traffic:
    """The two ends of the asked traffic."""

    sources: Ranges
    """The whole source range."""
    target: int | None
    """Place of the target address on the number line of `probes.addresses`. None if it is not
    known.
    """
    source_groups: frozenset[str] | None = None
    """Ids of the groups on the interface of the source. None if they are not known."""
    target_groups: frozenset[str] | None = None
    """Ids of the groups on the interface of the target. None if they are not known."""
    client_ports: Range = CLIENT_PORTS
    """Ports that the source may use."""
    ends: Ends = Ends()
    """What the two ends are called."""


def compile_rules(groups: Sequence[Group], direction: Direction, traffic: Traffic) -> Ruleset:
    """Merge the rules of all groups on one interface, in the order in which ECS tries them.

    Each rule is reduced to what it means for this traffic.
    """
    if not traffic.sources:
        return Ruleset((), (), _default(groups, direction), traffic.client_ports)
    ranked: list[tuple[int, Rule | Entry]] = []
    first, last = traffic.sources[0][0], traffic.sources[-1][1]
    for group in groups:
        is_enterprise = group.kind == "enterprise"
        for rule in group.rules:
            if rule.direction != direction or (is_enterprise and names_group(rule)):
                continue
            source = rule.source
            if type(source) is tuple and source and (source[0][0] > last or source[-1][1] < first):
                continue  # by far the most common case, so it is tested first
            ranked.append((2 * rule.priority + rule.accept, rule))  # drop wins at equal priority
    ranked += _hidden_entries(groups, direction, traffic.sources)
    ranked.sort(key=itemgetter(0))
    entries = chain(_intra_group(groups, traffic), _entries(ranked, direction, traffic))
    return Ruleset(entries, traffic.sources, _default(groups, direction), traffic.client_ports)


def decide(
    groups: Sequence[Group],
    direction: Direction,
    traffic: Traffic,
    protocol: int,
    port: int,
    *,
    assumed: Sequence[str] = (),
) -> Decision:
    """Return the verdict of these groups, all on one interface, for every source address."""
    return decide_compiled(
        compile_rules(groups, direction, traffic), groups, direction, traffic, protocol, port, assumed=assumed
    )


def decide_compiled(
    rules: Ruleset,
    groups: Sequence[Group],
    direction: Direction,
    traffic: Traffic,
    protocol: int,
    port: int,
    *,
    assumed: Sequence[str] = (),
) -> Decision:
    """Decide as `decide` does, with rules that were compiled before: compile once, ask many
    ports.
    """
    decision = decision_from_pieces(
        "security-group",
        direction,
        tuple(group.id for group in groups),
        rules.pieces(protocol, port),
        rules.default,
        _explain,
    )
    taken = (*assumed, *_assumptions(groups, traffic, decision.denied))
    return replace(decision, assumed=taken) if taken else decision


def _entries(ranked: Iterable[tuple[int, Rule | Entry]], direction: Direction, traffic: Traffic) -> Iterator[Entry]:
    """Yield the entries in order, made one by one: `Ruleset` takes no more than it needs."""
    for _, ranked_one in ranked:
        entry = ranked_one if isinstance(ranked_one, Entry) else _entry(ranked_one, direction, traffic)
        if entry is not None:
            yield entry


def _entry(rule: Rule, direction: Direction, traffic: Traffic) -> Entry | None:
    """Reduce a rule to this traffic. None if it cannot match."""
    source, ports = rule.source, rule.ports
    if type(source) is tuple and type(ports) is tuple and rule.dest is None and direction == "ingress":
        region = intersect(traffic.sources, source)  # nearly every rule is this plain
        return Entry(rule.protocol, ports, region, rule.accept, rule, rule.doubt, rule.source_ports) if region else None
    doubts: list[str] = [rule.doubt] if rule.doubt else []
    region = intersect(traffic.sources, source) if type(source) is tuple else _source_region(rule, traffic, doubts)
    if not region:
        return None
    dest = rule.dest
    if not _meets_target(rule, traffic, doubts):
        return None
    if (source if direction == "ingress" else dest) is None:
        doubts.append(_no_peer(rule, direction))
    if isinstance(ports, Unresolved):
        doubts.append(_entries_of(ports, rule))
        ports = ANY_PORT
    return Entry(rule.protocol, ports, region, rule.accept, rule, semicolons(doubts), rule.source_ports)


def _no_peer(rule: Rule, direction: Direction) -> str:
    ids = {"rule": rule.id, "group": rule.group}
    if direction == "ingress":
        return tr("what rule {rule} of {group} applies to: the export names no source", **ids)
    return tr("what rule {rule} of {group} applies to: the export names no destination", **ids)


def _entries_of(unresolved: Unresolved, rule: Rule) -> str:
    return tr(
        "the entries of {list}, used by rule {rule} of {group}",
        list=party_text(unresolved),
        rule=rule.id,
        group=rule.group,
    )


def _rules_of(group: Group, direction: Direction, why: str) -> str:
    if direction == "ingress":
        return tr("all ingress rules of {group}: {why}", group=group.id, why=why)
    return tr("all egress rules of {group}: {why}", group=group.id, why=why)


def _source_region(rule: Rule, traffic: Traffic, doubts: list[str]) -> Ranges:
    match rule.source:
        case None:
            return traffic.sources
        case GroupRef(group=group):
            return _by_group(group, traffic.source_groups, traffic.sources, rule, traffic.ends.source, doubts)
        case Unresolved() as unresolved:
            doubts.append(_entries_of(unresolved, rule))
            return traffic.sources
        case ranges:
            return intersect(traffic.sources, ranges)


def _by_group(
    group: str, known: frozenset[str] | None, sources: Ranges, rule: Rule, whose: str, doubts: list[str]
) -> Ranges:
    if known is None:
        doubts.append(_membership(group, rule, whose))
        return sources
    return sources if group in known else ()


def _membership(group: str, rule: Rule, whose: str) -> str:
    return tr(
        "whether {interfaces} are in {group}, which rule {rule} of {owner} names",
        interfaces=tr(whose),
        group=group,
        rule=rule.id,
        owner=rule.group,
    )


def is_membership_alone(doubts: Iterable[str], groups: Iterable[Group], ends: Ends) -> bool:
    """Return True if these doubts are only about who is in the groups that rules name."""
    known: set[str] = set()
    for group in groups:
        for rule in group.rules:
            parties = ((rule.source, ends.source), (rule.dest, ends.target))
            own = [_membership(party.group, rule, whose) for party, whose in parties if isinstance(party, GroupRef)]
            known |= {*own, semicolons(own)}
    return known.issuperset(doubts)


def _meets_target(rule: Rule, traffic: Traffic, doubts: list[str]) -> bool:
    match rule.dest:
        case None:
            return True
        case GroupRef(group=group):
            return bool(_by_group(group, traffic.target_groups, traffic.sources, rule, traffic.ends.target, doubts))
        case Unresolved() as unresolved:
            doubts.append(_entries_of(unresolved, rule))
            return True
        case ranges if traffic.target is None:
            doubts.append(
                tr(
                    "the target's address: rule {rule} of {group} names {party}",
                    rule=rule.id,
                    group=rule.group,
                    party=party_text(ranges),
                )
            )
            return True
        case ranges:
            return contains(ranges, traffic.target)


def _hidden_entries(groups: Iterable[Group], direction: Direction, sources: Ranges) -> list[tuple[int, Entry]]:
    """Return entries for the rules that an incomplete export may hide.

    These are a drop before all other rules, and an accept that only a drop of priority 1 beats.
    """
    hidden: list[tuple[int, Entry]] = []
    for group in groups:
        for gap_direction, why in group.gaps:
            if gap_direction == direction:
                doubt = _rules_of(group, direction, why)
                hidden.append((2 * HIGHEST_PRIORITY, Entry(None, ANY_PORT, sources, False, None, doubt)))
                hidden.append((2 * HIGHEST_PRIORITY + 1, Entry(None, ANY_PORT, sources, True, None, doubt)))
    return hidden


def _intra_group(groups: Iterable[Group], traffic: Traffic) -> list[Entry]:
    """Return entries for traffic between members of one basic group.

    Accept lets it pass before any rule is read. Drop leaves it to the rules.
    """
    if traffic.source_groups is None or traffic.target_groups is None:
        return []
    shared = [
        group
        for group in groups
        if group.id in traffic.source_groups & traffic.target_groups and group.kind != "enterprise"
    ]
    return [
        Entry(
            None,
            ANY_PORT,
            traffic.sources,
            True,
            group,
            "" if group.inner_accept else tr("the InnerAccessPolicy of {group}, which holds both ends", group=group.id),
        )
        for group in shared
        if group.inner_accept is not False
    ]


def _default(groups: Sequence[Group], direction: Direction) -> Default:
    if not groups:
        return Default(None, tr("no security group is known"), tr("which security groups are on the interface"))
    if direction == "ingress":
        return Default(False, tr("no rule matches, and inbound traffic is denied by default"))
    kinds = {group.kind or ("normal" if group.inner_accept else None) for group in groups}
    if "enterprise" in kinds:
        return Default(False, tr("no rule matches, and an advanced group denies outbound traffic by default"))
    if "normal" in kinds:
        return Default(True, tr("no rule matches, and a basic group allows outbound traffic by default"))
    names = ", ".join(group.id for group in groups)
    return Default(
        None,
        tr("no rule matches"),
        tr(
            "the type of {groups} (DescribeSecurityGroups): basic groups allow outbound traffic, advanced groups do "
            "not",
            groups=names,
        ),
    )


def _explain(rule: object) -> tuple[str | None, str | None, str]:
    if isinstance(rule, Rule):
        return rule.group, rule.id, describe(rule)
    owner = rule.id if isinstance(rule, Group) else None
    return owner, None, tr("both ends are in this basic group, whose InnerAccessPolicy is Accept")


def _assumptions(groups: Sequence[Group], traffic: Traffic, denied: Ranges) -> list[str]:
    """Return the group memberships that a denial assumes to be absent.

    A source inside a group that accepts traffic between its members would not be denied.
    """
    if not denied or traffic.source_groups is not None:
        return []
    return [
        tr(
            "{interfaces} are not members of {group}, which accepts traffic between its own members",
            interfaces=tr(traffic.ends.source),
            group=group.id,
        )
        for group in groups
        if group.inner_accept and group.kind != "enterprise"
    ]
