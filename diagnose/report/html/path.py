"""Which hops does a connection pass, where does it end, and which part of a block passes?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from diagnose.report.model import DecisionFacts, FindingFacts, FlowFacts
from probes.addresses import Range, parse

State = Literal["passes", "stops", "unknown", "part"]
STATES: dict[str, State] = {"allowed": "passes", "denied": "stops", "unknown": "unknown", "partial": "part"}
LAYERS = {"security-group": "Security group", "network-acl": "Network ACL", "route": "Route"}
SIDES = {"ingress": "in", "egress": "out"}
AT_HOST = ("FW-OS-", "RET-", "KDC-FRAG", "KDC-ASYM")
"""Codes of faults between the last configured layer and the service."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One station of a path."""

    kind: str
    """What it is: "Security group, in"."""
    name: str
    """Which one."""
    state: State
    """What becomes of the packet there."""


@dataclass(frozen=True, slots=True)
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
    asked = [decision for decision in flow.decisions if decision.packet == "request"]
    answered = [decision for decision in flow.decisions if decision.packet == "reply"]
    layers = [_hop(decision, "") for decision in asked]
    back = [_hop(decision, ", answers") for decision in answered if decision.verdict != "allowed"]
    is_stopped = any(hop.state in ("stops", "part") for hop in (*layers, *back))
    broken = flow.verdict in ("blocked", "partial") or (flow.verdict == "allowed" and finding.severity == "error")
    at_host = broken and not is_stopped and finding.code.startswith(AT_HOST)
    at_service = broken and not is_stopped and not at_host
    here: State = "unknown" if flow.verdict == "unknown" or is_stopped else "passes"
    return [
        Hop("Resource group", ", ".join(flow.sources) or "network not known", "passes"),
        *layers,
        Hop("Host", flow.host, "stops" if at_host else here),
        Hop(flow.service, f"{flow.transport.upper()} {flow.port}", "stops" if at_service else here),
        *back,
    ]


def _hop(decision: DecisionFacts, what: str) -> Hop:
    side = "" if decision.layer == "route" else f", {SIDES[decision.direction]}"
    return Hop(f"{LAYERS[decision.layer]}{side}{what}", ", ".join(decision.at), STATES[decision.verdict])


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
    return [Segment(", ".join(blocks), state, size / whole) for blocks, state, size in known]


def _size(block: Range) -> int:
    return block[1] - block[0] + 1
