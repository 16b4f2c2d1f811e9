"""Is a release of EMR at least the one from which something holds? Each line has its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from diagnose import data
from diagnose.output.sentences import series

_RELEASE: Final = re.compile(r"(?:EMR-?)?V?(\d+)\.(\d+)(?:\.(\d+))?", re.IGNORECASE)


def release_numbers(release: str | None) -> tuple[int, int, int] | None:
    """Return the numbers of "EMR-5.18.1". None if there is no release, or it is written
    otherwise."""
    parts = _RELEASE.fullmatch((release or "").strip())
    return None if parts is None else (int(parts[1]), int(parts[2]), int(parts[3] or 0))


def written(numbers: tuple[int, int, int]) -> str:
    """Return a release as EMR writes it: "EMR-5.18.1"."""
    return f"EMR-{'.'.join(map(str, numbers))}"


def least_of_line(numbers: tuple[int, int, int], minimums: Sequence[str]) -> tuple[int, int, int] | None:
    """Return the minimum for the line of a release. None if none is given for that line."""
    given = (release_numbers(text) for text in minimums)
    return next((each for each in given if each is not None and each[0] == numbers[0]), None)


def is_at_least(numbers: tuple[int, int, int], since: str) -> bool:
    """Return whether a release has what came with the releases `since`, a key of [since].

    A line that is not listed has it if it is newer than all that are, and else not.
    """
    firsts = sorted(numbers_of for first in _firsts(since) if (numbers_of := release_numbers(first)) is not None)
    own = [first for first in firsts if first[0] == numbers[0]]
    return numbers >= (own[0] if own else firsts[-1])


def first_releases(since: str) -> str:
    """Return the first release of each line, for a sentence."""
    return series([f"EMR-{first}" for first in _firsts(since)])


def _firsts(since: str) -> list[str]:
    firsts: list[str] = data.table("registration")["since"][since]["releases"]
    return firsts
