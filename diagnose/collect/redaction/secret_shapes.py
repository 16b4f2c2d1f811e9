"""Which words are secrets by their shape, and which options and names of files belong to secrets?

The patterns are data: `diagnose/data/secrets.toml`.
"""

from __future__ import annotations

import re
from functools import cache

from diagnose import data


@cache
def secret_words() -> re.Pattern[str]:
    """Return what finds words that are secrets by their shape."""
    return re.compile("|".join(f"(?:{row['pattern']})" for row in data.table("secrets")["words"]))


@cache
def secret_files() -> re.Pattern[str]:
    """Return what fits the name of a file that holds nothing but secrets, or of a copy of one."""
    names = "|".join(data.table("secrets")["files"]["patterns"])
    return re.compile(rf"(?:{names})(?:\.(?:bak|old|orig|save|txt|tmp|\d+)|~)*", re.IGNORECASE)


@cache
def secret_options() -> re.Pattern[str]:
    """Return what finds a password in the options of a command: all up to it, and the password."""
    rows = (
        rf"(?<![\w.-]){row['command']}[ \t](?:[^\r\n]{{0,300}}?[ \t])??['\"]?(?:{'|'.join(row['options'])})"
        for row in data.table("secrets")["commands"]
    )
    return re.compile(rf"({'|'.join(rows)})(\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s'\"]+)")
