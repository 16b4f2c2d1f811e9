"""Which target addresses can no rule tell apart?

The borders of all blocks that a rule names for a target cut the number line into cells. Each rule
treats all addresses of one cell alike, so a decision about one of them holds for all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from probes.addresses import Ranges
from probes.rules.group_rule import Group
from probes.rules.network_acl import ALWAYS_PASSING, Acl


class Cells:
    """The cells into which some blocks cut the number line."""

    def __init__(self, blocks: Iterable[Ranges]) -> None:
        self._borders = sorted({edge for block in blocks for low, high in block for edge in (low, high + 1)})

    def first(self, address: int) -> int:
        """Return the first address of the cell that holds this address."""
        place = bisect_right(self._borders, address)
        return self._borders[place - 1] if place else 0


def cells_of(groups: Iterable[Group], acls: Iterable[Acl] = ()) -> Cells:
    """Return the cells of the target addresses that these rules tell apart."""
    return Cells(_blocks(groups, acls))


def _blocks(groups: Iterable[Group], acls: Iterable[Acl]) -> Iterator[Ranges]:
    for group in groups:
        yield from (rule.dest for rule in group.rules if isinstance(rule.dest, tuple))
    for acl in acls:
        entries = (*(acl.ingress or ()), *(acl.egress or ()))
        yield from (entry.party for entry in entries if isinstance(entry.party, tuple))
        yield ALWAYS_PASSING
