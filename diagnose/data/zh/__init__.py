"""Where are the Chinese sentences? In the tables beside this file, one a part of the program.

Each key is the English sentence as the code has it, each value the Chinese one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    """Return name of table -> English template -> Chinese template."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}


@cache
def sentences() -> Mapping[str, str]:
    """Return English template -> Chinese template, of all tables."""
    return {english: chinese for table in tables().values() for english, chinese in table.items()}
