"""Network ACLs as exact set algebra: which sources get past one list, on the way there and with the
reply?

Semantics, from https://www.alibabacloud.com/help/en/vpc/network-acl-overview:

- Entries are tried in their order, and the first match decides.
- The port of an entry is always the destination port of the packet.
- An ACL keeps no state. So the reply needs an entry of its own, to the port that the client uses.
- A packet that no entry matches is dropped. An empty list drops everything.
- Packets to name servers and to the metadata server always pass.
"""

from __future__ import annotations

from probes.addresses import Range, Ranges, contains, intersect, parse
from probes.frozen import frozen, replace
from probes.language import marked, tr
from probes.origin import Origin
from probes.rules.client_ports import RANGES, Family
from probes.rules.decision import Decision, Direction, decision_from_pieces
from probes.rules.group_rule import Unresolved, end_text, party_text, protocol_text, traffic_text
from probes.rules.ruleset import ANY_PORT, CLIENT_PORTS, Default, Entry, Ruleset

ALWAYS_PASSING: Ranges = (parse("100.100.2.112/28"), parse("100.100.2.128/28"), parse("100.100.100.200/32"))
"""Name servers and the metadata server of a VPC. The two blocks of name servers are neighbours."""

NO_MATCH = marked("no entry matches, and a network ACL drops what it does not name")


@frozen
class AclRule:
    """One entry of a network ACL."""

    id: str
    """Id of the entry."""
    acl: str
    """Id of the ACL that it belongs to."""
    direction: Direction
    """Direction of the packets, seen from the vSwitch."""
    accept: bool
    """True for accept, False for drop."""
    protocol: int | None
    """IANA number. None for every protocol."""
    ports: Ranges
    """Destination ports."""
    party: Ranges | Unresolved
    """Source of an inbound packet, destination of an outbound one."""
    origin: Origin | None = None
    """Where the entry was read. None for an entry that was built here."""
    name: str = ""
    """Name that people gave it."""
    description: str = ""
    """Text of the user."""
    list: str | None = None
    """Id of the prefix list that it names, resolved or not. None if it names a block."""
    doubt: str = ""
    """Why it is not known what the entry says. "" if it is."""
    custom: bool = True
    """False for an entry that the system made. No API call may send such an entry."""


@frozen
class Acl:
    """One network ACL."""

    id: str
    """Id of the ACL."""
    ingress: tuple[AclRule, ...] | None = None
    """Entries in the order in which they are tried. None if the export lacks them."""
    egress: tuple[AclRule, ...] | None = None
    """As `ingress`, for packets that leave the vSwitch."""
    origin: Origin | None = None
    """Where the ACL was read. None for an ACL that was built here."""

    def rules(self, direction: Direction) -> tuple[AclRule, ...] | None:
        return self.ingress if direction == "ingress" else self.egress


@frozen
class Crossing:
    """One flow, as a network ACL sees it."""

    sources: Ranges
    """The whole source range."""
    target: int | None
    """Place of the target address on the number line. None if it is not known."""
    protocol: int
    """IANA number."""
    port: int
    """Destination port of the request."""
    client_ports: Range = CLIENT_PORTS
    """All ports that a client may use."""
    family: Family = "linux"
    """Kernel of the client, which selects the usual ports. Resource groups and nodes run Linux."""

    @property
    def usual_ports(self) -> Range:
        """Return the ports that the client's kernel chooses, cut to `client_ports`.

        All of `client_ports` if the two ranges have nothing in common.
        """
        low, high = max(self.client_ports[0], RANGES[self.family][0]), min(self.client_ports[1], RANGES[self.family][1])
        return (low, high) if low <= high else self.client_ports


def decide_request(acl: Acl, direction: Direction, crossing: Crossing) -> Decision:
    """Decide on the first packet of a flow: out of the source's vSwitch (egress) or into the
    target's (ingress).
    """
    to_sources = direction == "ingress"
    entries = [_entry(rule, crossing, to_sources, rule.ports, ANY_PORT) for rule in acl.rules(direction) or ()]
    return _decide(acl, direction, crossing, entries)


def decide_reply(acl: Acl, direction: Direction, crossing: Crossing) -> Decision:
    """Decide on the reply: out of the target's vSwitch (egress) or into the source's (ingress).

    Its destination port is the one that the client chose. A source is

    - allowed if all of its usual ports get a reply
    - denied if none of them gets one
    - unknown if it depends on the port
    """
    to_sources = direction == "egress"
    entries = [_entry(rule, crossing, to_sources, ANY_PORT, rule.ports) for rule in acl.rules(direction) or ()]
    usual = replace(crossing, client_ports=crossing.usual_ports)
    decision = replace(_decide(acl, direction, usual, entries), packet="reply")
    if usual == crossing or all(entry.source_ports is ANY_PORT for entry in entries):
        return decision
    every = _decide(acl, direction, crossing, entries)
    return (
        decision if every.allowed == decision.allowed else replace(decision, assumed=(_port_assumption(acl, crossing),))
    )


def _port_assumption(acl: Acl, crossing: Crossing) -> str:
    usual, every = (f"{low}/{high}" for low, high in (crossing.usual_ports, crossing.client_ports))
    return tr(
        "clients choose their ports as {family} does, {usual}: {acl} lets no answers through to some others of {every}",
        family=crossing.family,
        usual=usual,
        acl=acl.id,
        every=every,
    )


def describe(rule: AclRule) -> str:
    """Return one clause, such as 'drop UDP 88/88 from 192.168.10.0/24'."""
    ports = "-1/-1" if rule.ports == ANY_PORT else ",".join(f"{low}/{high}" for low, high in rule.ports)
    text = traffic_text(rule.accept, protocol_text(rule.protocol), ports)
    return end_text(text, rule.direction == "ingress", party_text(rule.party))


def _entry(rule: AclRule, crossing: Crossing, about_sources: bool, ports: Ranges, client_ports: Ranges) -> Entry:
    """Reduce one ACL entry to this crossing.

    `about_sources`: the entry's party is the end whose range is asked about. Otherwise it is the
    target.
    """
    doubt = rule.doubt
    region = crossing.sources
    if isinstance(rule.party, Unresolved):
        doubt = doubt or tr(
            "the entries of {list}, used by entry {entry} of {acl}",
            list=party_text(rule.party),
            entry=rule.id,
            acl=rule.acl,
        )
    elif about_sources:
        region = intersect(crossing.sources, rule.party)
    elif crossing.target is None:
        doubt = doubt or tr(
            "the target's address: entry {entry} of {acl} names {party}",
            entry=rule.id,
            acl=rule.acl,
            party=party_text(rule.party),
        )
    elif not contains(rule.party, crossing.target):
        region = ()
    return Entry(rule.protocol, ports, region, rule.accept, rule, doubt, client_ports)


def _decide(acl: Acl, direction: Direction, crossing: Crossing, entries: list[Entry]) -> Decision:
    default = Default(False, tr(NO_MATCH))
    if acl.rules(direction) is None:
        default = Default(None, tr(NO_MATCH), _entries_of(acl, direction))
    if crossing.target is not None and contains(ALWAYS_PASSING, crossing.target):
        entries = [Entry(None, ANY_PORT, crossing.sources, True, acl)]
    rules = Ruleset(entries, crossing.sources, default, crossing.client_ports, strict=False)
    return decision_from_pieces(
        "network-acl", direction, (acl.id,), rules.pieces(crossing.protocol, crossing.port), default, _explain
    )


def _entries_of(acl: Acl, direction: Direction) -> str:
    if direction == "ingress":
        return tr("the ingress entries of {acl}", acl=acl.id)
    return tr("the egress entries of {acl}", acl=acl.id)


def _explain(rule: object) -> tuple[str | None, str | None, str]:
    if isinstance(rule, AclRule):
        return rule.acl, rule.id, describe(rule)
    return None, None, tr("the VPC's own name and metadata servers pass every network ACL")
