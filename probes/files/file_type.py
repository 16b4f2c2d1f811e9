"""Is this file the text of a configuration? If it is not, what is it?

A keytab, a ticket cache and a PEM file hold keys, so nothing of such a file may be quoted.

- Keytab: https://web.mit.edu/kerberos/krb5-1.20/doc/formats/keytab_file_format.html
- Ticket cache: https://web.mit.edu/kerberos/krb5-1.20/doc/formats/ccache_file_format.html
"""

from __future__ import annotations

from typing import Final

from probes.language import marked, tr

_MAGIC: Final = (
    (b"\x05\x02", marked("a keytab")),
    (b"\x05\x01", marked("a keytab")),
    (b"\x05\x03", marked("a ticket cache")),
    (b"\x05\x04", marked("a ticket cache")),
    (b"PK\x03\x04", marked("a zip archive")),
    (b"\x1f\x8b", marked("a gzip archive")),
    (b"%PDF-", marked("a PDF document")),
    (b"\xfe\xed\xfe\xed", marked("a Java keystore")),
    (b"\xd0\xcf\x11\xe0", marked("an Office document")),
    (b"\x89PNG", marked("an image")),
    (b"\xff\xd8\xff", marked("an image")),
    (b"\x7fELF", marked("a program")),
    (b"-----BEGIN ", marked("a key or a certificate")),
)
"""First bytes of files that people give in place of a configuration."""

UTF_16: Final = marked("text saved as UTF-16, as Windows editors do")
"""What a file in UTF-16 is. libkrb5, libc, bash and the JDK see a zero byte in each letter."""
AS_UTF_8: Final = marked("the same text saved as UTF-8")
"""What such a file should be."""

_PAGES: Final = (b"<!doctype html", b"<html")
"""How the page begins that a browser saved in place of a file, in lower case."""

_CONTROL: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\x0b\x0c\r\x1b"))
"""Bytes that no text has, NUL among them."""

_SAMPLE: Final = 512
"""Bytes that tell UTF-16 without a mark."""


def binary_kind(content: bytes) -> str | None:
    """Return what a file is that is no configuration, such as "a keytab". None if it may be one.

    A file with a NUL byte is no text. A single other control character is taken for a slip.
    """
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return tr(kind)
    if wide_encoding(content) is not None:
        return tr(UTF_16)
    if content[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        return tr("an HTML page")
    if b"\0" in content:
        return tr("binary data")
    controls = len(content) - len(content.translate(None, _CONTROL))
    return tr("binary data") if controls > 1 and controls * 10 > len(content) else None


def mark_of(content: bytes) -> bytes:
    """Return the fewest bytes by which `binary_kind` says the same of a file that is no text."""
    magic = next((magic for magic, _ in _MAGIC if content.startswith(magic)), b"\0")
    return b"\xff\xfe" if magic == b"\0" and wide_encoding(content) is not None else magic


def wide_encoding(content: bytes) -> str | None:
    """Return the codec of a text in UTF-16. None for anything else.

    Its byte order mark decides. Without a mark, most letters of its beginning are ASCII, so every
    second byte is zero.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = content[: min(len(content), _SAMPLE) // 2 * 2]
    first, second = head[::2], head[1::2]
    if _is_letters_beside(first, second):
        return "utf-16-le"
    return "utf-16-be" if _is_letters_beside(second, first) else None


def _is_letters_beside(letters: bytes, zeros: bytes) -> bool:
    """Return True if most of the second are zero bytes, and the first hold text."""
    plain = letters.replace(b"\0", b"")
    is_text = len(plain.translate(None, _CONTROL)) == len(plain)
    return zeros.count(0) * 2 > len(zeros) and letters.count(0) * 8 <= zeros.count(0) and is_text
