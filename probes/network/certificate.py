"""What does this certificate say, and does it fit this host and time?

Names are compared as RFC 6125 and the JDK do:

- subjectAltName decides; the common name counts only if there is no subjectAltName.
- "*" stands for one whole first label.

Whether the issuer is trusted depends on each client's own trust store, so it is not judged here.
"""

from __future__ import annotations

import ipaddress
import warnings
from datetime import datetime

from probes.errors import ProbesError
from probes.frozen import frozen
from probes.language import tr

MOST_NAMES = 100
_LONGEST_TEXT = 256


class CertificateError(ProbesError):
    """The bytes are no X.509 certificate."""


@frozen
class Certificate:
    """What one X.509 certificate says."""

    subject: str
    """As RFC 4514 text."""

    issuer: str
    """As RFC 4514 text."""

    names: tuple[str, ...]
    """DNS names and addresses that it is made for."""

    since: datetime
    """Start of its validity, with time zone."""

    until: datetime
    """End of its validity, with time zone."""

    is_self_signed: bool
    """True if issuer and subject are the same."""

    key: str
    """Kind and bits of its key: "RSA 2048". "unknown" if that cannot be read."""

    digest: str | None
    """Name of the hash in its signature: "sha256". None if it has none, or an unknown one."""

    def faults(self, host: str, now: datetime) -> tuple[str, ...]:
        """Return why a client would refuse it, as clauses. Empty if name and dates fit."""
        found = []
        if now < self.since:
            found.append(tr("valid only from {day} on", day=f"{self.since:%Y-%m-%d}"))
        if now > self.until:
            found.append(tr("expired on {day}", day=f"{self.until:%Y-%m-%d}"))
        if not any(_matches(name, host) for name in self.names):
            names = ", ".join(self.names[:4]) or tr("no name")
            found.append(tr("made for {names}, not for {host}", names=names, host=host))
        return tuple(found)


def read(der: bytes) -> Certificate:
    """Return the certificate of DER bytes. CertificateError for anything else."""
    from cryptography import x509  # only a probe with TLS pays for it
    from cryptography.x509.oid import NameOID

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns about odd serial numbers and lengths, which do not matter here
            found = x509.load_der_x509_certificate(der)
            names = _alternatives(found)
            if names is None:
                names = [str(part.value) for part in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
            return Certificate(
                found.subject.rfc4514_string()[:_LONGEST_TEXT],
                found.issuer.rfc4514_string()[:_LONGEST_TEXT],
                tuple(name[:_LONGEST_TEXT] for name in names[:MOST_NAMES]),
                found.not_valid_before_utc,
                found.not_valid_after_utc,
                found.issuer == found.subject,
                _key(found),
                _digest(found),
            )
    except (
        ValueError,
        TypeError,
        OverflowError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise CertificateError(str(error)[:_LONGEST_TEXT]) from error


def _alternatives(found: object) -> list[str] | None:
    """Return the names in subjectAltName. None if there is no subjectAltName."""
    from cryptography import x509

    assert isinstance(found, x509.Certificate)
    try:
        listed = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    hosts = listed.get_values_for_type(x509.DNSName)
    return [*hosts, *(str(address) for address in listed.get_values_for_type(x509.IPAddress))]


def _key(found: object) -> str:
    """Return kind and bits of the key."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    assert isinstance(found, x509.Certificate)
    try:
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "unknown"
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"EC {key.curve.key_size}"
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
        case _:
            return "unknown"


def _digest(found: object) -> str | None:
    """Return the name of the hash in the signature."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    assert isinstance(found, x509.Certificate)
    try:
        algorithm = found.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return None
    return None if algorithm is None else algorithm.name


def _matches(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    except ValueError:
        pass
    name, host = name.rstrip(".").lower(), host.rstrip(".").lower()
    if name.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and rest == name[2:] and "." in rest and not _is_address(host)
    return name == host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
