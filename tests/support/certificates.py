"""How does a test make a valid certificate that differs only in what the test is about?"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def a_certificate(
    *hosts: str,
    common: str = "master-1-1",
    since: datetime = NOW - timedelta(days=10),
    until: datetime = NOW + timedelta(days=10),
    alternatives: bool = True,
) -> tuple[bytes, bytes]:
    """Return DER, and PEM with its key.

    `hosts`: names and addresses of its subjectAltName. `alternatives`: False for one without it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, since, until)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(_general(hosts or (common,))), critical=False)
    made = builder.sign(key, hashes.SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.DER), made.public_bytes(Encoding.PEM) + secret


def a_file(place: Path, *hosts: str) -> Path:
    """Write a certificate that is valid today, with its key."""
    today = datetime.now(UTC)
    place.write_bytes(a_certificate(*hosts, since=today - timedelta(days=1), until=today + timedelta(days=1))[1])
    return place


def _general(hosts: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for host in hosts:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            found.append(x509.DNSName(host))
    return found
