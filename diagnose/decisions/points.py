"""At which ports and addresses must rules be asked, so that the answers hold for whole ranges?

Ranges are cut wherever a rule begins or ends. So every rule treats all members of a piece alike,
and the first member of each piece stands for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from probes.addresses import Ranges, subtract, union
from probes.rules.decision import Decision, verdict_of
from probes.rules.network_acl import Acl
from probes.rules.routes import RouteTable
from probes.rules.security_group import Group


@dataclass(frozen=True, slots=True)
class Edges:
    """Places at which any rule of a case begins, or after which it ends."""

    ports: frozenset[int]
    """Destination ports."""
    addresses: frozenset[int]
    """Places on the number line of `probes.addresses`."""


def edges_of(groups: Mapping[str, Group], acls: Mapping[str, Acl], tables: Mapping[str, RouteTable]) -> Edges:
    """Return the edges of all rules, entries and routes."""
    rules = [rule for group in groups.values() for rule in group.rules]
    entries = [entry for acl in acls.values() for entry in (*(acl.ingress or ()), *(acl.egress or ()))]
    blocks = [route.block for table in tables.values() for route in table.routes if route.block is not None]
    parties = [party for rule in rules for party in (rule.source, rule.dest)] + [entry.party for entry in entries]
    return Edges(
        _edges([*(rule.ports for rule in rules), *(entry.ports for entry in entries)]),
        _edges([*parties, blocks]),
    )


def starts(whole: Ranges, edges: Iterable[int]) -> list[int]:
    """Return the first member of each piece of the ranges."""
    cuts = sorted(edges)
    return [start for low, high in whole for start in (low, *(cut for cut in cuts if low < cut <= high))]


def merge_points(parts: Sequence[Decision]) -> Decision:
    """Merge the decisions of one layer at several points. A source passes if it passes at all."""
    if len(parts) == 1:
        return parts[0]
    denied = union(piece for part in parts for piece in part.denied)
    unknown = subtract(union(piece for part in parts for piece in part.unknown), denied)
    everything = union(
        piece for part in parts for pieces in (part.allowed, part.denied, part.unknown) for piece in pieces
    )
    allowed = subtract(subtract(everything, denied), unknown)
    return replace(
        parts[0],
        verdict=verdict_of(allowed, denied, unknown),
        allowed=allowed,
        denied=denied,
        unknown=unknown,
        deciding=tuple(dict.fromkeys(line for part in parts for line in part.deciding)),
        missing=tuple(dict.fromkeys(text for part in parts for text in part.missing)),
        assumed=tuple(dict.fromkeys(text for part in parts for text in part.assumed)),
    )


def _edges(parties: Iterable[object]) -> frozenset[int]:
    """Return the edges of those parties that are ranges, and of no group or unresolved list."""
    return frozenset(
        edge for party in parties if isinstance(party, list | tuple) for low, high in party for edge in (low, high + 1)
    )
