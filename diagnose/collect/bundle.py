"""How is a case written: a directory, a .zip or a .tar.gz? Whole or not at all, and never over
anything.

An archive is the same for the same files: members in order of their names, no times, no users, no
machine. The reader takes whatever is written here, because its bounds are kept.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

from diagnose.case.archive import MAX_ARCHIVE
from diagnose.case.tree import MAX_FILES, MAX_TOTAL
from probes.language import tr
from probes.os_words import os_words

_ENDINGS: Final = (".zip", ".tar.gz", ".tgz")
_LONGEST_NAME: Final = 255
"""Most bytes of one part of a path."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can hold."""
_UNIX: Final = 3


class BundleError(Exception):
    """A case cannot be written. The text says why."""


def write(target: Path, files: Mapping[str, bytes], *, is_private: bool = False) -> None:
    """Write the files of a case. BundleError if `target` is there, or cannot be written.

    is_private: nobody but the owner may read them, because settings can hold passwords.
    """
    for name in files:
        _require_inside(name)
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_TOTAL:
        raise BundleError(tr("{target}: more than a case may hold", target=target))
    try:
        require_free(target)
        if target.name.lower().endswith(_ENDINGS):
            _write_archive(target, archived(target.name, files), 0o600 if is_private else 0o666)
        else:
            _write_directory(target, files, 0o700 if is_private else 0o777)
    except OSError as error:
        raise BundleError(tr("cannot write {file}: {error}", file=target, error=os_words(error))) from error


def require_free(target: Path) -> None:
    """Refuse a target that is there already, unless it is an empty directory. BundleError.

    `collect` asks this first of all, and `write` does. The directory above has to be there.
    """
    try:
        target.parent.stat()
        is_free = not os.path.lexists(target) or _is_empty_directory(target)
    except OSError as error:
        raise BundleError(tr("cannot write {file}: {error}", file=target, error=os_words(error))) from error
    if not is_free:
        raise BundleError(tr("{target} is there already, and nothing was written", target=target))


def archived(name: str, files: Mapping[str, bytes]) -> bytes:
    """Return the archive that `name` ends for, .zip or .tar.gz. BundleError if it is too large."""
    content = _zip(files) if name.lower().endswith(".zip") else _tar(files)
    if len(content) > MAX_ARCHIVE:
        found = f"{len(content) >> 20} MiB"
        raise BundleError(tr("{file}: {found} is more than is read of an archive", file=name, found=found))
    return content


def _is_empty_directory(target: Path) -> bool:
    return not target.is_symlink() and target.is_dir() and not any(target.iterdir())


def _require_inside(name: str) -> None:
    """Refuse a path that would lead out of the case, or that no file can have."""
    parts = name.split("/")
    is_odd = "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts)
    if is_odd or any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST_NAME for part in parts):
        raise BundleError(tr("a file called {name!r} cannot be written", name=name))


def _zip(files: Mapping[str, bytes]) -> bytes:
    import zipfile

    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, _UNIX
            member.external_attr = 0o100644 << 16
            archive.writestr(member, files[name])
    return stream.getvalue()


def _tar(files: Mapping[str, bytes]) -> bytes:
    import gzip
    import tarfile

    stream = BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(files[name]), 0o644, 0
            archive.addfile(member, BytesIO(files[name]))
    return stream.getvalue()


def _write_archive(target: Path, content: bytes, mode: int) -> None:
    """Take the name, which fails if somebody was faster, and put the whole file in its place."""
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(mode & ~_umask())
        with target.open("xb"):
            Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _write_directory(target: Path, files: Mapping[str, bytes], mode: int) -> None:
    """Write beside the target, then rename, which fails unless the target is missing or empty."""
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:100]}."))
    try:
        for name, content in files.items():
            place = temporary / PurePosixPath(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as stream:
                stream.write(content)
        temporary.chmod(mode & ~_umask())
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
