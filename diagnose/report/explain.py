"""What does `emr-diagnose explain CODE` print? One entry of the catalogue as a page or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.output.page import Page, Styled, Tone

if TYPE_CHECKING:
    from diagnose.findings.catalogue import Basis, CatalogueEntry, Grade

GRADES: dict[Grade, tuple[str, Tone]] = {
    "B": ("blocker: always an error", "bad"),
    "M": ("major: an error if it touches a required connection, else a warning", "bad"),
    "L": ("latent: a warning; it works now, but slowly or not for long", "doubt"),
    "I": ("information", "quiet"),
}
BASES: dict[Basis, str] = {
    "lab": "reproduced with real software",
    "source": "read in the software's source code",
    "documentation": "stated by a vendor's documentation",
    "issue": "seen in a public report",
    "experience": "general knowledge without a checked source; confirm it before you act on it",
}


def explain_text(entry: CatalogueEntry, width: int, colour: bool) -> str:
    """Return the entry as a page for a terminal of this many columns."""
    page = Page(width, colour)
    grade, tone = GRADES[entry.severity]
    page.line(Styled(entry.code, "strong"), "  ", Styled(entry.title, "strong"))
    page.line(f"{entry.area}; ", Styled(grade, tone))
    if not entry.decided:
        page.line(
            Styled("`check` of this version does not look for this fault. The text helps if you meet it.", "quiet")
        )
    page.heading("What it means")
    page.line(entry.meaning, indent=2)
    page.heading("What you see")
    page.listed(entry.seen)
    if entry.look_alikes:
        page.heading("Not to be confused with")
        page.rows([(Styled(code, "strong"), how) for code, how in entry.look_alikes.items()], gap=2)
    page.heading("How to confirm it")
    page.listed(entry.confirm, "1.")
    page.heading("How to repair it")
    page.listed(entry.repair, "1.")
    page.heading("How we know")
    page.line("; ".join(BASES[basis] for basis in entry.basis) + ".", indent=2)
    for source in entry.sources:
        dated = f" ({source.dated.isoformat()})" if source.dated else ""
        page.listed([f"{source.title}{dated}"])
        if source.url:
            page.link(source.url)
    return page.text


def explain_json(entry: CatalogueEntry) -> bytes:
    """Return the entry as one JSON object that ends with a line feed. Keys stand in the order of
    the class."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(entry), indent=2) + b"\n"
