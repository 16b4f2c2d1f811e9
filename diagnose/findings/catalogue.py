"""What does a finding code mean, what is it confused with, how is it confirmed and repaired? data/catalogue.toml as typed values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from diagnose import data

Area = Literal["network", "dns", "kerberos", "hadoop", "registration"]
Grade = Literal["B", "M", "L", "I"]
Severity = Literal["error", "warning", "info"]
Basis = Literal["lab", "source", "documentation", "issue", "experience"]

BY_GRADE: Mapping[str, Severity] = {"B": "error", "L": "warning", "I": "info"}

MOST_SUGGESTED = 3
NEAR = 0.5
"""Least likeness, 0 to 1, of a code that is offered for a mistyped one; below it a suggestion would be noise."""


class UnknownCodeError(LookupError):
    """No finding has this code. code: as it was asked for; near: codes that may have been meant, the nearest first."""

    def __init__(self, code: str, near: tuple[str, ...]) -> None:
        self.code, self.near = code[:64], near
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"there is no finding with the code {self.code!r}{hint}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A page, source file or public report that says so. dated: the page's own date; None where it shows none."""

    title: str
    url: str | None = None
    dated: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. The fields are those of the table, explained at its head; look_alikes maps a code to how it differs from this one."""

    code: str
    area: Area
    severity: Grade
    decided: bool
    title: str
    meaning: str
    seen: tuple[str, ...]
    confirm: tuple[str, ...]
    repair: tuple[str, ...]
    basis: tuple[Basis, ...]
    sources: tuple[Reference, ...]
    look_alikes: Mapping[str, str] = field(default_factory=dict)


@cache
def entry(code: str) -> Entry:
    """The entry of this code, in whatever case it is written. UnknownCodeError, with near misses, if there is none."""
    name = code.strip().upper()
    row = _rows().get(name)
    if row is None:
        raise UnknownCodeError(code, suggest(code))
    import msgspec  # only who asks for an entry pays for it

    sources: Mapping[str, Any] = data.table("catalogue")["sources"]
    told = {
        **row,
        "code": name,
        "meaning": " ".join(row["meaning"].split()),
        "sources": [sources[key] for key in row["sources"]],
    }
    return msgspec.convert(told, Entry)


def codes() -> tuple[str, ...]:
    """Every code, in the order of the table: by area, the most usual first."""
    return tuple(_rows())


def suggest(code: str) -> tuple[str, ...]:
    """Codes that may have been meant by a mistyped one, the nearest first; empty if none is near."""
    from difflib import get_close_matches  # only for typing errors

    wanted = code.strip().upper().replace("_", "-").replace(" ", "-")[:64]
    parts = set(wanted.split("-"))
    inside = [known for known in codes() if wanted and parts <= set(known.split("-"))]
    near = get_close_matches(wanted, codes(), MOST_SUGGESTED, NEAR)
    return tuple(dict.fromkeys([*inside, *near]))[:MOST_SUGGESTED]


def severity(code: str, touches_required: bool) -> Severity:
    """How much a finding of this code weighs: a major one is an error only where it touches a required flow."""
    grade = _grade(code)
    if grade == "M":
        return "error" if touches_required else "warning"
    return BY_GRADE[grade]


@cache
def _grade(code: str) -> str:
    """The letter alone. Every check needs it for every finding and nothing else of the table, of which only that entry is parsed."""
    import tomllib

    start = f"\n[finding.{code}]\n"
    _, found, rest = data.text("catalogue").partition(start)
    if not found:
        return entry(code).severity
    block = rest.partition("\n[finding.")[0]
    grade: str = tomllib.loads(block)["severity"]
    return grade


def _rows() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = data.table("catalogue")["finding"]
    return rows
