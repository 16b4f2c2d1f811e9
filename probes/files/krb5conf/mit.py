"""Which servers, realms and limits does libkrb5 take from a krb5.conf?

What DNS would add (SRV and URI records where a realm has no entry here) is another question. Follows libkrb5 1.20; an entry that begins with "/" is a
Unix socket to 1.22 and a strange host name to 1.20: no packet leaves the machine for it, so it is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from probes.files.krb5conf.errors import KdcEntryError, Krb5ValueError
from probes.files.krb5conf.profile import Profile, Relation
from probes.origin import Origin

KDC_PORT: Final = 88
KADMIN_PORT: Final = 749
KPASSWD_PORT: Final = 464
HTTPS_PORT: Final = 443

BOTH: Final = ("udp", "tcp")


@dataclass(frozen=True, slots=True)
class Kdc:
    """A server of a realm. host: name or address without brackets, "" where the entry has none (libkrb5 takes `[]:88` and fails to resolve it); port:
    0-65535, the default filled in; transports: ("udp", "tcp"), ("tcp",), or ("https",) for a proxy (MS-KKDCP), whose URL path is in `path`.
    """

    host: str
    port: int
    transports: tuple[str, ...]
    origin: Origin
    path: str | None = None


def default_realm(profile: Profile) -> Relation | None:
    """[libdefaults] default_realm. Without one libkrb5 may still ask DNS, where dns_lookup_realm is on."""
    return profile.first("libdefaults", "default_realm")


def kdc_entries(profile: Profile, realm: str) -> tuple[Kdc | KdcEntryError, ...]:
    """All entries of the realm, in order, the unusable ones as the error they cause. One error and libkrb5 uses none of them."""
    return _entries(profile, realm, "kdc", KDC_PORT, BOTH)


def kdcs(profile: Profile, realm: str) -> tuple[Kdc, ...]:
    """The KDCs that libkrb5 tries, in order. () where the realm has none here; KdcEntryError where one entry spoils them all."""
    return _all_good(kdc_entries(profile, realm))


def admin_servers(profile: Profile, realm: str) -> tuple[Kdc, ...]:
    """The admin_server entries as libkrb5 locates them, for a password change. The kadmin program connects, by TCP, to the first one alone.

    KdcEntryError as for `kdcs`.
    """
    return _all_good(_entries(profile, realm, "admin_server", KADMIN_PORT, ("tcp",)))


def kpasswd_servers(profile: Profile, realm: str) -> tuple[Kdc, ...]:
    """Where a password is changed: kpasswd_server, else the hosts of admin_server with port 464. KdcEntryError as for `kdcs`."""
    own = _all_good(_entries(profile, realm, "kpasswd_server", KPASSWD_PORT, BOTH))
    if own:
        return own
    return tuple(
        Kdc(
            server.host,
            KPASSWD_PORT,
            BOTH if server.transports == ("tcp",) else server.transports,
            server.origin,
            server.path,
        )
        for server in admin_servers(profile, realm)
    )


def realm_of_host(profile: Profile, host: str) -> Relation | None:
    """The realm of a host by [domain_realm]: its name in lower case, then each suffix with and without the leading dot. Addresses are never looked up."""
    name = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in host).removesuffix(".")
    if ":" in name or (name.count(".") == 3 and not name.strip("0123456789.")):
        return None
    tail: str | None = name
    while tail is not None:
        found = profile.first("domain_realm", tail)
        if found is not None:
            return found
        if tail.startswith("."):
            tail = tail[1:]
        else:
            dot = tail.find(".")
            tail = tail[dot:] if dot >= 0 else None
    return None


def libdefault(profile: Profile, name: str, realm: str | None = None) -> Relation | None:
    """A value of [libdefaults]; with a realm its own subsection there comes first. libkrb5 reads only a few by realm (ticket_lifetime and its like):
    udp_preference_limit, for one, without.
    """
    own = profile.first("libdefaults", realm, name) if realm is not None else None
    return own if own is not None else profile.first("libdefaults", name)


_YES: Final = frozenset(("y", "yes", "true", "t", "1", "on"))
_NO: Final = frozenset(("n", "no", "false", "nil", "0", "off"))


def boolean(relation: Relation) -> bool:
    """Krb5ValueError for every word that libkrb5 does not know, `f` among them."""
    word = relation.value.lower() if relation.value.isascii() else ""
    if word not in _YES | _NO:
        raise Krb5ValueError(relation.origin, relation.value, "yes or no, true or false, on or off, 1 or 0")
    return word in _YES


def integer(relation: Relation) -> int:
    """A decimal number within 32 bits. Krb5ValueError for `0x10`, `5m` and the like."""
    number = _decimal(relation.value)
    if number is None or not -(1 << 31) <= number < 1 << 31:
        raise Krb5ValueError(relation.origin, relation.value, "a decimal number")
    return number


def context_fault(profile: Profile) -> Krb5ValueError | None:
    """The value for which libkrb5 refuses to start at all (krb5_init_context), though the file is well formed."""
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
    """Host, and the text after its colon. What follows a blank, or a bracket without a colon, is ignored."""
    if spec.startswith("[") and "]" in spec:
        host, _, rest = spec[1:].partition("]")
    else:
        host = re.split(r"[ \t:]", spec, maxsplit=1)[0]
        rest = spec[len(host) :]
    return host, rest[1:] if rest.startswith(":") else None


_NUMBER: Final = re.compile(r"[ \t\n\v\f\r]*+([+-]?)0*+([0-9]*+)")


def _port(spelled: str) -> int | None:
    """As strtoul() takes it: -1 is 2**64 - 1, hence out of range, and nothing may follow."""
    number = _decimal(spelled)
    if number is None or abs(number) >= 1 << 64:
        return None
    number %= 1 << 64
    return number if number <= 65535 else None


def _decimal(spelled: str) -> int | None:
    """What strtol() reads where it reads the whole text; None for anything else and for more digits than 64 bits have."""
    match = _NUMBER.fullmatch(spelled)
    if match is None or not spelled[-1:].isdigit() or len(match[2]) > 20:
        return None
    return int(match[1] + (match[2] or "0"))
