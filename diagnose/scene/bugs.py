"""Which part of our own code failed, and how is the rest of the run kept?"""

from __future__ import annotations

from typing import Final

from probes.files.masking import masked_reply
from probes.frozen import frozen
from probes.untrusted import clean

MOST_TOLD: Final = 300
"""Most characters of the text of an exception."""


@frozen
class Bug:
    """A failure of our own code. The report lists it, and the exit code is 4."""

    check: str
    """Which part failed, for example "remedies" or "kdc_config"."""
    error: str
    """Type and text of the exception."""


class _Guard:
    """The block of `guarded`. A class, because a generator takes three times as long."""

    __slots__ = ("_bugs", "_check", "_is_secret")

    def __init__(self, check: str, bugs: list[Bug], *, is_secret: bool) -> None:
        self._check, self._bugs, self._is_secret = check, bugs, is_secret

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._bugs.append(Bug(self._check, type(error).__name__ if self._is_secret else described(error)))
        return True


def guarded(check: str, bugs: list[Bug], *, is_secret: bool = False) -> _Guard:
    """Add an exception of the block to `bugs` and go on after the block.

    is_secret: keep the type of the exception alone, because its text may hold a secret.
    """
    return _Guard(check, bugs, is_secret=is_secret)


def described(error: Exception) -> str:
    """Return type and text of an exception as one line. It may quote an input, so secrets go."""
    text = str(masked_reply(clean(str(error))))[:MOST_TOLD]
    return f"{type(error).__name__}: {text}"
