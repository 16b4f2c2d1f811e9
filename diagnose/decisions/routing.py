"""Do the route tables lead from each network of the resource group to a target and back?

- Inside one vSwitch nothing is routed.
- Inside one VPC the system routes deliver
  (https://www.alibabacloud.com/help/en/vpc/vpc-route-table, 20 March 2026). Only an entry that
  takes packets away matters there, so a table with a gap is left out. If two exports differ on such
  an entry, the way is unknown.
- Between two VPCs each side needs an entry.
- For a target outside the cluster, only the way to it can be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property

from diagnose.case.model import Case
from diagnose.decisions.alike import Cells
from diagnose.flows.model import Flow, Source
from probes.addresses import Range, Ranges, contains, intersect, parse_address, union
from probes.frozen import frozen
from probes.language import marked, tr
from probes.rules.decision import Decision
from probes.rules.routes import Lookup, RouteTable, Share, Where, decide, diverted, is_public, lookup


@frozen
class RouteTarget:
    """The target of a flow, as routing sees it."""

    address: int | None
    """Number of the address. None if no file says it."""
    vswitch: str | None = None
    """Id of its vSwitch. None if no file says it."""
    vpc: str | None = None
    """Id of its VPC. None if no file says it."""
    outside: bool = False
    """True if the target is certainly not a cluster node. Its network is then not known."""


@frozen
class Way:
    """One direction between a network of the resource group and a target, for one table."""

    source: Source
    """Network of the resource group."""
    table: RouteTable
    """Table that decides."""
    where: Where
    """Position of the two ends: within one VPC, across two VPCs, or anywhere."""
    ours: str
    """VPC of the network."""
    theirs: str
    """VPC of the target, or "the target" if it is outside the cluster."""
    shares: tuple[Share, ...]
    """Pieces of the network's addresses, each with the entries of the table that apply.

    For a request these are the entries for the target.
    """
    decision: Decision
    """Decision of the table over the addresses of the network."""

    @property
    def is_reply(self) -> bool:
        """Return True if packets of this direction are replies."""
        return self.decision.packet == "reply"


class Routing:
    """The route tables of one case. Immutable apart from its cache of lookups."""

    def __init__(self, case: Case, tables: Mapping[str, RouteTable]) -> None:
        self._case = case
        self._tables = tables
        self._ordered: dict[str, Lookup] = {}
        self._looked_up: dict[tuple[str, Ranges], tuple[Share, ...]] = {}

    def ways(self, flow: Flow, sources: Sequence[Source], target: RouteTarget) -> Iterator[Way]:
        """Yield the way there and the way back for each network.

        Yields nothing if no table decides, or if the VPCs are not known.
        """
        for source in sources:
            addresses = intersect(flow.sources, source.ranges)
            if not addresses or source.vpc is None or (target.vswitch is not None and source.vswitch == target.vswitch):
                continue
            if target.outside:
                yield from self._to_outside(source, addresses, target)
            elif target.vpc is not None:
                yield from self._between(source, addresses, target)

    def _to_outside(self, source: Source, addresses: Ranges, target: RouteTarget) -> Iterator[Way]:
        table = self.table(source.vswitch)
        if table is not None and source.vpc is not None and target.address is not None:
            yield self._there(source, addresses, target.address, table, "anywhere", source.vpc, tr("the target"))

    def _between(self, source: Source, addresses: Ranges, target: RouteTarget) -> Iterator[Way]:
        ours, theirs = source.vpc or "", target.vpc or ""
        where: Where = "within" if ours == theirs else "across"
        there, back = self.table(source.vswitch), self.table(target.vswitch)
        if where == "across":
            there = there or _absent(source.vswitch or ours)
            back = back or _absent(target.vswitch or theirs)

        at = () if target.address is None else ((target.address, target.address),)

        def request(table: RouteTable) -> Way:
            beside = self._lookup(back, addresses) if where == "across" and back is not None else ()
            return self._there(source, addresses, target.address, table, where, ours, theirs, beside)

        def reply(table: RouteTable) -> Way:
            shares = self._lookup(table, addresses)
            if where == "across" and there is not None and at:
                shares = tuple(diverted(share, table, self._lookup(there, at), ours) for share in shares)
            return Way(source, table, where, ours, theirs, shares, decide(table, shares, "reply", where, ours))

        for table, ask in ((there, request), (back, reply)):
            if table is not None and (where == "across" or not table.gap or _depends(table, ask)):
                yield ask(table)

    def _there(
        self,
        source: Source,
        addresses: Ranges,
        address: int | None,
        table: RouteTable,
        where: Where,
        ours: str,
        theirs: str,
        back: Sequence[Share] = (),
    ) -> Way:
        """Return the way of the requests.

        There is one target, so one decision holds for every source. `back`: the shares of the
        replies.
        """
        if address is None:
            table = RouteTable(table.id, gap=tr("the address of the target"))
        found_shares = self._lookup(table, ((address or 0, address or 0),))
        shares = tuple(diverted(share, table, back, theirs)._replace(addresses=addresses) for share in found_shares)
        return Way(source, table, where, ours, theirs, shares, decide(table, shares, "request", where, theirs, address))

    def _lookup(self, table: RouteTable, destinations: Ranges) -> tuple[Share, ...]:
        """Return the table's entries for some destinations, from the cache if possible.

        Many flows go to one address, and all that end in one vSwitch share the way back.
        """
        if table.gap:
            return lookup(table, destinations)
        key = (table.id, destinations)
        if key not in self._looked_up:
            if table.id not in self._ordered:
                self._ordered[table.id] = Lookup(table)
            self._looked_up[key] = self._ordered[table.id].shares(destinations)
        return self._looked_up[key]

    def alike(self, address: int | None) -> Hashable:
        """Return a value that is equal for two addresses if every table answers alike for both.

        An address that some table has no entry for is alone, because the answer names it.
        """
        if address is None or not self._covered:
            return address is None
        if not all(contains(blocks, address) for blocks in self._covered):
            return address
        return self._cells.first(address), is_public(address)

    @cached_property
    def _covered(self) -> tuple[Ranges, ...]:
        """Return what each table has entries for, if it has no gap or exports that differ."""
        return tuple(union(_blocks(table)) for table in self._tables.values() if not table.gap or table.exports)

    @cached_property
    def _cells(self) -> Cells:
        return Cells((block,) for table in self._tables.values() for block in _blocks(table))

    def table(self, vswitch: str | None) -> RouteTable | None:
        """Return the route table of a vSwitch.

        None if the case lacks the table or its link to the vSwitch.
        """
        known = self._case.vswitches.get(vswitch) if vswitch else None
        return self._tables.get(known.route_table) if known and known.route_table else None


def _depends(table: RouteTable, ask: Callable[[RouteTable], Way]) -> bool:
    """Return True if one of the exports that differ may not let the packets through."""
    each = (RouteTable(f"{table.id} {number}", entries) for number, entries in enumerate(table.exports))
    return any(ask(export).decision.verdict != "allowed" for export in each)


def _blocks(table: RouteTable) -> list[Range]:
    return [route.block for route in table.routes if route.block is not None]


def _absent(owner: str) -> RouteTable:
    how = marked("the route table of {owner} (DescribeVSwitchAttributes names it, DescribeRouteEntryList lists it)")
    return RouteTable(owner, gap=tr(how, owner=owner))


def target_address(flow: Flow) -> int | None:
    """Return the number of the address that a flow goes to. None if no file says it."""
    return None if flow.endpoint.address is None else parse_address(flow.endpoint.address)
