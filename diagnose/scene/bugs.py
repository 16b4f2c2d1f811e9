"""Which of our own checks failed?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """One of our own checks that raised an exception."""

    check: str
    """Name of the check."""
    error: str
    """Text of the exception."""
