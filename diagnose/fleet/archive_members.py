"""What are the members of this archive, one after the other, whatever packs it?

tar, packed by gzip, bzip2 or xz or not at all, and zip. Unlike `case.archive`, the file is read
piece by piece, because it may hold many cases.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from diagnose.case.tar_members import Kind, TarError, TarMembers
from diagnose.case.zip_directory import count_members
from probes.frozen import frozen
from probes.language import tr

if TYPE_CHECKING:
    from gzip import GzipFile

MOST_UNPACKED: Final = 64 << 30
"""Most bytes that an archive may unpack to."""
MOST_MEMBERS: Final = 20_000_000
"""Most members of a tar."""
MOST_ZIP_MEMBERS: Final = 200_000
"""Most members of a zip, of which Python keeps the whole directory in memory."""
_LARGEST_DIRECTORY: Final = 64 << 20
_LARGEST_MEMBER: Final = 4 << 30
_BLOCK: Final = 1 << 20
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
_USTAR: Final = 257
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@frozen
class ArchiveEntry:
    """One member, as long as the next one was not asked for."""

    name: str
    """Path as written."""
    kind: Kind
    """A link, a device and everything special is "other"."""
    size: int
    """Bytes of content."""
    read: Callable[[], bytes]
    """Returns the content, once."""


def is_archive_head(head: bytes) -> bool:
    """Return True if a file that begins so is an archive."""
    return head.startswith((*_ZIP, _GZIP, _BZIP2, _XZ, _ZSTD)) or head[_USTAR : _USTAR + 5] == b"ustar"


def members(path: Path) -> Iterator[ArchiveEntry]:
    """Yield the members in their order. TarError, OSError, … if the archive is damaged."""
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(0)
        yield from _zip(file) if head.startswith(_ZIP) else _tar(file, head)


def _tar(file: IO[bytes], head: bytes) -> Iterator[ArchiveEntry]:
    stream = TarMembers(_Bounded(_unpacked(file, head)).read, _LARGEST_MEMBER, _Count().add)
    for member in stream.members():
        size = member.size

        def read(size: int = size) -> bytes:
            return stream.content(size)

        yield ArchiveEntry(member.name, member.kind, size, read)


def _unpacked(file: IO[bytes], head: bytes) -> IO[bytes] | GzipFile:
    if head.startswith(_GZIP):
        import gzip

        return gzip.GzipFile(fileobj=file)
    if head.startswith(_BZIP2):
        import bz2

        return bz2.BZ2File(file)
    if head.startswith(_XZ):
        import lzma

        return lzma.LZMAFile(file)
    if head.startswith(_ZSTD):
        raise TarError(tr("an archive of zstd cannot be read: pack it with gzip or xz"))
    return file


class _Bounded:
    """Reads a stream up to `MOST_UNPACKED` bytes."""

    def __init__(self, stream: IO[bytes] | GzipFile) -> None:
        self._stream, self._left = stream, MOST_UNPACKED

    def read(self, size: int) -> bytes:
        block = self._stream.read(min(size, _BLOCK))
        self._left -= len(block)
        if self._left < 0:
            raise TarError(tr("it unpacks to more than {size} GiB", size=MOST_UNPACKED >> 30))
        return block


class _Count:
    """Counts the headers of a tar."""

    def __init__(self) -> None:
        self._left = MOST_MEMBERS

    def add(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TarError(tr("more than {count} entries", count=MOST_MEMBERS))


def _zip(file: IO[bytes]) -> Iterator[ArchiveEntry]:
    size = file.seek(0, 2)
    file.seek(max(0, size - _LARGEST_DIRECTORY))
    count = count_members(file.read(), MOST_ZIP_MEMBERS)
    if count > MOST_ZIP_MEMBERS:
        raise TarError(tr("more than {count} entries", count=MOST_ZIP_MEMBERS))
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) != count:
            raise TarError(tr("its list of files is damaged"))
        for info in infos:
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_plain = kind in (0, stat.S_IFREG) and info.compress_type in _METHODS and not info.flag_bits & 1

            def read(info: zipfile.ZipInfo = info) -> bytes:
                with archive.open(info) as member:
                    content = member.read(info.file_size + 1)
                if len(content) != info.file_size:
                    raise TarError(tr("another size for {name} than the archive announces", name=info.filename))
                return content

            yield ArchiveEntry(
                info.filename, "directory" if info.is_dir() else "file" if is_plain else "other", info.file_size, read
            )
