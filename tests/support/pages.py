"""What a page of text may hold."""

from __future__ import annotations

import re

STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that a terminal obeys or does not show. A line feed ends a line and is allowed."""


def is_one_word(line: str) -> bool:
    """Return whether nothing in the line could have been moved to the next one."""
    return len(line.split()) == 1
