"""What does `emr-diagnose explain CODE` print? One entry of the catalogue as a page or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagnose.output.page import Page
from diagnose.output.styled import Styled, Tone
from probes.language import marked, tr

if TYPE_CHECKING:
    from diagnose.findings.catalogue import Area, Basis, CatalogueEntry, CatalogueSource, Grade

AREAS: dict[Area, str] = {
    "network": marked("network"),
    "dns": marked("dns"),
    "kerberos": marked("kerberos"),
    "hadoop": marked("hadoop"),
    "registration": marked("registration"),
}
GRADES: dict[Grade, tuple[str, Tone]] = {
    "B": (
        marked(
            "blocker: usually an error; at most a warning if it harms nothing required, or if only a log tells of it"
        ),
        "bad",
    ),
    "M": (marked("major: an error if it touches a required connection, else a warning"), "bad"),
    "L": (marked("latent: a warning; it works now, but slowly or not for long"), "doubt"),
    "I": (marked("information"), "quiet"),
}
BASES: dict[Basis, str] = {
    "lab": marked("reproduced with real software"),
    "source": marked("read in the software's source code"),
    "documentation": marked("stated by a vendor's documentation"),
    "issue": marked("seen in a public report"),
    "experience": marked("general knowledge without a checked source; confirm it before you act on it"),
}
UNDECIDED = marked("`check` of this version does not look for this fault. The text helps if you meet it.")
LEGEND = marked("A title with - before it: this version explains the code, but does not look for it yet.")


def explain_text(entry: CatalogueEntry, width: int, colour: bool) -> str:
    """Return the entry as a page for a terminal of this many columns."""
    page = Page(width, colour)
    grade, tone = GRADES[entry.severity]
    page.line(Styled(entry.code, "strong"), "  ", Styled(entry.title, "strong"))
    page.line(tr("{area}; ", area=tr(AREAS[entry.area])), Styled(tr(grade), tone))
    if not entry.decided:
        page.line(Styled(tr(UNDECIDED), "quiet"))
    page.heading(tr("What it means"))
    page.line(entry.meaning, indent=2)
    page.heading(tr("What you see"))
    page.listed(entry.seen)
    if entry.look_alikes:
        page.heading(tr("Not to be confused with"))
        page.rows([(Styled(code, "strong"), how) for code, how in entry.look_alikes.items()], gap=2)
    page.heading(tr("How to confirm it"))
    page.listed(entry.confirm, "1.")
    page.heading(tr("How to repair it"))
    page.listed(entry.repair, "1.")
    page.heading(tr("How we know"))
    page.line(known_by(entry), indent=2)
    for source in entry.sources:
        page.listed([source_text(source)])
        if source.url:
            page.link(source.url)
    return page.text


def known_by(entry: CatalogueEntry) -> str:
    """Return how we know it, as one sentence."""
    return tr("{bases}.", bases=tr("; ").join(tr(BASES[basis]) for basis in entry.basis))


def source_text(source: CatalogueSource) -> str:
    """Return the title of a source, with its date if it has one."""
    if source.dated is None:
        return source.title
    return tr("{title} ({dated})", title=source.title, dated=source.dated.isoformat())


def listing(entries: Sequence[CatalogueEntry]) -> str:
    """Return all codes with their titles, one a line."""
    longest = max(len(entry.code) for entry in entries)
    lines = (f"{entry.code:<{longest}}  {'  ' if entry.decided else '- '}{entry.title}\n" for entry in entries)
    return f"{''.join(lines)}\n{tr(LEGEND)}\n"


def explain_json(entry: CatalogueEntry) -> bytes:
    """Return the entry as one JSON object that ends with a line feed. Keys stand in the order of
    the class."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(entry), indent=2) + b"\n"
