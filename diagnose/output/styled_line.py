"""How is one line of a terminal made of pieces, each with its style?

`rich` does this and much more, but to load all of it takes longer than to make most reports. Only
its table of wide characters is used here, for texts that may have some.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from probes.frozen import frozen

CODES: Final[Mapping[str, str]] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
"""Word of a style -> its number in ECMA-48, "Select Graphic Rendition"."""

_NARROW = re.compile("[ -~“”‘’…–—]*")
"""Text of which each character takes one column."""


def columns(text: str) -> int:
    """Return the columns of a text on a terminal: two for an ideograph."""
    if _NARROW.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


@frozen
class StyledLine:
    """Pieces of text beside each other."""

    pieces: tuple[tuple[str, str], ...] = ()
    """Text and style of each piece. No text is empty. A style is words of `CODES`, or ""."""

    @property
    def plain(self) -> str:
        return "".join(text for text, _ in self.pieces)

    @property
    def columns(self) -> int:
        return columns(self.plain)

    def with_text(self, text: str, style: str = "") -> StyledLine:
        """Return the line with one more piece at its end."""
        return StyledLine((*self.pieces, (text, style))) if text else self

    def divided(self, offsets: Iterable[int]) -> Iterator[StyledLine]:
        """Yield the parts between these offsets, without blanks at their ends."""
        for start, end in pairwise((0, *offsets, len(self.plain))):
            yield StyledLine(tuple(_between(self.pieces, start, end))).stripped()

    def stripped(self) -> StyledLine:
        """Return the line without blanks at its end."""
        kept = len(self.plain.rstrip())
        return StyledLine(tuple(_between(self.pieces, 0, kept)))

    def shown(self, colour: bool) -> str:
        """Return the text, with the codes of its styles if the terminal has colours."""
        return "".join(map(_coded, self.pieces)) if colour else self.plain


def joined(lines: Sequence[StyledLine], between: str = "") -> StyledLine:
    """Return these lines as one, with a text between them."""
    found = StyledLine()
    for number, line in enumerate(lines):
        start = found.with_text(between) if number else found
        found = StyledLine((*start.pieces, *line.pieces))
    return found


def _between(pieces: Iterable[tuple[str, str]], start: int, end: int) -> Iterator[tuple[str, str]]:
    place = 0
    for text, style in pieces:
        part = text[max(0, start - place) : max(0, end - place)]
        if part:
            yield part, style
        place += len(text)


def _coded(piece: tuple[str, str]) -> str:
    text, style = piece
    codes = ";".join(CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m" if codes else text
