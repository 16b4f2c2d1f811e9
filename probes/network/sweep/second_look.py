"""Which silent endpoints are asked again before silence is recorded, how often and how far
apart?"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from probes.network.pacing import ENOUGH_ANSWERS
from probes.network.sweep.swept_endpoint import MOST_AT_ONE, Path, SweptEndpoint

SAMPLE = 16
"""Silent endpoints of one path that are asked again when all is quiet."""

SAMPLE_SPACING = 0.003
"""Seconds between two of them."""

REJECT_SAMPLE, REJECT_SPACING = 3, 1.1
"""Silent endpoints beside a rejected one, over all paths, and seconds between them.

No more than one ICMP error a second can be expected.
"""


def worst_case(endpoints: int, patience: float, in_flight: int, *, hurry: bool = True) -> float:
    """Return the seconds after which a sweep of so many has ended, whatever the peers do.

    - Every endpoint takes its patience.
    - If there are enough for a path to become known, a sample and then all are asked again.
    - Rejected ones are asked again at their own pace.
    """
    if not endpoints:
        return 0.0
    rounds = math.ceil(endpoints / min(in_flight, MOST_AT_ONE)) * patience
    again = 2 * (rounds + endpoints * SAMPLE_SPACING) if hurry and endpoints > ENOUGH_ANSWERS else 0.0
    return rounds + again + REJECT_SAMPLE * REJECT_SPACING + patience


def further(paths: Collection[Path], *, hurry: bool) -> Iterator[tuple[Sequence[SweptEndpoint], int | None, float]]:
    """Yield the looks one after another: the endpoints, the attempts for each, and the seconds
    between them.

    Each look begins when the one before has ended. Attempts are None if the pace of the path
    decides.
    """
    known = [path for path in paths if hurry and path.pace.is_known]
    samples = {path: (_spread(path.silent, SAMPLE), path.ended) for path in known}
    yield [swept for endpoints, _ in samples.values() for swept in endpoints], 2, SAMPLE_SPACING
    # One of the sample answered: the burst caused the loss, so no silence in it counts.
    misjudged = [path for path, (_, ended) in samples.items() if path.ended > ended]
    yield [swept for path in misjudged for swept in path.silent], None, SAMPLE_SPACING
    refused = [swept for path in paths if path.refusals for swept in path.silent]
    yield _spread(refused, REJECT_SAMPLE), 1, REJECT_SPACING


def _spread(endpoints: Sequence[SweptEndpoint], most: int) -> list[SweptEndpoint]:
    """Return at most so many of them, spread evenly."""
    step = max(1, len(endpoints) // most)
    return list(endpoints[::step][:most])
