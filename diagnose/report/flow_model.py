"""What does a JSON report hold of a flow, and of what was decided and seen of it?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from diagnose.output.observation import ObservationFacts

Need = Literal["required", "optional"]


class OriginFacts(Struct, frozen=True):
    """Where a value was read."""

    file: str
    """Path inside the case, or the option that gave the value."""
    line: int | None
    """Line, from 1. null if the source has no lines."""
    key: str | None
    """Key, element or option. null if there is none."""


class DecidingFacts(Struct, frozen=True):
    """A rule or default that decided for some sources of a flow."""

    group: str | None
    """Object that holds the rule: a security group, an ACL, a route table. null if there is
    none."""
    rule: str | None
    """Id of the rule. null for a default."""
    verdict: Literal["allowed", "denied", "partial", "unknown"]
    """What it decided."""
    why: str
    """How it decided, as one clause."""


class DecisionFacts(Struct, frozen=True):
    """The verdict of one configured layer on one flow."""

    layer: Literal["security-group", "network-acl", "route", "input"]
    """The layer."""
    direction: Literal["ingress", "egress"]
    """Side of the network interface."""
    at: list[str]
    """Ids of the objects that were evaluated."""
    verdict: Literal["allowed", "denied", "partial", "unknown"]
    """The verdict over all sources. Any unknown source makes it unknown."""
    allowed_sources: list[str]
    """Blocks that the layer lets through."""
    denied_sources: list[str]
    """Blocks that it stops."""
    unknown_sources: list[str]
    """Blocks for which the case does not hold enough."""
    deciding: list[DecidingFacts]
    """Rules and defaults that decided."""
    missing: list[str]
    """What the case lacks, each as a clause after "depends on"."""
    assumed: list[str]
    """What the verdict takes for granted, each as one clause."""
    packet: Literal["request", "reply"] = "request"
    """Which packet of the flow was judged."""


class FlowFacts(Struct, frozen=True):
    """One thing that has to be reachable."""

    id: str
    """Stable id: "kdc/master-1-1:88/udp"."""
    service: str
    """Title of the service."""
    host: str
    """Host, as the client writes it."""
    address: str | None
    """Its address in the case. null if the case has none."""
    port: int
    """Destination port; the first one of a range."""
    last_port: int | None
    """Last port of a range, of which a job takes any one. null if there is one port."""
    transport: Literal["tcp", "udp"]
    """Transport protocol."""
    sources: list[str]
    """Blocks that the flow starts from, in CIDR notation."""
    need: Need
    """Whether the resource group needs it."""
    why: str
    """Why it is needed, as one clause."""
    origin: OriginFacts
    """The line that names it."""
    verdict: Literal["reachable", "accepts", "allowed", "blocked", "partial", "unknown"]
    """What became of it.

    - reachable: the service answered in its own protocol.
    - accepts: its port took the connection, and it was not asked further.
    - allowed: the configuration permits it, and no packet of the resource group shows more.
    """
    decisions: list[DecisionFacts]
    """Verdicts of the configured layers."""
    observations: list[ObservationFacts]
    """What probes saw, in the order in which they ran."""
