"""What does a person need at the end of a fleet run? A page of at most 24 lines of 80 columns."""

from __future__ import annotations

from diagnose.fleet import words
from diagnose.fleet.summary import FleetSummary
from diagnose.output.page import Page
from diagnose.output.styled import Styled

HEIGHT = 24
"""Lines of the page at 80 columns. A narrower one may have more."""

USUAL = 80

MOST_ROWS = 5
"""Rows of each table on the fullest page."""

MOST_LETTERS = 70
"""Letters of a cell. The JSON summary has all."""

MOST_CODES = 3
"""Possible causes that the page names."""

MOST_IN_SENTENCE = 30
"""Letters of a name within a sentence."""


def render(summary: FleetSummary, width: int, colour: bool) -> str:
    """Return the page. Its tables have as many rows as it has room for."""
    page = ""
    for most in range(MOST_ROWS, -1, -1):
        page = _page(summary, width, colour, most)
        if page.count("\n") <= HEIGHT * max(1, USUAL // max(width, 1)):
            break
    return page


def _page(summary: FleetSummary, width: int, colour: bool, most: int) -> str:
    page = Page(width, colour)
    page.line(Styled(words.headline(summary), words.tone(summary)))
    page.line(words.connections(summary))
    for table in words.tables(summary, most) if most else ():
        page.line(Styled(table.heading, "strong"))
        page.rows([[words.short(cell, MOST_LETTERS) for cell in row] for row in table.rows], table.head, gap=2)
    for sentence in (
        words.possible(summary, MOST_CODES),
        words.certificates(summary),
        words.clocks(summary, MOST_IN_SENTENCE),
    ):
        if sentence is not None:
            page.line(sentence)
    page.line(words.exit_words(summary))
    return page.text
