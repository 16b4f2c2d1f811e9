"""Which part of our own code failed, and how is the rest of the run kept?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from probes.frozen import frozen


@frozen
class Bug:
    """A failure of our own code. The report lists it, and the exit code is 4."""

    check: str
    """Which part failed, for example "remedies" or "kdc_config"."""
    error: str
    """Type and text of the exception."""


@contextmanager
def guarded(check: str, bugs: list[Bug], *, is_secret: bool = False) -> Iterator[None]:
    """Add an exception of the block to `bugs` and go on after the block.

    is_secret: keep the type of the exception alone, because its text may hold a secret.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - our own bug is a result, not a crash
        bugs.append(Bug(check, type(error).__name__ if is_secret else described(error)))


def described(error: Exception) -> str:
    """Return type and text of an exception as one line of a report."""
    return f"{type(error).__name__}: {error}"
