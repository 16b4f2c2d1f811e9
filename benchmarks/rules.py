"""How fast are security groups evaluated, compared with the same exact answer by netaddr's IPSet?

The input is generated from a seed. About half of the rules of a group overlap the asked vSwitch,
most of them with small blocks inside it. So an answer is a set of several ranges, and the first
matching rule does not decide it. All start from parsed values: `Rule` here, `IPNetwork` there.

The peer comes twice:
- straightforward, as one would write it down;
- prepared: every set is made once for a group, and a rule that takes nothing costs no arithmetic.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from netaddr import IPNetwork, IPSet

from probes.addresses import Range, Ranges, cidrs, parse, parse_address
from probes.rules.security_group import TCP, UDP, Group, Rule, Traffic, compile_rules

AIM_PREPARED = 20.0
"""Time of the prepared peer over ours, on the same groups."""

AIM_RATIO = 50.0
"""Time of the straightforward peer over ours, on the same groups."""

RULES_IN_A_GROUP = 200
"""The quota of a basic group: https://www.alibabacloud.com/help/en/ecs/user-guide/limits"""

REPEATS = 20
"""How often we do the compared groups while netaddr does them once.

A time of milliseconds varies by chance more than one of half a second.
"""

VSWITCH = "192.168.10.0/24"

Question = tuple[int, int]
"""IANA protocol number and port."""

QUESTIONS: tuple[Question, ...] = (
    (UDP, 88),
    (UDP, 53),
    *((TCP, port) for port in (22, 53, 88, 464, 749, 2181, 3306, 7337, 8020, 8032, 8088, 8443)),
    *((TCP, port) for port in (8889, 9083, 9866, 10000, 10009, 19888)),
)
"""20 ports of an EMR cluster, the KDC over both transports among them."""

ELSEWHERE = ("10.0.0.0/8", "172.16.0.0/12", "100.64.0.0/10", "47.96.0.0/11")


class PeerRule(NamedTuple):
    """One rule as the netaddr implementation takes it."""

    priority: int
    accept: bool
    protocol: int | None
    low: int
    high: int
    network: IPNetwork


@dataclass(frozen=True, slots=True)
class Measured:
    """Times are microseconds for one group and one port, the fastest of the passes."""

    groups: int
    """Groups that we evaluated."""
    compared: int
    """Groups that netaddr evaluated too."""
    ours: float
    """Our time on all groups."""
    ours_compared: float
    """Our time on the compared groups."""
    straightforward: float
    prepared: float
    ranges: float
    """Mean number of address ranges in one answer."""

    @property
    def ratio(self) -> float:
        """Return the time of the straightforward peer over ours, on the same groups."""
        return self.straightforward / self.ours_compared

    @property
    def prepared_ratio(self) -> float:
        """Return the time of the prepared peer over ours, on the same groups."""
        return self.prepared / self.ours_compared


class Disagreement(Exception):  # noqa: N818 - it says what happened
    """Our answer and that of the peer differ, so neither time means anything."""

    def __init__(self, group: Group, question: Question, ours: Ranges, peer: Ranges) -> None:
        super().__init__(f"{group.id}, protocol and port {question}: {cidrs(ours)} here, {cidrs(peer)} by netaddr")


def security_groups(count: int, seed: int = 1) -> list[Group]:
    """Return groups of 200 inbound rules.

    Priorities 1-100 with ties, 70 % accept, TCP, UDP and ALL, single ports and ranges, blocks of
    /8 to /32.
    """
    chance = random.Random(seed)
    return [_group(chance, number) for number in range(count)]


def _group(chance: random.Random, number: int) -> Group:
    ident = f"sg-{number}"
    rules = tuple(_rule(chance, ident, index) for index in range(RULES_IN_A_GROUP))
    return Group(id=ident, kind="normal", inner_accept=False, rules=rules)


def _rule(chance: random.Random, group: str, index: int) -> Rule:
    protocol = chance.choices((TCP, UDP, None), (60, 20, 20))[0]
    return Rule(
        id=f"sgr-{index}",
        group=group,
        direction="ingress",
        accept=chance.random() < 0.7,
        priority=chance.randint(1, 100),
        protocol=protocol,
        ports=(_ports(chance, protocol),),
        source=(_block(chance),),
        dest=None,
    )


def _ports(chance: random.Random, protocol: int | None) -> Range:
    """Return ports: all for protocol ALL, which has none in ECS.

    Of the others most have one well-known port, some a range, a few all.
    """
    kind = chance.choices(("one", "range", "all"), (60, 30, 10))[0]
    if protocol is None or kind == "all":
        return 0, 65535
    if kind == "one":
        port = chance.choice(QUESTIONS)[1] if chance.random() < 0.7 else chance.randint(1, 65535)
        return port, port
    low = chance.randint(1, 20000)
    return low, min(65535, low + chance.choice((10, 100, 1000, 10000, 45000)))


def _block(chance: random.Random) -> Range:
    """Return a block: one half overlaps the vSwitch, the other half lies elsewhere.

    Nine of ten that overlap are small blocks inside it.
    """
    inside = chance.random() < 0.5
    low, high = parse(VSWITCH if inside else chance.choice(ELSEWHERE))
    if not inside:
        prefix = chance.choice((8, 12, 16, 20, 24, 28, 32))
    elif chance.random() < 0.9:
        prefix = chance.randint(25, 32)
    else:
        prefix = chance.choice((8, 12, 16, 20, 24))
    host_bits = (1 << (32 - prefix)) - 1
    first = chance.randint(low, high) & ~host_bits
    return first, first | host_bits


def ours(group: Group, traffic: Traffic) -> list[Ranges]:
    """Return the allowed sources for each of QUESTIONS."""
    rules = compile_rules([group], "ingress", traffic)
    return [rules.accepted(protocol, port) for protocol, port in QUESTIONS]


def for_peer(group: Group) -> list[PeerRule]:
    return [_peer_rule(rule) for rule in group.rules]


def _peer_rule(rule: Rule) -> PeerRule:
    assert isinstance(rule.source, tuple)
    assert isinstance(rule.ports, tuple)
    (block,), ((low, high),) = cidrs(rule.source), rule.ports
    return PeerRule(rule.priority, rule.accept, rule.protocol, low, high, IPNetwork(block))


def straightforward(rules: Sequence[PeerRule], vswitch: IPNetwork) -> list[IPSet]:
    """Return the same by netaddr. Rules are sorted once; the undecided set shrinks rule by rule."""
    ordered = sorted(rules, key=lambda rule: (rule.priority, rule.accept))
    return [_straightforward(ordered, vswitch, protocol, port) for protocol, port in QUESTIONS]


def _straightforward(ordered: Sequence[PeerRule], vswitch: IPNetwork, protocol: int, port: int) -> IPSet:
    undecided, allowed = IPSet([vswitch]), IPSet()
    for rule in ordered:
        if rule.protocol not in (None, protocol) or not rule.low <= port <= rule.high:
            continue
        taken = undecided & IPSet([rule.network])
        if rule.accept:
            allowed |= taken
        undecided -= taken
        if not undecided:
            break
    return allowed


def prepared(rules: Sequence[PeerRule], vswitch: IPNetwork) -> list[IPSet]:
    """Return the same by netaddr with care.

    Each set is made once for all ports, without a merge. A rule that takes nothing costs no
    arithmetic.
    """
    ordered = [(rule, IPSet(rule.network)) for rule in sorted(rules, key=lambda rule: (rule.priority, rule.accept))]
    return [_prepared(ordered, vswitch, protocol, port) for protocol, port in QUESTIONS]


def _prepared(ordered: Sequence[tuple[PeerRule, IPSet]], vswitch: IPNetwork, protocol: int, port: int) -> IPSet:
    undecided, allowed = IPSet(vswitch), IPSet()
    for rule, addresses in ordered:
        if rule.protocol not in (None, protocol) or not rule.low <= port <= rule.high:
            continue
        taken = undecided & addresses
        if not taken:
            continue
        if rule.accept:
            allowed |= taken
        undecided -= taken
        if not undecided:
            break
    return allowed


def measure(groups: int = 1000, compared: int = 50, passes: int = 5, seed: int = 1) -> Measured:
    """Time all three and check that they agree.

    Disagreement if they do not. ValueError unless 1 <= compared <= groups and passes >= 1.
    """
    if not 1 <= compared <= groups or passes < 1:
        raise ValueError(f"{compared} of {groups} groups compared in {passes} passes: that is no comparison")
    traffic = Traffic(
        sources=(parse(VSWITCH),),
        target=parse_address("192.168.20.11"),
        source_groups=frozenset({"sg-resource-group"}),
        target_groups=frozenset({"sg-emr"}),
    )
    vswitch = IPNetwork(VSWITCH)
    made = security_groups(groups, seed)
    subset = made[:compared]
    translated = [for_peer(group) for group in subset]
    ranges = agree(subset, translated, traffic, vswitch)
    work: tuple[tuple[Callable[[], object], int], ...] = (
        (lambda: [ours(group, traffic) for group in made], groups),
        (lambda: [ours(group, traffic) for group in subset * REPEATS], compared * REPEATS),
        (lambda: [straightforward(rules, vswitch) for rules in translated], compared),
        (lambda: [prepared(rules, vswitch) for rules in translated], compared),
    )
    with _input_left_alone():  # taking turns, so that other load falls on all
        times = [[_timed(evaluate) / count for evaluate, count in work] for _ in range(passes)]
    all_groups, same_groups, plain, careful = (
        min(column) * 1e6 / len(QUESTIONS) for column in zip(*times, strict=True)
    )
    return Measured(groups, compared, all_groups, same_groups, plain, careful, ranges)


def agree(
    groups: Sequence[Group], translated: Sequence[Sequence[PeerRule]], traffic: Traffic, vswitch: IPNetwork
) -> float:
    """Compare every answer and return the mean number of ranges in one. Disagreement if two
    differ.
    """
    ranges = 0
    for group, rules in zip(groups, translated, strict=True):
        answers = (ours(group, traffic), straightforward(rules, vswitch), prepared(rules, vswitch))
        for question, mine, *theirs in zip(QUESTIONS, *answers, strict=True):
            for other in theirs:
                expected = tuple((int(part.first), int(part.last)) for part in other.iter_ipranges())
                if mine != expected:
                    raise Disagreement(group, question, mine, expected)
            ranges += len(mine)
    return ranges / (len(groups) * len(QUESTIONS))


@contextmanager
def _input_left_alone() -> Iterator[None]:
    """Keep the garbage collector on, but keep it from visiting the generated rules, which are not
    measured.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
