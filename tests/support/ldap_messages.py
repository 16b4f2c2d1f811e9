"""What do LDAP servers send, as bytes?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probes.services.ldap import START_TLS


def element(tag: int, *parts: bytes, long: bool = False) -> bytes:
    """Return an element. `long`: its length in four bytes, as Active Directory writes it."""
    content = b"".join(parts)
    if long:
        return bytes((tag, 0x84)) + len(content).to_bytes(4, "big") + content
    size = len(content)
    return bytes((tag, size) if size < 0x80 else (tag, 0x82, *size.to_bytes(2, "big"))) + content


def message(number: int, operation: bytes, *, long: bool = False) -> bytes:
    return element(0x30, element(0x02, bytes((number,))), operation, long=long)


def result(tag: int, number: int, code: int = 0, text: str = "", *, long: bool = False) -> bytes:
    """Return the result of a bind (0x61), a search (0x65) or an extended request (0x78)."""
    parts = element(0x0A, bytes((code,))), element(0x04), element(0x04, text.encode())
    return message(number, element(tag, *parts, long=long), long=long)


def entry(values: Mapping[str, Sequence[str]], *, long: bool = False) -> bytes:
    attributes = (
        element(
            0x30,
            element(0x04, name.encode()),
            element(0x31, *(element(0x04, one.encode()) for one in several), long=long),
            long=long,
        )
        for name, several in values.items()
    )
    return message(2, element(0x64, element(0x04), element(0x30, *attributes, long=long), long=long), long=long)


BOUND = result(0x61, 1)
NO_NAMELESS = result(0x61, 1, 48, "anonymous bind disallowed")
WANTS_TLS = result(0x61, 1, 13, "TLS confidentiality required")
DONE = result(0x65, 2)
ROOT = (
    entry(
        {
            "objectClass": ("top", "OpenLDAProotDSE"),
            "namingContexts": ("o=emr",),
            "supportedSASLMechanisms": ("GSSAPI", "DIGEST-MD5"),
            "supportedExtension": ("1.3.6.1.1.8", START_TLS),
        }
    )
    + DONE
)
ACTIVE_DIRECTORY = entry(
    {
        "namingContexts": ("DC=corp,DC=example", "CN=Configuration,DC=corp,DC=example"),
        "supportedSASLMechanisms": ("GSSAPI", "GSS-SPNEGO", "EXTERNAL", "DIGEST-MD5"),
        "supportedCapabilities": ("1.2.840.113556.1.4.800",),
    },
    long=True,
) + result(0x65, 2, long=True)
UPGRADED = result(0x78, 1)
NO_UPGRADE = result(0x78, 1, 2, "unsupported extended operation")
