"""Is a file that is no text known for what it is?"""

from __future__ import annotations

import pytest

from probes.files.file_type import binary_kind, wide_encoding


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x05\x02\x00\x00\x00\x3dkey", "a keytab"),
        (b"\x05\x01\x00", "a keytab"),
        (b"\x05\x04\x00\x0c", "a ticket cache"),
        (b"\x05\x03", "a ticket cache"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        *(
            ("# 配置\n[libdefaults]\n".encode(codec), "text saved as UTF-16, as Windows editors do")
            for codec in ("utf-16", "utf-16-le", "utf-16-be")
        ),
        (b"\xfe\xff\0[\0l", "text saved as UTF-16, as Windows editors do"),
        ("[libdefaults]\n".encode("utf-32-le"), "binary data"),
        (b"%PDF-1.4\n%\xe2\xe3\n", "a PDF document"),
        (b"\xfe\xed\xfe\xed\x00", "a Java keystore"),
        (b"\xd0\xcf\x11\xe0\xa1", "an Office document"),
        (b"\x89PNG\r\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (b"\x7fELF\x02", "a program"),
        (b"-----BEGIN PRIVATE KEY-----\n", "a key or a certificate"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html>", "an HTML page"),
        (b"<HTML lang=en>", "an HTML page"),
        (b"# see <html>\n[libdefaults]\n", None),
        (b"[libdefaults]\n\0", "binary data"),
        (b"\x01\x02\x03\x04", "binary data"),
        (b"", None),
        (b"[libdefaults]\r\n\tdefault_realm = R\n", None),
        ("# Umlaute: äöü\n".encode(), None),
        (b"# caf\xe9 in Latin-1, and one slip \x01\n", None),
    ],
)
def test_the_first_bytes_or_the_control_characters_decide(content: bytes, kind: str | None) -> None:
    assert binary_kind(content) == kind


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        (b"\xff\xfe", "utf-16"),
        ("{}".encode("utf-16-le"), "utf-16-le"),
        ("{}".encode("utf-16-be"), "utf-16-be"),
        (b"", None),
        (b"{}", None),
        (b"\0", None),
        (b"\0\0\0\0", None),
        (b"a\0bcdefgh", None),
        ("{}".encode("utf-32-be"), None),
    ],
)
def test_the_codec_of_utf_16_is_told_with_and_without_a_mark(content: bytes, codec: str | None) -> None:
    assert wide_encoding(content) == codec
