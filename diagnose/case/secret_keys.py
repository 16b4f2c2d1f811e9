"""Which keys hold a secret, by Hadoop, by Spark and by us?

The patterns are data: `diagnose/data/secrets.toml`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from diagnose import data

MOST = 200
"""Longest key that is looked at, in characters. Longer ones are no keys."""

_PLAIN = frozenset({"", "true", "false", "null", "none"})
"""Values that are no secret, whatever their key."""


@lru_cache(4096)
def is_secret_key(key: str) -> bool:
    """Return True if Hadoop, Spark or we treat the value of this key as a secret."""
    return len(key) <= MOST and any(each.search(key) for each in _patterns()) and not _plain().search(key)


def is_secret(key: str, value: str) -> bool:
    """Return True if the key is secret and its value is more than a switch."""
    return value.strip(" \t\"',;").lower() not in _PLAIN and is_secret_key(key)


@cache
def _plain() -> re.Pattern[str]:
    return re.compile("|".join(data.table("secrets")["plain"]["patterns"]), re.IGNORECASE)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile("|".join(f"(?:{each})" for each in row["patterns"]), re.IGNORECASE if row["ignore_case"] else 0)
        for row in data.table("secrets")["keys"]
    )
