"""Which values does Hadoop take as a number, a size or a time, and which does it refuse?

Sources: Configuration.getInt, getLong, getLongBytes and getTimeDuration, and
StringUtils.TraditionalBinaryPrefix, Hadoop 3.3.6.
"""

from __future__ import annotations

import re

from probes.regex import regex

_JAVA_BLANK = "".join(map(chr, range(33)))
"""Characters that String.trim() removes."""

_DECIMAL = regex(r"[+-]?[0-9]+")
_HEX = regex(r"(-?)0[xX]([0-9A-Fa-f]+)")
_SIZE = regex(r"[+-]?[0-9]+[kmgtpe]?", re.IGNORECASE)
_TIME = regex(r"[+-]?[0-9]+(?:ns|us|ms|s|m|h|d)?", re.IGNORECASE)


def read_integer(text: str) -> int | None:
    """Return the number, decimal or as 0x2710. None if Hadoop throws NumberFormatException."""
    trimmed = text.strip(_JAVA_BLANK)
    number = _HEX.fullmatch(trimmed)
    if number is not None:
        return int(number[1] + number[2], 16)
    return int(trimmed) if _DECIMAL.fullmatch(trimmed) is not None else None


def is_size(text: str) -> bool:
    """Return True for bytes, such as "128m". Hadoop refuses "128MB" and "128 m"."""
    return _SIZE.fullmatch(text.strip(_JAVA_BLANK)) is not None


def is_time(text: str) -> bool:
    """Return True for a time, such as "10s" or "10". Hadoop refuses "10 s" and "10sec"."""
    return _TIME.fullmatch(text.strip(_JAVA_BLANK)) is not None
