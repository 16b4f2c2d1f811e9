"""Which values does a program take for a setting, and which one did the writer of another mean?

The table is `data/setting_values.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Literal

from diagnose import data
from diagnose.flows.spelling import is_mistyped
from probes.files.hadoopconf.numbers import is_size, is_time, read_integer
from probes.frozen import frozen
from probes.regex import regex

Form = Literal["word", "list", "integer", "size", "time", "flag"]
"""What a value is. A list has words between commas."""

Condition = Literal["kerberos", "binary", "http", "ha"]
"""When a value is read."""

_JAVA_BLANK = "".join(map(chr, range(33)))
_FLAGS = ("true", "false")

_NUMBERS: Mapping[str, Callable[[str], bool]] = {
    "integer": lambda text: read_integer(text) is not None,
    "size": is_size,
    "time": is_time,
}

_JUNK = " \t\r\n;,.\"'“”‘’`\u00a0\u3000\ufeff\u200b"
"""What people leave beside a value without noticing."""

_OTHER_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("yes", "on", "1", "y", "enabled", "t"), "true"),
    **dict.fromkeys(("no", "off", "0", "n", "disabled", "f"), "false"),
    "auth": "authentication",
    "auth-int": "integrity",
    "auth-conf": "privacy",
    "authentication": "auth",
    "integrity": "auth-int",
    "privacy": "auth-conf",
    "simple": "NONE",
    "krb5": "KERBEROS",
}
"""Word of another setting, or of people -> the word that means the same."""

_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("hour", "hours", "hr"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("msec", "millis", "milliseconds"), "ms"),
}
_WITH_UNIT = regex(r"([0-9]+)\s*([A-Za-z]+)")


@frozen
class TakenValues:
    """What is known of one or more settings."""

    files: tuple[str, ...]
    """Kinds of the files that may have it."""
    form: Form
    """What its value is."""
    side: Literal["client", "server"]
    """Who reads it: the client that dials, or the server that is dialled."""
    stops: tuple[str, ...]
    """Components that no client gets to if the value is refused."""
    words: tuple[str, ...] = ()
    """Words that are taken."""
    folded: frozenset[str] = frozenset()
    """Those of them that are taken in any case of letters."""
    trims: bool = False
    """True if blanks around a word do not count."""
    joins: bool = False
    """True if some releases take several words with commas between them. Then nothing is said of
    such a value."""
    reads: str | None = None
    """What any other value is taken as. None if the program ends with it."""
    only: Condition | None = None
    """When the value is read. None if it always is."""
    client_if: Condition | None = None
    """When the client that dials reads the value of a server too. None if it never does."""
    agree: bool = False
    """True if a client and its server must both have the value."""
    said: str = ""
    """Message of the program. Empty if it says nothing."""

    def takes(self, value: str) -> bool:
        """Return True if the program takes the value as it is written."""
        if self.form in _NUMBERS:
            return _NUMBERS[self.form](value)
        if self.form == "list":
            parts = (part.strip(_JAVA_BLANK) for part in re.split(r"[,\n]", value))
            return all(self._is_word(part) for part in parts if part)
        if self.joins and "," in value:
            return all(self._is_word(part.strip()) for part in value.split(","))
        return self._is_word(value.strip(_JAVA_BLANK) if self.trims else value)

    def _is_word(self, text: str) -> bool:
        return text in self.words or any(text.lower() == word.lower() for word in self.folded)

    def meant(self, value: str) -> str | None:
        """Return the value that the writer meant, if exactly one is near."""
        if self.form in _NUMBERS:
            return self._meant_number(value)
        if self.form != "list":
            return _near(value, self.words)
        parts = [_near(part, self.words) for part in re.split(r"[,;|\s]+", value.strip(_JUNK)) if part]
        known = [part for part in parts if part is not None]
        return ",".join(dict.fromkeys(known)) if known and len(known) == len(parts) else None

    def _meant_number(self, value: str) -> str | None:
        text = value.strip(_JUNK)
        unit = _WITH_UNIT.fullmatch(text)
        if unit is not None and self.form == "time":
            text = unit[1] + _UNITS.get(unit[2].lower(), unit[2].lower())
        elif unit is not None and self.form == "size":
            text = unit[1] + unit[2][:1].lower() if unit[2].lower() in _SIZES else text
        else:
            text = re.sub(r"(?<=\d)[_,' ](?=\d{3}(?:\D|$))", "", text).translate(_LETTERS_AS_DIGITS)
        return text if _NUMBERS[self.form](text) else None


_SIZES = frozenset({*"kmgt", *(f"{letter}{rest}" for letter in "kmgt" for rest in ("b", "ib"))})
"""Units of a size, in lower case, as people write them."""

_LETTERS_AS_DIGITS = str.maketrans("OoIl", "0011")


def _near(value: str, words: Iterable[str]) -> str | None:
    """Return the only word that a value with a typing mistake can mean. None if it is none."""
    text = value.strip(_JUNK).lower().replace("-", "_")
    folded = {word.lower().replace("-", "_"): word for word in words}
    if text in folded:
        return folded[text]
    other = _OTHER_WORDS.get(text.replace("_", "-"))
    if other in folded.values():
        return other
    near = [word for spelled, word in folded.items() if _is_near(text, spelled)]
    return near[0] if len(near) == 1 else None


def _is_near(text: str, word: str) -> bool:
    """Return True for letters that are swapped, or one letter of four or more."""
    if min(len(text), len(word)) < 3:
        return False
    return sorted(text) == sorted(word) or is_mistyped(text, word) or _is_one_letter_off(text, word)


def _is_one_letter_off(text: str, word: str) -> bool:
    """Return True if one letter is missing, too many, or another one."""
    if len(text) == len(word):
        return sum(one != other for one, other in zip(text, word, strict=True)) == 1
    shorter, longer = sorted((text, word), key=len)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


@cache
def rows() -> Mapping[str, TakenValues]:
    """Return each setting of the table with what is known of it."""
    found: dict[str, TakenValues] = {}
    for row in data.table("setting_values")["setting"]:
        is_flag = row["form"] == "flag"
        words = _FLAGS if is_flag else tuple(row.get("words", ()))
        known = TakenValues(
            tuple(row["files"]),
            row["form"],
            row["side"],
            tuple(row["stops"]),
            words,
            frozenset(words) if is_flag or row.get("folds") else frozenset(row.get("folded", ())),
            bool(row.get("trims", is_flag)),
            bool(row.get("joins")),
            row.get("reads"),
            row.get("only"),
            row.get("client_if"),
            bool(row.get("agree")),
            row.get("said", ""),
        )
        found.update(dict.fromkeys(row["keys"], known))
    return found
