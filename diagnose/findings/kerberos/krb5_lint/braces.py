"""Which braces of a krb5.conf are not closed, and which close nothing?

A plain look at the lines, because it is needed where neither family reads the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from probes.frozen import frozen
from probes.origin import Origin
from probes.regex import regex

_OPENING = regex(rb"[ \t]*([^\s=]+)[ \t]*=[ \t]*\{[ \t]*\r?")
_EMPTY = regex(rb"[ \t]*([^\s=#;\[{}][^\s=]*)[ \t]*=[ \t]*\r?")
_KDC = regex(rb"[ \t]*kdc[ \t]*=[ \t]*[^\s]")


MOST_OPEN = 20
"""Open braces whose end is looked for by indentation. Files in use have one or two."""


@frozen
class Gap:
    """A brace that nothing closes."""

    at: Origin
    """The line that opens it."""
    before: tuple[int, ...]
    """Lines before which the closing brace may have to stand, the likely one first."""


@frozen
class Braces:
    """The braces of one file."""

    unclosed: tuple[Gap, ...]
    """Braces that are open where a section begins or the file ends."""
    extra: tuple[Origin, ...]
    """Lines whose closing brace closes nothing."""
    stanzas: tuple[tuple[str, int], ...]
    """Names and lines of the braces that stand right below a section, such as realms."""


@frozen
class EmptyValue:
    """A `name =` without a value, that no brace follows."""

    at: Origin
    """The line."""
    is_last_kdc: bool
    """True for a `kdc =` of a stanza in which no other `kdc` has a value."""


def braces(file: str, rows: Sequence[bytes]) -> Braces:
    """Return the braces of the lines of one file."""
    opened: list[int] = []
    inner: dict[int, int] = {}
    unclosed: list[Gap] = []
    extra: list[Origin] = []
    stanzas: list[tuple[str, int]] = []
    last = 0
    for number, raw in enumerate(rows, 1):
        row = raw.strip()
        if not row or row[:1] in b"#;":
            continue
        if row.startswith(b"["):
            unclosed += [_gap(file, line, inner, last + 1) for line in opened]
            opened = []
        elif opening := _opening(rows, number):
            for line in opened[:MOST_OPEN]:
                if _indent(raw) <= _indent(rows[line - 1]):
                    inner.setdefault(line, number)
            if not opened:
                stanzas.append((opening, number))
            opened.append(number)
        elif row.startswith(b"}"):
            if opened:
                opened.pop()
            else:
                extra.append(Origin(file, number))
        last = number
    unclosed += [_gap(file, line, inner, last + 1) for line in opened]
    return Braces(tuple(unclosed), tuple(extra), tuple(stanzas))


def empty_values(file: str, rows: Sequence[bytes]) -> list[EmptyValue]:
    """Return the names without a value that no brace follows."""
    empty: list[tuple[int, int, bytes]] = []  # number of the line, of its stanza, name
    with_kdc: set[int] = set()
    stanza = 0
    for number, raw in enumerate(rows, 1):
        if _is_edge(raw):
            stanza += 1
        elif _KDC.match(raw):
            with_kdc.add(stanza)
        match = _EMPTY.fullmatch(raw)
        if match is not None and not (rows[number] if number < len(rows) else b"").lstrip().startswith(b"{"):
            empty.append((number, stanza, match[1]))
    return [
        EmptyValue(Origin(file, number), name == b"kdc" and stanza not in with_kdc) for number, stanza, name in empty
    ]


def _is_edge(row: bytes) -> bool:
    return row.strip()[:1] in (b"[", b"}") or row.rstrip().endswith(b"{")


def _opening(rows: Sequence[bytes], number: int) -> str | None:
    """Return the name of the brace that a line opens, also if the '{' stands on the next line."""
    match = _OPENING.fullmatch(rows[number - 1])
    if match is None and number < len(rows) and rows[number].lstrip().startswith(b"{"):
        match = _EMPTY.fullmatch(rows[number - 1])
    return match[1].decode("utf-8", "surrogateescape") if match else None


def _gap(file: str, line: int, inner: dict[int, int], end: int) -> Gap:
    before = (inner[line], end) if line in inner else (end,)
    return Gap(Origin(file, line), before)


def _indent(row: bytes) -> int:
    return len(row) - len(row.lstrip())
