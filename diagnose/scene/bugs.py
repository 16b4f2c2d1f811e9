"""Which of our own checks failed?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bug:
    """A check of ours that failed."""

    check: str
    error: str
