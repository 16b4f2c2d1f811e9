"""Facts as data: tables with the source and the date of every number, one TOML file a subject."""

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
    """Return the table as it is written."""
    return (Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
