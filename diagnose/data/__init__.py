"""Facts as data: tables with the source and the date of every number, one TOML file a subject."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The table `name`.toml of this directory, parsed once. Callers convert it to their own types and do not change it."""
    import tomllib  # only commands that need a table pay for it

    return tomllib.loads(text(name))


@cache
def text(name: str) -> str:
    """The same table as it is written."""
    return Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")
