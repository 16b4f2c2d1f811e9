"""At which ports and addresses must rules be asked, so that the answers hold for whole ranges?

Ranges are cut wherever a rule begins or ends. So every rule treats all members of a piece alike,
and the first member of each piece stands for all of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from probes.addresses import Ranges, subtract, union
from probes.frozen import frozen, replace
from probes.rules.decision import Decision, verdict_of
from probes.rules.network_acl import Acl
from probes.rules.routes import RouteTable
from probes.rules.security_group import Group


@frozen
class Edges:
    """Places at which any rule of a case begins, or after which it ends."""

    ports: tuple[int, ...]
    """Destination ports, in order."""
    addresses: tuple[int, ...]
    """Places on the number line of `probes.addresses`, in order."""


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


def starts(whole: Ranges, edges: Sequence[int]) -> list[int]:
    """Return the first member of each piece of the ranges. `edges` are in order."""
    return [
        start for low, high in whole for start in (low, *edges[bisect_right(edges, low) : bisect_right(edges, high)])
    ]


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


def _edges(parties: Iterable[object]) -> tuple[int, ...]:
    """Return the edges of those parties that are ranges, and of no group or unresolved list."""
    ranges = (range_ for party in parties if isinstance(party, list | tuple) for range_ in party)
    return tuple(sorted({edge for low, high in ranges for edge in (low, high + 1)}))
