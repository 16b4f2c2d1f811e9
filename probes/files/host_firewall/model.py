"""Chains of rules, and the walk of one new packet and of its answer through them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import field
from typing import Literal

from probes.addresses import V6, Ranges, contains, covers, intersect
from probes.frozen import frozen, replace
from probes.origin import Origin

Action = Literal["accept", "drop", "reject", "return", "jump", "goto", "next"]
"""What a rule does with a packet that it matches. next: it counts or logs, and the packet goes
on.
"""

Verdict = Literal["accept", "drop", "reject", "unknown"]
Match = Literal["yes", "no", "maybe"]

DEEPEST = 16
"""Most chains that call each other. The kernel itself stops at 16 (NFT_JUMP_STACK_SIZE)."""

MOST_STEPS = 20_000
"""Most rules that one packet is compared with. Then the ruling is unknown, because chains that call
each other may multiply.
"""


@frozen
class Packet:
    """First packet of a new connection or exchange."""

    source: int
    """Place of the source address on the number line of `probes.addresses`."""
    destination: int | None
    """Place of the destination address. None if it is not known."""
    protocol: int
    """IANA number."""
    port: int
    """Destination port."""
    is_answer: bool = False
    """True for the packet that answers it. It goes the other way, from `port` of `destination`."""


CLIENT_PORTS: Ranges = ((1024, 65535),)
"""Ports that a client may send from, and that an answer goes to."""


@frozen
class FirewallRule:
    """One rule of a chain, or the policy of a chain."""

    action: Action
    """What it does with a packet that it matches."""
    origin: Origin
    """Line of the listing."""
    text: str
    """The rule as the listing shows it, at most 300 characters."""
    called_chain: str = ""
    """Chain that a jump or goto calls. "" for every other action."""
    reject_with: str = ""
    """What a reject answers with, in the words of the listing. "" for every other action."""
    sources: Ranges | None = None
    """Source addresses that the rule requires. None for any."""
    destinations: Ranges | None = None
    """Destination addresses that the rule requires. None for any."""
    ports: Ranges | None = None
    """Destination ports that the rule requires. None for any."""
    protocols: frozenset[int] | None = None
    """IANA numbers that the rule requires. None for any."""
    never_matches: bool = False
    """True if no new packet from another host can match."""
    source_ports: Ranges | None = None
    """Ports that the rule requires of the sender. None for any."""
    never_answers: bool = False
    """True if no packet that answers another host can match."""
    is_understood: bool = True
    """True if every condition of the rule was understood."""
    packets: int | None = None
    """Counter of packets that matched. None if the listing has none."""

    def match(self, packet: Packet) -> Match:
        return self._match_answer(packet) if packet.is_answer else self._match_request(packet)

    def _match_answer(self, packet: Packet) -> Match:
        if self.never_answers or (self.protocols is not None and packet.protocol not in self.protocols):
            return "no"
        if self.source_ports is not None and not contains(self.source_ports, packet.port):
            return "no"
        if self.destinations is not None and not contains(self.destinations, packet.source):
            return "no"
        if self.ports is not None and not intersect(self.ports, CLIENT_PORTS):
            return "no"
        is_sure = self.is_understood and (self.ports is None or covers(self.ports, CLIENT_PORTS))
        if self.sources is not None:
            if packet.destination is not None and not contains(self.sources, packet.destination):
                return "no"
            is_sure = is_sure and packet.destination is not None
        return "yes" if is_sure else "maybe"

    def _match_request(self, packet: Packet) -> Match:
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
        return "yes" if self.is_understood and self.source_ports is None else "maybe"


@frozen
class Chain:
    """One chain of rules."""

    name: str
    """Name, unique in one `Firewall`."""
    rules: tuple[FirewallRule, ...]
    """Rules in the order in which they are tried."""
    policy: FirewallRule | None = None
    """Policy of a base chain. None for a chain that is only called by others."""
    family: int | None = None
    """4 or 6 if only packets of that IP version pass through it. None for both."""

    def is_for(self, packet: Packet) -> bool:
        return self.family in (None, 6 if packet.source >= V6 else 4)


@frozen
class Ruling:
    """What happens to one packet."""

    verdict: Verdict
    """"unknown" if a part that was not understood could change it."""
    rule: FirewallRule | None = None
    """Rule that stops the packet. None if the packet is accepted or the verdict is unknown."""
    stops_answer: bool = False
    """True if the rule lets the packet in and stops the answer to it."""


@frozen
class Firewall:
    """All chains of one listing."""

    chains: Mapping[str, Chain] = field(default_factory=dict)
    """Chains by name."""
    inputs: tuple[str, ...] = ()
    """Names of the chains through which a packet for the host itself passes. Each of them must
    accept it.
    """
    is_complete: bool = True
    """True if every part of the text that could drop an incoming packet was read."""
    outputs: tuple[str, ...] = ()
    """Names of the chains through which an answer of the host passes. Each of them must accept it.
    """

    def is_for(self, packet: Packet) -> bool:
        """Return False if all its chains are for packets of the other IP version."""
        return not self.inputs or any(self.chains[name].is_for(packet) for name in self.inputs)

    def decide(self, packet: Packet) -> Ruling:
        """Decide what happens to a packet, and to the answer to it."""
        ruling = self._pass(self.inputs, packet)
        answered = [name for name in self.outputs if self.chains[name].is_for(packet)]
        if ruling.verdict != "accept" or not answered:
            return ruling
        answer = self._pass(answered, replace(packet, is_answer=True))
        # Whoever waits for an answer cannot tell a rejected one from a dropped one.
        return replace(answer, verdict="drop", stops_answer=True) if answer.rule is not None else answer

    def _pass(self, chains: Sequence[str], packet: Packet) -> Ruling:
        passed = [name for name in chains if self.chains[name].is_for(packet)]
        unsure = not passed or not self.is_complete
        for name in passed:
            ends = list(_walk(self.chains, self.chains[name], packet, [MOST_STEPS], 0))
            verdicts = {_verdict(end) for end in ends}
            if verdicts <= {"drop", "reject"} and len(verdicts) == 1:
                # All possible ends stop the packet, whatever was not understood.
                return Ruling(verdicts.pop(), ends[-1])
            unsure = unsure or verdicts != {"accept"}
        return Ruling("unknown" if unsure else "accept")


def _verdict(end: FirewallRule | None) -> Verdict:
    return end.action if end is not None and end.action in ("accept", "drop", "reject") else "unknown"


def _walk(
    chains: Mapping[str, Chain], chain: Chain, packet: Packet, left: list[int], depth: int
) -> Generator[FirewallRule | None, None, None]:
    """Yield every rule that may decide on the packet, up to the first that certainly does. None:
    not known.
    """
    falls_through = yield from _through(chains, chain, packet, left, depth)
    if falls_through:
        yield chain.policy


def _through(
    chains: Mapping[str, Chain], chain: Chain, packet: Packet, left: list[int], depth: int
) -> Generator[FirewallRule | None, None, bool]:
    """Walk one chain as `_walk` does. Return True if the packet may come back to the calling
    chain.
    """
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
            if called is None:
                yield None
            else:
                back = yield from _through(chains, called, packet, left, depth + 1)
                # Behind a goto the packet goes on where this chain would return to.
                returns = returns or (back and rule.action == "goto")
                surely_ends = surely_ends and not (back and rule.action == "jump")
        else:
            yield rule
        if surely_ends:
            return returns
    return True
