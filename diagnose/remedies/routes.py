"""Which new route, or which other VPC, leads packets to the cluster and back?

One entry is added for each table and block, and tried on the model before it is shown. A resource
group in a VPC that nothing joins to the cluster's is bound anew, which needs no entry at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diagnose.case.model import Network
from diagnose.decisions.missing_routes import MissingRoute, missing_routes
from diagnose.decisions.model import Model
from diagnose.findings.model import Blame
from diagnose.flows.model import Flow
from diagnose.remedies.model import RECOMMENDED, FindingRef, Rebinding, RouteEdit
from probes.addresses import cidrs, parse
from probes.rules.routes import NextHop, Route, RouteTable, describe, with_route


def route_edits(model: Model, blames: Sequence[Blame], finding: FindingRef) -> list[RouteEdit]:
    """Return entries after which the ways that these blames name are open, tried on the model.

    Empty if no entries do that, or if the case does not show a link to use.
    """
    wanted: dict[tuple[str, str], tuple[MissingRoute, list[str]]] = {}
    for blame in blames:
        for entry in missing_routes(model.case, blame.flow, model.ways(blame.flow)):
            if (entry.table, entry.is_reply) in _tables_of(blame):
                wanted.setdefault((entry.table, entry.destination), (entry, []))[1].append(blame.flow.id)
    routes = [entry.route for entry, _ in wanted.values() if entry.route is not None]
    if len(routes) != len(wanted):
        return []
    changed = model.with_tables(_with_routes(model.tables, routes))
    if any(
        way.decision.denied and (way.table.id, way.is_reply) in _tables_of(blame)
        for blame in blames
        for way in changed.ways(blame.flow)
    ):
        return []
    return [_edit(entry, entry.route, fixes, finding) for entry, fixes in wanted.values() if entry.route is not None]


def with_routes(model: Model, edits: Sequence[RouteEdit]) -> Model:
    """Return the model with these entries added."""
    routes = [
        Route(edit.table, edit.destination, parse(edit.destination), (NextHop(edit.hop_type, edit.hop),))
        for edit in edits
    ]
    return model.with_tables(_with_routes(model.tables, routes))


def _tables_of(blame: Blame) -> set[tuple[str, bool]]:
    """Return table and direction of the ways that a blame is about."""
    return {(way.table.id, way.is_reply) for way in blame.ways}


def rebindings(model: Model, flows: Sequence[Flow], finding: FindingRef) -> Iterator[Rebinding]:
    """Yield each network of the resource group that is in a VPC of its own.

    Its new VPC is the one of the nodes that these flows go to. Nothing is yielded if they are in
    several.
    """
    for network in model.case.resource_group.networks:
        fixes: list[str] = []
        vpcs: set[str] = set()
        vswitches: dict[str | None, None] = {}
        for flow in flows:
            for way in model.ways(flow):
                if way.decision.denied and way.where == "across" and _is_of(way.source.vswitch, way.ours, network):
                    node = model.node(flow)
                    fixes.append(flow.id)
                    vpcs.add(way.theirs)
                    vswitches[node.vswitch if node else None] = None
        if len(vpcs) == 1:
            yield Rebinding(
                finding=finding,
                option=RECOMMENDED,
                fixes=list(dict.fromkeys(fixes)),
                resource_group=model.case.resource_group.id or None,
                network=[part for part in (network.vpc, network.vswitch, network.cidr) if part],
                vpc=vpcs.pop(),
                vswitch=next((name for name in vswitches if name), None),
            )


def _edit(entry: MissingRoute, route: Route, fixes: Sequence[str], finding: FindingRef) -> RouteEdit:
    hop = route.hops[0]
    return RouteEdit(
        finding=finding,
        option=RECOMMENDED,
        fixes=list(dict.fromkeys(fixes)),
        table=entry.table,
        destination=cidrs((parse(route.destination),))[0],
        hop_type=hop.type,
        hop=hop.id,
        replaces=None if entry.replaces is None else describe(entry.replaces),
    )


def _is_of(vswitch: str | None, vpc: str, network: Network) -> bool:
    """Return True if a source with this vSwitch and VPC is that network."""
    return network.vswitch == vswitch if vswitch else network.vpc == vpc


def _with_routes(tables: Mapping[str, RouteTable], routes: Sequence[Route]) -> dict[str, RouteTable]:
    changed = dict(tables)
    for route in routes:
        changed[route.table] = with_route(changed[route.table], route)
    return changed
