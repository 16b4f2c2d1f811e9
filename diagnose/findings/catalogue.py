"""What does a finding code mean, what is it confused with, and how is it confirmed and repaired?

The tables of data/catalogue/ as typed values, with the Chinese texts of data/zh/catalogue/.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Any, Literal

from diagnose import data
from probes.frozen import frozen
from probes.language import Language, language, tr

Area = Literal["network", "dns", "kerberos", "hadoop", "registration"]
Grade = Literal["B", "M", "L", "I"]
Severity = Literal["error", "warning", "info"]
Basis = Literal["lab", "source", "documentation", "issue", "experience"]

BY_GRADE: Mapping[str, Severity] = {"B": "error", "L": "warning", "I": "info"}

SOURCES = "catalogue/sources"
"""The file with the sources and with the explanation of all fields."""

FILES = (
    "catalogue/filters",
    "catalogue/networks",
    "catalogue/names",
    "catalogue/kdc",
    "catalogue/kerberos",
    "catalogue/impersonation",
    "catalogue/services",
    "catalogue/registration",
)
"""The files with the codes, in the order in which codes are listed."""

TEXTS = ("title", "meaning", "seen", "confirm", "repair", "look_alikes")
"""The fields that each language has for itself. All others are facts and stand in English alone."""

MOST_SUGGESTED = 3
NEAR = 0.5
"""Least likeness, 0 to 1, of a code that is offered for a mistyped one.

Below it a suggestion would be noise.
"""


class UnknownCodeError(LookupError):
    """No finding has this code."""

    def __init__(self, code: str, near: tuple[str, ...]) -> None:
        """Keep the code as it was asked for, and the codes that may have been meant, the nearest
        first.
        """
        self.code, self.near = code[:64], near
        if near:
            text = tr(
                "there is no finding with the code {code!r}; did you mean {near}?",
                code=self.code,
                near=tr(" or ").join(near),
            )
        else:
            text = tr("there is no finding with the code {code!r}", code=self.code)
        super().__init__(text)


@frozen
class CatalogueSource:
    """A page, source file or public report that an entry rests on."""

    title: str
    """Title of the page."""
    url: str | None = None
    """Address of the page. None if it has none."""
    dated: dt.date | None = None
    """The page's own date. None if it shows none."""


@frozen
class CatalogueEntry:
    """All that the catalogue says of one code."""

    code: str
    """The code, in capitals."""
    area: Area
    """What it concerns."""
    severity: Grade
    """B blocker, M major, L latent or slow, I information."""
    decided: bool
    """True if `check` of this version looks for it."""
    title: str
    """The code in one line, without a full stop."""
    meaning: str
    """What it means, in a few sentences."""
    seen: tuple[str, ...]
    """What a user or a log shows."""
    confirm: tuple[str, ...]
    """Steps that confirm it, in order."""
    repair: tuple[str, ...]
    """Steps that repair it. The first is the one to take."""
    basis: tuple[Basis, ...]
    """How it is known."""
    sources: tuple[CatalogueSource, ...]
    """Pages that it rests on."""
    look_alikes: Mapping[str, str] = field(default_factory=dict)
    """Code that this one is confused with -> how the two differ."""


def entry(code: str, written_in: Language | None = None) -> CatalogueEntry:
    """Return the entry of this code, in whatever case it is written.

    written_in: None for the language of this process. UnknownCodeError if there is none.
    """
    name = code.strip().upper()
    if name not in _rows():
        raise UnknownCodeError(code, suggest(code))
    return _entry(name, written_in or language())


@cache
def _entry(name: str, written_in: Language) -> CatalogueEntry:
    import msgspec

    sources = _sources(written_in)
    row = {**_rows()[name], **(_chinese()[name] if written_in == "zh" else {})}
    values = {
        **row,
        "code": name,
        "meaning": " ".join(row["meaning"].split()),
        "sources": [sources[key] for key in row["sources"]],
    }
    return msgspec.convert(values, CatalogueEntry)


def source(key: str) -> CatalogueSource:
    """Return a page by its key in the table of sources. KeyError if there is none."""
    import msgspec

    return msgspec.convert(_sources(language())[key], CatalogueSource)


def codes() -> tuple[str, ...]:
    """Return every code, in the order of the tables: by area, the most usual first."""
    return tuple(_rows())


def suggest(code: str) -> tuple[str, ...]:
    """Return the codes that a mistyped one may mean, the nearest first. Empty if none is near."""
    from difflib import get_close_matches

    wanted = code.strip().upper().replace("_", "-").replace(" ", "-")[:64]
    parts = set(wanted.split("-"))
    inside = [known for known in codes() if wanted and parts <= set(known.split("-"))]
    near = get_close_matches(wanted, codes(), MOST_SUGGESTED, NEAR)
    return tuple(dict.fromkeys([*inside, *near]))[:MOST_SUGGESTED]


def severity(code: str, touches_required: bool) -> Severity:
    """Return how much a finding weighs.

    A major one is an error only if it touches a required flow.
    """
    grade = _grade(code)
    if grade == "M":
        return "error" if touches_required else "warning"
    return BY_GRADE[grade]


@cache
def _grade(code: str) -> str:
    """Return the grade alone.

    Every check needs it for every finding and nothing else, so the table is not parsed for it.
    """
    start = f"\n[finding.{code}]\n"
    for file in FILES:
        _, found, rest = data.text(file).partition(start)
        if found:
            return rest.partition('\nseverity = "')[2][:1]
    return entry(code).severity


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {code: row for file in FILES for code, row in data.table(file)["finding"].items()}


@cache
def _chinese() -> dict[str, dict[str, Any]]:
    return {code: row for file in FILES for code, row in data.table(f"zh/{file}")["finding"].items()}


@cache
def _sources(written_in: Language) -> Mapping[str, Mapping[str, Any]]:
    """Return key -> source. A page whose title is not translated keeps its own."""
    sources: Mapping[str, Mapping[str, Any]] = data.table(SOURCES)["sources"]
    titles: Mapping[str, str] = data.table(f"zh/{SOURCES}")["titles"] if written_in == "zh" else {}
    return {key: {**source, "title": titles.get(key, source["title"])} for key, source in sources.items()}
