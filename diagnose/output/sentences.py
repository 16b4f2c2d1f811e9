"""How are words, clauses and sentences joined in the language of this process?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probes.language import language

COMMANDS = ("curl -", "getent ", "id USER", "kinit -", "klist -", "time getent ")
"""How commands begin with which the text of a finding begins."""


def series(items: Sequence[str], most: int | None = None) -> str:
    """Return 'a, b and 5 more', in Chinese 'a、b 等 7 个'. `most`: items that are named if some are
    counted; one more than these is named as well."""
    shown = items if most is None or len(items) <= most + 1 else items[:most]
    rest = len(items) - len(shown)
    if _is_chinese():
        return "、".join(shown) + (f" 等 {len(items)} 个" if rest else "")
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def commas(items: Iterable[str]) -> str:
    """Return 'a, b', where an item is more than a name."""
    return ("，" if _is_chinese() else ", ").join(items)


def clauses(items: Iterable[str]) -> str:
    """Return 'a; b'."""
    return ("；" if _is_chinese() else "; ").join(items)


def sentences(items: Iterable[str]) -> str:
    """Return sentences that end with their own full stops one after another."""
    return ("" if _is_chinese() else " ").join(filter(None, items))


def with_stop(clause: str) -> str:
    """Return a clause as a sentence: with exactly one full stop at its end."""
    bare = clause.rstrip(". 。")
    return f"{bare}{'。' if _is_chinese() else '.'}" if bare else ""


def capital(text: str) -> str:
    """Begin a sentence with a capital letter, unless it begins with a name of dots or signs, or
    with a command, which is to be copied."""
    if text.startswith(COMMANDS) or not text.split(" ", 1)[0].isalpha():
        return text
    return text[:1].upper() + text[1:]


def _is_chinese() -> bool:
    return language() == "zh"
