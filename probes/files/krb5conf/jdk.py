"""Which servers, realms and limits does a Java program take from a krb5.conf?

Follows OpenJDK 17: `Config`, `KdcComm` and `PrincipalName` of sun.security.krb5. What differs from libkrb5 is seldom an error to either of them, and that
is the trouble: `kdc = h1, h2` is two hosts here and one odd name there, a bad port is 88 here and spoils the realm there, and a file that is
silent about UDP is retried over TCP there and never here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading, read
from probes.files.krb5conf.jdk_text import LOADING_FAILED, JdkRejected
from probes.files.krb5conf.mit import BOTH, KDC_PORT, Kdc
from probes.files.krb5conf.profile import Relation

__all__ = [
    "LOADING_FAILED",
    "JdkKdcError",
    "JdkRejected",
    "JdkShapeError",
    "Limits",
    "Reading",
    "boolean",
    "default_realm",
    "dns_lookup_kdc",
    "dns_lookup_realm",
    "duration_ms",
    "kdc_entries",
    "kdcs",
    "limits",
    "number",
    "read",
    "realm_of_host",
]

TIMEOUT_MS: Final = 30_000
RETRIES: Final = 3
UDP_LIMIT: Final = 1465
HARD_UDP_LIMIT: Final = 32_700


class JdkKdcError(Krb5ValueError):
    """An entry that the JDK fails on when its turn comes; it goes on to the next one of the list."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How the JDK speaks to the KDCs of one realm.

    timeout_ms: of one attempt; retries: attempts for one KDC, at least 1; udp_limit: a request of more bytes than this goes by TCP, 0 never. A UDP
    timeout never leads to TCP. The relations: the line that decided, None for the JDK's default.
    """

    timeout_ms: int
    retries: int
    udp_limit: int
    timeout_by: Relation | None = None
    retries_by: Relation | None = None
    udp_limit_by: Relation | None = None

    def transport(self, request_bytes: int) -> str:
        """ "tcp" or "udp": what a request of this size goes by first."""
        return "tcp" if 0 < self.udp_limit < request_bytes else "udp"


def default_realm(reading: Reading) -> Relation | None:
    """[libdefaults] default_realm. Without one the JDK may ask DNS (see `dns_lookup_realm`), else "Cannot locate default realm".

    JdkShapeError where default_realm is a section.
    """
    return reading.first("libdefaults", "default_realm")


def kdc_entries(reading: Reading, realm: str) -> tuple[Kdc | JdkKdcError, ...]:
    """What the JDK tries for a realm, in order: every `kdc` line split at blanks and commas. JdkShapeError where the realm is no section."""
    return tuple(
        _entry(relation, word)
        for relation in reading.values("realms", realm, "kdc")
        for word in _WORDS.findall(relation.value)
    )


def kdcs(reading: Reading, realm: str) -> tuple[Kdc, ...]:
    """The entries that it can use. () where there is none: it asks DNS only if no `kdc` line is there at all."""
    return tuple(entry for entry in kdc_entries(reading, realm) if isinstance(entry, Kdc))


def limits(reading: Reading, realm: str | None = None) -> Limits:
    """Of [libdefaults], or with a realm what its own stanza says first. Values that are no numbers are as good as absent."""
    timeout_ms, retries, udp_limit = TIMEOUT_MS, RETRIES, UDP_LIMIT
    found: dict[str, Relation | None] = {"kdc_timeout": None, "max_retries": None, "udp_preference_limit": None}
    try:
        for key, parse in _KEYS.items():
            relation = reading.first("libdefaults", key)
            value = -1 if relation is None else parse(relation.value)
            found[key] = relation if value > 0 or (value == 0 and key == "udp_preference_limit") else None
            match key:
                case "kdc_timeout":
                    timeout_ms = value if value > 0 else timeout_ms
                case "max_retries":
                    retries = value if value > 0 else retries
                case _:
                    udp_limit = min(value, HARD_UDP_LIMIT) if value >= 0 else udp_limit
    except JdkShapeError:
        pass  # as the JDK: a section in the place of one key leaves this and the following keys at their defaults
    if realm is not None:
        own = {key: _own(reading, realm, key) for key in _KEYS}
        timeout_ms = own["kdc_timeout"][0] or timeout_ms
        retries = own["max_retries"][0] or retries
        udp_limit = own["udp_preference_limit"][0] or udp_limit
        found = {key: own[key][1] or found[key] for key in found}
    return Limits(
        timeout_ms, retries, udp_limit, found["kdc_timeout"], found["max_retries"], found["udp_preference_limit"]
    )


def realm_of_host(reading: Reading, host: str) -> Relation | None:
    """The realm of a host by [domain_realm]; the JDK hands in the name in small letters and without a last dot, and so does this.

    Keys are compared as written. None: the default realm. JdkShapeError where [domain_realm] holds a section of that name.
    """
    name = host.removesuffix(".").lower()
    found = reading.first("domain_realm", name)
    for place in range(1, len(name) - 1):
        if found is not None:
            break
        if name[place] == ".":
            found = reading.first("domain_realm", name[place:]) or reading.first("domain_realm", name[place + 1 :])
    return found


def dns_lookup_kdc(reading: Reading) -> bool:
    """Whether a realm without a `kdc` line is looked up as SRV records. Default yes."""
    return _by_dns(reading, "dns_lookup_kdc", default=True)


def dns_lookup_realm(reading: Reading) -> bool:
    """Whether a missing default realm is looked up as TXT records. Default no."""
    return _by_dns(reading, "dns_lookup_realm", default=False)


def boolean(reading: Reading, *path: str) -> bool | None:
    """yes, true, no and false, in any case. None for everything else: `1`, `on` and `y`, which libkrb5 takes, are as good as absent."""
    relation = reading.first(*path)
    return None if relation is None else _BOOLEANS.get(relation.value.lower())


def number(spelled: str) -> int:
    """Integer.parseInt of a number from 0 on; -1 for everything else."""
    match = _INTEGER.fullmatch(spelled)
    if match is None:
        return -1
    digits = match[2] if match[2].isascii() else "".join(str(unicodedata.decimal(digit)) for digit in match[2])
    digits = digits.lstrip("0")[:11]
    value = int(digits or "0")
    return value if value == 0 or (match[1] != "-" and value < 1 << 31) else -1


def duration_ms(spelled: str) -> int:
    """`kdc_timeout`: milliseconds, or seconds with an `s` at the end. -1 where it is neither. Java's int wraps around, hence so does this."""
    if not spelled.endswith("s"):
        return number(spelled)
    seconds = number(spelled[:-1])
    if seconds < 0:
        return -1
    return (seconds * 1000 + (1 << 31)) % (1 << 32) - (1 << 31)


_WORDS: Final = re.compile(r"[^ \t\n\v\f\r,]+")
_INTEGER: Final = re.compile(r"([+-]?)(\d+)")
_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False}
_KEYS: Final[dict[str, Callable[[str], int]]] = {
    "kdc_timeout": duration_ms,
    "max_retries": number,
    "udp_preference_limit": number,
}


def _own(reading: Reading, realm: str, key: str) -> tuple[int, Relation | None]:
    """What the realm's stanza says; 0 where it says nothing. Here a limit of 0 counts as nothing and the hard limit does not apply."""
    try:
        relation = reading.first("realms", realm, key)
    except JdkShapeError:
        return 0, None
    value = -1 if relation is None else _KEYS[key](relation.value)
    return (value, relation) if value > 0 else (0, None)


def _by_dns(reading: Reading, name: str, *, default: bool) -> bool:
    own = boolean(reading, "libdefaults", name)
    if own is not None:
        return own
    fallback = boolean(reading, "libdefaults", "dns_fallback")
    return default if fallback is None else fallback


def _entry(relation: Relation, word: str) -> Kdc | JdkKdcError:
    if word.startswith("["):
        host, bracket, rest = word[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return JdkKdcError(relation.origin, word, "[IPv6] or [IPv6]:port")
        port_text = rest[1:] if rest else None
    elif word.count(":") == 1:
        host, _, port_text = word.partition(":")
    else:
        host, port_text = word, None  # with two colons it is an address without a port
    given = 0 if port_text is None else number(port_text)
    if given > 65535:
        return JdkKdcError(relation.origin, word, "a port of 1-65535")
    return Kdc(host, given if given > 0 else KDC_PORT, BOTH, relation.origin)
