"""How is written what the targets of `probe` answered?

For people each target has a block, or a line if there are many. For scripts each is one object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from diagnose.output.json_text import json_text
from diagnose.output.observation import ObservationFacts
from diagnose.output.reason_words import ICMP_WORDS, WORDS
from diagnose.output.sentences import commas
from probes.endpoint import Endpoint
from probes.language import tr
from probes.observation import Observation, Reason

if TYPE_CHECKING:
    from diagnose.output.page import Page
    from diagnose.output.styled import Tone

FEW = 20
"""Up to so many targets have a block each. More have a line each, and counts at the end."""


class AnswerLine(Struct, frozen=True):
    """One fact that was learnt."""

    what: str
    """Name of the fact."""

    answer: str
    """Its value."""

    why: str | None = None
    """How it is known, or why it is not known. None if there is nothing to add."""


class TargetReport(Struct, frozen=True):
    """What one target answered."""

    target: str
    """As given."""

    host: str
    """Host of the target."""

    port: int
    """Port of the target."""

    transport: str
    """tcp or udp."""

    works: bool | None
    """None if nothing could be asked, or if the answer proves nothing."""

    observation: ObservationFacts
    """Observation that decides."""

    told: list[AnswerLine]
    """What else was learnt."""

    verdict: str
    """`works` in words that a reader can act on."""

    @classmethod
    def of(
        cls, target: str, endpoint: Endpoint, right: Reason | None, seen: Observation, told: list[AnswerLine]
    ) -> Self:
        """Return the report of one target.

        right: the only reason for which an endpoint that works is open. None if any reason will do.
        """
        detail = dict(seen.detail)
        if seen.address is not None:
            detail["address"] = seen.address
        if seen.source is not None:
            detail["source"] = seen.source
        facts = ObservationFacts(
            seen.vantage, seen.state, seen.reason, seen.offender, seen.rtt_ms, seen.attempts, detail
        )
        unknown = seen.state in ("not-probed", "open|filtered") or _may_be_any(seen)
        works = None if unknown else seen.state == "open" and right in (None, seen.reason) and not _is_idle(seen)
        return cls(target, endpoint.host, endpoint.port, endpoint.transport, works, facts, told, _verdict(seen, works))


def _may_be_any(seen: Observation) -> bool:
    """Return True if a server wants a login before it says what it is, and is not even Hadoop's."""
    return seen.detail.get("identified") is False and seen.detail.get("family") != "hadoop"


def _is_idle(seen: Observation) -> bool:
    """Return True if the service itself says that clients get nothing there now.

    A standby does its duty, so it is none.
    """
    return seen.detail.get("serves") is False and seen.detail.get("state") != "standby"


def _verdict(seen: Observation, works: bool | None) -> str:
    if seen.state == "open" and seen.reason == "service-reply" and _is_idle(seen):
        return tr("the service answered, and serves no client now")
    if seen.reason == "service-reply" and seen.detail.get("identified") is False:
        return tr("a server answered that wants a login before it says what it is")
    if seen.state == "open" and not works:
        return tr("connected, but no proper answer of the service that was asked for")
    if seen.state == "open|filtered":
        return tr("no answer, which proves nothing: a service may ignore an empty datagram")
    if seen.reason == "port-unreachable" and seen.state == "filtered":
        return tr("rejected on the way: a packet filter answers that nothing listens there")
    if seen.reason in ICMP_WORDS:
        return tr("rejected on the way: {icmp}", icmp=tr(ICMP_WORDS[seen.reason]))
    if seen.reason == "no-response":
        if seen.attempts > 1:
            return tr(
                "no answer to {tries} tries: something drops it, or no host has this address", tries=seen.attempts
            )
        return tr("no answer: something drops it, or no host has this address")
    if seen.reason == "no-vantage":
        return tr("not probed: this host has no such source address")
    if seen.reason == "bug":
        return tr("{what}: {error}", what=tr(WORDS["bug"]), error=seen.detail.get("error", ""))
    return tr(WORDS.get(seen.reason, seen.reason))


def exit_code(answers: Sequence[TargetReport], *, interrupted: bool = False) -> int:
    """Return 130 if interrupted, else 4 for a bug of ours, else 1 if a target does not work, else 3
    if one could not be asked, else 0."""
    if interrupted:
        return 130
    if any(one.observation.reason == "bug" for one in answers):
        return 4
    if any(one.works is False for one in answers):
        return 1
    return 3 if any(one.works is None for one in answers) else 0


def encode(answers: Sequence[TargetReport]) -> bytes:
    """Return the answers as indented JSON."""
    return json_text(answers)


def schema() -> bytes:
    """Return the JSON Schema of what `probe --format json` writes."""
    from diagnose.output.json_text import schema_of

    return schema_of(list[TargetReport], "emr-diagnose probe, answers of the targets")


def render(answers: Sequence[TargetReport], width: int, colour: bool) -> str:
    from diagnose.output.page import Page

    page = Page(width, colour)
    if len(answers) > FEW:
        _lines(page, answers)
    else:
        _blocks(page, answers)
    return page.text


def _blocks(page: Page, answers: Sequence[TargetReport]) -> None:
    from diagnose.output.styled import Styled

    for one in answers:
        seen = one.observation
        sender = tr("from {address}", address=seen.offender) if seen.offender else ""
        took = f"{seen.rtt_ms:.1f} ms" if seen.rtt_ms is not None else ""
        how = commas(filter(None, (seen.reason, sender, took)))
        page.line(
            Styled(one.target, "strong"),
            " ",
            Styled(seen.state, _tone(one)),
            tr(" ({how}): {verdict}", how=how, verdict=one.verdict),
        )
        page.rows([(line.what, _with_reason(line)) for line in one.told], gap=2)


def _lines(page: Page, answers: Sequence[TargetReport]) -> None:
    from diagnose.output.styled import Styled

    for one in answers:
        offender = one.observation.offender
        sender = tr("from {address}", address=offender) if offender else ""
        page.line(
            Styled(one.target, "strong"),
            " ",
            Styled(one.observation.state, _tone(one)),
            tr(": {verdict}", verdict=commas(filter(None, (one.verdict, sender)))),
        )
    page.heading(tr("{count} targets", count=len(answers)))
    counts = Counter((one.observation.state, one.verdict, _tone(one)) for one in answers)
    page.rows([(str(count), Styled(state, tone), verdict) for (state, verdict, tone), count in counts.most_common()])


def _with_reason(line: AnswerLine) -> str:
    return tr("{answer} ({why})", answer=line.answer, why=line.why) if line.why else line.answer


def _tone(report: TargetReport) -> Tone:
    return "good" if report.works else "doubt" if report.works is None else "bad"
