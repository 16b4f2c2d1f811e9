"""Who of the silent endpoints is asked again, how often and how far apart, before silence is said?"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from probes.pace import MOST_GAP
from probes.sweep.flow import MOST_AT_ONE, Flow, Path

SAMPLE = 8
"""Silent endpoints of one path that are asked again when all is quiet."""

SAMPLE_SPACING = 0.005
"""Seconds between two of them."""

REJECT_SAMPLE, REJECT_SPACING = 3, 1.1
"""Silent endpoints beside a rejected one, over all paths, and seconds between them: one ICMP error a second is what may be expected."""


def worst_case(endpoints: int, patience: float, in_flight: int) -> float:
    """Seconds after which a sweep of so many has ended, whatever the peers do: every endpoint takes its patience, all are asked again, and rejects are waited for."""
    if not endpoints:
        return 0.0
    rounds = math.ceil(endpoints / min(in_flight, MOST_AT_ONE)) * patience
    return 2 * rounds + endpoints * SAMPLE_SPACING + REJECT_SAMPLE * REJECT_SPACING + MOST_GAP


def further(paths: Collection[Path], endpoints: int) -> Iterator[tuple[Sequence[Flow], int, float]]:
    """Who, how often, and how far apart; each look is taken after the one before has ended."""
    known = [path for path in paths if path.pace.known]
    samples = {path: (_spread(path.silent, SAMPLE), path.told) for path in known}
    yield [flow for flows, _ in samples.values() for flow in flows], 2, SAMPLE_SPACING
    # One of the sample answered: the burst was to blame, so nobody's silence in it counts.
    for path, (_, told) in samples.items():
        if path.told > told:
            yield tuple(path.silent), path.pace.attempts(endpoints), SAMPLE_SPACING
    refused = [flow for path in paths if path.refusals for flow in path.silent]
    yield _spread(refused, REJECT_SAMPLE), 1, REJECT_SPACING


def _spread(flows: Sequence[Flow], most: int) -> list[Flow]:
    """So many of them, evenly over the whole."""
    step = max(1, len(flows) // most)
    return list(flows[::step][:most])
