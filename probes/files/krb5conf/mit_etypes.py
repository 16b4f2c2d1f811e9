"""Which encryption types does libkrb5 1.20 offer with this krb5.conf?

Follows `krb5int_parse_enctype_list` and `get_profile_etype_list` of `init_ctx.c`. If a list leaves
none, the client ends at once: "No supported encryption types (config file error?)".
"""

from __future__ import annotations

from typing import Final

from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.mit import boolean
from probes.files.krb5conf.profile import Profile, Relation
from probes.frozen import frozen
from probes.regex import regex

DEFAULT: Final = (18, 17, 20, 19, 16, 23, 25, 26)
"""Encryption types without a list, in order."""
WEAK: Final = frozenset({6, 24})
"""Left out of every list unless allow_weak_crypto is on. Single DES is gone since 1.18."""

FAMILIES: Final = {
    "des3": (16,),
    "aes": (18, 17, 20, 19),
    "rc4": (23,),
    "camellia": (26, 25),
}
"""Words for several types. `des` is one too, and stands for none since 1.18."""

NAMES: Final = {
    "des3-cbc-raw": 6,
    "des3-cbc-sha1": 16,
    "des3-hmac-sha1": 16,
    "des3-cbc-sha1-kd": 16,
    "aes128-cts-hmac-sha1-96": 17,
    "aes128-cts": 17,
    "aes128-sha1": 17,
    "aes256-cts-hmac-sha1-96": 18,
    "aes256-cts": 18,
    "aes256-sha1": 18,
    "aes128-cts-hmac-sha256-128": 19,
    "aes128-sha2": 19,
    "aes256-cts-hmac-sha384-192": 20,
    "aes256-sha2": 20,
    "arcfour-hmac": 23,
    "rc4-hmac": 23,
    "arcfour-hmac-md5": 23,
    "arcfour-hmac-exp": 24,
    "rc4-hmac-exp": 24,
    "arcfour-hmac-md5-exp": 24,
    "camellia128-cts-cmac": 25,
    "camellia128-cts": 25,
    "camellia256-cts-cmac": 26,
    "camellia256-cts": 26,
}
"""Name -> number of RFC 3961, 3962, 4757, 6803 and 8009."""

_SEPARATORS: Final = regex(r"[ \t\r\n,]+")


@frozen
class MitOffer:
    """The encryption types that libkrb5 offers."""

    types: tuple[int, ...]
    """Numbers in order. () if libkrb5 fails."""
    by: Relation | None
    """Line that decides. None for the built-in list."""


def login_offer(profile: Profile) -> MitOffer:
    """Return what a login offers: default_tkt_enctypes, else permitted_enctypes."""
    return _offer(profile, "default_tkt_enctypes", _permitted(profile))


def ticket_offer(profile: Profile) -> MitOffer:
    """Return what a request for a service ticket offers.

    It is default_tgs_enctypes, else permitted_enctypes. If either leaves no type, there is none.
    """
    permitted = _permitted(profile)
    own = _offer(profile, "default_tgs_enctypes", permitted)
    return own if permitted.types else permitted


def _permitted(profile: Profile) -> MitOffer:
    return _offer(profile, "permitted_enctypes", MitOffer(DEFAULT, None))


def _offer(profile: Profile, key: str, otherwise: MitOffer) -> MitOffer:
    relation = profile.first("libdefaults", key)
    if relation is None or not relation.value:
        return otherwise
    return MitOffer(parse(relation.value, allow_weak=_allows_weak(profile)), relation)


def parse(words: str, *, allow_weak: bool) -> tuple[int, ...]:
    """Return the types of one list. A word with "-" before it takes its types away."""
    types: list[int] = []
    for word in _SEPARATORS.split(words):
        adds = not word.startswith("-")
        for number in _types_of(word[1:] if word[:1] in ("+", "-") else word):
            if number in WEAK and not allow_weak:
                continue
            if adds and number not in types:
                types.append(number)
            elif not adds and number in types:
                types.remove(number)
    return tuple(types)


def _types_of(word: str) -> tuple[int, ...]:
    """Return the types of one word without its sign. libkrb5 skips a word that it does not know."""
    folded = word.lower() if word.isascii() else word
    if folded == "default":
        return DEFAULT
    number = NAMES.get(folded)
    return FAMILIES.get(folded, () if number is None else (number,))


def _allows_weak(profile: Profile) -> bool:
    relation = profile.first("libdefaults", "allow_weak_crypto")
    try:
        return relation is not None and boolean(relation)
    except Krb5ValueError:
        return False  # libkrb5 does not even start
