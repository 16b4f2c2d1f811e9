"""Which rules are there? The rows of data/registration.toml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from diagnose import data
from diagnose.findings import catalogue
from diagnose.registration.model import DatedList, Disagreement, Rule
from probes.language import Language, language, tr


def rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the table."""
    return _rules(language())


def dated_list(name: str) -> DatedList:
    """Return the values that a page lists. KeyError if there is no such list."""
    row = data.table("registration")["list"][name]
    return DatedList(name, tuple(row["values"]), catalogue.source(row["source"]), row["dated"])


@cache
def _rules(_: Language) -> tuple[Rule, ...]:
    return tuple(_rule(name, row) for name, row in data.table("registration")["rule"].items())


def _rule(name: str, row: Mapping[str, Any]) -> Rule:
    differs = row.get("disagreement")
    return Rule(
        id=name,
        codes=tuple(row["codes"]),
        stage=row["stage"],
        text=tr(row["text"]),
        inputs=tuple(row["inputs"]),
        settle=tr(row["settle"]),
        sources=tuple(map(catalogue.source, row["sources"])),
        compares=row.get("compares", False),
        disagreement=None if differs is None else _disagreement(differs),
    )


def _disagreement(row: Mapping[str, str]) -> Disagreement:
    return Disagreement(tr(row["what"]), catalogue.source(row["followed"]).title, tr(row["why"]))
