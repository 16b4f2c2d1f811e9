"""Is a name or a port probably another one with a typing mistake, or not filled in at all?"""

from __future__ import annotations

from itertools import takewhile
from operator import eq
from typing import Final

from probes.regex import regex

MOST_LETTERS = 2
"""Letters in which the names may differ. They stand together."""

FEWEST_LETTERS = 6
"""A shorter name differs from others in few letters anyway."""

FEWEST_DIGITS = 4
"""A shorter port differs from others in few digits anyway."""

_PLACEHOLDER: Final = regex(
    r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|<%.{0,80}?%>|[$#]\{[^{}]{1,80}\}|(?<![\w$])\$[A-Z_][A-Z0-9_]{1,60}(?!\w)"
    r"|(?<![\w.@/-])@[A-Z][A-Z0-9_]{1,60}@|(?<!\w)__[A-Z][A-Z0-9_]{1,60}__(?!\w)|<[A-Za-z][\w .-]{0,60}>"
)
"""Place of a template that was to be filled: Jinja, Helm, ERB, a shell, autoconf, or a manual."""


def placeholder(text: str) -> str | None:
    """Return the first place of a template that was not filled. None if the text has none.

    The tokens of krb5.conf, such as %{uid}, are none.
    """
    found = _PLACEHOLDER.search(text)
    return None if found is None else found[0]


def is_mistyped(name: str, other: str) -> bool:
    """Return True if the names differ at one place alone, in at most `MOST_LETTERS` letters."""
    if name == other or min(len(name), len(other)) < FEWEST_LETTERS:
        return False
    start = _common(name, other)
    rest, other_rest = name[start:], other[start:]
    end = _common(rest[::-1], other_rest[::-1])
    return max(len(rest), len(other_rest)) - end <= MOST_LETTERS


def differs_in_case(name: str, other: str) -> bool:
    """Return True if the names differ in small and capital letters alone."""
    return name != other and name.lower() == other.lower()


def is_mistyped_port(port: int, right: int) -> bool:
    """Return True if two digits beside each other are swapped, or one is missing or too many."""
    typed, meant = str(port), str(right)
    if port == right or len(meant) < FEWEST_DIGITS:
        return False
    if len(typed) == len(meant):
        return typed in {meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :] for at in range(len(meant) - 1)}
    shorter, longer = sorted((typed, meant), key=len)
    return shorter in {longer[:at] + longer[at + 1 :] for at in range(len(longer))}


def _common(first: str, second: str) -> int:
    """Return with how many equal letters both begin."""
    return sum(takewhile(bool, map(eq, first, second)))
