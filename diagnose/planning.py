"""What would a live check of these flows send, in bytes and times, and when would it be over at the latest? Pure: nothing is sent, and nothing resolved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.flows.model import Flow
from diagnose.further import POSSIBLE
from diagnose.further.model import Possible
from diagnose.observe import RESOLVER_PATIENCE
from probes import resolve, runner
from probes.kerberos import as_req, framed
from probes.udp import RESEND

_ANY_NONCE = 1 << 30
"""Requests are of one size whatever their nonce, to within the bytes that small numbers save."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What one flow is asked. words: a clause; payload: bytes of one request, 0 for a handshake alone; moments: seconds at which it goes out while nothing
    answers; further: what may follow."""

    flow: Flow
    words: str
    payload: int
    moments: tuple[float, ...]
    further: tuple[Possible, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seconds of each phase at worst, one after another."""

    names: float
    flows: float
    further: float


def sending(flow: Flow) -> Sending:
    further = tuple(one for possible in POSSIBLE for one in possible(flow))
    if flow.area != "kerberos":
        return Sending(flow, "a TCP handshake, closed at once, without a byte of payload", 0, (0.0,), further)
    request = as_req(flow.realm or "", nonce=_ANY_NONCE)
    harmless = f"an AS-REQ for K/M@{flow.realm}, for which no KDC issues a ticket"
    if flow.endpoint.transport == "udp":
        times = ", ".join(f"{moment:g}" for moment in RESEND)
        words = f"up to {len(RESEND)} datagrams of {len(request)} bytes, {times} s after the start until one is answered: {harmless}"
        return Sending(flow, words, len(request), RESEND, further)
    size = len(framed(request))
    return Sending(flow, f"a TCP connection with {size} bytes: {harmless}", size, (0.0,), further)


def schedule(sendings: Sequence[Sending]) -> Schedule:
    """As `check` would run now: how many are in flight at once depends on how many files this process may open."""
    names = {one.flow.endpoint.host for one in sendings if is_name(one.flow.endpoint.host)}
    further = [question for one in sendings for question in one.further]
    rounds = math.ceil(sum(question.most for question in further) / runner.concurrency())
    return Schedule(
        resolve.worst_case(len(names), RESOLVER_PATIENCE),
        runner.worst_case(len(sendings)),
        round(rounds * max((question.seconds for question in further), default=0.0), 1),
    )


def is_name(host: str) -> bool:
    """Is it for a resolver? Addresses are not."""
    return any(letter.isalpha() for letter in host) and ":" not in host
