"""Where do the two ends of a flow lie to each other, and do the route tables lead there and back: for each network of the resource group by itself?

Inside one vSwitch nothing routes. Inside one VPC the system's routes deliver (https://www.alibabacloud.com/help/en/vpc/vpc-route-table, 20 March 2026), so
only an entry that takes packets away matters. Between two VPCs each side needs an entry. Of a target outside, only the way there can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from diagnose.case.model import Case
from diagnose.flows.model import Flow, Source
from probes.addresses import Ranges, intersect, parse_address
from probes.rules.decision import Decision
from probes.rules.routes import Lookup, RouteTable, Share, Where, decide, lookup

HOW = "DescribeVSwitchAttributes names it, DescribeRouteEntryList lists it"


@dataclass(frozen=True, slots=True)
class Target:
    """The other end. vpc: None where no file says; outside: surely no node of the cluster, so nobody says in which network it is."""

    address: int | None
    vswitch: str | None = None
    vpc: str | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One direction between one network of the resource group and a target, as one table decides it. ours, theirs: the VPCs at both ends;
    shares: pieces of the network's addresses with what the table holds for them or, for a request, for the target."""

    source: Source
    table: RouteTable
    where: Where
    ours: str
    theirs: str
    shares: tuple[Share, ...]
    decision: Decision

    @property
    def is_reply(self) -> bool:
        return self.decision.packet == "reply"


class Routing:
    """The route tables of one case, asked source by source. Immutable but for what it remembers."""

    def __init__(self, case: Case, tables: Mapping[str, RouteTable]) -> None:
        self._case = case
        self._tables = tables
        self._ordered: dict[str, Lookup] = {}
        self._looked_up: dict[tuple[str, Ranges], tuple[Share, ...]] = {}

    def ways(self, flow: Flow, sources: Sequence[Source], target: Target) -> Iterator[Way]:
        """There and back for each network; nothing where no table has a say, or where nobody knows the VPCs."""
        for source in sources:
            asked = intersect(flow.sources, source.ranges)
            if not asked or source.vpc is None or (target.vswitch is not None and source.vswitch == target.vswitch):
                continue
            if target.outside:
                yield from self._to_stranger(source, asked, target)
            elif target.vpc is not None:
                yield from self._between(source, asked, target)

    def _to_stranger(self, source: Source, asked: Ranges, target: Target) -> Iterator[Way]:
        table = self.table(source.vswitch)
        if table is not None and source.vpc is not None and target.address is not None:
            yield self._there(source, asked, target.address, table, "anywhere", source.vpc, "the target")

    def _between(self, source: Source, asked: Ranges, target: Target) -> Iterator[Way]:
        ours, theirs = source.vpc or "", target.vpc or ""
        where: Where = "within" if ours == theirs else "across"
        there, back = self.table(source.vswitch), self.table(target.vswitch)
        if where == "within":
            there, back = (None if table is None or table.gap else table for table in (there, back))
        else:
            there = there or _absent(source.vswitch or ours)
            back = back or _absent(target.vswitch or theirs)
        if there is not None:
            yield self._there(source, asked, target.address, there, where, ours, theirs)
        if back is not None:
            shares = self._lookup(back, asked)
            yield Way(source, back, where, ours, theirs, shares, decide(back, shares, "reply", where, ours))

    def _there(
        self,
        source: Source,
        asked: Ranges,
        address: int | None,
        table: RouteTable,
        where: Where,
        ours: str,
        theirs: str,
    ) -> Way:
        """One target, so one answer for every source."""
        if address is None:
            table = RouteTable(table.id, gap="the address of the target")
        found = self._lookup(table, ((address or 0, address or 0),))
        shares = tuple(share._replace(addresses=asked) for share in found)
        return Way(source, table, where, ours, theirs, shares, decide(table, shares, "request", where, theirs, address))

    def _lookup(self, table: RouteTable, destinations: Ranges) -> tuple[Share, ...]:
        """Many flows go to one address, and all that end in one vSwitch share the way back."""
        if table.gap:
            return lookup(table, destinations)
        key = (table.id, destinations)
        if key not in self._looked_up:
            if table.id not in self._ordered:
                self._ordered[table.id] = Lookup(table)
            self._looked_up[key] = self._ordered[table.id].shares(destinations)
        return self._looked_up[key]

    def table(self, vswitch: str | None) -> RouteTable | None:
        """The table that a vSwitch uses, if the case says which and has it."""
        known = self._case.vswitches.get(vswitch) if vswitch else None
        return self._tables.get(known.route_table) if known and known.route_table else None


def _absent(owner: str) -> RouteTable:
    return RouteTable(owner, gap=f"the route table of {owner} ({HOW})")


def target_address(flow: Flow) -> int | None:
    """Number of the address that a flow goes to, None where no file says."""
    return None if flow.endpoint.address is None else parse_address(flow.endpoint.address)
