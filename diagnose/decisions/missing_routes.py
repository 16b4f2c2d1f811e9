"""Which entry does a route table lack, and which link that the case shows could it use?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from diagnose.case.model import Case
from diagnose.decisions.routing import Way, target_address
from diagnose.flows.model import Flow
from probes.addresses import Range, Ranges, cidrs, contains, covers, intersect, parse, union
from probes.frozen import frozen
from probes.rules.routes import IN_USE, NextHop, Route, Share, can_connect

SHARED = frozenset({"vpcpeer"})
"""Types of links that have the same id at both ends.

Router interfaces, attachments and VPN gateways have an id of their own in each VPC.
"""

TO_ANYWHERE = frozenset({"attachment"})
"""Types of links that lead to everything behind one transit router, whichever entry names them."""


@frozen
class MissingRoute:
    """One route entry to add."""

    table: str
    """Id of the route table."""
    block: Range
    """Destination of the entry."""
    hop: NextHop | None
    """Link to use. None if the case shows no link."""
    kind: str
    """Type of the link. "" if nothing in the case tells it."""
    replaces: Route | None
    """Entry for that destination that carries no packet. None if the destination has no entry."""
    is_reply: bool
    """True if replies lack the entry."""

    @property
    def destination(self) -> str:
        """Return the destination as CIDR text."""
        return cidrs((self.block,))[0]

    @property
    def route(self) -> Route | None:
        """Return the entry as a route of the table. None if no link is known."""
        return Route(self.table, self.destination, self.block, (self.hop,)) if self.hop else None


def missing_routes(case: Case, flow: Flow, ways: Sequence[Way]) -> Iterator[MissingRoute]:
    """Yield the entries that one flow lacks, one for each table and block."""
    for way in ways:
        denied = way.decision.denied
        if not denied or way.where == "anywhere" or way.table.gap:
            continue
        opposite = [other for other in ways if other.source == way.source and other.is_reply != way.is_reply]
        hop = _link(case, way, opposite)
        kinds = [each.type for other in opposite for each in _carrying_hops(other)]
        for block, replaced in _replaced_by_block(case, flow, way, denied).items():
            yield MissingRoute(
                way.table.id, block, hop, hop.type if hop else next(iter(kinds), ""), replaced, way.is_reply
            )


def _replaced_by_block(case: Case, flow: Flow, way: Way, denied: Ranges) -> dict[Range, Route | None]:
    """Return the destinations that lack a working entry, each with the entry to replace.

    - Normally the whole block of the vSwitch, as people write routes.
    - The block of the entry in the way, if that is a part of the vSwitch's block.
    - The address alone, if the case does not know the vSwitch.

    A system route is never replaced.
    """
    replaced: dict[Range, Route | None] = {}
    for share in way.shares:
        if share.fate == "local" or not intersect(share.addresses, denied):
            continue
        for block in _wanted_blocks(case, flow, way, share):
            same = next((route for route in way.table.routes if route.block == block), None)
            destination, entry = next(_within(share.routes, (block,)), (block, same))
            replaced.setdefault(destination, entry)
    return replaced


def _wanted_blocks(case: Case, flow: Flow, way: Way, share: Share) -> list[Range]:
    if way.is_reply:
        return [block for block in way.source.ranges if intersect((block,), share.addresses)]
    address = target_address(flow)
    if address is None:
        return []
    around = (block for block in blocks_of(case, way.theirs) if contains((block,), address))
    return [next(around, (address, address))]


def blocks_of(case: Case, vpc: str) -> Ranges:
    """Return the blocks of the vSwitches of one VPC that the case knows."""
    texts = [t for v in case.vswitches.values() if v.vpc == vpc for t in (v.cidr, v.ipv6_cidr) if t]
    return tuple(sorted({parse(text) for text in texts}))


def _link(case: Case, way: Way, opposite: Sequence[Way]) -> NextHop | None:
    """Return the link to use for the missing entry, None if the case shows none.

    1. A peering connection that the other direction uses.
    2. A link of this table that already leads to the other VPC.
    3. The only transit router of this table.
    """
    shared = next((h for other in opposite for h in _carrying_hops(other) if h.id and h.type.lower() in SHARED), None)
    if shared is not None:
        return NextHop(shared.type, shared.id)
    other_end = union(blocks_of(case, way.ours if way.is_reply else way.theirs))
    usable = [route for route in way.table.routes if route.status.lower() == IN_USE and route.block is not None]
    there = [hop for _, route in _within(usable, other_end) for hop in route.hops if can_connect(hop)]
    joined = {hop for route in usable for hop in route.hops if can_connect(hop) and hop.type.lower() in TO_ANYWHERE}
    usable_hops = there or (list(joined) if len({hop.id for hop in joined}) == 1 else [])
    return next((NextHop(hop.type, hop.id) for hop in usable_hops if hop.id), None)


def _carrying_hops(way: Way) -> list[NextHop]:
    return [
        h for share in way.shares if share.fate == "carried" for r in share.routes for h in r.hops if can_connect(h)
    ]


def _within(routes: Iterable[Route], whole: Ranges) -> Iterator[tuple[Range, Route]]:
    """Yield the entries for a part of these addresses, each after its destination."""
    for route in routes:
        if route.block is not None and covers(whole, (route.block,)):
            yield route.block, route
