"""Is the export whole? Pages are saved one by one, and a missing page leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from diagnose.case.api.answers import AnswerPage
from diagnose.case.api.documents import ApiAnswer
from diagnose.case.model import Skipped
from probes.language import tr

LastPages = Sequence[tuple[str, AnswerPage]]
"""(file, page) of every page of one listing."""


def unfinished(pages: LastPages) -> str | None:
    """Return one clause if every page announces another one. None if there is a last page, or no
    page."""
    if not pages or any(not page.next_token for _, page in pages):
        return None
    file = pages[0][0]
    return tr("{file} is one page of several: NextToken is set and no last page is in the case", file=file)


def shortfall(pages: LastPages, have: int, things: str) -> str | None:
    """Return one clause if the pages lack elements by their own count. `things` is
    plural, in the language
    of this process: "nodes"."""
    if (cause := unfinished(pages)) is not None:
        return cause
    total = max((page.total_count or 0 for _, page in pages), default=0)
    if total > have:
        return tr(
            "{file} and its other pages have {have} of the {total} {things} that TotalCount announces",
            file=pages[0][0],
            have=have,
            total=total,
            things=things,
        )
    return None


def skipped(
    answers: Sequence[ApiAnswer[Any]],
    have: int,
    things: str,
    pages: LastPages | None = None,
    *,
    hides: bool = False,
    about: Literal["nodes", "instances", "networks", "settings"] | None = None,
) -> list[Skipped]:
    """Return the entry for the report if a listing is not whole.

    The call to repeat is the kind of the answers. `hides` and `about` are as in `Skipped`.
    """
    given = [(answer.file, answer.value) for answer in answers] if pages is None else pages
    cause = shortfall(given, have, things)
    if cause is None:
        return []
    check = tr("{things} that were not exported", things=things)
    return [Skipped(check, cause, tr("the missing pages of {call}", call=answers[0].kind), hides, about=about)]
