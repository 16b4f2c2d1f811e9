"""How does a test make a valid certificate that differs only in what the test is about?"""

from __future__ import annotations

import ipaddress
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 6, 1, tzinfo=UTC)

_WEAK = (
    "MIIB0TCBugIBATANBgkqhkiG9w0BAQQFADARMQ8wDQYDVQQDDAZvbGQgY2EwHhcNMjYwNTIwMDAwMDAwWhcNMjYwNjI5MDAwMDAw"
    "WjAVMRMwEQYDVQQDDAptYXN0ZXItMS0xMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKvO6YzafcQ3SowwJ4yhFdSmVnctS2Yeund+"
    "vCUC+nn9eYBiZC3RxPIv9LU0Bga/W+aGMVtOXrxuuwvbLn1UBX0CAwEAATANBgkqhkiG9w0BAQQFAAOCAQEAJ6l9r38aWRkZP5RV"
    "5ct2AB7AjOVlOtjPigfCLLFPeCXeko8RQF7rEwun2Kz0WqGzWXeXiqqeWNcNQfcjREeDCR6+HsuiuO5aJUmpHX+vwKkrD6SNTS6d"
    "8dvWW/FRHmHJkxshKJlcAcXaAtgpsAPLEpmjbNK6y2F79mNNx32/xaPo4jINlF14hlfzkL0DwuuNCis+T9vTzI4Lsb55g98FI7l4"
    "X7viDlwEyKVAxM671QGAOVH5/NzdHpsayRbdVG1hlWDIfeC2mdXK/hg4Eg6qbGVZp8EsJ1p+HU4Rptx4dFWf7TuyoyV2z3RU9bCp"
    "idZZyA7G4QITYQUyatg0oYvH4Q=="
)
"""For master-1-1, valid at NOW, issued by "old ca": an RSA key of 512 bits, signed with MD5.
`openssl x509 -req -md5` made it, because the library refuses to."""


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


def a_weak_certificate() -> bytes:
    """Return the DER of a certificate with an RSA key of 512 bits and a signature with MD5."""
    return b64decode(_WEAK)


def _general(hosts: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for host in hosts:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            found.append(x509.DNSName(host))
    return found
