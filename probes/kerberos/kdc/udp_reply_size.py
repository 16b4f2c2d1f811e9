"""From which size on are the UDP replies of this KDC lost?

A KRB-ERROR echoes the name of the client, so a question in the name of a client of n letters is answered by n bytes and a constant. Answers to a ladder of sizes show
where they stop: at about 1,472 bytes where fragments are dropped, at 52 (RESPONSE_TOO_BIG) where the KDC keeps to its own limit, nowhere on a good path. The question
itself is about as long as the answer, so a cliff may be that of either direction; clients that read TGS replies with PAC suffer from both.

A lost datagram is not yet a cliff: a size counts as lost after `ATTEMPTS` datagrams, and with a path MTU that is smaller than expected the first large one is
always lost, to teach the sender. The number of datagrams is bounded, whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from probes.endpoint import Endpoint
from probes.kerberos.kdc.ask import GAP, Answer, ask
from probes.observation import Observation
from probes.vantage import Vantage

TOO_BIG = 52
ATTEMPTS = 3
RESEND = (0.0, 0.35, 0.7)
PATIENCE = 1.4
"""Seconds for one size. More than any path needs whose small questions were answered within a second, and eight sizes are waited for together."""

LADDER = (1000, 1250, 1400, 1480, 1600, 2000, 3000, 4000)
"""Reply sizes, bytes of UDP payload: below and above the MTUs of Ethernet, tunnels and clouds, up to MIT's default limit of 4,096."""

EXACT = 8
"""Bytes to which a cliff is located."""

_LONG_NAME = 300
_SPLIT = 4
_MOST_ROUNDS = 5
MOST_DATAGRAMS = ATTEMPTS * (2 + len(LADDER) + _MOST_ROUNDS * (_SPLIT - 1))
MOST_SECONDS = PATIENCE * (2 + 1 + _MOST_ROUNDS)


@dataclass(frozen=True, slots=True)
class ReplyCliff:
    """Bytes of UDP payload. arrived: largest reply that came; lost: smallest size of which none came, as computed, so to within
    the two bytes by which microseconds differ, None without a cliff; refused: smallest size for which the
    KDC said 52, which is its setting and no loss; questions: how many sizes were asked; why: a clause where nothing could be learnt; observation: of the smallest."""

    arrived: int | None
    lost: int | None
    refused: int | None
    questions: int
    why: str
    observation: Observation


async def udp_reply_cliff(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    patience: float = PATIENCE,
) -> ReplyCliff:
    """At most `MOST_DATAGRAMS` datagrams in at most eight patiences. ValueError for a TCP endpoint.

    patience: seconds for one size; it replaces that of the vantage.
    """
    import asyncio  # see probes.tcp

    if endpoint.transport != "udp":
        raise ValueError("the size of a reply matters over UDP only")

    async def send(letters: int, delay: float = 0.0) -> Answer:
        await asyncio.sleep(delay)
        name = ("x" * letters,)
        return await ask(endpoint, realm, vantage.with_patience(patience), client=name, resend=RESEND)

    first = await send(1)
    if first.error is None:
        why = f"a small question was not answered either ({first.observation.reason})"
        return ReplyCliff(None, None, None, 1, why, first.observation)
    if first.error.cname is None:
        why = "this KDC does not echo the name of the client"
        return ReplyCliff(first.size, None, None, 1, why, first.observation)
    # DER needs a byte or two more for each length around a longer name, and no further ones up to 64 KiB: a name of that kind tells the constant.
    long = await send(_LONG_NAME)
    rest = (long.size if long.error is not None else first.size + _LONG_NAME) - _LONG_NAME
    arrived, lost, refused, questions = max(first.size, long.size), None, None, 2
    if long.error is None:
        lost = rest + _LONG_NAME
    sizes = [size for size in LADDER if size > arrived] if lost is None else _between(arrived, lost)
    for _ in range(1 + _MOST_ROUNDS):
        answers = await asyncio.gather(*(send(size - rest, GAP * i) for i, size in enumerate(sizes)))
        questions += len(sizes)
        for size, answer in zip(sizes, answers, strict=True):
            if answer.error is None:
                lost = min(size, lost or size)
            elif answer.error.code == TOO_BIG:
                refused = min(size, refused or size)
        arrived = max([arrived, *_below(answers, lost)])
        sizes = _between(arrived, lost)
        if not sizes:
            break
    return ReplyCliff(arrived, lost, refused, questions, "", first.observation)


def _below(answers: list[Answer], lost: int | None) -> list[int]:
    """Sizes that came, without those above a size that was lost: what came there came by luck."""
    return [
        answer.size
        for answer in answers
        if answer.error is not None and answer.error.code != TOO_BIG and (lost is None or answer.size < lost)
    ]


def _between(arrived: int, lost: int | None) -> list[int]:
    """Sizes that divide what is still open, none where the cliff is located or there is none."""
    if lost is None or lost - arrived <= EXACT:
        return []
    step = (lost - arrived) / _SPLIT
    return sorted({arrived + round(step * part) for part in range(1, _SPLIT)} - {arrived, lost})
