"""Which names would a client ask DNS for, because its krb5.conf does not say where a KDC is?

libkrb5 1.20 asks for URI records first and for SRV where there are none; the JDK knows SRV only, and asks for TCP only if UDP has no records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from probes.files.krb5conf import jdk, mit
from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.profile import Profile

RecordType = Literal["URI", "SRV"]


@dataclass(frozen=True, slots=True)
class DnsQuestion:
    """name: absolute, without the last dot. Questions of one client are asked in order, until one brings servers; `both`: this one is asked even if
    the one before it, of the same type, brought some.
    """

    record: RecordType
    name: str
    both: bool = False


def mit_questions(profile: Profile, realm: str) -> tuple[DnsQuestion, ...]:
    """() where the file lists KDCs of the realm, or DNS is switched off."""
    if not realm or profile.relations("realms", realm, "kdc") or not _mit_uses_dns(profile):
        return ()
    uri = () if _says(profile, "dns_uri_lookup") is False else (DnsQuestion("URI", f"_kerberos.{realm}"),)
    return (
        *uri,
        DnsQuestion("SRV", f"_kerberos._udp.{realm}"),
        DnsQuestion("SRV", f"_kerberos._tcp.{realm}", both=True),
    )


def jdk_questions(reading: jdk.Reading, realm: str) -> tuple[DnsQuestion, ...]:
    """As `mit_questions`, for the JDK. JdkShapeError where asking throws."""
    if reading.values("realms", realm, "kdc") or not jdk.dns_lookup_kdc(reading):
        return ()
    return (DnsQuestion("SRV", f"_kerberos._udp.{realm}"), DnsQuestion("SRV", f"_kerberos._tcp.{realm}"))


def _mit_uses_dns(profile: Profile) -> bool:
    relation = profile.first("libdefaults", "dns_lookup_kdc") or profile.first("libdefaults", "dns_fallback")
    if relation is None:
        return True
    try:
        return mit.boolean(relation)
    except Krb5ValueError:
        return False  # this switch is read as text: every word but those for yes means no


def _says(profile: Profile, key: str) -> bool | None:
    """None where the key is absent or no word that libkrb5 knows: then its default holds."""
    relation = profile.first("libdefaults", key)
    try:
        return None if relation is None else mit.boolean(relation)
    except Krb5ValueError:
        return None
