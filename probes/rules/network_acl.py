"""Network ACLs as exact set algebra: which of these source addresses get past one list, on the way there and with the answer on the way back?

Semantics, from https://www.alibabacloud.com/help/en/vpc/network-acl-overview: entries are tried in their order and the first match decides; the port of
an entry is always the destination port of the packet; an ACL keeps no state, so the answer needs an entry of its own, to whatever port the client uses;
what no entry matches is dropped, in an empty list everything; name service and metadata addresses always pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from probes.addresses import Range, Ranges, contains, intersect, parse
from probes.origin import Origin
from probes.rules.client_ports import RANGES, Family
from probes.rules.decision import Decision, Direction, of_pieces
from probes.rules.group_rule import PROTOCOL_NAMES, Unresolved, party_text
from probes.rules.ruleset import ANY_PORT, CLIENT_PORTS, Default, Entry, Ruleset

ALWAYS_PASSING: Ranges = (parse("100.100.2.112/28"), parse("100.100.2.128/28"), parse("100.100.100.200/32"))
"""Name servers and the metadata server of a VPC; the two blocks of name servers are neighbours, one after the other."""

NO_MATCH = "no entry matches, and a network ACL drops what it does not name"


@dataclass(frozen=True, slots=True)
class AclRule:
    """One entry. party: the source of an inbound, the destination of an outbound packet, a list not resolved, or None for any address of its family;
    custom: False for an entry that the system put there and no call may send."""

    id: str
    acl: str
    direction: Direction
    accept: bool
    protocol: int | None
    ports: Ranges
    party: Ranges | Unresolved
    origin: Origin | None = None
    custom: bool = True


@dataclass(frozen=True, slots=True)
class Acl:
    """ingress, egress: in the order in which they are tried; None where the export leaves the list out."""

    id: str
    ingress: tuple[AclRule, ...] | None = None
    egress: tuple[AclRule, ...] | None = None
    origin: Origin | None = None

    def rules(self, direction: Direction) -> tuple[AclRule, ...] | None:
        return self.ingress if direction == "ingress" else self.egress


@dataclass(frozen=True, slots=True)
class Crossing:
    """One flow as a list sees it. sources: the whole range asked about; target: number of the address, None where unknown; client_ports: all that a client
    may use, of which its family says the usual ones: a resource group and the nodes run Linux."""

    sources: Ranges
    target: int | None
    protocol: int
    port: int
    client_ports: Range = CLIENT_PORTS
    family: Family = "linux"

    @property
    def usual_ports(self) -> Range:
        """Those that the client's kernel chooses, as far as they are among the ports asked about; else all of these."""
        low, high = max(self.client_ports[0], RANGES[self.family][0]), min(self.client_ports[1], RANGES[self.family][1])
        return (low, high) if low <= high else self.client_ports


def request(acl: Acl, direction: Direction, crossing: Crossing) -> Decision:
    """The first packet of a flow: out of the source's vSwitch (egress) or into the target's (ingress)."""
    to_sources = direction == "ingress"
    entries = [_entry(rule, crossing, to_sources, rule.ports, ANY_PORT) for rule in acl.rules(direction) or ()]
    return _decide(acl, direction, crossing, entries)


def reply(acl: Acl, direction: Direction, crossing: Crossing) -> Decision:
    """The answer: out of the target's vSwitch (egress) or into the source's (ingress). Its destination port is the one the client chose. A source whose
    usual ports all get an answer is allowed, one of which none does is denied, and one that depends on the port chosen is unknown."""
    to_sources = direction == "egress"
    entries = [_entry(rule, crossing, to_sources, ANY_PORT, rule.ports) for rule in acl.rules(direction) or ()]
    usual = replace(crossing, client_ports=crossing.usual_ports)
    decision = replace(_decide(acl, direction, usual, entries), packet="reply")
    if usual == crossing or all(entry.source_ports is ANY_PORT for entry in entries):
        return decision
    every = _decide(acl, direction, crossing, entries)
    return decision if every.allowed == decision.allowed else replace(decision, assumed=(_tells(acl, crossing),))


def _tells(acl: Acl, crossing: Crossing) -> str:
    usual, every = (f"{low}/{high}" for low, high in (crossing.usual_ports, crossing.client_ports))
    return f"clients choose their ports as {crossing.family} does, {usual}: {acl.id} lets no answers through to some others of {every}"


def describe(rule: AclRule) -> str:
    """'drop UDP 88/88 from 192.168.10.0/24'"""
    name = PROTOCOL_NAMES.get(rule.protocol, f"protocol {rule.protocol}")
    ports = "-1/-1" if rule.ports == ANY_PORT else ",".join(f"{low}/{high}" for low, high in rule.ports)
    where = "from" if rule.direction == "ingress" else "to"
    return f"{'accept' if rule.accept else 'drop'} {name} {ports} {where} {party_text(rule.party)}"


def _entry(rule: AclRule, crossing: Crossing, about_sources: bool, ports: Ranges, client_ports: Ranges) -> Entry:
    """about_sources: the entry's party is the side that the question ranges over; else it is the target."""
    doubt = ""
    region = crossing.sources
    if isinstance(rule.party, Unresolved):
        doubt = f"the entries of {rule.party.kind} {rule.party.id}, used by entry {rule.id} of {rule.acl}"
    elif about_sources:
        region = intersect(crossing.sources, rule.party)
    elif crossing.target is None:
        doubt = f"the target's address: entry {rule.id} of {rule.acl} names {party_text(rule.party)}"
    elif not contains(rule.party, crossing.target):
        region = ()
    return Entry(rule.protocol, ports, region, rule.accept, rule, doubt, client_ports)


def _decide(acl: Acl, direction: Direction, crossing: Crossing, entries: list[Entry]) -> Decision:
    default = Default(False, NO_MATCH)
    if acl.rules(direction) is None:
        default = Default(None, NO_MATCH, f"the {direction} entries of {acl.id}")
    if crossing.target is not None and contains(ALWAYS_PASSING, crossing.target):
        entries = [Entry(None, ANY_PORT, crossing.sources, True, acl)]
    rules = Ruleset(entries, crossing.sources, default, crossing.client_ports, strict=False)
    return of_pieces("network-acl", direction, (acl.id,), rules.pieces(crossing.protocol, crossing.port), default, _say)


def _say(rule: object) -> tuple[str | None, str | None, str]:
    if isinstance(rule, AclRule):
        return rule.acl, rule.id, describe(rule)
    return None, None, "the VPC's own name and metadata servers pass every network ACL"
