"""How fast are security groups evaluated, beside the same exact answer written with netaddr's IPSet?

The input is generated from a seed. About half of the rules of a group overlap the asked vSwitch, most of them with small blocks inside it, so an
answer is a set of several ranges and cannot be had from one look at the first matching rule. All start from parsed values: `Rule` here,
`IPNetwork` there. The peer comes twice: straightforward, as one would write it down, which is what the aim speaks of; and prepared, with every
set made once for a group and rules that take nothing passed over, to show how far care alone goes.
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

AIM_MICROSECONDS = 30.0
"""For one group and one port, compiling included."""

AIM_RATIO = 50.0
"""The peer's time over ours, on the same groups."""

RULES_IN_A_GROUP = 200
"""The quota of a basic group: https://www.alibabacloud.com/help/en/ecs/user-guide/limits"""

REPEATS = 20
"""How often we do the compared groups for once that netaddr does: a time of milliseconds has lucky moments that one of half a second has not."""

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
    """What the netaddr implementation starts from."""

    priority: int
    accept: bool
    protocol: int | None
    low: int
    high: int
    network: IPNetwork


@dataclass(frozen=True, slots=True)
class Measured:
    """Times are microseconds for one group and one port, the fastest of the passes. compared: groups that netaddr did too;
    ours_compared: our time on these alone; ranges: mean number of address ranges in one answer."""

    groups: int
    compared: int
    ours: float
    ours_compared: float
    straightforward: float
    prepared: float
    ranges: float

    @property
    def ratio(self) -> float:
        """Of the straightforward peer to ours, on the same groups."""
        return self.straightforward / self.ours_compared

    @property
    def prepared_ratio(self) -> float:
        return self.prepared / self.ours_compared


class Disagreement(Exception):  # noqa: N818 - it says what happened
    """Ours and the peer's answer differ, so that no time of either means anything."""

    def __init__(self, group: Group, question: Question, ours: Ranges, peer: Ranges) -> None:
        super().__init__(f"{group.id}, protocol and port {question}: {cidrs(ours)} here, {cidrs(peer)} by netaddr")


def security_groups(count: int, seed: int = 1) -> list[Group]:
    """Groups of 200 inbound rules: priorities 1-100 with ties, 70 % accept, TCP, UDP and ALL, single ports and ranges, blocks of /8 to /32."""
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
    """ECS takes no ports with protocol ALL; of the others most name one well-known port, some a range, a few all."""
    kind = chance.choices(("one", "range", "all"), (60, 30, 10))[0]
    if protocol is None or kind == "all":
        return 0, 65535
    if kind == "one":
        port = chance.choice(QUESTIONS)[1] if chance.random() < 0.7 else chance.randint(1, 65535)
        return port, port
    low = chance.randint(1, 20000)
    return low, min(65535, low + chance.choice((10, 100, 1000, 10000, 45000)))


def _block(chance: random.Random) -> Range:
    """In one half of the cases a block that overlaps the vSwitch, nine times of ten a small one inside it; in the other half one elsewhere."""
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
    """Allowed sources for each of QUESTIONS."""
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
    """The same with netaddr, sorted once: what is undecided shrinks rule by rule, until nothing is."""
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
    """The same again, with each set made once for all ports, without a merge, and no arithmetic for a rule that takes nothing."""
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
    """Time all three and check that they agree. Disagreement if they do not; ValueError unless 1 <= compared <= groups and passes >= 1."""
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
    """Compare every answer, exactly. Mean number of ranges in an answer; Disagreement at the first difference."""
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
    """The garbage collector stays on, but does not look through the generated rules again and again: they are not what is measured."""
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
