"""Which encryption types does a JVM offer with this krb5.conf? `Config.defaultEtype` and `EType` of
OpenJDK. Releases differ: see `jdk_rules`.
"""

from __future__ import annotations

from typing import Final, Literal

from probes.files.krb5conf.jdk import boolean
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.profile import Relation
from probes.frozen import frozen

Key = Literal["default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes"]

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

_SINCE_SHA2: Final = frozenset(("aes256-sha1", "aes128-sha1", *NAMES[20], *NAMES[19]))
"""Names that Java 8 does not know."""

_NUMBERS: Final = {name: number for number, names in NAMES.items() for name in names}
_CHECKSUM_WORDS: Final = {
    "hmac-sha1-des3-kd": 12,
    "hmac-sha1-96-aes128": 15,
    "hmac-sha1-96-aes256": 16,
    "hmac-sha256-128-aes128": 19,
    "hmac-sha384-192-aes256": 20,
}
"""Checksums that the JDK accepts here as the encryption type of the same number."""


@frozen
class Offer:
    """The encryption types that a JVM offers."""

    types: tuple[int, ...]
    """Numbers in order. () if the JDK fails."""
    unknown: tuple[str, ...]
    """Words that the JDK skips."""
    by: Relation | None
    """Line that decides. None for the built-in list."""


def offer(reading: Reading, key: Key, rules: JdkRules = JDK_17) -> Offer:
    """Return what the JVM offers for a key.

    JdkShapeError if the key is a section.
    """
    relation = reading.first("libdefaults", key)
    if relation is None and rules.takes_permitted:
        relation = reading.first("libdefaults", "permitted_enctypes")
    allowed = weak_allowed(reading, rules)
    supported = (*rules.built_in, *rules.weak) if allowed else rules.built_in
    if relation is None:
        return Offer(supported if rules.offers_weak else rules.built_in, (), None)
    words = words_of(relation)
    numbers = {word: number_of(word, rules) for word in words}
    return Offer(
        tuple(number for word in words if (number := numbers[word]) is not None and number in supported),
        tuple(word for word in words if numbers[word] not in supported),
        relation,
    )


def words_of(relation: Relation) -> list[str]:
    """Return the words of a list. The JDK splits it at commas if it has one, else at blanks."""
    return [word for word in relation.value.split("," if "," in relation.value else " ") if word]


def number_of(word: str, rules: JdkRules = JDK_17) -> int | None:
    """Return the encryption type for which the JDK takes a word. None if it knows no such word.

    A blank beside a comma is part of the word, and the JDK then knows no such word.
    """
    folded = word.lower() if word.isascii() else word
    if not rules.knows_sha2 and folded in _SINCE_SHA2:
        return None
    return _NUMBERS.get(folded, _CHECKSUM_WORDS.get(folded))


def weak_allowed(reading: Reading, rules: JdkRules = JDK_17) -> bool:
    """Return whether allow_weak_crypto is on."""
    try:
        if rules.only_true:
            relation = reading.first("libdefaults", "allow_weak_crypto")
            return relation is not None and relation.value == "true"
        return boolean(reading, "libdefaults", "allow_weak_crypto") is True
    except JdkShapeError:
        return False
