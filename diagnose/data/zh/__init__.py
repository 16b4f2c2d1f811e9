"""Where are the Chinese sentences? In the tables beside this file, one a part of the program.

Each key is the English sentence as the code has it, each value the Chinese one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    """Return name of table -> English template -> Chinese template."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {file.stem: table_of(file.read_text(encoding="utf-8")) for file in files}


@cache
def sentences() -> Mapping[str, str]:
    """Return English template -> Chinese template, of all tables."""
    return {english: chinese for table in tables().values() for english, chinese in table.items()}


def table_of(text: str) -> dict[str, str]:
    """Return what tomllib reads from a table of sentences.

    Nearly every row is "English" = "Chinese" without another quotation mark or a backslash, and is
    split here. tomllib takes 40 ms for all tables, and each command in Chinese reads them.
    """
    plain: dict[str, str] = {}
    others: list[str] = []
    for row in text.split("\n"):
        english, is_row, chinese = row.partition('" = "')
        if is_row and row[0] == row[-1] == '"' and row.count('"') == 4 and "\\" not in row:
            plain[english[1:]] = chinese[:-1]
        elif row and row[0] != "#":
            others.append(row)
    if not others:
        return plain
    import tomllib

    return plain | tomllib.loads("\n".join(others))
