"""Which names does a client look up in DNS because its krb5.conf names no KDC?

libkrb5 1.20 asks for URI records first, and for SRV if there are none. The JDK knows SRV only, and
asks for TCP only if UDP has no records.
"""

from __future__ import annotations

from typing import Literal

from probes.files.krb5conf import jdk, mit
from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.profile import Profile
from probes.frozen import frozen

RecordType = Literal["URI", "SRV"]


@frozen
class DnsQuestion:
    """One DNS question of a client. The questions of a client are asked in order, until one gives
    servers.
    """

    record: RecordType
    """Record type."""
    name: str
    """Absolute name without the last dot."""
    both: bool = False
    """True if this question is asked even if the one before it, of the same type, gave servers."""


def mit_questions(profile: Profile, realm: str) -> tuple[DnsQuestion, ...]:
    """Return the questions of libkrb5. () if the file lists KDCs of the realm, or DNS is switched
    off.
    """
    if not realm or profile.relations("realms", realm, "kdc") or not mit_uses_dns(profile):
        return ()
    uri = () if _says(profile, "dns_uri_lookup") is False else (DnsQuestion("URI", f"_kerberos.{realm}"),)
    return (
        *uri,
        DnsQuestion("SRV", f"_kerberos._udp.{realm}"),
        DnsQuestion("SRV", f"_kerberos._tcp.{realm}", both=True),
    )


def mit_primary_questions(profile: Profile, realm: str) -> tuple[DnsQuestion, ...]:
    """Return what libkrb5 asks DNS after each answer of a KDC, to learn whether it is the primary
    one.

    () if the realm has primary_kdc or master_kdc, or DNS is switched off. All of them are asked,
    one after the other, while none gives servers.
    """
    named = (profile.relations("realms", realm, key) for key in ("primary_kdc", "master_kdc"))
    if not realm or any(named) or not mit_uses_dns(profile):
        return ()
    uri = () if _says(profile, "dns_uri_lookup") is False else (DnsQuestion("URI", f"_kerberos.{realm}"),)
    return (
        *uri,
        DnsQuestion("SRV", f"_kerberos-master._udp.{realm}"),
        DnsQuestion("SRV", f"_kerberos-master._tcp.{realm}", both=True),
    )


def jdk_questions(reading: jdk.Reading, realm: str) -> tuple[DnsQuestion, ...]:
    """Return the questions of the JDK. () as for `mit_questions`. JdkShapeError if the JDK
    throws.
    """
    if reading.values("realms", realm, "kdc") or not jdk.dns_lookup_kdc(reading):
        return ()
    return (DnsQuestion("SRV", f"_kerberos._udp.{realm}"), DnsQuestion("SRV", f"_kerberos._tcp.{realm}"))


def mit_uses_dns(profile: Profile) -> bool:
    """Return True if libkrb5 looks up the KDCs of a realm without a `kdc` line in DNS. Default:
    yes."""
    relation = profile.first("libdefaults", "dns_lookup_kdc") or profile.first("libdefaults", "dns_fallback")
    if relation is None:
        return True
    try:
        return mit.boolean(relation)
    except Krb5ValueError:
        return False  # libkrb5 reads this switch as text: only the words for yes mean yes


def _says(profile: Profile, key: str) -> bool | None:
    """Return a boolean of [libdefaults].

    None if the key is absent or its word is not known to libkrb5. Then libkrb5 takes its default.
    """
    relation = profile.first("libdefaults", key)
    try:
        return None if relation is None else mit.boolean(relation)
    except Krb5ValueError:
        return None
