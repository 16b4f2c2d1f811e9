"""Where are facts kept? In TOML tables, one file a subject, each number with source and date.

Tables that every check reads have a copy in JSON, in `parsed/`, which is read much faster.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

PARSED = ("components", "exclusions", "hadoop_defaults", "java", "setting_values")
"""Tables with a copy in JSON. `make pages` writes it from the table; a test compares them."""

_FOLDER = Path(__file__).parent


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `name`.toml of this directory, parsed once. Callers must not change it.

    The copy in JSON has dates as texts: "2026-11-23".
    """
    if name in PARSED:
        return json.loads(copy_of(name).read_bytes())  # type: ignore[no-any-return]
    import tomllib  # only commands that need such a table pay for it

    return tomllib.loads(text(name))


@cache
def text(name: str) -> str:
    """Return the text of the table `name`.toml."""
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def copy_of(name: str) -> Path:
    """Return the path of the copy in JSON."""
    return _FOLDER / "parsed" / f"{name}.json"
