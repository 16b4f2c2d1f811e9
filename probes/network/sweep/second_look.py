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
"""Seconds between two of them. A device that lets 300 new connections a second through would drop a
faster sample as it dropped the burst."""

MOST_SAMPLING = 0.2
"""Seconds in which a sample and its controls are sent, however many addresses there are."""

CONTROL_ATTEMPTS = 2
"""Attempts at one endpoint that answered, at each address with silent ones, beside the sample. The
second is made only if the first is not answered: with 10 % of the attempts lost, neither is in one
case of a hundred."""

ROUNDS = 4
"""Samples, while the controls of some address are silent, before its silence is doubted."""

AGAIN_SPACING = 0.003
"""Seconds between two endpoints whose silence did not count."""

MOST_AGAIN = 3
"""Looks at endpoints whose silence did not count, while each of them brings an answer."""

REJECT_SAMPLE, REJECT_SPACING = 3, 1.1
"""Silent endpoints beside a rejected one, over all paths, and seconds between them.

No more than one ICMP error a second can be expected.
"""


def worst_case(endpoints: int, patience: float, in_flight: int, *, hurry: bool = True) -> float:
    """Return the seconds after which a sweep of so many has ended, whatever the peers do.

    - Every endpoint takes its patience.
    - If there are enough for a path to become known, samples and then all are asked again.
    - Rejected ones are asked again at their own pace.
    """
    if not endpoints:
        return 0.0
    rounds = math.ceil(endpoints / min(in_flight, MOST_AT_ONE)) * patience
    again = 0.0
    if hurry and endpoints > ENOUGH_ANSWERS:
        again = ROUNDS * (MOST_SAMPLING + patience) + MOST_AGAIN * (rounds + endpoints * AGAIN_SPACING)
    return rounds + again + REJECT_SAMPLE * REJECT_SPACING + patience


def further(paths: Collection[Path], *, hurry: bool) -> Iterator[tuple[Sequence[SweptEndpoint], float]]:
    """Yield the looks one after another: the endpoints, and the seconds between them.

    Each look begins when the one before has ended. Its endpoints have their quota, and are no
    longer among the silent ones of their path.
    """
    known = [path for path in paths if hurry and path.pace.is_known]
    ended = {path: path.ended for path in known}
    yield from _tested(known)
    for path in known:
        if path.ended > ended[path]:  # one of the sample answered: the burst caused the loss
            path.doubted |= {swept.address[0] for swept in path.silent}
    yield from _doubted(known)
    refused = [swept for path in paths if path.refusals for swept in path.silent]
    yield [_again(swept, 1) for swept in _spread(refused, REJECT_SAMPLE)], REJECT_SPACING


def _tested(known: Sequence[Path]) -> Iterator[tuple[Sequence[SweptEndpoint], float]]:
    """Ask a sample of the silent endpoints, and controls at their addresses, at the same time.

    Silence at an address counts once a control there answers. It is doubted if none answers in any
    round, because the path or the host may have stalled.
    """
    unproven = {path: {swept.address[0] for swept in path.silent if swept.hurried} for path in known}
    for turn in range(ROUNDS):
        look: list[SweptEndpoint] = []
        for path, addresses in unproven.items():
            asked = [swept for swept in path.silent if not turn or swept.address[0] in addresses]
            sample = _spread(asked, SAMPLE)
            path.alive.clear()
            controls = [_control(path.answered[address]) for address in sorted(addresses)]
            look += _mixed([_again(swept, 1 if len(sample) == SAMPLE else 2) for swept in sample], controls)
        yield look, min(SAMPLE_SPACING, MOST_SAMPLING / max(len(look), 1))
        for path, addresses in unproven.items():
            addresses.difference_update(path.alive)
        if not any(unproven.values()):
            return
    for path, addresses in unproven.items():
        path.doubted |= addresses


def _doubted(known: Sequence[Path]) -> Iterator[tuple[Sequence[SweptEndpoint], float]]:
    """Ask the silent endpoints of doubted addresses until one look brings no answer.

    A device that limits new connections lets some more through in each look.
    """
    for _ in range(MOST_AGAIN):
        before = sum(path.ended for path in known)
        doubted = [swept for path in known for swept in path.silent if swept.address[0] in path.doubted]
        yield [_again(swept, None) for swept in doubted], AGAIN_SPACING
        if sum(path.ended for path in known) == before:
            return


def _again(swept: SweptEndpoint, quota: int | None) -> SweptEndpoint:
    """Take a silent endpoint for one more look."""
    swept.path.silent.remove(swept)
    swept.quota = quota
    return swept


def _control(answered: SweptEndpoint) -> SweptEndpoint:
    """Return a second question to an endpoint that answered."""
    endpoint, path, quota = answered.endpoint, answered.path, CONTROL_ATTEMPTS
    return SweptEndpoint(answered.key, endpoint, path, answered.family, answered.address, quota=quota, is_control=True)


def _mixed(sample: Sequence[SweptEndpoint], controls: Sequence[SweptEndpoint]) -> list[SweptEndpoint]:
    """Return both in one order, each spread evenly."""
    placed = [((number + 0.5) / len(each), swept) for each in (sample, controls) for number, swept in enumerate(each)]
    return [swept for _, swept in sorted(placed, key=lambda place: place[0])]


def _spread(endpoints: Sequence[SweptEndpoint], most: int) -> list[SweptEndpoint]:
    """Return at most so many of them, spread evenly."""
    step = max(1, len(endpoints) // most)
    return list(endpoints[::step][:most])
