"""Where does a VPC's route table send packets for each address of a range: to the other network, nowhere, or is it not known?

The longest prefix decides, whatever the order (https://www.alibabacloud.com/help/en/vpc/vpc-route-table, 20 March 2026). System routes keep packets inside
the VPC. Entries with one destination share its traffic (ECMP), or one of them stands by. An entry out of use may drop its packets or leave them to a shorter
prefix: where that makes a difference the answer is unknown. Next hop types: DescribeRouteEntryList, VPC API 2016-04-28.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal, NamedTuple

from probes.addresses import V6, Range, Ranges, cidrs, intersect, subtract, text, union
from probes.origin import Origin
from probes.rules.decision import Deciding, Decision, Packet, Verdict, verdict_of

Fate = Literal["local", "carried", "translated", "out", "dead", "unknown"]
"""local: stays in this VPC; carried: over a link to another private network; translated: through a NAT gateway; out: to the Internet or a cloud service;
dead: dropped here."""

CONNECTING = frozenset(
    {"routerinterface", "attachment", "vpcpeer", "vpngateway", "ecr", "instance", "networkinterface", "havip"}
)
"""Next hops that can lead to another private network: peering, transit router, VPN, leased line, or a machine of the customer's that forwards."""

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
"""Kind of the entries that every table has: 100.64.0.0/10 and the block of each vSwitch of the VPC."""

MOST_NAMED = 3
"""Entries or blocks of one clause."""

BY_TRANSLATION = "where the packets go, and under which source address:"
"""How the doubt about an entry that leads to a NAT gateway begins."""

IN_USE = "available"
OUT_OF_USE = frozenset({"inactive", "unavailable", "failed", "blackhole", "deleting"})
"""Status of an entry that surely carries nothing. Any other word but "Available" (Pending, Modifying …) leaves it open."""


@dataclass(frozen=True, slots=True)
class NextHop:
    """enabled: None where the answer does not say; weight: 0 for the standby of a pair; related: the instance behind it, "" where nothing says."""

    type: str
    id: str
    enabled: bool | None = None
    weight: int | None = None
    related: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One entry. destination: as written; block: its addresses, None for a list whose content is not known; kind: System, Custom, CEN, BGP;
    learned: where a propagated entry comes from, "" where nothing says."""

    table: str
    destination: str
    block: Range | None
    hops: tuple[NextHop, ...]
    status: str = "Available"
    kind: str = "Custom"
    learned: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class RouteTable:
    """gap: why entries may be missing, "" for a table that was exported whole."""

    id: str
    routes: tuple[Route, ...] = ()
    gap: str = ""


Where = Literal["within", "across", "anywhere"]
"""Where the other end is: in this VPC, in another one, or nobody knows in which network. Inside one VPC the system routes deliver, listed or not."""


class Share(NamedTuple):
    """Addresses of one fate. routes: what decided, empty where no entry covers them; doubt: why the fate is unknown."""

    addresses: Ranges
    fate: Fate
    routes: tuple[Route, ...] = ()
    doubt: str = ""


class Lookup:
    """One table, put in order once and asked many times."""

    def __init__(self, table: RouteTable) -> None:
        self._gap = table.gap
        known = sorted((route for route in table.routes if route.block is not None), key=_by_prefix)
        self._groups = [tuple(same) for _, same in groupby(known, key=lambda route: route.block)]
        self._listed = [r for r in table.routes if r.block is None and r.status.lower() not in OUT_OF_USE]

    def shares(self, destinations: Ranges) -> tuple[Share, ...]:
        """All of `destinations`, cut wherever another entry decides; exact for any nesting of prefixes."""
        if self._gap:
            return (Share(destinations, "unknown", (), self._gap),) if destinations else ()
        return tuple(_weighed(share, self._listed) for share in _longest(self._groups, destinations))


def lookup(table: RouteTable, destinations: Ranges) -> tuple[Share, ...]:
    """A single question to a table."""
    return Lookup(table).shares(destinations)


def passes(share: Share, where: Where, target: int | None = None) -> bool | None:
    """Do these packets get to the other end, as far as this table decides? None: not known. target: None where it is a private address anyway."""
    public = target is not None and _is_public(target)
    match share.fate, where:
        case "unknown", _:
            return None
        case "local", _:
            return where != "across"
        case _, "within" if all(_is_default(route) for route in share.routes):
            return True  # the system route of the target's vSwitch is longer than a default, listed or not
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
    """'Custom route 10.0.0.0/8 via VpcPeer pcc-1, Available'"""
    hops = ", ".join(_hop_text(hop) for hop in route.hops) or "no next hop"
    learned = f", learned from {route.learned}" if route.learned else ""
    return f"{route.kind or 'unnamed'} route {route.destination} via {hops}, {route.status or 'status not stated'}{learned}"


def connects(hop: NextHop) -> bool:
    """Can this next hop lead to another private network?"""
    return hop.type.lower() in CONNECTING and hop.enabled is not False


def _hop_text(hop: NextHop) -> str:
    text = f"{hop.type} {hop.id}".strip()
    return f"{text} (not enabled)" if hop.enabled is False else text


def _by_prefix(route: Route) -> tuple[int, int]:
    low, high = route.block or (0, 0)
    return high - low, low


def _is_default(route: Route) -> bool:
    return route.block in ((0, V6 - 1), (V6, V6 + (1 << 128) - 1))


def _longest(groups: Sequence[tuple[Route, ...]], destinations: Ranges) -> list[Share]:
    """groups: entries of one destination each, longest prefix first."""
    left = destinations
    shares: list[Share] = []
    for place, routes in enumerate(groups):
        block = routes[0].block
        taken = intersect(left, (block,)) if block is not None else ()
        if not taken:
            continue
        left = subtract(left, taken)
        if any(route.status.lower() == IN_USE for route in routes):
            shares.append(Share(taken, *_fate_of([route for route in routes if route.status.lower() == IN_USE])))
        else:
            shares += [_either(routes, shorter) for shorter in _longest(groups[place + 1 :], taken)]
        if not left:
            return shares
    return [*shares, Share(left, "dead")]


def _fate_of(routes: Sequence[Route]) -> tuple[Fate, tuple[Route, ...], str]:
    """What entries of one destination do together. A hop that is not enabled carries nothing, and a standby only where no other hop does."""
    hops = [hop for route in routes for hop in route.hops if hop.enabled is not False]
    active = [hop for hop in hops if hop.weight != 0] or hops
    fates = {_FATES.get(hop.type.lower(), "unknown") for hop in active}
    if all(route.kind.lower() == SYSTEM for route in routes) and not fates - {"unknown"}:
        fates = {"local"}
    if not fates:
        return "dead", tuple(routes), ""
    if len(fates) == 1 and "unknown" not in fates:
        return fates.pop(), tuple(routes), ""
    doubt = f"what becomes of packets under {'; '.join(describe(route) for route in routes)}"
    return "unknown", tuple(routes), doubt


def _either(routes: tuple[Route, ...], shorter: Share) -> Share:
    """An entry that is not in use: it drops its packets, or a shorter prefix has them; one about to change may also carry them by itself."""
    fates = {shorter.fate, "dead"}
    if not all(route.status.lower() in OUT_OF_USE for route in routes):
        fates.add(_fate_of(routes)[0])
    if fates == {"dead"}:
        return Share(shorter.addresses, "dead", routes)
    doubt = f"whether {routes[0].destination} of {routes[0].table} is in use: its status is {routes[0].status or 'not stated'}"
    return Share(shorter.addresses, "unknown", (*routes, *shorter.routes), doubt)


def _weighed(share: Share, listed: Sequence[Route]) -> Share:
    """A list not resolved may hold a longer prefix. It leaves the answer alone only where it would give the same one."""
    against = [route for route in listed if _fate_of([route])[0] != share.fate]
    if not against or share.fate == "unknown":
        return share
    doubt = "; ".join(f"the entries of prefix list {route.destination}, used in {route.table}" for route in against)
    return Share(share.addresses, "unknown", (*share.routes, *against), doubt)


def decide(
    table: RouteTable, shares: Iterable[Share], packet: Packet, where: Where, toward: str, target: int | None = None
) -> Decision:
    """What the shares of a network's addresses amount to. For a request the table was asked for the target, so there is one share of all sources; for a
    reply it was asked for the sources, and each may fare differently. toward: the other end, for words."""
    parts: dict[bool | None, list[Range]] = {True: [], False: [], None: []}
    deciding: list[Deciding] = []
    missing: dict[str, None] = {}
    assumed: dict[str, None] = {}
    for share in shares:
        passed = passes(share, where, target)
        parts[passed] += share.addresses
        verdict: Verdict = "unknown" if passed is None else "allowed" if passed else "denied"
        rule = share.routes[0].destination if share.routes else None
        deciding.append(Deciding(table.id, rule, verdict, why(share, table, target), share.addresses))
        if passed is None:
            missing[share.doubt or _unsaid(share)] = None
        if passed and share.fate == "carried" and where != "within":
            links = dict.fromkeys(f"{hop.type} {hop.id}" for r in share.routes for hop in r.hops if connects(hop))
            assumed[f"{', '.join(links)} is up and leads to {toward}"] = None
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
    """What decided, in one clause. target: of a request, whose share holds sources."""
    if share.doubt:
        return f"depends on {share.doubt}"
    if not share.routes:
        where = cidrs(share.addresses) if target is None else [text(target)]
        return f"no entry of {table.id} leads to {', '.join(where[:MOST_NAMED])}"
    return f"{'; '.join(describe(route) for route in share.routes[:MOST_NAMED])}, in {table.id}"


def _unsaid(share: Share) -> str:
    said = "; ".join(describe(route) for route in share.routes[:MOST_NAMED])
    if share.fate == "translated":
        return f"{BY_TRANSLATION} {said}"
    return f"what the next hop does with the packets: {said}"


def _is_public(address: int) -> bool:
    return ipaddress.ip_address(text(address)).is_global


def with_route(table: RouteTable, route: Route) -> RouteTable:
    """The table with one more entry; one of the same destination gives way to it, since a table holds one for each."""
    kept = tuple(each for each in table.routes if each.block != route.block or each.block is None)
    return replace(table, routes=(*kept, route))
