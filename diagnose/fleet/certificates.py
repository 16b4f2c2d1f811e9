"""Which certificates do the recorded observations of a report show?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from diagnose.fleet.record import CertificateFacts
from diagnose.report.model import Report

MOST_CERTIFICATES = 50
"""Most certificates of one case that its line has."""

MOST_LEVELS = 4
"""Levels of a detail that are searched. The probes write a certificate at the second."""

MOST_LETTERS = 200
"""Most characters of a subject."""


def certificates(report: Report) -> list[CertificateFacts]:
    """Return the certificates of a report, the one that expires first at the beginning."""
    found: dict[tuple[str, str, str], CertificateFacts] = {}
    for flow in report.flows:
        target = f"{flow.host}:{flow.port}"
        for observation in flow.observations:
            for subject, until in _in(observation.detail, MOST_LEVELS):
                key = (until.isoformat(), target, subject[:MOST_LETTERS])
                found[key] = CertificateFacts(target, key[2], key[0])
    return [found[key] for key in sorted(found)][:MOST_CERTIFICATES]


def _in(value: object, levels: int) -> Iterator[tuple[str, datetime]]:
    """Yield subject and end of each certificate that is described in a detail."""
    if levels == 0:
        return
    if isinstance(value, dict):
        subject, until = value.get("subject"), value.get("until")
        if isinstance(subject, str) and isinstance(until, str) and (end := moment_of(until)) is not None:
            yield subject, end
        for inner in value.values():
            yield from _in(inner, levels - 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _in(inner, levels - 1)


def moment_of(text: str) -> datetime | None:
    """Return a moment of ISO 8601 in UTC. None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
