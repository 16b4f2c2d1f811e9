"""What does `emr-diagnose explain "a message"` print? The codes that a message may come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from diagnose.findings import catalogue
from diagnose.findings.wording import uncoded
from diagnose.output.page import Page
from diagnose.output.styled import Styled
from diagnose.symptoms.messages import Message, candidates_of_quote
from probes.language import marked, tr

if TYPE_CHECKING:
    from diagnose.findings.catalogue import CatalogueEntry

DETAIL = marked("This line is no failure. It tells where, over which transport, or how long a client waited.")

SHOWS = {
    "login": marked(
        "This is no fault of the network. A service answered a request, so connection and login worked at that time."
    ),
    "connection": marked(
        "This is no fault of the network. A service answered, so the connection worked at that time. "
        "It refused the token."
    ),
    "ran": marked("This is no fault of the network. The executor had reached the driver before."),
    "behind": marked(
        "A service took the login of this client, so connection and login worked at that time. "
        "The cause is behind that service."
    ),
    "unsent": marked("This is no fault of the network. The client stopped before it sent anything."),
}
"""What the words of a message show -> the sentence that says so."""

SEVERAL = marked("It comes from one of these. The order is the usual one; only packets and files decide.")


def message_text(text: str, found: Sequence[Message], width: int, colour: bool) -> str:
    """Return the codes for a message as a page for a terminal of this many columns."""
    page = Page(width, colour)
    page.line(Styled(f"“{text}”", "strong"))
    printed = list(dict.fromkeys(name for each in found for name in each.printed_by))
    page.line(tr("Printed by {programs}.", programs=tr(", ").join(map(tr, printed))))
    codes = candidates_of_quote(text, found)
    if shows := next((each.shows for each in found if each.shows is not None), None):
        page.line(tr(SHOWS[shows]))
    if not codes and shows is None:
        page.line(tr(DETAIL))
    elif not codes:
        page.heading(tr("Next"))
        page.line("emr-diagnose check CASE --log FILE", indent=2)
    else:
        is_open = any(uncoded(each.topic) for each in found)
        title = tr("What it may be") if is_open else tr("What it is")
        page.heading(tr("What it may be, the most likely first") if len(codes) > 1 else title)
        if usual := next(filter(None, (uncoded(each.topic) for each in found)), ""):
            page.line(usual, indent=2)
        if len(codes) > 1:
            page.line(tr(SEVERAL), indent=2)
        page.rows([(Styled(code, "strong"), catalogue.entry(code).title) for code in codes], gap=2)
        page.heading(tr("Next"))
        page.line(f"emr-diagnose explain {codes[0]}", indent=2)
        page.line("emr-diagnose check CASE --log FILE", indent=2)
    if gone := _ruled_out(found, codes):
        page.heading(tr("What it is not"))
        page.rows([(Styled(code, "strong"), catalogue.entry(code).title) for code in gone], gap=2)
    return page.text


def message_json(text: str, found: Sequence[Message]) -> bytes:
    """Return the same as one JSON object that ends with a line feed."""
    import msgspec

    codes = candidates_of_quote(text, found)
    value: dict[str, Any] = {
        "message": text,
        "candidates": [_entry_values(catalogue.entry(code)) for code in codes],
        "rules_out": list(_ruled_out(found, codes)),
        "matches": [
            {
                "id": each.id,
                "role": each.role,
                "printed_by": list(map(tr, each.printed_by)),
                "candidates": each.candidates,
                "rules_out": each.rules_out,
                "shows": each.shows,
                "basis": each.basis,
                "example": each.example,
            }
            for each in found
        ],
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _entry_values(entry: CatalogueEntry) -> dict[str, str]:
    return {"code": entry.code, "title": entry.title}


def _ruled_out(found: Sequence[Message], codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for each in found for code in each.rules_out if code not in codes))
