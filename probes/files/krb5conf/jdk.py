"""Which servers, realms and limits does a Java program take from a krb5.conf?

Follows OpenJDK 17: `Config`, `KdcComm` and `PrincipalName` of sun.security.krb5. What it reads
differently from libkrb5 is seldom an error to either of them:

- `kdc = h1, h2` is two hosts to the JDK, and one odd name to libkrb5.
- A bad port is 88 to the JDK. It spoils the whole realm to libkrb5.
- Without any setting about UDP, libkrb5 retries over TCP. The JDK never does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading, read
from probes.files.krb5conf.jdk_text import LOADING_FAILED, JdkRejected
from probes.files.krb5conf.mit import BOTH, KDC_PORT, Kdc
from probes.files.krb5conf.profile import Relation
from probes.frozen import frozen
from probes.regex import regex

__all__ = [
    "LOADING_FAILED",
    "JdkKdcError",
    "JdkRejected",
    "JdkShapeError",
    "Limits",
    "Reading",
    "boolean",
    "clock_skew",
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
"""Default of kdc_timeout, milliseconds."""
RETRIES: Final = 3
"""Default of max_retries."""
UDP_LIMIT: Final = 1465
"""Default of udp_preference_limit, bytes."""
HARD_UDP_LIMIT: Final = 32_700
"""Highest udp_preference_limit that the JDK accepts in [libdefaults], bytes."""


CLOCK_SKEW: Final = 300
"""Default of clockskew, seconds."""


class JdkKdcError(Krb5ValueError):
    """An entry that the JDK fails on when it tries it. The JDK then goes on to the next entry of
    the list.
    """


@frozen
class Limits:
    """How the JDK talks to the KDCs of one realm. A UDP timeout never leads to TCP."""

    timeout_ms: int
    """Timeout of one attempt, milliseconds."""
    retries: int
    """Attempts for one KDC. 0 only from JDK 24 on: then none is asked."""
    udp_limit: int
    """Bytes. A larger request goes by TCP. 0: no request does. 1: every request does."""

    def transport(self, request_bytes: int) -> str:
        """Return "tcp" or "udp": the transport that a request of this size tries first."""
        return "tcp" if 0 < self.udp_limit < request_bytes else "udp"


def default_realm(reading: Reading) -> Relation | None:
    """Return [libdefaults] default_realm.

    Without one the JDK may ask DNS (see `dns_lookup_realm`), else it reports "Cannot locate default
    realm". JdkShapeError if default_realm is a section.
    """
    return reading.first("libdefaults", "default_realm")


def kdc_entries(reading: Reading, realm: str) -> tuple[Kdc | JdkKdcError, ...]:
    """Return what the JDK tries for a realm, in order: every `kdc` line, split at blanks and
    commas.

    JdkShapeError if the realm is not a section.
    """
    return tuple(
        _entry(relation, word)
        for relation in reading.values("realms", realm, "kdc")
        for word in _WORDS.findall(relation.value)
    )


def kdcs(reading: Reading, realm: str) -> tuple[Kdc, ...]:
    """Return the entries that the JDK can use.

    () if there are none. The JDK asks DNS only if there is no `kdc` line at all.
    """
    return tuple(entry for entry in kdc_entries(reading, realm) if isinstance(entry, Kdc))


def limits(reading: Reading, realm: str | None = None) -> Limits:
    """Return the limits of [libdefaults], or those of the realm's own stanza if it states them.

    A value that is not a number counts as absent. From JDK 24 on, a udp_preference_limit of 0 is
    the same as 1, and 0 counts in a realm's own stanza.
    """
    zero_counts = reading.rules.zero_is_tcp
    timeout_ms, retries, udp_limit = TIMEOUT_MS, RETRIES, UDP_LIMIT
    try:
        for key, parse in _KEYS.items():
            relation = reading.first("libdefaults", key)
            value = -1 if relation is None else parse(relation.value)
            match key:
                case "kdc_timeout":
                    timeout_ms = value if value > 0 else timeout_ms
                case "max_retries":
                    retries = value if value > 0 else retries
                case _:
                    udp_limit = min(value, HARD_UDP_LIMIT) if value >= 0 else udp_limit
    except JdkShapeError:
        pass  # as the JDK: a section in place of a key leaves this and the following keys at their defaults
    if realm is not None:
        least = 0 if zero_counts else 1
        timeout_ms = _own(reading, realm, "kdc_timeout", 1, timeout_ms)
        retries = _own(reading, realm, "max_retries", least, retries)
        udp_limit = _own(reading, realm, "udp_preference_limit", least, udp_limit)
    return Limits(timeout_ms, retries, 1 if zero_counts and udp_limit == 0 else udp_limit)


def realm_of_host(reading: Reading, host: str) -> Relation | None:
    """Return the realm of a host from [domain_realm]. None: the default realm.

    The JDK passes the name in small letters and without a last dot, and so does this function. Keys
    are compared as written. JdkShapeError if [domain_realm] holds a section of that name.
    """
    name = host.removesuffix(".").lower()
    realm = reading.first("domain_realm", name)
    for place in range(1, len(name) - 1):
        if realm is not None:
            break
        if name[place] == ".":
            realm = reading.first("domain_realm", name[place:]) or reading.first("domain_realm", name[place + 1 :])
    return realm


def dns_lookup_kdc(reading: Reading) -> bool:
    """Return whether a realm without a `kdc` line is looked up as SRV records. Default: yes."""
    return _by_dns(reading, "dns_lookup_kdc", default=True)


def dns_lookup_realm(reading: Reading) -> bool:
    """Return whether a missing default realm is looked up as TXT records. Default: no."""
    return _by_dns(reading, "dns_lookup_realm", default=False)


def boolean(reading: Reading, *path: str) -> bool | None:
    """Return the boolean at a path: yes, true, no or false, in any case.

    None for every other word. `1`, `on` and `y`, which libkrb5 accepts, count as absent.
    """
    relation = reading.first(*path)
    return None if relation is None else _BOOLEANS.get(relation.value.lower())


def clock_skew(reading: Reading) -> int:
    """Return the seconds that clocks may differ, as Config.getIntValue reads them. Java accepts
    nothing from 0 down: not even the same second.

    A value that is no number counts as absent. JdkShapeError if clockskew is a section.
    """
    relation = reading.first("libdefaults", "clockskew")
    match = None if relation is None else _SKEW.fullmatch(relation.value)
    if match is None:
        return CLOCK_SKEW
    seconds = int(match[1] or "0", 16) if match[2] is None else int(match[2])
    return seconds if -(1 << 31) < seconds < 1 << 31 else CLOCK_SKEW


def number(spelled: str) -> int:
    """Return what Integer.parseInt gives for a number from 0 on; -1 for everything else."""
    match = _INTEGER.fullmatch(spelled)
    if match is None:
        return -1
    digits = match[2] if match[2].isascii() else "".join(str(unicodedata.decimal(digit)) for digit in match[2])
    digits = digits.lstrip("0")[:11]
    value = int(digits or "0")
    return value if value == 0 or (match[1] != "-" and value < 1 << 31) else -1


def duration_ms(spelled: str) -> int:
    """Return `kdc_timeout` in milliseconds. It is written in milliseconds, or in seconds with an
    `s` at the end.

    -1 if it is neither. Java's int wraps around, and so does this.
    """
    if not spelled.endswith("s"):
        return number(spelled)
    seconds = number(spelled[:-1])
    if seconds < 0:
        return -1
    return (seconds * 1000 + (1 << 31)) % (1 << 32) - (1 << 31)


_WORDS: Final = regex(r"[^ \t\n\v\f\r,]+")
_INTEGER: Final = regex(r"([+-]?)(\d+)")
_SKEW: Final = regex(r"0x([0-9a-fA-F]{0,8})|\+?([+-]?[0-9]{1,40})", re.ASCII)
_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False}
_KEYS: Final[dict[str, Callable[[str], int]]] = {
    "kdc_timeout": duration_ms,
    "max_retries": number,
    "udp_preference_limit": number,
}


def _own(reading: Reading, realm: str, key: str, least: int, otherwise: int) -> int:
    """Return what the realm's stanza states if it is at least `least`, else `otherwise`.

    The hard limit does not apply here.
    """
    try:
        relation = reading.first("realms", realm, key)
    except JdkShapeError:
        return otherwise
    value = -1 if relation is None else _KEYS[key](relation.value)
    return value if value >= least else otherwise


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
    port = 0 if port_text is None else number(port_text)
    if port > 65535:
        return JdkKdcError(relation.origin, word, "a port of 1-65535")
    return Kdc(host, port if port > 0 else KDC_PORT, BOTH, relation.origin)
