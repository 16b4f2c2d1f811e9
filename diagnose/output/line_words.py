"""How is an edit of whole lines said in one clause?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.output.clean import clean
from probes.language import tr

MOST_LINES = 8
"""Lines of one edit that a clause quotes. The edit itself has all of them."""

_MARK = "\ufeff"


def line_words(file: str, line: int, before: Sequence[str], after: Sequence[str]) -> str:
    """Return the edit without a full stop: 'replace krb5.conf:8 by “kdc = h1”'."""
    where = f"{file}:{line}" if len(before) < 2 else f"{file}:{line}-{line + len(before) - 1}"
    if not before:
        words = tr("insert before {place}: {lines}", place=where, lines=_quoted(after))
    elif not after:
        words = tr("delete {place}: {lines}", place=where, lines=_quoted(before))
    elif [text.lstrip(_MARK) for text in before] == list(after):
        words = tr(
            "delete the byte order mark (EF BB BF) at the beginning of {file}, before {lines}",
            file=file,
            lines=_quoted(after),
        )
    else:
        words = tr("replace {place} by {lines}", place=where, lines=_quoted(after))
    return clean(words)


def _quoted(lines: Sequence[str]) -> str:
    shown = [f"“{text.strip()}”" for text in lines[:MOST_LINES]]
    quoted = " | ".join(shown)
    more = len(lines) - MOST_LINES
    return tr("{lines} and {more} more", lines=quoted, more=more) if more > 0 else quoted
