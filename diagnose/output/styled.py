"""What is a text whose pieces a terminal shows in different ways?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from probes.frozen import frozen

Tone = Literal["plain", "strong", "good", "bad", "doubt", "quiet"]


@frozen
class Styled:
    """A piece of text with its tone. The words alone must tell everything."""

    text: str
    """Text of any origin; the page cleans it."""
    tone: Tone = "plain"
    """How a terminal with colours shows it."""


Cell = str | Styled


@frozen
class StyledText:
    """Pieces of clean text, one after the other."""

    pieces: tuple[Styled, ...] = ()
    """The pieces."""

    @property
    def plain(self) -> str:
        """The text without its tones."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def columns(self) -> int:
        """Its columns on a terminal."""
        return columns(self.plain)

    def followed_by(self, *texts: StyledText | str) -> StyledText:
        """Return this text with others behind it. A string has no tone."""
        more = (text.pieces if isinstance(text, StyledText) else (Styled(text),) for text in texts)
        return StyledText((*self.pieces, *(piece for pieces in more for piece in pieces)))

    def divided(self, offsets: Iterable[int]) -> list[StyledText]:
        """Return the parts between these offsets, which ascend."""
        starts = [0, *offsets]
        return [
            StyledText(tuple(self._between(*ends))) for ends in zip(starts, [*starts[1:], len(self.plain)], strict=True)
        ]

    def stripped(self) -> StyledText:
        """Return the text without the spaces at its end."""
        return StyledText(tuple(self._between(0, len(self.plain.rstrip()))))

    def _between(self, start: int, end: int) -> Iterator[Styled]:
        at = 0
        for piece in self.pieces:
            if part := piece.text[max(0, start - at) : max(0, end - at)]:
                yield Styled(part, piece.tone)
            at += len(piece.text)


def columns(text: str) -> int:
    """Return the columns of a text on a terminal: two for an ideograph."""
    from rich.cells import cell_len

    return cell_len(text)


def words(cell: Cell) -> str:
    """Return the text of a cell."""
    return cell.text if isinstance(cell, Styled) else cell
