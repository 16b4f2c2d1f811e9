"""How does OpenSSH cut a line of its configuration into words, and fill in "%h"?

The rules are those of readconf.c and misc.c (strdelim, argv_split, percent_expand) of OpenSSH 9.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from probes.regex import regex

_KEYWORD = regex(r"[ \t\f]*([^ \t=\"\f]+)[ \t\f]*=?[ \t\f]*(.*)", re.DOTALL)
_TOKEN = regex(r"%(.?)", re.DOTALL)
_VARIABLE = regex(r"\$\{([^}]*)\}")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def keyword_of(row: str) -> tuple[str, str]:
    """Return the keyword of a line, in lower case, and what follows it. A comment has neither."""
    row = row.strip(" \t\r\n\f")
    found = None if row.startswith("#") else _KEYWORD.fullmatch(row)
    return (found[1].lower(), found[2]) if found else ("", "")


def words(text: str) -> list[str] | None:
    """Return the words of a line, up to a comment. Quotes join what they enclose.

    None if a quote has no end. A backslash quotes a quote, another backslash, and a blank.
    """
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place] in " \t":
            place += 1
        elif text[place] == "#":
            break
        else:
            word, place = _word(text, place)
            if word is None:
                return None
            found.append(word)
    return found


def _word(text: str, place: int) -> tuple[str | None, int]:
    word: list[str] = []
    quote = ""
    while place < len(text):
        letter, following = text[place], text[place + 1 : place + 2]
        if letter == "\\" and following and (following in "'\"\\" or (not quote and following == " ")):
            word.append(following)
            place += 1
        elif not quote and letter in " \t":
            break
        elif not quote and letter in "'\"":
            quote = letter
        elif letter == quote:
            quote = ""
        else:
            word.append(letter)
        place += 1
    return (None if quote else "".join(word)), place


def expand(text: str, tokens: Mapping[str, str]) -> str | None:
    """Return the text with its tokens filled in, None if one is unknown. "%%" stands for "%"."""
    if any(found != "%" and found not in tokens for found in _TOKEN.findall(text)):
        return None
    return _TOKEN.sub(lambda found: "%" if found[1] == "%" else tokens[found[1]], text)


def with_environment(text: str, environment: Mapping[str, str]) -> str | None:
    """Return the text with each "${NAME}" filled in. None if a variable is not set."""
    if any(name not in environment for name in _VARIABLE.findall(text)):
        return None
    return _VARIABLE.sub(lambda found: environment[found[1]], text)


def with_home(text: str, home: Path) -> str:
    """Return the path with "~" or "~user" at its start filled in, unless the user is unknown."""
    if text == "~" or text.startswith("~/"):
        return f"{home}{text[1:]}"
    try:
        return str(Path(text).expanduser()) if text.startswith("~") else text
    except (RuntimeError, ValueError):  # ValueError: a NUL
        return text


def seconds(text: str) -> int | None:
    """Return a time such as "90" or "1m30s" in seconds. None if it has another shape."""
    parts = re.findall(r"([0-9]{1,9})([smhdw]?)", text.lower(), re.ASCII)
    if not parts or "".join(number + unit for number, unit in parts) != text.lower():
        return None
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
