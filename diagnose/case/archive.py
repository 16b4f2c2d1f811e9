"""What is in this .zip or .tar.gz? Members are unpacked to memory, within bounds.

Links, special files and paths that lead out of the archive are not followed.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from diagnose.case import tree
from diagnose.case.errors import CaseError
from diagnose.case.tar_members import TarError, TarMembers
from diagnose.case.tree import MAX_DEPTH, Taking, Tree, is_of_finder, shown
from diagnose.case.zip_directory import count_members
from probes.files.plain_file import read_plain
from probes.language import tr

MAX_ARCHIVE = 128 << 20
"""Largest archive on disk, in bytes."""
MAX_UNPACKED = 320 << 20
"""Most bytes that a .tar.gz may unpack to. Skipped members count, because they are unpacked too."""


_BLOCK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SYSTEM_ROOTS = frozenset({"bin", "etc", "home", "mnt", "opt", "root", "srv", "tmp", "usr", "var"})
"""Top directories of a machine. An archive with one top directory is taken as the archive of that
directory, unless its name is one of these."""


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    IndexError,
    OverflowError,
)
"""Errors that zipfile, gzip and `TarMembers` raise over bytes that are no archive."""


def read(path: Path) -> Tree:
    """Return the tree of an archive.

    CaseError if the archive is damaged, too large, or holds a path that leads out of it.
    """
    size = path.stat().st_size
    if not path.is_file() or size > MAX_ARCHIVE:
        found = f"{size >> 20} MiB" if path.is_file() else tr("no plain file")
        raise CaseError(str(path), None, found, tr("an archive of at most {size} MiB", size=MAX_ARCHIVE >> 20))
    taking = Taking(str(path))
    try:
        content = read_plain(path, MAX_ARCHIVE)
        _unpack_for(path.name, content)(content, taking)
    except _DAMAGED as error:
        raise CaseError(
            str(path), None, tr("a damaged archive ({error})", error=_short(error)), tr("a .zip or .tar.gz of a case")
        ) from None
    _strip_top(taking)
    name = path.name[: -len(".tar.gz")] if path.name.lower().endswith(".tar.gz") else path.stem
    return taking.tree(shown(name) or "case")


def _unpack_for(name: str, content: bytes) -> Callable[[bytes, Taking], None]:
    """Return what unpacks an archive. Its first bytes count, then its name."""
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip
    return _zip if name.lower().endswith(".zip") and not content.startswith(b"\x1f\x8b") else _tar


def _zip(content: bytes, taking: Taking) -> None:
    if count_members(content, tree.MAX_ENTRIES) > tree.MAX_ENTRIES:
        raise CaseError(taking.case, None, tr("more than {count} entries", count=tree.MAX_ENTRIES), tr("one case"))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in archive.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir():
                taking.entry()
            elif (name := _member(taking, member.filename, regular=kind in (0, stat.S_IFREG))) and taking.admits(
                name, member.file_size
            ):
                if member.flag_bits & 1:
                    raise CaseError(taking.case, None, tr("a zip with a password"), tr("a .zip or .tar.gz without one"))
                if member.compress_type not in _METHODS:
                    taking.skip(
                        name, tr("packed in an unusual way"), tr("an archive that stores or deflates its files")
                    )
                    continue
                with archive.open(member) as file:
                    taking.take(name, _bounded(taking, name, file, member.file_size))


def _tar(content: bytes, taking: Taking) -> None:
    stream = TarMembers(_Unpacked(BytesIO(content), taking).read, MAX_UNPACKED, taking.entry)
    is_empty = True
    for member in stream.members():
        is_empty = False
        if member.kind == "directory":
            continue
        name = _member(taking, member.name, regular=member.kind == "file")
        if name and taking.admits(name, member.size):
            taking.take(name, stream.content(member.size))
    if is_empty:
        raise TarError(tr("an empty tar"))


class _Unpacked:
    """A gzip stream that stops at MAX_UNPACKED bytes."""

    def __init__(self, content: BytesIO, taking: Taking) -> None:
        import gzip

        self._file, self._taking, self._left = gzip.GzipFile(fileobj=content), taking, MAX_UNPACKED

    def read(self, size: int) -> bytes:
        block = self._file.read(min(size, _BLOCK) if size >= 0 else _BLOCK)
        self._left -= len(block)
        if self._left < 0:
            raise CaseError(
                self._taking.case,
                None,
                tr("an archive that unpacks to more than {size} MiB", size=MAX_UNPACKED >> 20),
                tr("one case"),
            )
        return block


def _bounded(taking: Taking, name: str, file: IO[bytes], size: int) -> bytes:
    """Return the content of a member. CaseError if its size is not the size in its header.

    No more than one byte above the announced size is unpacked.
    """
    content = file.read(size + 1)
    if len(content) != size:
        found = tr("another size for {name} than the archive announces", name=name)
        raise CaseError(taking.case, None, found, tr("{size} bytes", size=size))
    return content


def _member(taking: Taking, given: str, regular: bool) -> str | None:
    """Return the path of a member inside the case, or None if it is skipped."""
    path = PurePosixPath(given.replace("\\", "/"))
    name = shown(path.as_posix())
    if is_of_finder(path.parts):
        taking.entry()
    elif not regular:
        taking.entry()
        taking.skip(name, tr("not a plain file"))
    elif not path.parts or path.is_absolute() or ".." in path.parts or path.parts[0].endswith(":"):
        raise CaseError(taking.case, None, tr("a member called {name!r}", name=name), tr("paths inside the archive"))
    elif len(path.parts) > MAX_DEPTH:
        taking.entry()
        taking.skip(name, tr("more than {count} directories deep", count=MAX_DEPTH))
    else:
        return name
    return None


def _strip_top(taking: Taking) -> None:
    tops = {name.split("/", 1)[0] for name in taking.files}
    if len(tops) != 1 or not all("/" in name for name in taking.files) or tops & _SYSTEM_ROOTS:
        return
    taking.files = {name.split("/", 1)[1]: content for name, content in taking.files.items()}


def _short(error: Exception) -> str:
    return shown(str(error).splitlines()[0][:80]) if str(error) else type(error).__name__
