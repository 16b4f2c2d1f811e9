"""Where does a VPC's route table send packets for each address of a range?

- The longest prefix decides, in whatever order the entries stand
  (https://www.alibabacloud.com/help/en/vpc/vpc-route-table, 20 March 2026).
- System routes keep packets inside the VPC.
- Entries with one destination share its traffic (ECMP), or one of them is a standby.
- An entry out of use may drop its packets or leave them to a shorter prefix. The answer is unknown
  if this makes a difference.

Next hop types: DescribeRouteEntryList, VPC API 2016-04-28.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from probes.addresses import V6, Range, Ranges, cidrs, intersect, subtract, text, union
from probes.frozen import frozen, replace
from probes.language import semicolons, tr
from probes.origin import Origin
from probes.rules.decision import Deciding, Decision, Packet, Verdict, verdict_of

Fate = Literal["local", "carried", "translated", "out", "dead", "unknown"]
"""- local: stays in this VPC
- carried: goes over a link to another private network
- translated: goes through a NAT gateway
- out: goes to the Internet or to a cloud service
- dead: is dropped here
"""

CONNECTING = frozenset(
    {"routerinterface", "attachment", "vpcpeer", "vpngateway", "ecr", "instance", "networkinterface", "havip"}
)
"""Next hops that can lead to another private network: peering, transit router, VPN, leased line, or
a forwarding machine of the customer.
"""

PEERING = "vpcpeer"
"""Next hop that is one connection of two VPCs."""

_FATES: Mapping[str, Fate] = {
    **dict.fromkeys(CONNECTING, "carried"),
    "local": "local",
    "service": "local",
    "natgateway": "translated",
    "ipv4gateway": "out",
    "ipv6gateway": "out",
    "gatewayendpoint": "out",
}

SYSTEM = "system"
"""Kind of the entries that every table has: 100.64.0.0/10 and the block of each vSwitch of the
VPC.
"""

MOST_NAMED = 3
"""Most entries or blocks that one clause names."""

IN_USE = "available"
OUT_OF_USE = frozenset({"inactive", "unavailable", "failed", "blackhole", "deleting"})
"""Status of an entry that certainly carries no packet.

Every other word except "Available" (Pending, Modifying …) leaves the answer unknown.
"""


@frozen
class NextHop:
    """One next hop of a route."""

    type: str
    """Type of the next hop, such as "VpcPeer"."""
    id: str
    """Id of the object that is the next hop."""
    enabled: bool | None = None
    """None if the answer does not state it."""
    weight: int | None = None
    """0 for the standby of a pair. None if the answer does not state it."""
    related: str = ""
    """Id of the instance behind the next hop. "" if the answer does not state it."""


@frozen
class Route:
    """One entry of a route table."""

    table: str
    """Id of the table."""
    destination: str
    """Destination as written."""
    block: Range | None
    """Addresses of the destination. None for a prefix list whose content is not known."""
    hops: tuple[NextHop, ...]
    """Next hops. More than one for ECMP or a standby pair."""
    status: str = "Available"
    """Status as the API names it."""
    kind: str = "Custom"
    """System, Custom, CEN or BGP."""
    learned: str = ""
    """Where a propagated entry comes from. "" if the answer does not state it."""
    origin: Origin | None = None
    """Where the entry was read. None for an entry that was built here."""


@frozen
class RouteTable:
    """One route table, as far as it was exported."""

    id: str
    """Id of the table."""
    routes: tuple[Route, ...] = ()
    """The exported entries."""
    gap: str = ""
    """Why entries may be missing. "" for a table that was exported completely."""
    exports: tuple[tuple[Route, ...], ...] = ()
    """The entries of each export, if two exports differ. There is then a gap."""


Where = Literal["within", "across", "anywhere"]
"""Where the other end is: in this VPC, in another one, or in an unknown network.

Inside one VPC the system routes deliver, whether they are in the export or not.
"""


class Share(NamedTuple):
    """Addresses that have one fate."""

    addresses: Ranges
    """The addresses of the asked range."""
    fate: Fate
    """What happens to packets for them."""
    routes: tuple[Route, ...] = ()
    """Entries that decided. Empty if no entry covers the addresses."""
    doubt: str = ""
    """Why the fate is unknown. "" if it is known."""


class Lookup:
    """One table, sorted once and asked many times."""

    def __init__(self, table: RouteTable) -> None:
        self._gap = table.gap
        by_block: dict[Range, list[Route]] = {}
        for route in table.routes:
            if route.block is not None:
                by_block.setdefault(route.block, []).append(route)
        self._by_block = [(block, tuple(by_block[block])) for block in sorted(by_block, key=_by_prefix)]
        self._unresolved = [r for r in table.routes if r.block is None and r.status.lower() not in OUT_OF_USE]

    def shares(self, destinations: Ranges) -> tuple[Share, ...]:
        """Cut `destinations` wherever another entry decides. Exact for any nesting of prefixes."""
        if self._gap:
            return (Share(destinations, "unknown", (), self._gap),) if destinations else ()
        return tuple(
            _with_prefix_lists(share, self._unresolved) for share in _by_longest_prefix(self._by_block, destinations)
        )


def lookup(table: RouteTable, destinations: Ranges) -> tuple[Share, ...]:
    """Ask one table once."""
    return Lookup(table).shares(destinations)


def reaches(share: Share, where: Where, target: int | None = None) -> bool | None:
    """Return True if these packets get to the other end, as far as this table decides. None if
    unknown.

    `target` is None if the destination is certainly a private address.
    """
    public = target is not None and is_public(target)
    match share.fate, where:
        case "unknown", _:
            return None
        case "local", _:
            return where != "across"
        case _, "within" if all(_is_default(route) for route in share.routes):
            return True  # the target vSwitch's system route is longer than a default, exported or not
        case "dead", "within":
            return False
        case "carried" | "translated", "within":
            return None
        case "carried", _:
            return True
        case "translated", _ if not public and any(not _is_default(route) for route in share.routes):
            return None
        case "translated" | "out", _:
            return public
    return False


def describe(route: Route) -> str:
    """Return one clause, such as 'Custom route 10.0.0.0/8 via VpcPeer pcc-1, Available'."""
    hops = ", ".join(_hop_text(hop) for hop in route.hops) or tr("no next hop")
    text = tr(
        "{kind} route {destination} via {hops}, {status}",
        kind=route.kind or tr("unnamed"),
        destination=route.destination,
        hops=hops,
        status=route.status or tr("status not stated"),
    )
    return tr("{route}, learned from {origin}", route=text, origin=route.learned) if route.learned else text


def can_connect(hop: NextHop) -> bool:
    """Return True if this next hop can lead to another private network."""
    return hop.type.lower() in CONNECTING and hop.enabled is not False


def _hop_text(hop: NextHop) -> str:
    text = f"{hop.type} {hop.id}".strip()
    return tr("{hop} (not enabled)", hop=text) if hop.enabled is False else text


def _by_prefix(block: Range) -> tuple[int, int]:
    low, high = block
    return high - low, low


def _is_default(route: Route) -> bool:
    return route.block in ((0, V6 - 1), (V6, V6 + (1 << 128) - 1))


def _by_longest_prefix(by_block: Sequence[tuple[Range, tuple[Route, ...]]], destinations: Ranges) -> list[Share]:
    """Cut `destinations` by the entry that decides.

    `by_block`: destinations with their entries, longest prefix first.
    """
    left = destinations
    shares: list[Share] = []
    for place, (block, routes) in enumerate(by_block, 1):
        taken = intersect(left, (block,))
        if not taken:
            continue
        left = subtract(left, taken)
        if any(route.status.lower() == IN_USE for route in routes):
            shares.append(Share(taken, *_fate_of([route for route in routes if route.status.lower() == IN_USE])))
        else:
            shares += [_share_if_unused(routes, shorter) for shorter in _by_longest_prefix(by_block[place:], taken)]
        if not left:
            return shares
    return [*shares, Share(left, "dead")]


def _fate_of(routes: Sequence[Route]) -> tuple[Fate, tuple[Route, ...], str]:
    """Return the fate that entries of one destination have together, these entries, and the doubt.

    A hop that is not enabled carries nothing. A standby carries only if no other hop does.
    """
    hops = [hop for route in routes for hop in route.hops if hop.enabled is not False]
    active = [hop for hop in hops if hop.weight != 0] or hops
    fates = {_FATES.get(hop.type.lower(), "unknown") for hop in active}
    if all(route.kind.lower() == SYSTEM for route in routes) and not fates - {"unknown"}:
        fates = {"local"}
    if not fates:
        return "dead", tuple(routes), ""
    if len(fates) == 1 and "unknown" not in fates:
        return fates.pop(), tuple(routes), ""
    doubt = tr("what becomes of packets under {routes}", routes=semicolons(map(describe, routes)))
    return "unknown", tuple(routes), doubt


def _share_if_unused(routes: tuple[Route, ...], shorter: Share) -> Share:
    """Return the share of a destination whose entries are not in use.

    The entry drops its packets, or a shorter prefix takes them. An entry that is about to change
    may also carry them itself.
    """
    fates = {shorter.fate, "dead"}
    if not all(route.status.lower() in OUT_OF_USE for route in routes):
        fates.add(_fate_of(routes)[0])
    if fates == {"dead"}:
        return Share(shorter.addresses, "dead", routes)
    first = routes[0]
    doubt = tr(
        "whether {destination} of {table} is in use: its status is {status}",
        destination=first.destination,
        table=first.table,
        status=first.status or tr("not stated"),
    )
    return Share(shorter.addresses, "unknown", (*routes, *shorter.routes), doubt)


def _with_prefix_lists(share: Share, unresolved: Sequence[Route]) -> Share:
    """Make the fate unknown if an unresolved prefix list could change it.

    Such a list may hold a longer prefix. The fate stays if the list's entry would give the same
    one.
    """
    against = [route for route in unresolved if _fate_of([route])[0] != share.fate]
    if not against or share.fate == "unknown":
        return share
    doubt = semicolons(
        tr("the entries of prefix list {list}, used in {table}", list=route.destination, table=route.table)
        for route in against
    )
    return Share(share.addresses, "unknown", (*share.routes, *against), doubt)


def diverted(share: Share, table: RouteTable, opposite: Iterable[Share], toward: str) -> Share:
    """Make the fate unknown if a shorter prefix leads to a link of the kind that packets of the
    other direction take, and this entry to none. `toward` names the other end in the text.

    Also if both directions take a peering connection, and not the same: it has one id in both VPCs
    (https://www.alibabacloud.com/help/en/vpc/user-guide/overview-6, 9 October 2024), so one of the
    two may lead to another VPC.
    """
    links_there = [hop for other in opposite for route in other.routes for hop in route.hops if can_connect(hop)]
    there = {hop.type.lower() for hop in links_there}
    own = [hop for route in share.routes for hop in route.hops if can_connect(hop)]
    if share.fate != "carried" or not there:
        return share
    if {hop.type.lower() for hop in own} | there == {PEERING} and not {hop.id for hop in own} & {
        hop.id for hop in links_there
    }:
        return _undecided(share, own, toward, links_there[0])
    if any(hop.type.lower() in there for hop in own):
        return share
    shadowed = (
        hop
        for route in table.routes
        if route.status.lower() == IN_USE and any(_is_inside(each.block, route.block) for each in share.routes)
        for hop in route.hops
        if can_connect(hop) and hop.type.lower() in there
    )
    other = next(shadowed, None)
    if other is None:
        return share
    return _undecided(share, own, toward, other)


def _undecided(share: Share, own: Iterable[NextHop], toward: str, other: NextHop) -> Share:
    links = ", ".join(dict.fromkeys(map(_hop_text, own)))
    doubt = tr("whether {links} leads to {place}, as {other} does", links=links, place=toward, other=_hop_text(other))
    return share._replace(fate="unknown", doubt=doubt)


def _is_inside(block: Range | None, outer: Range | None) -> bool:
    return block is not None and outer is not None and block != outer and outer[0] <= block[0] and block[1] <= outer[1]


def decide(
    table: RouteTable, shares: Iterable[Share], packet: Packet, where: Where, toward: str, target: int | None = None
) -> Decision:
    """Build the decision from the shares of a network's addresses.

    - For a request the table was asked about the target, so one share holds all sources.
    - For a reply it was asked about the sources, and their shares may differ.

    `toward` names the other end in the text.
    """
    parts: dict[bool | None, list[Range]] = {True: [], False: [], None: []}
    deciding: list[Deciding] = []
    missing: dict[str, None] = {}
    assumed: dict[str, None] = {}
    for share in shares:
        reached = reaches(share, where, target)
        parts[reached] += share.addresses
        verdict: Verdict = "unknown" if reached is None else "allowed" if reached else "denied"
        rule = share.routes[0].destination if share.routes else None
        deciding.append(Deciding(table.id, rule, verdict, why(share, table, target), share.addresses))
        if reached is None:
            missing[share.doubt or _missing_fact(share)] = None
        if reached and share.fate == "carried" and where != "within":
            links = dict.fromkeys(f"{hop.type} {hop.id}" for r in share.routes for hop in r.hops if can_connect(hop))
            assumed[tr("{links} is up and leads to {place}", links=", ".join(links), place=toward)] = None
    allowed, denied, unknown = (union(parts[key]) for key in (True, False, None))
    return Decision(
        layer="route",
        direction="egress",
        at=(table.id,),
        verdict=verdict_of(allowed, denied, unknown),
        allowed=allowed,
        denied=denied,
        unknown=unknown,
        deciding=tuple(deciding),
        missing=tuple(missing),
        assumed=tuple(assumed),
        packet=packet,
    )


def why(share: Share, table: RouteTable, target: int | None = None) -> str:
    """Return in one clause what decided.

    `target` is set for a request, whose share holds sources.
    """
    if share.doubt:
        return tr("depends on {what}", what=share.doubt)
    if not share.routes:
        where = cidrs(share.addresses) if target is None else [text(target)]
        return tr("no entry of {table} leads to {blocks}", table=table.id, blocks=", ".join(where[:MOST_NAMED]))
    described = semicolons(map(describe, share.routes[:MOST_NAMED]))
    return tr("{routes}, in {table}", routes=described, table=table.id)


def _missing_fact(share: Share) -> str:
    described = semicolons(map(describe, share.routes[:MOST_NAMED]))
    if share.fate == "translated":
        return tr("where the packets go, and under which source address: {routes}", routes=described)
    return tr("what the next hop does with the packets: {routes}", routes=described)


def is_public(address: int) -> bool:
    """Return True for an address of the Internet."""
    return ipaddress.ip_address(text(address)).is_global


def with_route(table: RouteTable, route: Route) -> RouteTable:
    """Return the table with one more entry. An entry of the same destination is replaced, because a
    table holds one for each destination.
    """
    kept = tuple(entry for entry in table.routes if entry.block != route.block or entry.block is None)
    return replace(table, routes=(*kept, route))
