"""Keys of hosts and users, and lines of files of known hosts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def private_key(kind: str, number: int = 0) -> PrivateKey:
    """Return a key of a type: "ed25519", "ecdsa" or "rsa". The same number is the same key."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"key %d" % number).digest())
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)


def public_text(kind: str, number: int = 0) -> str:
    """Return type and key as they stand in a file of known hosts."""
    return private_key(kind, number).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def blob(kind: str, number: int = 0) -> bytes:
    """Return the public key as it stands on the wire."""
    return base64.b64decode(public_text(kind, number).split()[1])


def write_private(file: Path, kind: str, number: int = 0, *, passphrase: str = "", with_public: bool = True) -> Path:
    """Write a private key in OpenSSH's format, readable by its owner only, and the public one."""
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    key = private_key(kind, number)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption))
    file.chmod(0o600)
    if with_public:
        file.with_name(f"{file.name}.pub").write_text(f"{public_text(kind, number)} of tests\n")
    return file


def hashed(name: str, salt: bytes = b"0123456789abcdefghij") -> str:
    """Return a host's name as `ssh-keygen -H` writes it."""
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
