"""How does a fleet summary read in a ticket?"""

from __future__ import annotations

from diagnose.fleet import words
from diagnose.fleet.summary import FleetSummary
from diagnose.report.markdown import code_block, escaped, table


def render(summary: FleetSummary) -> bytes:
    """Return the whole summary, each table with all its rows."""
    parts = [f"# {escaped(words.headline(summary))}", escaped(words.connections(summary))]
    for each in words.tables(summary):
        parts += [f"## {escaped(each.heading)}", table(each.head, each.rows)]
        if each.more is not None and each.command is not None:
            parts += [escaped(each.more), code_block(each.command)]
    said = (words.possible(summary), words.certificates(summary), words.clocks(summary), words.exit_words(summary))
    parts += [escaped(sentence) for sentence in said if sentence is not None]
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")
