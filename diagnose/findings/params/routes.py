"""Which values do the sentences about two networks hold?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.decisions.missing_routes import MissingRoute, missing_routes
from diagnose.decisions.routing import Way
from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.params import node_records, path
from diagnose.findings.values import Params, Value, unique
from diagnose.flows.spelling import is_mistyped
from probes.addresses import cidrs, intersect, union
from probes.rules.routes import describe


def by_tables(group: BlameGroup) -> Params:
    """Return what the route tables show. Empty if no table shows the fault.

    - from, tables: networks of the resource group, and ids of the tables.
    - ours, theirs: the VPCs of the first way, seen from the resource group.
    - is_sure: a table surely stops something.
    - unread: what is not known of a table; missing: what would settle it.
    - others: networks of the same resource group that do not have this fault.
    - entries: entries to add.
    """
    ways = _ways(group)
    if not ways:
        return {}
    is_sure = any(way.decision.denied for way in ways)
    wanted = "denied" if is_sure else "unknown"
    return {
        "from": unique(way.source.label for way in ways),
        "tables": unique(way.table.id for way in ways),
        "ours": ways[0].ours,
        "theirs": ways[0].theirs,
        "is_reply": ways[0].is_reply,
        "is_sure": is_sure,
        "is_all_unknown": all(way.decision.unknown for way in ways),
        "denied": cidrs(union(piece for way in ways for piece in way.decision.denied)),
        "unread": unique(way.table.gap for way in ways if way.table.gap),
        "missing": unique(text for way in ways for text in way.decision.missing),
        "reasons": _reasons(ways, wanted),
        "others": _others(group, ways),
        "entries": [_entry(entry) for entry in _entries(group, ways)],
    }


def forward(group: BlameGroup) -> Params:
    return by_tables(group) or path.routers(group)


def backward(group: BlameGroup) -> Params:
    if group.blames[0].cause == "host-route":
        return node_records.stray(group)
    return by_tables(group) or node_records.route_back(group)


def overlap(group: BlameGroup) -> Params:
    return by_tables(group) or node_records.stray(group)


def translated(group: BlameGroup) -> Params:
    return by_tables(group) or node_records.translated(group)


def missing_way(group: BlameGroup) -> Params:
    """Return why the resource group's own route table does not lead to a target outside.

    Empty if it does.
    """
    ways = [way for blame in group.blames for way in group.scene.model.ways(blame.flow) if way.decision.denied]
    return {"no_way": _reasons(ways, "denied")}


def _ways(group: BlameGroup) -> list[Way]:
    """Return what these blames rest on, each table and network once."""
    ways = (way for blame in group.blames for way in blame.ways)
    return list({(way.source.label, way.table.id, way.is_reply): way for way in ways}.values())


def _reasons(ways: Sequence[Way], verdict: str) -> tuple[str, ...]:
    return unique(line.why for way in ways for line in way.decision.deciding if line.verdict == verdict)


def _others(group: BlameGroup, ways: Sequence[Way]) -> list[str]:
    """Return the other networks that the flows come from. A task may run in any of them."""
    failing = {way.source.label for way in ways}
    asked = union(piece for flow in group.flows for piece in flow.sources)
    sources = group.scene.model.sources
    return [source.label for source in sources if source.label not in failing and intersect(source.ranges, asked)]


def _entries(group: BlameGroup, ways: Sequence[Way]) -> Iterator[MissingRoute]:
    """Yield the entries to add to these tables, each once."""
    tables = {way.table.id for way in ways}
    named: dict[tuple[str, str], MissingRoute] = {}
    for blame in group.blames:
        for entry in missing_routes(group.scene.case, blame.flow, group.scene.model.ways(blame.flow)):
            if entry.table in tables:
                named.setdefault((entry.table, entry.destination), entry)
    yield from named.values()


def _entry(entry: MissingRoute) -> Value:
    """Return one entry to add.

    - replaces: the entry of the same block that carries no packet.
    - hop_type without hop: only the kind of link is known.
    """
    return {
        "table": entry.table,
        "destination": entry.destination,
        "replaces": None if entry.replaces is None else describe(entry.replaces),
        "hop_type": entry.hop.type if entry.hop is not None else entry.kind or None,
        "hop": entry.hop.id if entry.hop is not None else None,
    }


def gone(group: BlameGroup) -> Params:
    """Return the addresses of the host, and the node that its name may be a mistyped form of.

    A name that differs in a digit is the name of another node.
    """
    host = group.first.flow.endpoint.host.lower().partition(".")[0]
    near = unique(
        node.name
        for node in group.scene.case.nodes
        if is_mistyped(host, node.name.lower()) and _digits(host) == _digits(node.name)
    )
    addresses = unique(flow.endpoint.address for flow in group.flows if flow.endpoint.address)
    return {"addresses": addresses, "near": near[0] if len(near) == 1 else None}


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))
