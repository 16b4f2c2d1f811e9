"""How is the edit of a line of krb5.conf written?

Each function returns one repair: edits of whole lines that belong together. `Views` supplies the
lines as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TypeAlias

from diagnose.findings.kerberos.krb5_lint.readings import Views
from probes.files.line_edit import LineEdit
from probes.origin import Origin
from probes.regex import regex

Repair: TypeAlias = tuple[LineEdit, ...]
"""Edits that are made together. () is no repair."""

_INDENT = regex(r"\ufeff?([ \t]*)")


def replaced(views: Views, at: Origin, *lines: str) -> Repair:
    """Return the repair that writes these lines in place of one, with its indentation."""
    if at.line is None:
        return ()
    row = views.row(at)
    indent = indent_of(row)
    return (LineEdit(at.file, at.line, (row,), tuple(indent + line if line else line for line in lines)),)


def unindented(views: Views, at: Origin, *lines: str) -> Repair:
    """Return the repair that writes these lines in place of one, in the first column."""
    if at.line is None:
        return ()
    return (LineEdit(at.file, at.line, (views.row(at),), lines),)


def deleted(views: Views, ats: Iterable[Origin]) -> Repair:
    """Return the repair that deletes these lines. Lines that stand together are one edit."""
    lines = sorted({(at.file, at.line) for at in ats if at.line is not None})
    runs = groupby(enumerate(lines), key=lambda one: (one[1][0], one[1][1] - one[0]))
    return tuple(_run(views, [line for _, line in run]) for _, run in runs)


def _run(views: Views, lines: list[tuple[str, int]]) -> LineEdit:
    file, first = lines[0]
    return LineEdit(file, first, tuple(views.row(Origin(file, line)) for _, line in lines))


def inserted(file: str, line: int, *lines: str) -> Repair:
    """Return the repair that writes lines before one, or at the end."""
    return (LineEdit(file, line, (), lines),)


def commented(views: Views, ats: Iterable[Origin]) -> Repair:
    """Return the repair that makes comments of these lines, so that nothing of them is lost."""
    edits = (replaced(views, at, f"# {views.row(at).strip()}") for at in ats)
    return tuple(edit for repair in edits for edit in repair)


def indent_of(row: str) -> str:
    """Return the blanks before a line."""
    match = _INDENT.match(row)
    return match[1] if match else ""
