"""Which entries do the route tables of a case have, and is each table complete?

DescribeRouteEntryList returns ten entries a page unless more are asked for, so a lone first page is
common. An incomplete table proves no absence.
"""

from __future__ import annotations

from diagnose.case.api import paging
from diagnose.case.api.answers import NextHop, RouteEntry, RouteEntryList
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.errors import CaseError
from diagnose.case.model import Skipped
from probes.addresses import Range, parse
from probes.origin import Origin
from probes.rules import routes as model
from probes.rules.routes import Route, RouteTable

MOST_ENTRIES = 2000
"""Most entries of one table that are evaluated: ten times the quota of a VPC."""

NEEDS = "every page of vpc:DescribeRouteEntryList for this table, without a filter"


def read(answers: ApiAnswers) -> tuple[dict[str, RouteTable], list[Skipped]]:
    """Return the route tables by id, and what is missing.

    A table with a destination that is neither a block nor the id of a prefix list is not whole.
    """
    unread: dict[str, str] = {}
    routes: dict[str, dict[Route, None]] = {}
    pages: dict[str, dict[int, ApiAnswer[RouteEntryList]]] = {}
    for number, page in enumerate(answers.of(RouteEntryList)):
        lines = page.lines("RouteEntrys")
        for place, (entry, line) in enumerate(zip(page.value.route_entrys, lines, strict=True)):
            origin = Origin(page.file, line, entry.destination_cidr_block)
            known = routes.setdefault(entry.route_table_id, {})
            try:
                known[_route(page, place, entry, origin)] = None
            except CaseError as error:
                unread.setdefault(entry.route_table_id, f"an entry of {entry.route_table_id}: {error}")
            pages.setdefault(entry.route_table_id, {})[number] = page
    tables = {
        ident: RouteTable(
            ident, tuple(found), unread.get(ident) or _gap(ident, tuple(found), list(pages[ident].values()))
        )
        for ident, found in sorted(routes.items())
    }
    return tables, [
        Skipped(f"routes of {table.id or 'a table without id'}", table.gap, NEEDS)
        for table in tables.values()
        if table.gap
    ]


def _gap(ident: str, routes: tuple[Route, ...], pages: list[ApiAnswer[RouteEntryList]]) -> str:
    if not ident:
        return "the answer does not say of which route table its entries are"
    unfinished = paging.unfinished([(page.file, page.value) for page in pages])
    if unfinished is not None:
        return f"the routes of {ident} that were not exported: {unfinished}"
    if not any(route.kind.lower() == model.SYSTEM for route in routes):
        return f"the routes of {ident} that were not exported: no system route is listed, which every table has"
    if len(routes) > MOST_ENTRIES:
        return f"the routes of {ident}: {len(routes)} entries, of which no more than {MOST_ENTRIES} are evaluated"
    return ""


def _route(page: ApiAnswer[RouteEntryList], place: int, entry: RouteEntry, origin: Origin) -> Route:
    hops = tuple(_hop(hop) for hop in entry.next_hops)
    if not hops and entry.next_hop_type:
        hops = (model.NextHop(entry.next_hop_type, entry.next_hop_id),)
    return Route(
        table=entry.route_table_id,
        destination=entry.destination_cidr_block,
        block=_block(page, place, entry.destination_cidr_block),
        hops=hops,
        status=entry.status,
        kind=entry.type,
        learned=entry.origin,
        origin=origin,
    )


def _block(page: ApiAnswer[RouteEntryList], place: int, text: str) -> Range | None:
    """Return the block of a destination, or None for a prefix list.

    The known entries of a prefix list are merged, so the prefix lengths that decide are lost.
    """
    if text.startswith("pl-"):
        return None
    try:
        return parse(text)
    except ValueError:
        path = ("RouteEntrys", place, "DestinationCidrBlock")
        raise page.error(path, repr(text), "a CIDR such as 192.168.10.0/24") from None


def _hop(hop: NextHop) -> model.NextHop:
    return model.NextHop(
        type=hop.next_hop_type,
        id=hop.next_hop_id,
        enabled=None if hop.enabled is None else hop.enabled != 0,
        weight=hop.weight,
        related=hop.next_hop_related_info.instance_id,
    )
