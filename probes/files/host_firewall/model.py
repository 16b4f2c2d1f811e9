"""Chains of rules, and the walk of one new packet through them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from probes.addresses import V6, Ranges
from probes.origin import Origin

Target = Literal["accept", "drop", "reject", "return", "jump", "goto", "next"]
"""next: the rule counts or logs, and the packet goes on."""

Verdict = Literal["accept", "drop", "reject", "unknown"]
Match = Literal["yes", "no", "maybe"]

DEEPEST = 16
"""Chains that call each other; the kernel itself stops at 16 (NFT_JUMP_STACK_SIZE)."""

MOST_STEPS = 20_000
"""Rules that one packet is held against before the ruling is given up as unknown: chains that call each other may multiply."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A first packet of a new connection or exchange. source, target: places on the line of `probes.addresses`; protocol: its number."""

    source: int
    target: int | None
    protocol: int
    port: int


@dataclass(frozen=True, slots=True)
class Rule:
    """sources, targets, ports, protocols: what the rule asks for, None for anything; never: no new packet from another host can meet it;
    sure: all that the rule asks for was understood; how: what a reject answers with; packets: its counter, None where the text has none."""

    target: Target
    origin: Origin
    text: str
    chain: str = ""
    how: str = ""
    sources: Ranges | None = None
    targets: Ranges | None = None
    ports: Ranges | None = None
    protocols: frozenset[int] | None = None
    never: bool = False
    sure: bool = True
    packets: int | None = None

    def meets(self, packet: Packet) -> Match:
        if self.never or (self.protocols is not None and packet.protocol not in self.protocols):
            return "no"
        if self.ports is not None and not _in(packet.port, self.ports):
            return "no"
        if self.sources is not None and not _in(packet.source, self.sources):
            return "no"
        if self.targets is not None:
            if packet.target is None:
                return "maybe"
            if not _in(packet.target, self.targets):
                return "no"
        return "yes" if self.sure else "maybe"


@dataclass(frozen=True, slots=True)
class Chain:
    """policy: of a base chain, None for one that is only called; family: 4 or 6 where only packets of one go through it."""

    name: str
    rules: tuple[Rule, ...]
    policy: Rule | None = None
    family: int | None = None

    def takes(self, packet: Packet) -> bool:
        return self.family in (None, 6 if packet.source >= V6 else 4)


@dataclass(frozen=True, slots=True)
class Ruling:
    """rule: the line that decided, None where the verdict is unknown or nothing stands in the way."""

    verdict: Verdict
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Firewall:
    """inputs: the chains that a packet for the host itself goes through, each of which has to accept it; whole: every part of the text that could drop a packet
    on its way in was read."""

    chains: Mapping[str, Chain] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    whole: bool = True

    def rule(self, packet: Packet) -> Ruling:
        """What becomes of the packet."""
        passed = [name for name in self.inputs if self.chains[name].takes(packet)]
        unsure = not passed or not self.whole
        for name in passed:
            ends = list(_walk(self.chains, self.chains[name], packet, [MOST_STEPS], 0))
            verdicts = {_verdict(end) for end in ends}
            if verdicts <= {"drop", "reject"} and len(verdicts) == 1:
                # Whatever the parts that were not understood do, this chain lets nothing through.
                return Ruling(verdicts.pop(), ends[-1])
            unsure = unsure or verdicts != {"accept"}
        return Ruling("unknown" if unsure else "accept")


def _verdict(end: Rule | None) -> Verdict:
    return end.target if end is not None and end.target in ("accept", "drop", "reject") else "unknown"


def _walk(
    chains: Mapping[str, Chain], chain: Chain, packet: Packet, left: list[int], depth: int
) -> Generator[Rule | None, None, None]:
    """Every rule that may end the packet's way, up to the first that surely does. None: it cannot be told."""
    falls_through = yield from _through(chains, chain, packet, left, depth)
    if falls_through:
        yield chain.policy


def _through(
    chains: Mapping[str, Chain], chain: Chain, packet: Packet, left: list[int], depth: int
) -> Generator[Rule | None, None, bool]:
    """As `_walk`; returns whether the packet may come back to the caller."""
    returns = False
    for rule in chain.rules:
        left[0] -= 1
        if left[0] < 0 or depth > DEEPEST:
            yield None
            return False
        met = rule.meets(packet)
        if met == "no" or rule.target == "next":
            continue
        surely_ends = met == "yes"
        if rule.target == "return":
            returns = True
        elif rule.target in ("jump", "goto"):
            called = chains.get(rule.chain)
            if called is None or rule.target == "goto":
                yield None
            else:
                back = yield from _through(chains, called, packet, left, depth + 1)
                surely_ends = surely_ends and not back
        else:
            yield rule
        if surely_ends:
            return returns
    return True


def _in(value: int, ranges: Ranges) -> bool:
    return any(low <= value <= high for low, high in ranges)
