"""Which made names have to be almost alike, because the names they stand for are?

A check finds that EXAMPLE.CON is EXAMPLE.COM with a slip. It has to find the same between what
stands for the two.
"""

from __future__ import annotations

import random
import string
from collections.abc import Collection, Iterator
from typing import Final

from diagnose.flows.spelling import FEWEST_LETTERS, MOST_LETTERS, is_mistyped

MOST_NAMES: Final = 5_000
"""Names of a case that are compared. Of a case with more, slips between names are lost."""
MOST_LENGTH: Final = 100
"""Longest name that is compared."""


def near_pairs(names: Collection[str]) -> list[tuple[str, str]]:
    """Return the pairs of names that differ by a slip: each name with the first of those like it.

    Names of most labels come first. A part of them may be near something else.
    """
    compared = sorted(name for name in names if FEWEST_LETTERS <= len(name) <= MOST_LENGTH)
    if len(compared) > MOST_NAMES:
        return []
    found: list[tuple[str, str]] = []
    first: dict[tuple[str, str], str] = {}
    for name in compared:
        others = {first.setdefault(around, name) for around in _without_a_piece(name)}
        found += ((other, name) for other in sorted(others) if is_mistyped(other, name))
    return sorted(found, key=lambda pair: -pair[0].count("."))


def near_words(draw: random.Random, names: Collection[str], words: dict[str, str]) -> dict[str, str]:
    """Return the words that need something else in their place, so that near names stay near.

    names: of hosts and realms, in small letters.
    words: what stands for each word that is replaced.
    """
    made = dict(words)
    labels = {label for name in names for label in name.split(".")}
    used = {*made, *made.values(), *labels}
    settled: set[str] = set()
    for one, other in near_pairs({*names, *labels}):
        if is_mistyped(_made(one, made), _made(other, made)):
            continue
        pair = _apart(one.split("."), other.split("."))
        if pair is None:
            continue
        base, word = _with_base_first(pair, made, settled)
        if word in settled:
            continue
        made[word] = _joined(base, word, made) or _near(draw, base[0], word, made, used)
        used.add(made[word])
        settled |= {*base, word}
    return {word: new for word, new in made.items() if words.get(word) != new}


def _without_a_piece(name: str) -> Iterator[tuple[str, str]]:
    """Yield what is before and behind each piece that a slip may change."""
    for length in range(MOST_LETTERS + 1):
        for start in range(len(name) - length + 1):
            yield name[:start], name[start + length :]


def _made(name: str, made: dict[str, str]) -> str:
    return ".".join(made.get(label, label) for label in name.split("."))


def _apart(one: list[str], other: list[str]) -> tuple[list[str], list[str]] | None:
    """Return the labels in which two names differ: one of each, or two of one of them."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return (one, other) if (len(one), len(other)) in ((1, 1), (1, 2), (2, 1)) else None


def _with_base_first(
    pair: tuple[list[str], list[str]], made: dict[str, str], settled: set[str]
) -> tuple[list[str], str]:
    """Return the labels that keep what stands for them, and the one word that gets another."""
    one, other = pair
    if len(one) != len(other):
        return (one, other[0]) if len(one) > len(other) else (other, one[0])
    is_free = other[0] in made and other[0] not in settled
    return (one, other[0]) if is_free or one[0] not in made else (other, one[0])


def _joined(base: list[str], word: str, made: dict[str, str]) -> str | None:
    """Return what stands for a word that is two labels without the dot. None if it is one label."""
    if len(base) == 1:
        return None
    first, second = base
    between = word.removeprefix(first).removesuffix(second) if word != first + second else ""
    return made.get(first, first) + between[:1] + made.get(second, second)


def _near(draw: random.Random, base: str, word: str, made: dict[str, str], used: Collection[str]) -> str:
    """Return what stands for the base with one letter changed, or one digit if digits differ."""
    text = made.get(base, base)
    is_in_digits = _digits(base) != _digits(word) and _digits(text) != ""
    kind, hyphen, tail = text.partition("-")
    # What an id begins with is the kind of the resource.
    start = len(kind) + 1 if hyphen and base in made and base.startswith(kind + hyphen) else 0
    letters = "abcdef" if all(each in string.hexdigits for each in tail) and tail else string.ascii_lowercase
    choices = [
        text[:place] + letter + text[place + 1 :]
        for place, old in enumerate(text)
        if place >= start and (old.isdigit() if is_in_digits else old.isalpha())
        for letter in (string.digits if is_in_digits else letters)
    ]
    free = [each for each in choices if each not in used and (each > text) == (word > base)]
    free = free or [each for each in choices if each not in used]
    return draw.choice(free) if free else made.get(word, word)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
