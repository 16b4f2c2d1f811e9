"""Which lines of a text file change?

An edit names whole lines, so that it can be shown, copied, and applied to the file itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probes.frozen import frozen


@frozen
class LineEdit:
    """Lines that stand together and are replaced by others.

    Bytes that are not UTF-8 are surrogate escapes. Line ends are no part of a line.
    """

    file: str
    """Name of the file."""
    line: int
    """1-based number of the first line that goes, in the file as it is before all edits.

    If none goes, the new lines stand before this one. One more than the last line is the end.
    """
    before: tuple[str, ...] = ()
    """The lines that go. Empty if lines are only inserted."""
    after: tuple[str, ...] = ()
    """The lines that stand in their place. Empty if lines are only deleted."""


class EditMismatchError(ValueError):
    """The file does not hold the lines that an edit replaces.

    - line: where they should be
    """

    def __init__(self, file: str, line: int) -> None:
        self.file, self.line = file, line
        super().__init__(f"{file}:{line}: the file is not the one that the edit was made for")


def edited(content: bytes, edits: Iterable[LineEdit]) -> bytes:
    """Return the content of one file after all its edits.

    Edits must not overlap. New lines end as the lines beside them do. EditMismatchError if the
    file does not hold the lines that go.
    """
    rows = content.split(b"\n")
    count = len(rows) - (rows[-1] == b"")
    in_order = sorted(edits, key=lambda edit: (edit.line, bool(edit.before)))
    for edit in reversed(in_order):
        start = edit.line - 1
        old = rows[start : start + len(edit.before)]
        if start > count or [_text(row) for row in old] != list(edit.before):
            raise EditMismatchError(edit.file, edit.line)
        beside = old or rows[max(start - 1, 0) : start + 1]
        end = b"\r" if beside[0].endswith(b"\r") else b""
        rows[start : start + len(old)] = [_raw(text) + end for text in edit.after]
    return b"\n".join(rows)


def row_text(content: Sequence[bytes], line: int | None) -> str:
    """Return one of the rows of a file as an edit names it. "" if there is no such row."""
    return _text(content[line - 1]) if line is not None and 0 < line <= len(content) else ""


def _text(row: bytes) -> str:
    return row.removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
