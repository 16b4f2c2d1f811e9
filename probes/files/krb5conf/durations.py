"""How many seconds is a duration of krb5.conf to each family, and which spellings does it refuse?

Both families document `24h`, `1d2h`, `10:00:00` and `36000`. They differ in everything else:
libkrb5 stops at the first character that it does not know, so that `24hours` is a day, `24H` is 24
seconds and `1w` is one second. Java wants the whole text to be a duration, and ends the login if
it is not. Neither takes a blank before a unit.

Follows `krb5_string_to_deltat` of krb5 1.20 and `Config.duration` of OpenJDK 9 and later, which is
in OpenJDK 8u from 8u242 on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from probes.regex import regex

LIFETIMES: Final = ("ticket_lifetime", "renew_lifetime")
"""Durations of [libdefaults] that a login reads, in the order in which Java reads them."""

_MOST: Final = (1 << 31) - 1
_UNITS: Final = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))

_CLOCK: Final = regex(r"([0-9]+):([0-9]+)(?::([0-9]+))?")
_PARTS: Final = regex(
    r"(?:([0-9]+)d)?[ \t\n\v\f\r]*(?:([0-9]+)h)?[ \t\n\v\f\r]*(?:([0-9]+)m)?[ \t\n\v\f\r]*(?:([0-9]+)s)?",
    re.IGNORECASE | re.ASCII,
)
_PIECE: Final = regex(r"([0-9]+)|([-:dhms])|([ \t\n][ \t\n\v\f\r]*+)", re.ASCII)
_MEANT: Final = regex(r"([0-9]+)(?:\.([0-9]+))?\s*([wdhms])[a-z]*[\s,]*", re.IGNORECASE | re.ASCII)
_SECONDS: Final = {"w": 604_800, **dict(_UNITS)}


class JdkDurationError(ValueError):
    """A duration that Java refuses. `message` is the text of its exception."""

    def __init__(self, message: str, *, is_number: bool) -> None:
        super().__init__(message)
        self.message = message
        self.is_number = is_number
        """True for a NumberFormatException, which Java's Kerberos does not expect."""


def jdk_seconds(spelled: str) -> int:
    """Return the seconds that Java reads. Its int wraps around, and so does this.

    Raises JdkDurationError.
    """
    if not spelled:
        raise JdkDurationError("Duration cannot be empty", is_number=False)
    if re.fullmatch(r"[0-9]+", spelled):
        return _int(spelled)
    clock = _CLOCK.fullmatch(spelled)
    if clock is not None:
        hours, minutes = _int(clock[1]), _int(clock[2])
        if minutes >= 60:
            raise _illegal(spelled)
        seconds = _int(clock[3]) if clock[3] is not None else 0
        if seconds >= 60:
            raise _illegal(spelled)
        return _wrapped(hours * 3600 + minutes * 60 + seconds)
    parts = _PARTS.fullmatch(spelled)
    if parts is None:
        raise _illegal(spelled)
    numbers = zip(parts.groups(), _UNITS, strict=True)
    return _wrapped(sum(_int(digits) * size for digits, (_, size) in numbers if digits is not None))


def mit_seconds(spelled: str) -> int | None:
    """Return the seconds that libkrb5 reads. None if it refuses the text.

    It reads as far as it knows the characters: what follows the first other one is ignored.
    """
    try:
        return _Deltat(list(_tokens(spelled))).read()
    except _NoDeltatError:
        return None


def meant_seconds(spelled: str) -> int | None:
    """Return what the writer of numbers and units meant: `7 days`, `1.5h`, `24H`, `1w`.

    None if the text is no such list.
    """
    place, total, matched = 0, 0.0, True
    while matched and place < len(spelled):
        piece = _MEANT.match(spelled, place)
        matched = piece is not None
        if piece is not None:
            total += float(f"{piece[1][:12]}.{(piece[2] or '0')[:12]}") * _SECONDS[piece[3].lower()]
            place = piece.end()
    return round(total) if matched and 0 < total <= _MOST else None


def spelled_duration(seconds: int) -> str:
    """Return a spelling of a positive number of seconds that both families read alike.

    Less than two days are hours: `24h`.
    """
    text = ""
    for unit, size in _UNITS if seconds >= 2 * 86_400 else _UNITS[1:]:
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text


def _int(digits: str) -> int:
    """Return what Integer.parseInt gives for digits."""
    number = digits.lstrip("0")
    if len(number) > 10 or int(number or "0") > _MOST:
        raise JdkDurationError(f'java.lang.NumberFormatException: For input string: "{digits}"', is_number=True)
    return int(number or "0")


def _wrapped(number: int) -> int:
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _illegal(spelled: str) -> JdkDurationError:
    return JdkDurationError(f"Illegal duration format {spelled}", is_number=False)


class _NoDeltatError(Exception):
    """The text is none of libkrb5's durations."""


class _Token(NamedTuple):
    kind: str
    """"number", "blank", one of the letters and signs, or "end"."""
    value: int = 0
    is_short: bool = False
    """True for a number of one or two digits, which alone may stand behind a colon."""


def _tokens(spelled: str) -> Iterator[_Token]:
    place = 0
    while (piece := _PIECE.match(spelled, place)) is not None:
        place = piece.end()
        if piece[1] is not None:
            digits = piece[1].lstrip("0")
            if len(digits) > 10 or int(digits or "0") > _MOST:
                raise _NoDeltatError
            yield _Token("number", int(digits or "0"), len(piece[1]) <= 2)
        else:
            yield _Token(piece[2] or "blank")


class _Deltat:
    """The grammar of libkrb5's durations over the tokens of one text."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("end"), _Token("end"), _Token("end")]
        self._at = 0

    def read(self) -> int:
        number = self._number()
        unit = self._next()
        if unit in ("-", ":"):
            total = self._clock(number, unit)
        elif unit == "end":
            total = number
        elif unit in ("d", "h", "m", "s"):
            total = self._parts(number, unit)
        else:
            raise _NoDeltatError
        if not -_MOST - 1 <= total <= _MOST or self._kind() != "end":
            raise _NoDeltatError
        return total

    def _parts(self, number: int, unit: str) -> int:
        """Return the seconds of `1d2h3m4s`, of which the first number and unit are read."""
        sizes = dict(_UNITS)
        left = "dhms"["dhms".index(unit) + 1 :]
        total = _checked(number * sizes[unit])
        while left:
            if self._kind() == "blank" and self._tokens[self._at + 1].kind == "end":
                self._next()
            if self._kind() == "end":
                break
            number, unit = self._number(), self._next()
            if unit not in left:
                raise _NoDeltatError
            total = _checked(total + _checked(number * sizes[unit]))
            left = left[left.index(unit) + 1 :]
        return total

    def _clock(self, number: int, sign: str) -> int:
        """Return the seconds of `1:2`, `1:2:3` or `1-2:3:4`, read up to the first sign."""
        days = number if sign == "-" else 0
        hours = self._short() if sign == "-" else number
        if sign == "-" and self._next() != ":":
            raise _NoDeltatError
        minutes = self._short()
        seconds = 0
        if sign == "-" or self._kind() == ":":
            if self._next() != ":":
                raise _NoDeltatError
            seconds = self._short()
        return _checked(days * 86_400) + _checked(hours * 3600) + minutes * 60 + seconds

    def _number(self) -> int:
        if self._kind() == "blank":
            self._next()
        sign = 1
        if self._kind() == "-":
            self._next()
            sign = -1
        if self._kind() != "number":
            raise _NoDeltatError
        value = self._tokens[self._at].value
        self._at += 1
        return sign * value

    def _short(self) -> int:
        token = self._tokens[self._at]
        self._at += 1
        if not token.is_short:
            raise _NoDeltatError
        return token.value

    def _kind(self) -> str:
        return self._tokens[self._at].kind

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1].kind


def _checked(number: int) -> int:
    if not -_MOST - 1 <= number <= _MOST:
        raise _NoDeltatError
    return number
