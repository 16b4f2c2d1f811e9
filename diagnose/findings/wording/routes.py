"""What is wrong between two networks, one function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.decisions.missing_routes import MissingRoute, missing_routes
from diagnose.decisions.routing import Way
from diagnose.findings.network.routes import Fault, faults
from diagnose.findings.wording import node_records, path
from diagnose.findings.wording.phrases import MOST_NAMED, Told, Words, ends, listed, place, seen_here
from probes.addresses import cidrs, intersect, union
from probes.rules.routes import describe

BRIDGE = "A bridge on a node (docker0, cni0) is in no answer of an API: ip route get <resource group address> on the node shows it."

COMPLETE = "Add to the case every page of DescribeRouteEntryList for both route tables, and DescribeVSwitchAttributes of both vSwitches, and run the check again."


def wrong_vpc(t: Told) -> Words:
    """NET-WRONG-VPC."""
    ways = _ways(t)
    ours, theirs = ways[0].ours, ways[0].theirs
    unread = list(dict.fromkeys(way.table.gap for way in ways if way.table.gap))
    if all(way.decision.unknown for way in ways):
        said = f"Whether the two are connected depends on {listed(unread or _missing(ways))}."
    else:
        said = f"The route tables say: {_whys(ways)}. No rule and no list helps while nothing connects the two."
    return Words(
        f"The resource group is bound to another VPC than the cluster: {ours}, not {theirs}",
        f"{_networks(ways)} is in {ours}, {t.hosts} in {theirs}. {said}{_others(t, ways)}",
        seen_here(t, f"{ends(t)} does not answer"),
        (
            f"Bind the resource group to a vSwitch in {theirs} (DataWorks console, Network Settings, VPC Binding), then let its block in to the cluster's group.",
            f"Or connect {ours} and {theirs} (VPC peering, CEN) and add a route to the other's block to the route table on each side.",
        ),
    )


def forward(t: Told) -> Words:
    """NET-ROUTE: as the tables show it, else as the packets tell it."""
    ways = _ways(t)
    if not ways:
        return path.route(t)
    if not _sure(ways):
        return Words(
            "The way to the cluster is not known",
            f"Whether packets of {_networks(ways)} find their way to {t.hosts} depends on {listed(_missing(ways))}.",
            seen_here(t, f"{ends(t)} does not answer"),
            (COMPLETE,),
        )
    return Words(
        "The resource group's route table does not lead to the cluster",
        f"Packets of {_networks(ways)} to {t.hosts} go by {_tables(ways)}: {_whys(ways)}. They do not get as far as any security group.{_others(t, ways)}",
        seen_here(t, f"{ends(t)} does not answer"),
        tuple(_advice(t, ways)),
    )


def backward(t: Told) -> Words:
    """RET-ROUTE: as the tables show it, else as packets and the far side's records tell it."""
    ways = _ways(t)
    if not ways:
        return node_records.route_back(t)
    denied = listed(cidrs(union(piece for way in ways for piece in way.decision.denied))) or t.sources
    if not _sure(ways):
        return Words(
            "The way back from the cluster is not known",
            f"Requests of {_networks(ways)} may arrive. Whether the answers of {t.hosts} find their way back depends on {listed(_missing(ways))}.",
            seen_here(t, f"{ends(t)} does not answer"),
            (COMPLETE, BRIDGE),
        )
    return Words(
        "The cluster's route table does not lead back to the resource group",
        f"Requests of {_networks(ways)} may arrive, and the answers of {t.hosts} to {denied} go by {_tables(ways)}: {_whys(ways)}. "
        f"To the client this is the same silence as a dropped packet.{_others(t, ways)}",
        seen_here(t, f"{ends(t)} does not answer"),
        (*_advice(t, ways), BRIDGE),
    )


def overlap(t: Told) -> Words:
    """NET-OVERLAP."""
    ways = _ways(t)
    way = ways[0]
    here, there = (way.theirs, way.ours) if way.is_reply else (way.ours, way.theirs)
    what = _networks(ways) if way.is_reply else f"The block of {t.hosts}"
    shown = _whys(ways) if _sure(ways) else f"{here} has a vSwitch with such addresses too"
    return Words(
        "The two VPCs use the same addresses",
        f"{what} overlaps a block of {here}, so packets to it stay in {here} and never reach {there}: {shown}. Routes do not help: inside a VPC its own "
        "blocks come first.",
        seen_here(t, f"{ends(t)} does not answer"),
        (
            f"Use a vSwitch for the resource group whose block occurs in neither VPC, best one in {way.theirs}.",
            BRIDGE,
        ),
    )


def translated(t: Told) -> Words:
    """NET-SNAT: as the tables show it, else as the far side's records tell it."""
    ways = _ways(t)
    if not ways:
        return node_records.translated(t)
    return Words(
        "A NAT gateway stands between the resource group and the cluster",
        f"Packets of {_networks(ways)} to {t.hosts} go by {_tables(ways)}: {_whys(ways)}. If they arrive, they carry an address of the NAT gateway: rules, "
        f"allow-lists and proxyuser hosts that name {t.sources} do not match.",
        advice=(
            "Write the rules for the address of the NAT gateway, or lead the packets over a peering or a transit router.",
        ),
    )


def gone(t: Told) -> Words:
    """NET-NODE-GONE."""
    address = listed(dict.fromkeys(f.endpoint.address for f in t.flows if f.endpoint.address))
    return Words(
        "The configuration names a host that is no node of the cluster any more",
        f"{place(t)} names {t.configured_hosts}{f' ({address})' if address else ''}, and the whole list of nodes (ListNodes) does not have it. Nodes are released and "
        "replaced, and exported files keep their names.",
        seen_here(t, f"{ends(t)} does not answer"),
        ("Export the configuration again, upload it, and initialize the resource group again.",),
    )


def metastore(t: Told) -> Words:
    """HMS-EXTERNAL."""
    return Words(
        "The Hive metastore is outside the cluster, so the cluster's security group does not guard it",
        f"{place(t)} names {t.configured_hosts}, which is no node of the cluster. {t.ports} has to be open from {t.sources} at that host's own firewall or "
        f"security group, and routed there and back.{way_out(t)}",
        seen_here(t, "it does not answer from here"),
        (f"Open {t.ports} from {t.sources} at {t.configured_hosts}, and check the route both ways.",),
    )


def way_out(t: Told) -> str:
    """' The route table of the resource group does not lead there: …', "" where it does or is not known."""
    ways = [way for blame in t.blames for way in t.scene.model.ways(blame.flow) if way.decision.denied]
    return f" The resource group's route table does not lead there: {_whys(ways)}." if ways else ""


def _ways(t: Told) -> list[Way]:
    """What the faults of these blames rest on, each table and network once."""
    found: dict[tuple[str, str, bool], Way] = {}
    for fault in _faults(t):
        for way in fault.ways:
            found.setdefault((way.source.label, way.table.id, way.is_reply), way)
    return list(found.values())


def _faults(t: Told) -> Iterator[Fault]:
    for blame in t.blames:
        for fault in faults(t.scene, blame.outcome):
            if (fault.code, fault.key) == (blame.code, blame.key):
                yield fault


def _networks(ways: list[Way]) -> str:
    return listed(dict.fromkeys(way.source.label for way in ways))


def _tables(ways: list[Way]) -> str:
    return listed(dict.fromkeys(way.table.id for way in ways))


def _missing(ways: list[Way]) -> list[str]:
    return list(dict.fromkeys(text for way in ways for text in way.decision.missing))


def _whys(ways: list[Way]) -> str:
    """What denies, else what is not known; addresses of several networks together."""
    wanted = "denied" if _sure(ways) else "unknown"
    return listed(dict.fromkeys(line.why for way in ways for line in way.decision.deciding if line.verdict == wanted))


def _others(t: Told, ways: list[Way]) -> str:
    """Which other networks of the resource group do not have this fault, since tasks run in any of them."""
    failing = {way.source.label for way in ways}
    asked = union(piece for flow in t.flows for piece in flow.sources)
    others = [s.label for s in t.scene.model.sources if s.label not in failing and intersect(s.ranges, asked)]
    if not others:
        return ""
    do = "does" if len(others) == 1 else "do"
    return f" {listed(others)} of the same resource group {do} not have this fault, and a task may run in any of its networks."


def _advice(t: Told, ways: list[Way]) -> Iterator[str]:
    """One line for each entry to add."""
    said: dict[tuple[str, str], MissingRoute] = {}
    for blame in t.blames:
        for entry in missing_routes(t.scene.case, blame.flow, t.scene.model.ways(blame.flow)):
            if entry.table in {way.table.id for way in ways}:
                said.setdefault((entry.table, entry.destination), entry)
    for entry in list(said.values())[:MOST_NAMED]:
        if entry.replaces is None:
            yield f"Add to {entry.table} a route to {entry.destination}, {_via(entry)}."
        else:
            yield f"In {entry.table} replace the {describe(entry.replaces)} by one with {_via(entry)}; if that link is down, bring it up first."
    if len(said) > MOST_NAMED:
        yield f"So it is with {len(said) - MOST_NAMED} more destinations; one route to a block that holds them all does as well."
    if not said:
        yield "Compare the route tables of both vSwitches; between two VPCs each side needs a route to the other's block."


def _sure(ways: list[Way]) -> bool:
    """Does a table surely stop something?"""
    return any(way.decision.denied for way in ways)


def _via(entry: MissingRoute) -> str:
    if entry.hop is not None:
        return f"next hop {entry.hop.type} {entry.hop.id}"
    if entry.kind:
        return f"next hop of type {entry.kind}: this VPC's own end of the link that the other direction uses"
    return "next hop the link between the two VPCs (VpcPeer for a peering, Attachment for a transit router)"
