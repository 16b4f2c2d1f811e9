"""Which moment is meant where an answer of an API, or case.toml, states a time?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from probes.regex import regex

NEVER: Final = "never"
"""What case.toml says of something that was not done yet."""

FIRST_MILLISECONDS: Final = 100_000_000_000
"""A number of at least this is counted in milliseconds: as seconds it would be the year 5138."""


def moment(value: int | str) -> datetime | None:
    """Return a time in UTC. None if the value is none. 0 stands for no time.

    value: a Unix timestamp in milliseconds or seconds, as a number or as text, or ISO 8601. A time
    without a zone is taken as UTC.
    """
    text = str(value).strip()
    try:
        if text.isascii() and text.isdigit():
            number = int(text)
            seconds = number / 1000 if number >= FIRST_MILLISECONDS else number
            return datetime.fromtimestamp(seconds, UTC) if number else None
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def has_zone(text: str) -> bool:
    """Return True if a time that `moment` reads names its zone, or is a count since 1970."""
    try:
        return datetime.fromisoformat(text.strip()).tzinfo is not None
    except ValueError:
        return True


def local_time(text: str) -> datetime | None:
    """Return a time of a wall clock. None if it names a zone, or is none."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo is None else None


_SPAN = regex(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)\s*")


def busy_span(text: str) -> tuple[int, int] | None:
    """Return hours such as "08:00-20:00" as minutes of a day, 0 to 1440. None if they are none.

    The end is less than the beginning if the hours go over midnight.
    """
    parts = _SPAN.fullmatch(text)
    if parts is None:
        return None
    begin, end = int(parts[1]) * 60 + int(parts[2]), int(parts[3]) * 60 + int(parts[4])
    return (begin, end) if begin != end and end <= 1440 else None
