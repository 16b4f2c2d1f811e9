"""Which entries do the route tables of a case have, and is each table complete?

DescribeRouteEntryList returns ten entries a page unless more are asked for, so a lone first page is
common. An incomplete table proves no absence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diagnose.case.api import paging
from diagnose.case.api.answers import NextHop, RouteEntry, RouteEntryList, RouteTableList
from diagnose.case.api.documents import ApiAnswer, ApiAnswers
from diagnose.case.errors import CaseError
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.addresses import Range, parse
from probes.frozen import replace
from probes.language import marked, tr
from probes.origin import Origin
from probes.rules import routes as model
from probes.rules.routes import Route, RouteTable

MOST_ENTRIES = 2000
"""Most entries of one table that are evaluated: ten times the quota of a VPC."""

NEEDS = marked("every page of vpc:DescribeRouteEntryList for this table, without a filter")

SETTLED = marked("vpc:DescribeRouteTableList again, once the Status of the table is Available")


def read(answers: ApiAnswers, conflicts: list[Conflict]) -> tuple[dict[str, RouteTable], list[Skipped]]:
    """Return the route tables by id, and what is missing.

    A table with a destination that is neither a block nor the id of a prefix list is not whole, nor
    is one of which two answers differ.
    """
    changing = dict(_changing(answers))
    unread: dict[str, str] = dict(changing)
    routes: dict[str, dict[Route, None]] = {}
    pages: dict[str, dict[int, ApiAnswer[RouteEntryList]]] = {}
    each: dict[str, dict[int, dict[Route, Route]]] = {}
    for number, page in enumerate(answers.of(RouteEntryList)):
        lines = page.lines("RouteEntrys")
        for place, (entry, line) in enumerate(zip(page.value.route_entrys, lines, strict=True)):
            origin = Origin(page.file, line, entry.destination_cidr_block)
            known = routes.setdefault(entry.route_table_id, {})
            try:
                route = _route(page, place, entry, origin)
                known[route] = None
                each.setdefault(entry.route_table_id, {}).setdefault(number, {})[replace(route, origin=None)] = route
            except CaseError as error:
                unread.setdefault(entry.route_table_id, f"an entry of {entry.route_table_id}: {error}")
            pages.setdefault(entry.route_table_id, {})[number] = page
    exports: dict[str, tuple[tuple[Route, ...], ...]] = {}
    for ident, answered in each.items():
        is_paged = any(page.value.next_token for page in pages[ident].values())
        if ident and not is_paged and (conflict := _conflict(ident, list(answered.values()))) is not None:
            conflicts.append(conflict)
            unread.setdefault(ident, tr("two exports of {table}, which differ", table=ident))
            exports[ident] = tuple(tuple(entries.values()) for entries in answered.values())
    tables = {
        ident: RouteTable(
            ident,
            tuple(found),
            unread.get(ident) or _gap(ident, tuple(found), list(pages[ident].values())),
            exports.get(ident, ()),
        )
        for ident, found in sorted(routes.items())
    }
    return tables, [
        Skipped(
            tr("routes of {table}", table=table.id or tr("a table without id")),
            table.gap,
            tr(SETTLED) if table.id in changing else tr(NEEDS),
        )
        for table in tables.values()
        if table.gap
    ]


def _changing(answers: ApiAnswers) -> Iterator[tuple[str, str]]:
    """Yield each table that changes at the moment, and what is not known of it."""
    for page in answers.of(RouteTableList):
        for table, line in zip(page.value.router_table_list, page.lines("RouterTableList"), strict=True):
            if table.status.strip().lower() not in ("", model.IN_USE):
                place = f"{page.file}:{line}"
                gap = marked("the routes of {table}: its Status is {status} ({place})")
                yield table.route_table_id, tr(gap, table=table.route_table_id, status=table.status, place=place)


def _conflict(ident: str, answered: Sequence[Mapping[Route, Route]]) -> Conflict | None:
    """Return the conflict of answers about one table that should be equal, or None.

    answered: the entries of each answer, by the entry without its place. An answer is whole if it
    has a system route, which every table has. No answer may have an entry that a whole one lacks.
    """
    for entries in answered:
        if not any(route.kind.lower() == model.SYSTEM for route in entries):
            continue
        for other in answered:
            more = next((other[entry] for entry in other if entry not in entries), None)
            here = next(iter(entries.values()))
            if more is None or more.origin is None or here.origin is None:
                continue
            without = tr("{count} entries, without the other one", count=len(entries))
            accounts = (without, model.describe(more))
            return Conflict(tr("route table {table}", table=ident), (here.origin, more.origin), accounts)
    return None


def _gap(ident: str, routes: tuple[Route, ...], pages: list[ApiAnswer[RouteEntryList]]) -> str:
    if not ident:
        return tr("the answer does not say of which route table its entries are")
    unfinished = paging.unfinished([(page.file, page.value) for page in pages])
    if unfinished is not None:
        return tr("the routes of {table} that were not exported: {why}", table=ident, why=unfinished)
    if not any(route.kind.lower() == model.SYSTEM for route in routes):
        return tr(
            "the routes of {table} that were not exported: no system route is listed, which every table has",
            table=ident,
        )
    if len(routes) > MOST_ENTRIES:
        return tr(
            "the routes of {table}: {count} entries, of which no more than {most} are evaluated",
            table=ident,
            count=len(routes),
            most=MOST_ENTRIES,
        )
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
        raise page.error(path, repr(text), tr("a CIDR such as 192.168.10.0/24")) from None


def _hop(hop: NextHop) -> model.NextHop:
    return model.NextHop(
        type=hop.next_hop_type,
        id=hop.next_hop_id,
        enabled=None if hop.enabled is None else hop.enabled != 0,
        weight=hop.weight,
        related=hop.next_hop_related_info.instance_id,
    )
