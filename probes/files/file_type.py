"""Is this file text? If it is not, what is it?

A keytab and a ticket cache hold keys, so nothing of a file that is no text may be quoted.

- Keytab: https://web.mit.edu/kerberos/krb5-1.20/doc/formats/keytab_file_format.html
- Ticket cache: https://web.mit.edu/kerberos/krb5-1.20/doc/formats/ccache_file_format.html
"""

from __future__ import annotations

from typing import Final

_MAGIC: Final = (
    (b"\x05\x02", "a keytab"),
    (b"\x05\x01", "a keytab"),
    (b"\x05\x03", "a ticket cache"),
    (b"\x05\x04", "a ticket cache"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
"""First bytes of files that people give in place of a configuration."""

_CONTROL: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\x0b\x0c\r\x1b"))
"""Bytes that no text has, NUL among them."""


def binary_kind(content: bytes) -> str | None:
    """Return what a file is that is no text, such as "a keytab". None if it is text.

    A file with a NUL byte is no text. A single other control character is taken for a slip.
    """
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if b"\0" in content:
        return "binary data"
    controls = len(content) - len(content.translate(None, _CONTROL))
    return "binary data" if controls > 1 and controls * 10 > len(content) else None
