"""How does text of any origin become lines of a given width?

A page has headings, paragraphs, lists and tables.

- Nothing is read as markup, and every text is cleaned first.
- Lines break at spaces and between ideographs, so a host name, a port or a URL is never cut.
- No line is wider than the page, unless a single word is. Such a word gets a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING

from diagnose.output.clean import clean
from diagnose.output.sentences import clauses, series
from diagnose.output.styled import Cell, Styled, StyledText, Tone, columns, words
from probes.language import tr
from probes.regex import regex

if TYPE_CHECKING:
    import re

    from rich.console import Console
    from rich.text import Text

NARROWEST = 40
"""Columns of a page on a narrower terminal: a table of addresses cannot be read in less."""
WIDEST = 200
"""Columns of a page on a wider terminal."""
INDENT = 2
"""Columns of one step of indentation."""
LABEL = 10
"""Columns of a table's column that is never made narrower: a label in two lines is no label."""
READABLE = 20
"""Columns that a table leaves to a column of text, because prose in less cannot be read."""

_IDEOGRAPHS = "\u2e80-\u2fff\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003fffd"
_CLOSING = "\u2019\u201d\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f"
_OPENING = "\u300a\u300c\u300e\u3010\uff08"
_AFTER = "[.,;:!?)]*"
"""Marks after a closing bracket or quote. They never begin a line."""
_WORD = regex(
    f"[{_OPENING}“]*[{_IDEOGRAPHS}][{_CLOSING}”]*"
    f"|[{_OPENING}]*[^\\s{_IDEOGRAPHS}{_OPENING}{_CLOSING}]+[{_CLOSING}]*{_AFTER}"
    f"|[{_OPENING}{_CLOSING}]+{_AFTER}"
)
"""What stays on one line. Chinese is written without spaces, so each ideograph is a word, with the
brackets before it and the marks after it."""
_FIRST_IDEOGRAPH = "\u2e80"
_WORD_BEFORE = regex(f"[^\\s\u2019\u201d]+[\u2019\u201d]*{_AFTER}|[\u2019\u201d]+{_AFTER}")
"""The same for a text whose characters all come before the ideographs. To compile the other takes
as long as to import ten modules."""

STYLES: Mapping[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "good": "green",
    "bad": "bold red",
    "doubt": "yellow",
    "quiet": "dim",
}
"""How rich shows a tone."""


class Page:
    """Collect blocks. `text` is the whole page; each of its lines ends with a line feed."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = min(max(width, NARROWEST), WIDEST)
        self._colour = colour
        self._file = StringIO()

    @cached_property
    def _console(self) -> Console:
        """Return what writes colours. A page without them needs none, and loads none."""
        from rich.console import Console

        return Console(
            file=self._file,
            width=self.width,
            color_system="standard",
            force_terminal=True,
            no_color=False,
            force_jupyter=False,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def heading(self, text: str) -> None:
        """Add an empty line, then the text in bold."""
        self._file.write("\n")
        self.line(Styled(text, "strong"))

    def line(self, *pieces: Cell, indent: int = 0) -> None:
        """Add one paragraph that is made of several pieces."""
        self._paragraph(_text(pieces), indent)

    def listed(self, items: Iterable[Cell], mark: str = "-") -> None:
        """Add a list with hanging indent. The mark "1." numbers the items."""
        rows = [(f"{number}." if mark == "1." else mark, item) for number, item in enumerate(items, 1)]
        self.rows(rows)

    def rows(
        self, rows: Sequence[Sequence[Cell]], head: Sequence[str] = (), gap: int = 1, indent: int = INDENT
    ) -> None:
        """Add a table without lines.

        Each column is as wide as its widest cell. If the page is too narrow, the widest columns
        wrap. A row with a word that is wider than its column is written cell below cell.
        """
        if not rows:
            return
        widths = self._widths([head, *rows] if head else rows, gap, indent)
        table = [[_wrapped(_text([cell]), width) for cell, width in zip(row, widths, strict=True)] for row in rows]
        fitting = [_is_fitting(row, widths) for row in table]
        if head and any(fitting):
            titles = [
                _wrapped(_text([Styled(title, "quiet")]), width) for title, width in zip(head, widths, strict=True)
            ]
            self._side_by_side(titles, widths, gap, indent)
        for row, wrapped, fits in zip(rows, table, fitting, strict=True):
            if fits:
                self._side_by_side(wrapped, widths, gap, indent)
            else:
                self._below_each_other(row, head, indent)

    def verbatim(self, text: str, indent: int = INDENT) -> None:
        """Add lines to be copied: cleaned and indented. The caller asks `fits` before."""
        for line in text.splitlines():
            lead = len(line) - len(line.lstrip(" "))
            self.line(Styled(clean(line)), indent=indent + lead)

    def link(self, url: str) -> None:
        """Add a URL on a line of its own."""
        self._print(_text([Styled(url, "quiet")]), 2 * INDENT)

    def fits(self, text: str, indent: int = INDENT) -> bool:
        """Return whether `verbatim` would write this text without a wrapped line."""
        return all(columns(line) + indent <= self.width for line in text.splitlines())

    def fits_as_table(self, rows: Sequence[Sequence[Cell]], gap: int = 1) -> bool:
        """Return whether `rows` would show every cell of this table on one line."""
        widest = [max(columns(clean(words(row[number]))) for row in rows) for number in range(len(rows[0]))]
        return sum(widest) + gap * (len(widest) - 1) + INDENT <= self.width

    @property
    def text(self) -> str:
        """Everything that was added so far."""
        written = self._file.getvalue()
        return "".join(f"{line.rstrip()}\n" for line in written.split("\n")).rstrip("\n") + "\n"

    def _print(self, line: StyledText, indent: int) -> None:
        if self._colour:
            self._console.print(_rich(line, indent), soft_wrap=True)
        else:
            self._file.write(f"{' ' * indent}{line.plain}\n")

    def _paragraph(self, text: StyledText, indent: int) -> None:
        """Add a wrapped text. A word that is too wide moves left as far as it has to."""
        for line in _wrapped(text, self.width - indent):
            self._print(line, min(indent, max(0, self.width - line.columns)))

    def _side_by_side(
        self, wrapped: Sequence[Sequence[StyledText]], widths: Sequence[int], gap: int, indent: int
    ) -> None:
        """Add one row of a table, of as many lines as its highest cell has."""
        for number in range(max(map(len, wrapped))):
            line = StyledText()
            for lines, width in zip(wrapped, widths, strict=True):
                piece = lines[number] if number < len(lines) else StyledText()
                line = line.followed_by(piece, " " * (width - piece.columns + gap))
            self._print(line.stripped(), indent)

    def _below_each_other(self, row: Sequence[Cell], head: Sequence[str], indent: int) -> None:
        """Add one row as paragraphs. With a head, all cells but the first are one paragraph.

        Equal cells are written once, after the names of their columns.
        """
        first, *rest = (_text([cell]) for cell in row)
        if head:
            line = StyledText()
            columns_of: dict[str, list[str]] = {}
            for title, cell in zip(head[1:], rest, strict=True):
                columns_of.setdefault(cell.plain, []).append(clean(title))
            for plain, titles in columns_of.items():
                cell = next(cell for cell in rest if cell.plain == plain)
                between = clauses(("", "")) if line.pieces else ""
                line = line.followed_by(between, tr("{name}: ", name=series(titles)), cell)
            rest = [line]
        for number, cell in enumerate((first, *rest)):
            if cell.plain:
                self._paragraph(cell, indent + INDENT * bool(number))

    def _widths(self, rows: Sequence[Sequence[Cell]], gap: int, indent: int) -> list[int]:
        """Return the width of each column.

        It is that of the widest cell. If their sum does not fit, the widest columns become
        narrower. They keep room for `READABLE` columns and their widest word, if that fits.
        """
        texts = [[clean(words(row[number])) for row in rows] for number in range(len(rows[0]))]
        wanted = [max(map(columns, column)) for column in texts]
        widest = [
            width if width <= LABEL else max(map(columns, unbroken(" ".join(column))), default=0)
            for column, width in zip(texts, wanted, strict=True)
        ]
        readable = [max(word, min(width, READABLE)) for word, width in zip(widest, wanted, strict=True)]
        room = self.width - indent - gap * (len(wanted) - 1)
        least = next((widths for widths in (readable, widest) if sum(widths) <= room), [1] * len(wanted))
        limit = max(wanted)
        while limit > 1 and sum(_limited(wanted, least, limit)) > room:
            limit -= 1
        return _limited(wanted, least, limit)


def wrapped(text: str, width: int) -> list[str]:
    """Return a paragraph in lines of at most `width` columns, unless a single word is wider."""
    starts = [0, *_breaks(text, width)]
    return [text[start:end].rstrip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _limited(wanted: Sequence[int], least: Sequence[int], limit: int) -> list[int]:
    return [max(low, min(width, limit)) for width, low in zip(wanted, least, strict=True)]


def _wrapped(text: StyledText, width: int) -> list[StyledText]:
    """Break a text between words. Only a line of one word may be wider than `width`."""
    return [line.stripped() for line in text.divided(_breaks(text.plain, width))]


def _breaks(plain: str, width: int) -> Iterator[int]:
    """Yield the offset of each word that begins a new line."""
    start = 0
    for word in _words_of(plain).finditer(plain):
        if word.start() > start and columns(plain[start : word.end()]) > width:
            start = word.start()
            yield start


def unbroken(text: str) -> list[str]:
    """Return the words of a text: what stays on one line."""
    return _words_of(text).findall(text)


def _words_of(text: str) -> re.Pattern[str]:
    return _WORD if max(text, default="") >= _FIRST_IDEOGRAPH else _WORD_BEFORE


def _is_fitting(wrapped: Sequence[Sequence[StyledText]], widths: Sequence[int]) -> bool:
    return all(line.columns <= width for lines, width in zip(wrapped, widths, strict=True) for line in lines)


def _text(pieces: Iterable[Cell]) -> StyledText:
    return StyledText(tuple(_cleaned(piece if isinstance(piece, Styled) else Styled(piece)) for piece in pieces))


def _cleaned(piece: Styled) -> Styled:
    """Clean a piece, and keep one space before it and after it."""
    lead = " " if piece.text[:1] == " " else ""
    trail = " " if piece.text[-1:] == " " and piece.text.strip() else ""
    return Styled(f"{lead}{clean(piece.text)}{trail}", piece.tone)


def _rich(line: StyledText, indent: int) -> Text:
    from rich.text import Text

    return Text.assemble(" " * indent, *((piece.text, STYLES[piece.tone]) for piece in line.pieces))
