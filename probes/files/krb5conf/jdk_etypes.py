"""Which encryption types does a JVM offer with this krb5.conf? OpenJDK 17: `Config.defaultEtype`
and `EType`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from probes.files.krb5conf.jdk import boolean
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.profile import Relation

Key = Literal["default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes"]

BUILT_IN: Final = (18, 17, 20, 19)
"""Encryption types of the JDK's own list, in its order."""
WEAK: Final = (16, 23, 1, 3)
"""Offered only with allow_weak_crypto = true (or yes; the JDK knows no other word)."""

NAMES: Final = {
    18: ("aes256-cts", "aes256-sha1", "aes256-cts-hmac-sha1-96"),
    17: ("aes128-cts", "aes128-sha1", "aes128-cts-hmac-sha1-96"),
    20: ("aes256-sha2", "aes256-cts-hmac-sha384-192"),
    19: ("aes128-sha2", "aes128-cts-hmac-sha256-128"),
    23: ("rc4-hmac", "arcfour-hmac", "arcfour-hmac-md5"),
    16: ("des3-cbc-sha1", "des3-hmac-sha1", "des3-cbc-sha1-kd", "des3-cbc-hmac-sha1-kd"),
    1: ("des-cbc-crc", "crc32"),
    3: ("des-cbc-md5",),
}
"""Names by the numbers of RFC 3961, 3962, 4757 and 8009.

`crc32` is a checksum whose number is that of an encryption type, and the JDK takes one for the
other. It knows none of libkrb5's families (`aes`, `rc4`), and neither `DEFAULT` nor `-name`.
"""

_NUMBERS: Final = {name: number for number, names in NAMES.items() for name in names}
_CHECKSUM_WORDS: Final = {
    "hmac-sha1-des3-kd": 12,
    "hmac-sha1-96-aes128": 15,
    "hmac-sha1-96-aes256": 16,
    "hmac-sha256-128-aes128": 19,
    "hmac-sha384-192-aes256": 20,
}
"""Checksums that the JDK accepts here as the encryption type of the same number."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The encryption types that a JVM offers."""

    types: tuple[int, ...]
    """Numbers in order. () if the JDK fails."""
    unknown: tuple[str, ...]
    """Words that the JDK skips."""
    by: Relation | None
    """Line that decides. None for the built-in list."""


def offer(reading: Reading, key: Key) -> Offer:
    """Return what the JVM offers for a key.

    An absent key takes permitted_enctypes. JdkShapeError if the key is a section.
    """
    relation = reading.first("libdefaults", key) or reading.first("libdefaults", "permitted_enctypes")
    supported = (*BUILT_IN, *WEAK) if weak_allowed(reading) else BUILT_IN
    if relation is None:
        return Offer(supported, (), None)
    words = [word for word in relation.value.split("," if "," in relation.value else " ") if word]
    numbers = {word: number_of(word) for word in words}
    return Offer(
        tuple(number for word in words if (number := numbers[word]) is not None and number in supported),
        tuple(word for word in words if numbers[word] not in supported),
        relation,
    )


def number_of(word: str) -> int | None:
    """Return the encryption type for which the JDK takes a word. None if it knows no such word.

    A blank beside a comma is part of the word, and the JDK then knows no such word.
    """
    folded = word.lower() if word.isascii() else word
    return _NUMBERS.get(folded, _CHECKSUM_WORDS.get(folded))


def weak_allowed(reading: Reading) -> bool:
    """Return whether allow_weak_crypto is on."""
    try:
        return boolean(reading, "libdefaults", "allow_weak_crypto") is True
    except JdkShapeError:
        return False
