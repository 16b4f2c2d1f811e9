"""Which moment is meant where an answer of an API, or case.toml, states a time?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

LATEST_SECONDS: Final = 100_000_000_000
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
            seconds = number / 1000 if number >= LATEST_SECONDS else number
            return datetime.fromtimestamp(seconds, UTC) if number else None
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
