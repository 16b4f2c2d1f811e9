"""What would a live check of these flows send, and when would it end at the latest?

Nothing is sent, and nothing is resolved.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from diagnose.flows.model import Flow
from diagnose.live.follow_up import POSSIBLE
from diagnose.live.follow_up.model import Possible
from diagnose.live.observe import RESOLVER_PATIENCE, question_of
from diagnose.output.sentences import series
from probes.frozen import frozen
from probes.kerberos.as_req import as_req, frame
from probes.language import tr
from probes.names import resolve
from probes.network import runner
from probes.network.pacing import OFFSETS
from probes.network.sweep.second_look import REJECT_SAMPLE
from probes.network.udp import RESEND

_ANY_NONCE = 1 << 30
"""Requests with any large nonce have the same size. Small numbers save a few bytes."""


@frozen
class Sending:
    """What one flow is asked. A flow that listens only during jobs is asked nothing."""

    flow: Flow
    """The flow."""

    words: str
    """What is sent: a clause."""

    payload: int
    """Bytes of one request. 0 for a handshake alone."""

    moments: tuple[float, ...]
    """Seconds after the start at which it is sent while no answer comes."""

    further: tuple[Possible, ...]
    """Further questions that may follow."""


@frozen
class Schedule:
    """Seconds of each phase at worst. The phases run one after another."""

    names: float
    """Look-ups of all names."""

    flows: float
    """The first look at all flows."""

    further: float
    """The further questions."""


def sending(flow: Flow) -> Sending:
    """Return what the flow is asked, from the same question that a live check asks."""
    further = tuple(one for possible in POSSIBLE for one in possible(flow))
    question = question_of(flow, flow.endpoint)
    if question.kind == "tcp":
        return Sending(flow, _handshake(), 0, OFFSETS, further)
    request = as_req(question.text("realm"), nonce=_ANY_NONCE)
    principal = f"K/M@{flow.realm}"
    if question.endpoint.transport == "udp":
        words = tr(
            "up to {most} datagrams of {size} bytes, {times} after the start until one is answered: an AS-REQ for "
            "{principal}, for which no KDC issues a ticket",
            most=len(RESEND),
            size=len(request),
            times=_times(RESEND),
            principal=principal,
        )
        return Sending(flow, words, len(request), RESEND, further)
    size = len(frame(request))
    words = tr(
        "a TCP connection with {size} bytes: an AS-REQ for {principal}, for which no KDC issues a ticket",
        size=size,
        principal=principal,
    )
    return Sending(flow, words, size, (0.0,), further)


def _handshake() -> str:
    return tr(
        "TCP handshakes, closed at once, without a byte of payload: {times} after the start until one is answered; "
        "where others of the same network are rejected by ICMP, at most {most} of the silent ones once more",
        times=_times(OFFSETS),
        most=REJECT_SAMPLE,
    )


def _times(moments: Sequence[float]) -> str:
    """Return the moments as text, for example "0, 1 and 2 s"."""
    *first, last = (f"{moment:g}" for moment in moments)
    if not first:
        return tr("{last} s", last=last)
    return tr("{first} and {last} s", first=series(first), last=last)


def schedule(sendings: Sequence[Sending]) -> Schedule:
    """Return the worst case of a `check` that would run now.

    How many probes are in flight at once depends on how many files this process may open.
    """
    names = {one.flow.endpoint.host for one in sendings if is_name(one.flow.endpoint.host)}
    further = [question for one in sendings for question in one.further]
    asked: dict[str, int] = {}
    for question in further:
        most = asked.get(question.name, 0) + question.most
        asked[question.name] = most if question.in_all is None else min(most, question.in_all)
    talks = sum(1 for one in sendings if one.payload)
    second = {question.name for question in further if question.is_second}
    return Schedule(
        resolve.worst_case(len(names), RESOLVER_PATIENCE),
        round(runner.worst_case(talks, len(sendings) - talks, hurry=False), 1),
        round(sum(_round(further, asked, group) for group in (asked.keys() - second, second)), 1),
    )


def _round(further: Sequence[Possible], asked: Mapping[str, int], names: Collection[str]) -> float:
    """Return the seconds of the questions with these names, which are all asked at once.

    asked: name -> how many there are at most.
    """
    rounds = math.ceil(sum(asked[name] for name in names) / runner.concurrency())
    return rounds * max((question.seconds for question in further if question.name in names), default=0.0)


def is_name(host: str) -> bool:
    """Return True if the host needs a resolver. Addresses do not."""
    return any(letter.isalpha() for letter in host) and ":" not in host
