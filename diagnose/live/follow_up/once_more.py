"""Does a service that accepted and said nothing answer when it is asked once more, with more time?

One silent answer may be one busy moment. So a second question follows, a pause later and with twice
the patience. A server of TLS may wait for TLS, so a handshake of TLS is made beside it. A question
inside TLS is asked without it as well: a server without TLS answers that, and the refusal of one
with TLS is small, while its certificate may get lost on a path that drops large packets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diagnose.live.follow_up.model import OnceMore, note
from diagnose.scene.other_service import ACKNOWLEDGED, OWN_ANSWER, WAITED, OwnAnswer
from probes.frozen import replace
from probes.network.runner import PATIENCES_OF_A_PROBE
from probes.observation import Observation
from probes.questions import Question
from probes.questions.register import ask
from probes.vantage import PATIENCE, Vantage

PAUSE = 2.0
"""Seconds between the first question, which was met with silence, and the second."""

TIMES_THE_PATIENCE = 2
"""How much longer the second answer may take."""

LATE = 1.0
"""Seconds that a part may be late, on top of two patiences: HBase is asked on two connections."""

MOST_CONNECTIONS = 4
"""Connections of one second question: two ways to ask, inside TLS and without."""

SECONDS = PAUSE + PATIENCES_OF_A_PROBE * TIMES_THE_PATIENCE * PATIENCE + LATE
"""Seconds that it takes at most."""


def once_more(question: Question, keep: Callable[[Observation], Observation]) -> OnceMore:
    """Return the second question. keep: what is kept of an answer to the first one.

    A Thrift server without SASL waits for more after any bytes that are no call. So it is called
    beside a question in another protocol.
    """
    end, options = question.endpoint, {key: value for key, value in question.options.items() if key != "fallback"}
    question, plain = replace(question, options=options), replace(question, options={**options, "secure": False})
    tls, call = Question("tls", end), Question("thrift-call", end)
    if question.kind in ("thrift", "sql"):
        inside = {"secure": True} if question.has("secure") else {}
        parts = (Question("thrift-sasl", end, options), Question("thrift-call", end, inside))
        return OnceMore(parts, (Question("thrift-sasl", end), call) if inside else (tls,), keep)
    if question.kind in ("http", "hive-http"):
        return OnceMore((question,), (plain if question.has("secure") else tls, call), keep)
    if question.has("secure"):
        return OnceMore((question,), (plain,), keep)
    if question.kind == "web-service":
        return OnceMore((plain,), (tls,), keep)
    return OnceMore((question,), (tls,), keep)


def is_silent(kept: Observation) -> bool:
    """Return True if a second question is worth asking after this answer."""
    return kept.word(OWN_ANSWER) == "silent"


async def ask_once_more(asked: OnceMore, vantage: Vantage) -> Observation:
    """Wait a moment, ask all parts, and return a note. It has no detail if nothing was learnt."""
    import asyncio  # only a live check pays for it

    await asyncio.sleep(PAUSE)
    answers = await asyncio.gather(*(_ask(part, vantage) for part in (*asked.plain, *asked.beside)))
    return _learnt(answers, asked, vantage)


async def _ask(question: Question, vantage: Vantage) -> Observation:
    """Ask one part. It counts as not asked if its connection takes longer than a probe may."""
    import asyncio

    try:
        async with asyncio.timeout(PATIENCES_OF_A_PROBE * vantage.patience + LATE):
            return await ask(question, vantage)
    except TimeoutError:
        return Observation(vantage.name, "not-probed", "cancelled")


def _learnt(answers: Sequence[Observation], asked: OnceMore, vantage: Vantage) -> Observation:
    """Return what both questions together show.

    - An answer decides, whichever part it answers.
    - A server that answers TLS alone does not hang.
    - It hangs only if every part was accepted and met with silence.
    """
    plain = answers[: len(asked.plain)]
    beside = zip(asked.beside, answers[len(asked.plain) :], strict=True)
    kept = [asked.keep(answer) for answer in sorted(plain, key=lambda answer: answer.reason != "service-reply")]
    answered = next((each for each in kept if each.word(OWN_ANSWER) not in (None, "silent")), None)
    if answered is not None:
        return answered
    tls = next((answer for part, answer in beside if part.kind == "tls" and answer.reason == "service-reply"), None)
    if tls is not None:
        return note(tls, {OWN_ANSWER: "tls"})
    if not all(_is_silence(answer) for answer in answers):
        return note(answers[0], {})
    hangs: OwnAnswer = "hangs"
    detail = {OWN_ANSWER: hangs, WAITED: vantage.patience, **_arrived(plain)}
    return note(plain[0], detail)


def _is_silence(answer: Observation) -> bool:
    """Return True if the port accepted, and no byte came: none of TLS either."""
    return answer.reason == "syn-ack" and answer.detail.get("ended") == "silent" and "tls" not in answer.detail


def _arrived(answers: Sequence[Observation]) -> dict[str, object]:
    """Return whether the peer's kernel acknowledged a question. Empty if that is not known."""
    known = [said for answer in answers if isinstance(said := answer.detail.get(ACKNOWLEDGED), bool)]
    return {ACKNOWLEDGED: any(known)} if known else {}


def with_time(vantage: Vantage) -> Vantage:
    """Return the vantage that the second question is asked from."""
    return vantage.with_patience(TIMES_THE_PATIENCE * vantage.patience)
