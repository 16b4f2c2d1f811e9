"""What a few endpoints answered: one block each for people, one object each for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from msgspec import Struct
from msgspec.json import encode as to_json
from msgspec.json import format as indent

from diagnose.report.model import ObservationFacts
from probes.endpoint import Endpoint
from probes.observation import Observation


class Line(Struct, frozen=True):
    """One thing learnt. why: how it is known, or why it is not."""

    what: str
    answer: str
    why: str | None = None


class Asked(Struct, frozen=True):
    target: str
    host: str
    port: int
    transport: str
    works: bool | None
    observation: ObservationFacts
    told: list[Line]

    @classmethod
    def of(cls, target: str, endpoint: Endpoint, seen: Observation, told: list[Line]) -> Self:
        """works: None where nothing could be asked. A KDC's port that does not speak Kerberos does not work."""
        kerberos = target.startswith("krb5+")
        works = seen.reason == "kerberos-reply" if kerberos else seen.state == "open"
        detail = dict(seen.detail) | {
            name: value for name, value in (("address", seen.address), ("source", seen.source)) if value is not None
        }
        facts = ObservationFacts(
            seen.vantage, seen.state, seen.reason, seen.offender, seen.rtt_ms, seen.attempts, detail
        )
        return cls(
            target,
            endpoint.host,
            endpoint.port,
            endpoint.transport,
            None if seen.state == "not-probed" else works,
            facts,
            told,
        )


def exit_code(answers: Sequence[Asked]) -> int:
    """1 if one does not work, else 3 if one could not be asked, else 0."""
    if any(one.works is False for one in answers):
        return 1
    return 3 if any(one.works is None for one in answers) else 0


def encode(answers: Sequence[Asked]) -> bytes:
    return indent(to_json(answers), indent=2) + b"\n"


def render(answers: Sequence[Asked], width: int, colour: bool) -> str:
    from diagnose.report.page import Page, Said, Tone  # noqa: PLC0415

    page = Page(width, colour)
    for one in answers:
        seen = one.observation
        tone: Tone = "good" if one.works else "doubt" if one.works is None else "bad"
        took = f", {seen.rtt_ms:.1f} ms" if seen.rtt_ms is not None else ""
        sender = f", says {seen.offender}" if seen.offender else ""
        page.line(Said(one.target, "strong"), "  ", Said(seen.state, tone), f" ({seen.reason}{sender}{took})")
        page.rows([(line.what, line.answer + (f" ({line.why})" if line.why else "")) for line in one.told], gap=2)
    return page.text
