"""Which hops does a connection pass, where does it end, and which part of a block passes?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from diagnose.report.finding_model import FindingFacts
from diagnose.report.flow_model import DecisionFacts, FlowFacts
from probes.addresses import Range, parse
from probes.frozen import frozen
from probes.language import marked, tr

State = Literal["passes", "stops", "unknown", "part"]
STATES: dict[str, State] = {"allowed": "passes", "denied": "stops", "unknown": "unknown", "partial": "part"}
STATIONS: Mapping[tuple[str, str, str], str] = {
    ("security-group", "egress", "request"): marked("Security group, out"),
    ("network-acl", "egress", "request"): marked("Network ACL, out"),
    ("route", "", "request"): marked("Route"),
    ("network-acl", "ingress", "request"): marked("Network ACL, in"),
    ("security-group", "ingress", "request"): marked("Security group, in"),
    ("security-group", "egress", "reply"): marked("Security group, out, answers"),
    ("network-acl", "egress", "reply"): marked("Network ACL, out, answers"),
    ("route", "", "reply"): marked("Route, answers"),
    ("network-acl", "ingress", "reply"): marked("Network ACL, in, answers"),
    ("security-group", "ingress", "reply"): marked("Security group, in, answers"),
}
"""Layer, direction and packet -> what the station is called, in the order in which a packet meets
them: the list of a vSwitch stands before the groups of its nodes. A route has no direction."""

PASSING: Mapping[State, str] = {
    "passes": marked("passes"),
    "stops": marked("stops here"),
    "unknown": marked("not known"),
    "part": marked("lets a part pass"),
}
"""What a station does with the packets."""

SHARES: Mapping[State, str] = {
    "passes": marked("{share} % passes"),
    "stops": marked("{share} % does not pass"),
    "unknown": marked("{share} % is not known"),
}
"""What becomes of a part of the network."""

AT_HOST = ("FW-OS-", "RET-", "KDC-FRAG", "KDC-ASYM")
"""Codes of faults between the last configured layer and the service."""


@frozen
class Hop:
    """One station of a path."""

    kind: str
    """What it is: "Security group, in"."""
    name: str
    """Which one."""
    state: State
    """What becomes of the packet there."""


@frozen
class Segment:
    """A part of the resource group's networks."""

    blocks: str
    """Its blocks."""
    state: State
    """Whether its packets pass."""
    share: float
    """Its part of all addresses, 0 to 1."""


def hops(finding: FindingFacts, flow: FlowFacts) -> list[Hop]:
    """Return the stations from the resource group to the service, in the order of the packets.

    At most one stops the packet: after it, nothing is known.
    """
    layers_met = sorted((decision for decision in flow.decisions if decision.layer != "input"), key=_place)
    asked = [decision for decision in layers_met if decision.packet == "request"]
    answered = [decision for decision in layers_met if decision.packet == "reply"]
    layers = [_hop(decision) for decision in asked]
    back = [_hop(decision) for decision in answered if decision.verdict != "allowed"]
    is_stopped = any(hop.state in ("stops", "part") for hop in (*layers, *back))
    broken = flow.verdict in ("blocked", "partial") or (flow.verdict == "allowed" and finding.severity == "error")
    at_host = broken and not is_stopped and finding.code.startswith(AT_HOST)
    at_service = broken and not is_stopped and not at_host
    here: State = "unknown" if flow.verdict == "unknown" or is_stopped else "passes"
    return [
        Hop(tr("Resource group"), tr(", ").join(flow.sources) or tr("network not known"), "passes"),
        *layers,
        Hop(tr("Host"), flow.host, "stops" if at_host else here),
        Hop(flow.service, f"{flow.transport.upper()} {flow.port}", "stops" if at_service else here),
        *back,
    ]


def _hop(decision: DecisionFacts) -> Hop:
    return Hop(tr(STATIONS[_station(decision)]), tr(", ").join(decision.at), STATES[decision.verdict])


def _place(decision: DecisionFacts) -> int:
    return tuple(STATIONS).index(_station(decision))


def _station(decision: DecisionFacts) -> tuple[str, str, str]:
    return decision.layer, "" if decision.layer == "route" else decision.direction, decision.packet


def coverage(flow: FlowFacts) -> list[Segment]:
    """Return the parts of the sources of a flow that only partly pass. [] if all or none pass."""
    decision = next((one for one in flow.decisions if one.allowed_sources and one.denied_sources), None)
    if decision is None:
        return []
    parts: list[tuple[list[str], State]] = [
        (decision.allowed_sources, "passes"),
        (decision.denied_sources, "stops"),
        (decision.unknown_sources, "unknown"),
    ]
    try:
        sizes = [sum(_size(parse(block)) for block in blocks) for blocks, _ in parts]
    except ValueError:
        return []
    whole = sum(sizes)
    known = [(blocks, state, size) for (blocks, state), size in zip(parts, sizes, strict=True) if size]
    return [Segment(tr(", ").join(blocks), state, size / whole) for blocks, state, size in known]


def _size(block: Range) -> int:
    return block[1] - block[0] + 1
