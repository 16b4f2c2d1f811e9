"""Which servers, realms and limits does libkrb5 take from a krb5.conf?

What DNS would add (SRV and URI records if a realm has no entry here) is another question: see
`discovery`. Follows libkrb5 1.20. An entry that begins with "/" is a Unix socket to 1.22 and a
strange host name to 1.20. No packet leaves the machine for it, so it is left out.
"""

from __future__ import annotations

import re
from typing import Final

from probes.files.krb5conf.errors import KdcEntryError, Krb5ValueError
from probes.files.krb5conf.profile import Profile, Relation
from probes.frozen import frozen
from probes.origin import Origin
from probes.regex import regex

KDC_PORT: Final = 88
KADMIN_PORT: Final = 749
HTTPS_PORT: Final = 443

BOTH: Final = ("udp", "tcp")
"""Transports of a server for which the entry names none."""


@frozen
class Kdc:
    """A server of a realm."""

    host: str
    """Name or address without brackets. "" if the entry has none: libkrb5 accepts `[]:88` and fails
    to resolve it.
    """
    port: int
    """0-65535, the default filled in."""
    transports: tuple[str, ...]
    """("udp", "tcp"), ("tcp",), or ("https",) for a proxy (MS-KKDCP)."""
    origin: Origin
    """Where the entry was read."""
    path: str | None = None
    """URL path of a proxy. None for other servers."""


def default_realm(profile: Profile) -> Relation | None:
    """Return [libdefaults] default_realm. Without one libkrb5 may still ask DNS, if
    dns_lookup_realm is on.
    """
    return profile.first("libdefaults", "default_realm")


def kdc_entries(profile: Profile, realm: str) -> tuple[Kdc | KdcEntryError, ...]:
    """Return all entries of the realm, in order. An unusable entry is returned as the error that it
    causes.

    If there is one error, libkrb5 uses none of the entries.
    """
    return _entries(profile, realm, "kdc", KDC_PORT, BOTH)


def kdcs(profile: Profile, realm: str) -> tuple[Kdc, ...]:
    """Return the KDCs that libkrb5 tries, in order.

    () if the realm has none here. KdcEntryError if one entry spoils them all.
    """
    return _all_good(kdc_entries(profile, realm))


def admin_servers(profile: Profile, realm: str) -> tuple[Kdc, ...]:
    """Return the admin_server entries as libkrb5 locates them for a password change.

    The kadmin program connects, by TCP, to the first one only. KdcEntryError as for `kdcs`.
    """
    return _all_good(_entries(profile, realm, "admin_server", KADMIN_PORT, ("tcp",)))


def realm_of_host(profile: Profile, host: str) -> Relation | None:
    """Return the realm of a host from [domain_realm]. None if no key matches.

    The name in lower case is tried first, then each suffix with and without the leading dot.
    Addresses are never looked up.
    """
    name = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in host).removesuffix(".")
    if ":" in name or (name.count(".") == 3 and not name.strip("0123456789.")):
        return None
    tail: str | None = name
    while tail is not None:
        realm = profile.first("domain_realm", tail)
        if realm is not None:
            return realm
        if tail.startswith("."):
            tail = tail[1:]
        else:
            dot = tail.find(".")
            tail = tail[dot:] if dot >= 0 else None
    return None


def libdefault(profile: Profile, name: str, realm: str | None = None) -> Relation | None:
    """Return a value of [libdefaults]. With a realm, the realm's own subsection there comes first.

    libkrb5 reads only a few by realm (ticket_lifetime and similar). It reads udp_preference_limit
    without a realm, for example.
    """
    own = profile.first("libdefaults", realm, name) if realm is not None else None
    return own if own is not None else profile.first("libdefaults", name)


_YES: Final = frozenset(("y", "yes", "true", "t", "1", "on"))
_NO: Final = frozenset(("n", "no", "false", "nil", "0", "off"))


def boolean(relation: Relation) -> bool:
    """Return the truth value. Krb5ValueError for every word that libkrb5 does not know, `f` among
    them.
    """
    word = relation.value.lower() if relation.value.isascii() else ""
    if word not in _YES | _NO:
        raise Krb5ValueError(relation.origin, relation.value, "yes or no, true or false, on or off, 1 or 0")
    return word in _YES


def integer(relation: Relation) -> int:
    """Return a decimal number within 32 bits. Krb5ValueError for `0x10`, `5m` and similar."""
    number = _decimal(relation.value)
    if number is None or not -(1 << 31) <= number < 1 << 31:
        raise Krb5ValueError(relation.origin, relation.value, "a decimal number")
    return number


def context_fault(profile: Profile) -> Krb5ValueError | None:
    """Return the value because of which libkrb5 refuses to start (krb5_init_context). None if there
    is none.

    The file itself is well formed then.
    """
    for name in (
        "allow_weak_crypto",
        "ignore_acceptor_hostname",
        "enforce_ok_as_delegate",
        "dns_canonicalize_hostname",
    ):
        relation = profile.first("libdefaults", name)
        if relation is None or (name == "dns_canonicalize_hostname" and relation.value.lower() == "fallback"):
            continue
        try:
            boolean(relation)
        except Krb5ValueError as fault:
            return fault
    return None


def _entries(
    profile: Profile, realm: str, name: str, port: int, transports: tuple[str, ...]
) -> tuple[Kdc | KdcEntryError, ...]:
    if not realm:
        return ()
    return tuple(
        _entry(relation, port, transports)
        for relation in profile.relations("realms", realm, name)
        if not relation.value.startswith("/")
    )


def _all_good(entries: tuple[Kdc | KdcEntryError, ...]) -> tuple[Kdc, ...]:
    for entry in entries:
        if isinstance(entry, KdcEntryError):
            raise entry
    return tuple(entry for entry in entries if isinstance(entry, Kdc))


def _entry(relation: Relation, port: int, transports: tuple[str, ...]) -> Kdc | KdcEntryError:
    spec, path = relation.value, None
    if spec.startswith("https://"):
        spec, slash, rest = spec.removeprefix("https://").partition("/")
        path, port, transports = rest if slash else None, HTTPS_PORT, ("https",)
    if not spec or spec.startswith(":"):
        return KdcEntryError(relation.origin, relation.value, "a host")
    if not spec.strip("0123456789"):
        return KdcEntryError(relation.origin, relation.value, "a host; digits alone are a port to libkrb5")
    host, port_text = _split(spec)
    if port_text is not None:
        number = _port(port_text)
        if number is None:
            return KdcEntryError(
                relation.origin, relation.value, "host, host:port or [IPv6]:port, with nothing after a port of 0-65535"
            )
        port = number
    return Kdc(host, port, transports, relation.origin, path)


def _split(spec: str) -> tuple[str, str | None]:
    """Return the host, and the text after its colon.

    What follows a blank, or a bracket without a colon, is ignored.
    """
    if spec.startswith("[") and "]" in spec:
        host, _, rest = spec[1:].partition("]")
    else:
        host = re.split(r"[ \t:]", spec, maxsplit=1)[0]
        rest = spec[len(host) :]
    return host, rest[1:] if rest.startswith(":") else None


_NUMBER: Final = regex(r"[ \t\n\v\f\r]*+([+-]?)0*+([0-9]*+)")


def _port(spelled: str) -> int | None:
    """Return the port as strtoul() reads it: -1 is 2**64 - 1, hence out of range. Nothing may
    follow it.
    """
    number = _decimal(spelled)
    if number is None or abs(number) >= 1 << 64:
        return None
    number %= 1 << 64
    return number if number <= 65535 else None


def _decimal(spelled: str) -> int | None:
    """Return what strtol() reads, if it reads the whole text.

    None for every other text, and for more digits than 64 bits have.
    """
    match = _NUMBER.fullmatch(spelled)
    if match is None or not spelled[-1:].isdigit() or len(match[2]) > 20:
        return None
    return int(match[1] + (match[2] or "0"))
