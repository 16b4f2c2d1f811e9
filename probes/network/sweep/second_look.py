"""Who of the silent endpoints is asked again, how often and how far apart, before silence is said?"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from probes.network.pacing import ENOUGH_ANSWERS
from probes.network.sweep.flow import MOST_AT_ONE, Flow, Path

SAMPLE = 16
"""Silent endpoints of one path that are asked again when all is quiet."""

SAMPLE_SPACING = 0.003
"""Seconds between two of them."""

REJECT_SAMPLE, REJECT_SPACING = 3, 1.1
"""Silent endpoints beside a rejected one, over all paths, and seconds between them: one ICMP error a second is what may be expected."""


def worst_case(endpoints: int, patience: float, in_flight: int, *, hurry: bool = True) -> float:
    """Seconds after which a sweep of so many has ended, whatever the peers do: every endpoint takes its patience, where there are enough for a path to become known
    a sample and then all are asked again, and rejects are waited for."""
    if not endpoints:
        return 0.0
    rounds = math.ceil(endpoints / min(in_flight, MOST_AT_ONE)) * patience
    again = 2 * (rounds + endpoints * SAMPLE_SPACING) if hurry and endpoints > ENOUGH_ANSWERS else 0.0
    return rounds + again + REJECT_SAMPLE * REJECT_SPACING + patience


def further(paths: Collection[Path], *, hurry: bool) -> Iterator[tuple[Sequence[Flow], int | None, float]]:
    """Who, how often (None: as the path's own pace says), and how far apart; each look is taken after the one before has ended."""
    known = [path for path in paths if hurry and path.pace.known]
    samples = {path: (_spread(path.silent, SAMPLE), path.told) for path in known}
    yield [flow for flows, _ in samples.values() for flow in flows], 2, SAMPLE_SPACING
    # One of the sample answered: the burst was to blame, so nobody's silence in it counts.
    misjudged = [path for path, (_, told) in samples.items() if path.told > told]
    yield [flow for path in misjudged for flow in path.silent], None, SAMPLE_SPACING
    refused = [flow for path in paths if path.refusals for flow in path.silent]
    yield _spread(refused, REJECT_SAMPLE), 1, REJECT_SPACING


def _spread(flows: Sequence[Flow], most: int) -> list[Flow]:
    """So many of them, evenly over the whole."""
    step = max(1, len(flows) // most)
    return list(flows[::step][:most])
