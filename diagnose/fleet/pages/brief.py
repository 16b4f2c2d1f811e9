"""What does a person need at the end of a fleet run? A page of at most 24 lines of 80 columns."""

from __future__ import annotations

from diagnose.fleet import words
from diagnose.fleet.summary import FleetSummary
from diagnose.output.page import Page
from diagnose.output.styled import Styled

HEIGHT = 24
"""Lines of the page at 80 columns. A narrower one may have more."""

USUAL = 80

ROWS = ((5, 5), (5, 4), (5, 3), (4, 3), (4, 2), (3, 2), (3, 1), (2, 1), (1, 1), (1, 0), (0, 0))
"""Rows of the table of cases, and of each other one. The first pair is that of the fullest page."""

MOST_LETTERS = 70
"""Letters of a cell. The JSON summary has all."""

MOST_CODES = 3
"""Possible causes that the page names."""

MOST_IN_SENTENCE = 30
"""Letters of a name within a sentence."""


def render(summary: FleetSummary, width: int, colour: bool) -> str:
    """Return the page. Its tables have as many rows as it has room for."""
    page = ""
    for cases, most in ROWS:
        page = _page(summary, width, colour, cases, most)
        if page.count("\n") <= HEIGHT * max(1, USUAL // max(width, 1)):
            break
    return page


def _page(summary: FleetSummary, width: int, colour: bool, cases: int, most: int) -> str:
    page = Page(width, colour)
    page.line(Styled(words.headline(summary), words.tone(summary)))
    page.line(words.connections(summary))
    for table in words.narrow_tables(summary, cases, most):
        page.line(Styled(table.heading, "strong"))
        page.rows([[words.short(cell, MOST_LETTERS) for cell in row] for row in table.rows], table.head, gap=2)
        if table.more is not None and table.command is not None:
            page.line(table.more)
            page.verbatim(table.command)
    for sentence in (
        words.possible(summary, MOST_CODES),
        words.certificates(summary),
        words.clocks(summary, MOST_IN_SENTENCE),
    ):
        if sentence is not None:
            page.line(sentence)
    page.line(words.exit_words(summary))
    return page.text
