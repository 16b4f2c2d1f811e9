"""How does a test write the bytes of a keytab of any version, with holes and any kvno?"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

from probes.kerberos.keytab import Keytab, parse
from tests.support.fake_kdc import REALM

Order = Literal[">", "<"]


def record(
    principal: str,
    enctype: int,
    key: bytes,
    *,
    kvno: int = 2,
    realm: str = REALM,
    version: int = 2,
    order: Order = ">",
    kvno32: int | None = None,
    written: int = 1_700_000_000,
    behind: bytes = b"",
) -> bytes:
    """Return one entry with its length. kvno32: the second kvno, None for a record without one.
    `behind`: bytes that a later version may add."""
    parts = principal.split("/")
    content = struct.pack(f"{order}H", len(parts) + (version == 1))
    for text in (realm, *parts):
        content += struct.pack(f"{order}H", len(text.encode())) + text.encode()
    if version == 2:
        content += struct.pack(f"{order}I", 1)
    content += struct.pack(f"{order}IBhH", written, kvno & 0xFF, enctype, len(key)) + key
    if kvno32 is not None:
        content += struct.pack(f"{order}I", kvno32) + behind
    return struct.pack(f"{order}i", len(content)) + content


def hole(size: int, order: Order = ">") -> bytes:
    """Return a deleted slot that still has the old key in it."""
    return struct.pack(f"{order}i", -size) + b"\xdd" * size


def file(records: Sequence[bytes], version: int = 2) -> bytes:
    return bytes((5, version)) + b"".join(records)


def keytab(*records: bytes) -> Keytab:
    return parse(file(records), "a.keytab")
