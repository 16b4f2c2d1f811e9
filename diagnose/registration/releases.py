"""Is a release of EMR at least the one from which something holds? Each line has its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from diagnose import data
from diagnose.case.model import Case
from diagnose.output.sentences import series
from diagnose.registration.model import Need, RuleAnswer, not_checkable
from diagnose.registration.needs import GET_CLUSTER, answer_or_key
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

_RELEASE: Final = regex(r"(?:EMR-?)?V?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", re.IGNORECASE)


@frozen
class Release:
    """A release of EMR."""

    line: int
    """First number: 5 of EMR-5.18.1."""
    minor: int
    """Second number."""
    patch: int | None = None
    """Third number. None if the text has none: then it may be any."""

    def __str__(self) -> str:
        """Return it as EMR writes it: "EMR-5.18.1"."""
        numbers = (self.line, self.minor) if self.patch is None else (self.line, self.minor, self.patch)
        return f"EMR-{'.'.join(map(str, numbers))}"

    def is_at_least(self, other: Release) -> bool | None:
        """Return whether it is not older than a whole release. None if its missing number
        decides."""
        own, theirs = (self.line, self.minor), (other.line, other.minor)
        if own != theirs or self.patch is None:
            return own > theirs or (own == theirs and not other.patch) or (None if own == theirs else False)
        return self.patch >= (other.patch or 0)


def read_release(release: str | None) -> Release | None:
    """Return the numbers of "EMR-5.18.1". None if there is no release, or it is written
    otherwise."""
    parts = _RELEASE.fullmatch((release or "").strip())
    if parts is None:
        return None
    return Release(int(parts[1]), int(parts[2]), None if parts[3] is None else int(parts[3]))


def release_of(case: Case) -> Release | RuleAnswer:
    """Return the release of the cluster, or the answer of a rule if it is not known."""
    text = case.cluster.release
    if text is None:
        return not_checkable(tr("no file states the release of the cluster"), _needs())
    release = read_release(text)
    if release is None:
        return not_checkable(tr("{text} is no release such as EMR-5.18.1", text=text), _needs())
    return release


def is_not_whole(release: Release) -> RuleAnswer:
    """Return the answer if the missing third number of a release decides."""
    return not_checkable(tr("{release} lacks its third number, which decides", release=release), _needs())


def least_of_line(release: Release, minimums: Sequence[str]) -> Release | None:
    """Return the minimum for the line of a release. None if none is given for that line."""
    given = (read_release(text) for text in minimums)
    return next((each for each in given if each is not None and each.line == release.line), None)


def is_at_least(release: Release, since: str) -> bool | None:
    """Return whether a release has what came with the releases `since`, a key of [since].

    A line that is not listed has it if it is newer than all that are, and else not. None if the
    missing number of the release decides.
    """
    firsts = [first for text in _firsts(since) if (first := read_release(text)) is not None]
    own = [first for first in firsts if first.line == release.line]
    return release.is_at_least((own or sorted(firsts, key=lambda first: first.line))[-1])


def first_releases(since: str) -> str:
    """Return the first release of each line, for a sentence."""
    return series([f"EMR-{first}" for first in _firsts(since)])


def _firsts(since: str) -> list[str]:
    firsts: list[str] = data.table("registration")["since"][since]["releases"]
    return firsts


def _needs() -> Need:
    return answer_or_key(GET_CLUSTER, "cluster", "release")
