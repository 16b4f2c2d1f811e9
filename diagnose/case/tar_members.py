"""Which members does this tar stream have? Each header is checked before anything of it is skipped
or kept.

Python's tarfile trusts the sizes in a header: it skips 2^62 bytes that are not there, and keeps
long names, PAX records and maps of sparse files of any size. Formats: POSIX ustar and pax
(https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html) and GNU tar
(https://www.gnu.org/software/tar/manual/html_node/Standard.html).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal

from probes.frozen import frozen, mutable
from probes.regex import regex

BLOCK: Final = 512
MOST_META: Final = 64 << 10
"""Most bytes of a long name or of the PAX records of one member."""
_PIECE: Final = 1 << 20

_REGULAR: Final = (b"0", b"\0", b"7")
_DIRECTORY: Final = b"5"
_WITHOUT_DATA: Final = (b"1", b"2", b"3", b"4", b"5", b"6")
_GNU_NAME, _GNU_LINK, _SPARSE = b"L", b"K", b"S"
_PAX: Final = (b"x", b"X")
_PAX_GLOBAL: Final = b"g"
_RECORD: Final = regex(rb"([1-9]\d{0,5}) ")

Kind = Literal["file", "directory", "other"]


class TarError(ValueError):
    """The stream is no tar archive, or one that no program writes. The text says why."""


@frozen
class TarMember:
    """One member of the archive."""

    name: str
    """Path as written, in UTF-8 with other bytes as surrogates."""
    kind: Kind
    """A sparse file and everything special is "other"."""
    size: int
    """Bytes of content. 0 unless `kind` is "file"."""


@mutable
class TarMembers:
    """Reads a stream member by member."""

    source: Callable[[int], bytes]
    """Returns up to so many bytes, and b"" at the end."""
    most: int
    """Most bytes that one member may have."""
    entry: Callable[[], None]
    """Called for each header, those of names and records included. It raises if there
    are too many."""
    _left: int = 0
    _padding: int = 0

    def members(self) -> Iterator[TarMember]:
        """Yield every member. What was not read of one is skipped before the next."""
        name: bytes | None = None
        always: dict[bytes, bytes] = {}
        records: dict[bytes, bytes] = {}
        while (header := self._header()) is not None:
            self.entry()
            kind, size = header[156:157], _number(header[124:136])
            if kind in (_GNU_NAME, _GNU_LINK, *_PAX, _PAX_GLOBAL):
                meta = self._meta(size)
                if kind == _GNU_NAME:
                    name = meta.partition(b"\0")[0]
                elif kind == _PAX_GLOBAL:
                    always |= _records(meta)
                elif kind in _PAX:
                    records = _records(meta)
                continue
            yield self._member(header, size, name, always | records)
            name, records = None, {}
            self._skip()

    def content(self, size: int) -> bytes:
        """Return the content of the member that was yielded last."""
        content = self._exactly(size)
        self._left -= size
        return content

    def _member(self, header: bytes, size: int, name: bytes | None, records: dict[bytes, bytes]) -> TarMember:
        kind = header[156:157]
        path = records.get(b"path", _name(header) if name is None else name)
        if b"size" in records:
            size = _decimal(records[b"size"])
        sparse = kind == _SPARSE or any(key.startswith(b"GNU.sparse.") for key in records)
        if kind in _WITHOUT_DATA:
            size = 0
        self._announce(size)
        if kind == _SPARSE:
            self._sparse_map(header)
        text = path.rstrip(b"/").decode("utf-8", "surrogateescape")
        if kind == _DIRECTORY or (kind in _REGULAR and path.endswith(b"/")):
            return TarMember(text, "directory", 0)
        return TarMember(text, "file", size) if kind in _REGULAR and not sparse else TarMember(text, "other", 0)

    def _sparse_map(self, header: bytes) -> None:
        """Pass over the blocks that continue the map of a sparse file."""
        more = header[482] != 0
        while more:
            self.entry()
            more = self._exactly(BLOCK)[504] != 0

    def _announce(self, size: int) -> None:
        if size > self.most:
            raise TarError(f"a member of {size} bytes")
        self._left, self._padding = size, -size % BLOCK

    def _meta(self, size: int) -> bytes:
        if size > MOST_META:
            raise TarError(f"a name or records of {size} bytes")
        self._announce(size)
        meta = self.content(size)
        self._skip()
        return meta

    def _skip(self) -> None:
        rest = self._left + self._padding
        self._left = self._padding = 0
        while rest:
            rest -= len(self._exactly(min(rest, _PIECE)))

    def _header(self) -> bytes | None:
        """Return the next header, or None at the end. TarError for a damaged one."""
        header = self._up_to(BLOCK)
        if not header or not header.strip(b"\0"):
            return None
        if len(header) < BLOCK:
            raise TarError("the last header is cut short")
        unsigned = sum(header) - sum(header[148:156]) + 8 * 0x20
        signed = unsigned - 256 * sum(byte > 127 for byte in (*header[:148], *header[156:]))
        if _number(header[148:156]) not in (unsigned, signed):
            raise TarError("a wrong checksum")
        return header

    def _exactly(self, size: int) -> bytes:
        content = self._up_to(size)
        if len(content) != size:
            raise TarError("it ends within a member")
        return content

    def _up_to(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size and (piece := self.source(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def _name(header: bytes) -> bytes:
    name, prefix = header[:100].partition(b"\0")[0], header[345:500].partition(b"\0")[0]
    is_posix = header[257:263] == b"ustar\0"
    return prefix + b"/" + name if is_posix and prefix else name


def _number(text: bytes) -> int:
    """Return an octal number, or one of base 256. TarError for anything else."""
    if text[0] == 0x80:
        return int.from_bytes(text[1:], "big")
    digits = text.partition(b"\0")[0].strip()
    try:
        return int(digits or b"0", 8) if digits.isdigit() or not digits else _no_number()
    except ValueError:
        return _no_number()


def _no_number() -> int:
    raise TarError("a header with a wrong number")


def _decimal(text: bytes) -> int:
    if not re.fullmatch(rb"\d{1,19}", text):
        raise TarError("a size that is no number")
    return int(text)


def _records(meta: bytes) -> dict[bytes, bytes]:
    """Return the PAX records "LENGTH KEY=VALUE", each of which ends in a line feed."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(meta) and meta[at] != 0:
        length = _RECORD.match(meta, at)
        end = at + int(length[1]) if length else 0
        if length is None or not length.end() < end <= len(meta):
            raise TarError("PAX records of a wrong length")
        key, mark, value = meta[length.end() : end - 1].partition(b"=")
        if not mark or meta[end - 1] != 0x0A:
            raise TarError("a PAX record without a value")
        records[key] = value
        at = end
    return records
