"""Which entry is missing from a route table, and through which link that the case already shows?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnose.case.model import Case
from diagnose.decisions.routing import Way, target_address
from diagnose.flows.model import Flow
from probes.addresses import Range, Ranges, cidrs, intersect, parse, union
from probes.rules.routes import IN_USE, NextHop, Route, Share, connects

SHARED = frozenset({"vpcpeer"})
"""Links with one id at both ends. Router interfaces, attachments and VPN gateways have one of their own in each VPC."""

TO_ANYWHERE = frozenset({"attachment"})
"""Links that lead to all that one transit router joins, whichever entry names them."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One entry to add. block: its destination; hop: the link to use, None where the case does not show it; kind: type of link, "" where nothing tells;
    replaces: the entry of that destination that carries nothing."""

    table: str
    block: Range
    hop: NextHop | None
    kind: str = ""
    replaces: Route | None = None

    @property
    def destination(self) -> str:
        return cidrs((self.block,))[0]

    @property
    def route(self) -> Route | None:
        """As an entry of the table, None without a link."""
        return Route(self.table, self.destination, self.block, (self.hop,)) if self.hop else None


def missing(case: Case, flow: Flow, ways: Sequence[Way]) -> Iterator[Missing]:
    """The entries that this flow lacks, one for each table and block. ways: of one flow."""
    for way in ways:
        denied = way.decision.denied
        if not denied or way.where == "anywhere" or way.table.gap:
            continue
        opposite = [other for other in ways if other.source == way.source and other.is_reply != way.is_reply]
        hop = _link(case, way, opposite)
        kinds = [each.type for other in opposite for each in _carrying(other)]
        for block, replaced in _blocks(case, flow, way, denied).items():
            yield Missing(way.table.id, block, hop, hop.type if hop else next(iter(kinds), ""), replaced)


def _blocks(case: Case, flow: Flow, way: Way, denied: Ranges) -> dict[Range, Route | None]:
    """Destinations that lack a working entry, with the entry that has to give way. The vSwitch's whole block, as people write routes; that of the entry in the
    way, where it is a part of the block; the address alone where the case does not know the vSwitch. A system route gives way to none."""
    found: dict[Range, Route | None] = {}
    for share in way.shares:
        if share.fate == "local" or not intersect(share.addresses, denied):
            continue
        for block in _wanted(case, flow, way, share):
            in_the_way = next((r for r in share.routes if r.block is not None and _within(r.block, (block,))), None)
            same = next((route for route in way.table.routes if route.block == block), None)
            found.setdefault(*((in_the_way.block, in_the_way) if in_the_way and in_the_way.block else (block, same)))
    return found


def _wanted(case: Case, flow: Flow, way: Way, share: Share) -> list[Range]:
    if way.is_reply:
        return [block for block in way.source.ranges if intersect((block,), share.addresses)]
    address = target_address(flow)
    if address is None:
        return []
    around = [block for block in blocks_of(case, way.theirs) if intersect(((address, address),), (block,))]
    return around[:1] or [(address, address)]


def blocks_of(case: Case, vpc: str) -> Ranges:
    """Blocks of the vSwitches of one VPC, as far as the case has them."""
    texts = [t for v in case.vswitches.values() if v.vpc == vpc for t in (v.cidr, v.ipv6_cidr) if t]
    return tuple(sorted({parse(text) for text in texts}))


def _link(case: Case, way: Way, opposite: Sequence[Way]) -> NextHop | None:
    """A peering that the other direction uses; else a link of this table that already leads to the other VPC; else its only transit router."""
    shared = next((h for other in opposite for h in _carrying(other) if h.id and h.type.lower() in SHARED), None)
    if shared is not None:
        return NextHop(shared.type, shared.id)
    other_end = union(blocks_of(case, way.ours if way.is_reply else way.theirs))
    usable = [route for route in way.table.routes if route.status.lower() == IN_USE and route.block is not None]
    there = [hop for route in usable if _within(route.block, other_end) for hop in route.hops if connects(hop)]
    joined = {hop for route in usable for hop in route.hops if connects(hop) and hop.type.lower() in TO_ANYWHERE}
    found = there or (list(joined) if len({hop.id for hop in joined}) == 1 else [])
    return next((NextHop(hop.type, hop.id) for hop in found if hop.id), None)


def _carrying(way: Way) -> list[NextHop]:
    return [h for share in way.shares if share.fate == "carried" for r in share.routes for h in r.hops if connects(h)]


def _within(block: Range | None, whole: Ranges) -> bool:
    return block is not None and bool(intersect((block,), whole)) and intersect((block,), whole) == (block,)
