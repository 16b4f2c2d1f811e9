"""From which size on are the UDP replies of this KDC lost?

A KRB-ERROR repeats the name of the client. So a question for a client with a name of n letters
gets an answer of n bytes plus a constant. Answers to a ladder of sizes show the limit:

* about 1,472 bytes if fragments are dropped,
* the size at which 52 (RESPONSE_TOO_BIG) comes, if the KDC enforces its own limit,
* none on a good path.

The question is about as long as the answer, so the limit may be that of either direction.
Clients that read TGS replies with a PAC suffer from both.

One lost datagram proves no limit: a size counts as lost after `ATTEMPTS` datagrams, and once it was
asked alone with `AGAIN` as well. If the path MTU is smaller than expected, the first large datagram
is always lost, because its loss informs the sender. If a larger answer arrives, datagrams are lost
by chance and there is no limit. The number of datagrams is bounded in all cases.
"""

from __future__ import annotations

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos.kdc.ask import GAP, KdcReply, ask
from probes.language import tr
from probes.observation import Observation
from probes.vantage import Vantage

TOO_BIG = 52
ATTEMPTS = 3
RESEND = (0.0, 0.35, 0.7)
AGAIN = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
"""Seconds at which the size that seems lost is asked for once more."""

PATIENCE = 1.4
"""Seconds for one size. A path that answered small questions within a second needs less, and eight
sizes are asked at the same time."""

LADDER = (1000, 1250, 1400, 1480, 1600, 2000, 3000, 4000)
"""Reply sizes, bytes of UDP payload: below and above the MTUs of Ethernet, tunnels and clouds, up
to MIT's default limit of 4,096."""

EXACT = 8
"""Precision of the limit, bytes."""

_LONG_NAME = 300
_SPLIT = 4
_MOST_ROUNDS = 5
MOST_DATAGRAMS = ATTEMPTS * (2 + len(LADDER) + _MOST_ROUNDS * (_SPLIT - 1)) + 2 * len(AGAIN)
MOST_SECONDS = PATIENCE * (2 + 1 + _MOST_ROUNDS + 2)


@frozen
class UdpReplyLimit:
    """Largest UDP reply of a KDC that arrives. All sizes are bytes of UDP payload."""

    arrived: int | None
    """Largest reply that came. None if none came."""
    lost: int | None
    """Smallest size of which no reply came. None if no size was lost.
    It is computed, so it is exact to the two bytes by which microseconds differ."""
    refused: int | None
    """Smallest size for which the KDC answered 52: its own setting, no loss.
    None if there was none."""
    questions: int
    """Number of sizes that were asked."""
    why: str
    """A clause if nothing could be learnt, else empty."""
    observation: Observation
    """Observation of the smallest question."""


async def udp_reply_limit(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    patience: float = PATIENCE,
) -> UdpReplyLimit:
    """Find the limit with at most `MOST_DATAGRAMS` datagrams, in at most ten patiences.
    `patience`: seconds for one size, instead of that of the vantage. ValueError for a TCP endpoint.
    """
    import asyncio  # see probes.network.tcp

    if endpoint.transport != "udp":
        raise ValueError("the size of a reply matters over UDP only")

    async def send(letters: int, delay: float = 0.0, resend: tuple[float, ...] = RESEND) -> KdcReply:
        await asyncio.sleep(delay)
        name = ("x" * letters,)
        return await ask(endpoint, realm, vantage.with_patience(patience), client=name, resend=resend)

    first = await send(1)
    if first.error is None:
        why = tr("a small question was not answered either ({reason})", reason=first.observation.reason)
        return UdpReplyLimit(None, None, None, 1, why, first.observation)
    if first.error.cname is None:
        why = tr("this KDC does not echo the name of the client")
        return UdpReplyLimit(first.size, None, None, 1, why, first.observation)
    # DER needs a byte or two more for each length around a longer name, and no more up to 64 KiB.
    # So a question with a long name shows the constant.
    long = await send(_LONG_NAME)
    if long.error is None:
        long = await send(_LONG_NAME, resend=AGAIN)
    rest = (long.size if long.error is not None else first.size + _LONG_NAME) - _LONG_NAME
    arrived, lost, refused, questions = max(first.size, long.size), None, None, 2
    if long.error is None:
        lost = rest + _LONG_NAME
    sizes = [size for size in LADDER if size > arrived] if lost is None else _sizes_between(arrived, lost)
    largest = arrived
    for _ in range(1 + _MOST_ROUNDS):
        answers = await asyncio.gather(*(send(size - rest, GAP * i) for i, size in enumerate(sizes)))
        questions += len(sizes)
        for size, answer in zip(sizes, answers, strict=True):
            if answer.error is None:
                lost = min(size, lost or size)
            elif answer.error.code == TOO_BIG:
                refused = min(size, refused or size)
        largest = max([largest, *_arrived_sizes(answers, None)])
        arrived = max([arrived, *_arrived_sizes(answers, lost)])
        sizes = _sizes_between(arrived, lost)
        if not sizes:
            break
    if lost is not None and (largest > lost + EXACT or (await send(lost - rest, resend=AGAIN)).error is not None):
        why = tr("datagrams of every size are lost now and then")
        return UdpReplyLimit(max(arrived, largest), None, refused, questions, why, first.observation)
    return UdpReplyLimit(arrived, lost, refused, questions, "", first.observation)


def _arrived_sizes(answers: list[KdcReply], lost: int | None) -> list[int]:
    """Return the sizes that came, below a lost one if there is one."""
    return [
        answer.size
        for answer in answers
        if answer.error is not None and answer.error.code != TOO_BIG and (lost is None or answer.size < lost)
    ]


def _sizes_between(arrived: int, lost: int | None) -> list[int]:
    """Return sizes that divide the open interval.
    Empty if the limit is located or there is none."""
    if lost is None or lost - arrived <= EXACT:
        return []
    step = (lost - arrived) / _SPLIT
    return sorted({arrived + round(step * part) for part in range(1, _SPLIT)} - {arrived, lost})
