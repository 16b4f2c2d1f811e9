"""How does text of any origin become lines of a given width? A page: headings, paragraphs, lists and tables, laid out by rich.

Nothing is ever read as markup, every text is cleaned first, and no line is wider than the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from diagnose.output.clean import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

NARROWEST = 40
"""Narrower terminals get this width: a table of addresses cannot be read in less."""
WIDEST = 200
INDENT = 2

Tone = Literal["plain", "strong", "good", "bad", "doubt", "quiet"]
STYLES: dict[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "good": "green",
    "bad": "bold red",
    "doubt": "yellow",
    "quiet": "dim",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of text and how it is said; tones only add to the words, they carry nothing of their own."""

    text: str
    tone: Tone = "plain"


Cell = str | Said


class Page:
    """Collects blocks; `text` gives the whole page, each line ended by a line feed."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = min(max(width, NARROWEST), WIDEST)
        self._colour = colour

    @cached_property
    def _console(self) -> Console:
        from io import StringIO  # with rich, only when a page is laid out

        from rich.console import Console

        return Console(
            file=StringIO(),
            width=self.width,
            color_system="standard" if self._colour else None,
            force_terminal=self._colour,
            no_color=not self._colour,
            force_jupyter=False,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def heading(self, text: str) -> None:
        self._console.print()
        self.line(Said(text, "strong"))

    def line(self, *pieces: Cell, indent: int = 0) -> None:
        """One paragraph of several pieces, wrapped between words."""
        from rich.padding import Padding

        self._console.print(Padding(_text(pieces), (0, 0, 0, indent)))

    def listed(self, items: Iterable[Cell], mark: str = "-") -> None:
        """A list with hanging indent; with the mark "1." the items are numbered."""
        rows = [(f"{number}." if mark == "1." else mark, item) for number, item in enumerate(items, 1)]
        self.rows(rows)

    def rows(
        self, rows: Sequence[Sequence[Cell]], head: Sequence[str] = (), gap: int = 1, indent: int = INDENT
    ) -> None:
        """A table without lines: every column but the last as wide as it needs to be, at most its share; cells wrap."""
        if not rows:
            return
        from rich.padding import Padding
        from rich.table import Table

        table = Table(
            box=None, show_header=bool(head), padding=(0, gap, 0, 0), pad_edge=False, header_style=STYLES["quiet"]
        )
        for number, most in enumerate(self._widths([head, *rows] if head else rows, gap, indent)):
            table.add_column(_text([head[number]]) if head else "", max_width=most, overflow="fold")
        for row in rows:
            table.add_row(*(_text([cell]) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, indent)))

    def verbatim(self, text: str) -> None:
        """Lines that are meant to be copied, cleaned and indented but never wrapped; the caller knows that they fit (`fits`)."""
        for line in text.splitlines():
            lead = len(line) - len(line.lstrip(" "))
            self.line(Said(clean(line)), indent=INDENT + lead)

    def link(self, url: str) -> None:
        """The one thing that may be wider than the page: an address broken over two lines cannot be opened."""
        self._console.print(_text([" " * 2 * INDENT, Said(url, "quiet")]), soft_wrap=True)

    def fits(self, text: str) -> bool:
        from rich.cells import cell_len

        return all(cell_len(line) + INDENT <= self.width for line in text.splitlines())

    def holds(self, rows: Sequence[Sequence[Cell]], gap: int = 1) -> bool:
        """Would `rows` show every cell of this table on one line?"""
        from rich.cells import cell_len

        widest = [max(cell_len(clean(_words(row[number]))) for row in rows) for number in range(len(rows[0]))]
        return sum(widest) + gap * len(widest) + INDENT <= self.width

    @property
    def text(self) -> str:
        from io import StringIO

        file = self._console.file
        written = file.getvalue() if isinstance(file, StringIO) else ""
        return "".join(f"{line.rstrip()}\n" for line in written.split("\n")).rstrip("\n") + "\n"

    def _widths(self, rows: Sequence[Sequence[Cell]], gap: int, indent: int) -> list[int]:
        """Widest cell of each column; where the sum does not fit, the widest columns give way to each other evenly."""
        from rich.cells import cell_len

        wanted = [max(cell_len(clean(_words(row[number]))) for row in rows) for number in range(len(rows[0]))]
        room = self.width - indent - gap * len(wanted)
        limit = max(wanted)
        while limit > 1 and sum(min(width, limit) for width in wanted) > room:
            limit -= 1
        return [max(1, min(width, limit)) for width in wanted]


def _words(cell: Cell) -> str:
    return cell.text if isinstance(cell, Said) else cell


def _text(pieces: Iterable[Cell]) -> Text:
    from rich.text import Text

    text = Text(overflow="fold")
    for piece in pieces:
        said = piece if isinstance(piece, Said) else Said(piece)
        lead = " " if said.text[:1] == " " else ""
        trail = " " if said.text[-1:] == " " and said.text.strip() else ""
        text.append(f"{lead}{clean(said.text)}{trail}", style=STYLES[said.tone])
    return text
