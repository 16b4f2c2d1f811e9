"""Is a file that is no text known for what it is?"""

from __future__ import annotations

import pytest

from probes.files.file_type import binary_kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x05\x02\x00\x00\x00\x3dkey", "a keytab"),
        (b"\x05\x01\x00", "a keytab"),
        (b"\x05\x04\x00\x0c", "a ticket cache"),
        (b"\x05\x03", "a ticket cache"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        ("[libdefaults]\n".encode("utf-16"), "UTF-16 text"),
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
