"""What does a line of `ip route` or `ip rule` say?"""

from __future__ import annotations

from probes.addresses import V6, Range
from probes.frozen import frozen
from probes.origin import Origin

MAIN, LOCAL, DEFAULT = "main", "local", "default"
"""Names of the tables that every host has."""


@frozen
class HostRoute:
    """One route of a host."""

    kind: str
    """"unicast", "local", "broadcast", "blackhole", "unreachable", "prohibit", "throw" …"""
    network: Range
    """Destinations."""
    length: int
    """Length of the prefix, 0-32 or 0-128."""
    table: str
    """Name or number of its table."""
    devices: tuple[str, ...]
    """Links that it leads to, each once. () if it leads to none."""
    gateway: str | None
    """Address of the next router. None if the destination is a neighbour."""
    metric: int
    """Of two routes to one network, the one with the smaller number counts."""
    source: str | None
    """Own address that it gives to packets without one (src). None if it names none."""
    is_dead: bool
    """True if the kernel skips it."""
    has_no_carrier: bool
    """True if nothing is plugged in at its link. The kernel takes it all the same, unless it is
    dead."""
    origin: Origin
    """Line of the text."""

    @property
    def is_v6(self) -> bool:
        return self.network[0] >= V6


@frozen
class PolicyRule:
    """One rule that selects a table of routes."""

    source: Range | None
    """Source addresses that it is for. None: all."""
    target: Range | None
    """Destinations that it is for. None: all."""
    is_inverted: bool
    """True if it is for all other packets."""
    is_for_others: bool
    """True if a plain packet of the host itself never matches: another link, or a mark."""
    is_clear: bool
    """False if it depends on what a list of rules cannot tell."""
    action: str
    """"lookup", "blackhole", "unreachable", "prohibit" or "nop"."""
    table: str
    """Table that "lookup" looks in. "" for every other action."""
    shortest: int
    """A found route counts only if its prefix is longer than this. -1: every route counts."""
    is_v6: bool
    """True for a rule of IPv6."""
    origin: Origin
    """Line of the text."""
