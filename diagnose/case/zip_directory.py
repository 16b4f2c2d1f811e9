"""How many members does this zip list? Counted before anything of its directory is kept in memory.

Python's zipfile makes an object for each of them first: some 500 bytes for 46 in the file. The
format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 to 4.3.16.
"""

from __future__ import annotations

import struct
from typing import Final

_END: Final = b"PK\x05\x06"
_LOCATOR: Final = b"PK\x06\x07"
_END_64: Final = b"PK\x06\x06"
_MEMBER: Final = b"PK\x01\x02"
_END_BYTES, _LOCATOR_BYTES, _END_64_BYTES, _MEMBER_BYTES = 22, 20, 56, 46
_LONGEST_COMMENT: Final = 1 << 16


def count_members(content: bytes, most: int) -> int:
    """Return the number of members that the directory lists, counted up to `most` + 1.

    0 if there is no directory, which zipfile then says.
    """
    end = _end(content)
    if end is None:
        return 0
    size = struct.unpack_from("<L", content, end + 12)[0]
    locator = end - _LOCATOR_BYTES
    record = locator - _END_64_BYTES
    if record >= 0 and content.startswith(_LOCATOR, locator) and content.startswith(_END_64, record):
        size = struct.unpack_from("<Q", content, record + 40)[0]
        end = record
    at, count = end - size, 0
    while at >= 0 and at + _MEMBER_BYTES <= end and content.startswith(_MEMBER, at) and count <= most:
        at += _MEMBER_BYTES + sum(struct.unpack_from("<3H", content, at + 28))
        count += 1
    return count


def _end(content: bytes) -> int | None:
    """Return where the end record stands. It is the last thing in the file but for a comment."""
    plain = len(content) - _END_BYTES
    if plain >= 0 and content.startswith(_END, plain) and content.endswith(b"\0\0"):
        return plain
    found = content.rfind(_END, max(0, plain - _LONGEST_COMMENT))
    return found if 0 <= found <= plain else None
