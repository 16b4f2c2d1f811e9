"""What is the text of a finding?"""

from __future__ import annotations

from probes.frozen import frozen


@frozen
class Words:
    """The text of one finding, in one language."""

    title: str
    """The finding in one line, without a full stop."""
    sentence: str
    """What is wrong, for a reader who does not know the code."""
    detail: str = ""
    """What follows from it, and how it is known. May be empty."""
    advice: tuple[str, ...] = ()
    """The repairs in words."""
    manual: tuple[str, ...] = ()
    """The repair in words that an edit says as well. It stands only where no edit is suggested."""
