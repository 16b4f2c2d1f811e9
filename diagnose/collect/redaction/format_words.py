"""Which words of a case belong to the formats of its files, whatever a host is called?

A host may be called "accept" or "normal". If each such word were replaced, a rule of a security
group would lose its policy. So words that a reader of the case looks for are never replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from diagnose import data
from probes.regex import regex

_MEMBER: Final = regex(r'"([A-Z][A-Za-z0-9]{1,60})"\s*:')
"""Name of a member in an answer of an API."""
_CHOICE: Final = regex(
    r"\"?(?<![A-Za-z])(?:[A-Za-z_]*(?:type|state|status|mode|role|policy|direction|protocol)|transport|reason|verdict|language"
    r"|environment|metadata)\"?\s*[:=]\s*\"([^\"\\]{1,60})\"",
    re.IGNORECASE,
)
"""A member or key whose value is one of a few words, in JSON and TOML."""
_TABLE: Final = regex(r"^\s*(?:\[\[?\s*([\w.-]+)\s*\]|([\w-]+)\s*=)", re.MULTILINE)
"""Name of a table or a key of TOML."""
_WORD: Final = regex(r"[a-z]{2,}")


def words_of(path: str, text: str) -> Iterator[str]:
    """Yield the words of JSON and TOML that are no names, in small letters."""
    name = path.lower()
    if name.endswith((".json", ".jsonl", ".ndjson")):
        yield from (found.lower() for found in _MEMBER.findall(text))
    elif name.endswith(".toml"):
        for found in _TABLE.finditer(text):
            yield from (found[1] or found[2]).lower().split(".")
    else:
        return
    yield from (found.lower() for found in _CHOICE.findall(text))


@cache
def fixed_words() -> frozenset[str]:
    """Return the words of the other formats, and those by which messages of clients are known."""
    messages = data.table("messages")["message"]
    texts = (text for row in messages for text in (row["hint"], *row.get("within", ())))
    return frozenset(data.table("redaction")["names"]["words"]) | {
        word for text in texts for word in _WORD.findall(text)
    }
