"""Where are facts kept? In TOML tables, one file a subject, each number with source and date."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `name`.toml of this directory, parsed once. Callers must not change it."""
    import tomllib  # only commands that need a table pay for it

    return tomllib.loads(text(name))


@cache
def text(name: str) -> str:
    """Return the text of the table `name`.toml."""
    return (Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
