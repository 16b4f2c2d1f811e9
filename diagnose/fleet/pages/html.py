"""How does a fleet summary become one HTML file: no request, no script, safe in a mail?"""

from __future__ import annotations

from diagnose.fleet import words
from diagnose.fleet.summary import FleetSummary
from diagnose.report.html.page import TAGS, content_policy, file_text, templates
from probes.language import language


def render(summary: FleetSummary) -> bytes:
    """Return the whole page in UTF-8."""
    import markupsafe

    style = markupsafe.Markup(file_text("page.css"))
    said = (
        words.connections(summary),
        words.possible(summary),
        words.certificates(summary),
        words.clocks(summary),
        words.exit_words(summary),
    )
    page = (
        templates()
        .from_string(file_text("fleet.html.j2"))
        .render(
            lang=TAGS[language()],
            policy=content_policy("", style),
            style=style,
            headline=words.headline(summary),
            tone=words.tone(summary),
            sentences=[sentence for sentence in said if sentence is not None],
            tables=list(words.tables(summary)),
            summary=summary,
        )
    )
    return page.encode("utf-8", "replace")
