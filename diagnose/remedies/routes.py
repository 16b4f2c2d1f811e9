"""The smallest change of route tables that leads packets there and back: one entry for each table and block, tried on the model before it is shown.

A resource group bound to a VPC that nothing joins to the cluster's is bound anew, which needs no entry at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from diagnose.case.model import Network
from diagnose.decisions.missing_routes import MissingRoute, missing_routes
from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from probes.addresses import cidrs, parse
from probes.rules.routes import Route, RouteTable, with_route


@dataclass(frozen=True, slots=True)
class RouteEdit:
    """One entry to add to one table. fixes: ids of the flows that need it."""

    entry: MissingRoute
    route: Route
    fixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebinding:
    """One network of the resource group that has to be in another VPC. vswitches: those of the cluster's nodes."""

    network: Network
    vpc: str
    vswitches: tuple[str, ...]
    fixes: tuple[str, ...]


def edits(model: Model, flows: Sequence[Flow]) -> list[RouteEdit]:
    """Entries after which every one of these flows is routed both ways; empty where that does not do, or where the case does not show a link to use."""
    wanted: dict[tuple[str, str], tuple[MissingRoute, list[str]]] = {}
    for flow in flows:
        for entry in missing_routes(model.case, flow, model.ways(flow)):
            wanted.setdefault((entry.table, entry.destination), (entry, []))[1].append(flow.id)
    found = [
        RouteEdit(entry, entry.route, tuple(dict.fromkeys(fixes)))
        for entry, fixes in wanted.values()
        if entry.route is not None
    ]
    if len(found) != len(wanted):
        return []
    changed = model.with_tables(_applied(model.tables, found))
    works = not any(way.decision.denied for flow in flows for way in changed.ways(flow))
    return found if works else []


def rebindings(model: Model, flows: Sequence[Flow]) -> Iterator[Rebinding]:
    """For each network of the resource group that is in a VPC of its own: the VPC of the nodes that these flows go to, if they are all in one."""
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
            known = tuple(name for name in vswitches if name)
            yield Rebinding(network, vpcs.pop(), known, tuple(dict.fromkeys(fixes)))


def _is_of(vswitch: str | None, vpc: str, network: Network) -> bool:
    return network.vswitch == vswitch if vswitch else network.vpc == vpc


def _applied(tables: Mapping[str, RouteTable], found: Sequence[RouteEdit]) -> dict[str, RouteTable]:
    changed = dict(tables)
    for edit in found:
        changed[edit.entry.table] = with_route(changed[edit.entry.table], edit.route)
    return changed


def spelled(route: Route) -> str:
    """'192.168.10.0/24 via VpcPeer pcc-1', as the emitters read it."""
    hop = route.hops[0]
    return f"{cidrs((parse(route.destination),))[0]} via {hop.type} {hop.id}"
