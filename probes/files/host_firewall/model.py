"""Chains of rules, and the walk of one new packet through them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from probes.addresses import V6, Ranges, contains
from probes.origin import Origin

Action = Literal["accept", "drop", "reject", "return", "jump", "goto", "next"]
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
    destination: int | None
    protocol: int
    port: int


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """sources, targets, ports, protocols: what the rule asks for, None for anything; never: no new packet from another host can meet it;
    sure: all that the rule asks for was understood; how: what a reject answers with; packets: its counter, None where the text has none."""

    action: Action
    origin: Origin
    text: str
    called_chain: str = ""
    reject_with: str = ""
    sources: Ranges | None = None
    destinations: Ranges | None = None
    ports: Ranges | None = None
    protocols: frozenset[int] | None = None
    never_matches: bool = False
    is_understood: bool = True
    packets: int | None = None

    def match(self, packet: Packet) -> Match:
        if self.never_matches or (self.protocols is not None and packet.protocol not in self.protocols):
            return "no"
        if self.ports is not None and not contains(self.ports, packet.port):
            return "no"
        if self.sources is not None and not contains(self.sources, packet.source):
            return "no"
        if self.destinations is not None:
            if packet.destination is None:
                return "maybe"
            if not contains(self.destinations, packet.destination):
                return "no"
        return "yes" if self.is_understood else "maybe"


@dataclass(frozen=True, slots=True)
class Chain:
    """policy: of a base chain, None for one that is only called; family: 4 or 6 where only packets of one go through it."""

    name: str
    rules: tuple[FirewallRule, ...]
    policy: FirewallRule | None = None
    family: int | None = None

    def is_for(self, packet: Packet) -> bool:
        return self.family in (None, 6 if packet.source >= V6 else 4)


@dataclass(frozen=True, slots=True)
class Ruling:
    """rule: the line that decided, None where the verdict is unknown or nothing stands in the way."""

    verdict: Verdict
    rule: FirewallRule | None = None


@dataclass(frozen=True, slots=True)
class Firewall:
    """inputs: the chains that a packet for the host itself goes through, each of which has to accept it; whole: every part of the text that could drop a packet
    on its way in was read."""

    chains: Mapping[str, Chain] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    is_complete: bool = True

    def decide(self, packet: Packet) -> Ruling:
        """What becomes of the packet."""
        passed = [name for name in self.inputs if self.chains[name].is_for(packet)]
        unsure = not passed or not self.is_complete
        for name in passed:
            ends = list(_walk(self.chains, self.chains[name], packet, [MOST_STEPS], 0))
            verdicts = {_verdict(end) for end in ends}
            if verdicts <= {"drop", "reject"} and len(verdicts) == 1:
                # Whatever the parts that were not understood do, this chain lets nothing through.
                return Ruling(verdicts.pop(), ends[-1])
            unsure = unsure or verdicts != {"accept"}
        return Ruling("unknown" if unsure else "accept")


def _verdict(end: FirewallRule | None) -> Verdict:
    return end.action if end is not None and end.action in ("accept", "drop", "reject") else "unknown"


def _walk(
    chains: Mapping[str, Chain], chain: Chain, packet: Packet, left: list[int], depth: int
) -> Generator[FirewallRule | None, None, None]:
    """Every rule that may end the packet's way, up to the first that surely does. None: it cannot be told."""
    falls_through = yield from _through(chains, chain, packet, left, depth)
    if falls_through:
        yield chain.policy


def _through(
    chains: Mapping[str, Chain], chain: Chain, packet: Packet, left: list[int], depth: int
) -> Generator[FirewallRule | None, None, bool]:
    """As `_walk`; returns whether the packet may come back to the caller."""
    returns = False
    for rule in chain.rules:
        left[0] -= 1
        if left[0] < 0 or depth > DEEPEST:
            yield None
            return False
        met = rule.match(packet)
        if met == "no" or rule.action == "next":
            continue
        surely_ends = met == "yes"
        if rule.action == "return":
            returns = True
        elif rule.action in ("jump", "goto"):
            called = chains.get(rule.called_chain)
            if called is None or rule.action == "goto":
                yield None
            else:
                back = yield from _through(chains, called, packet, left, depth + 1)
                surely_ends = surely_ends and not back
        else:
            yield rule
        if surely_ends:
            return returns
    return True
