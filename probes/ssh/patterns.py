"""Does a name match a pattern of OpenSSH? ssh_config(5), "PATTERNS"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_MOST_WILDCARDS = 32
"""A pattern with more "*" matches nothing: it costs too much time, and nobody writes it."""


def matches(text: str, pattern: str) -> bool:
    """Return True if the whole text matches. "*" is any text, "?" is one character."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(text) is not None


def matches_any(text: str, patterns: Iterable[str]) -> bool:
    """Return True if a pattern matches and no negated one, such as "!bastion", does."""
    found = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if matches(text, pattern[1:]):
                return False
        else:
            found = found or matches(text, pattern)
    return found


def matches_list(text: str, patterns: str) -> bool:
    """Return `matches_any` of a list that is separated by commas."""
    return matches_any(text, patterns.split(","))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    squeezed = re.sub(r"\*+", "*", pattern)
    if squeezed.count("*") > _MOST_WILDCARDS:
        return None
    # Possessive groups keep the time linear: each "*" takes the first place where the rest begins.
    first, *rest = (re.escape(part).replace(r"\?", ".") for part in squeezed.split("*"))
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)
