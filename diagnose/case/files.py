"""Which files do these paths hold? Each file is read once, within bounds, into a tree in memory.

Each directory and each archive is a case of its own. Plain files of one command form one case. No
file outside of them is opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from diagnose.case.errors import CaseError, together
from diagnose.case.tree import MAX_DEPTH, MAX_FILE, Taking, Tree, is_of_finder, shown, smaller
from probes.frozen import frozen
from probes.language import tr
from probes.os_words import os_words

Parts = tuple[str, ...]
"""A path below the root of a case, name by name."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


ARCHIVES = (".zip", ".tar.gz", ".tgz")
"""Endings of the names of archives, in small letters."""

OTHER_ARCHIVES = (".tar", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".rar", ".7z")
"""Endings of archives that are not read."""


def trees(paths: Sequence[Path]) -> tuple[Tree, ...]:
    """Return the trees of the paths, the one of plain files last.

    CaseError if a path is missing or an archive cannot be read.
    """
    found: list[Tree] = []
    plain: list[Path] = []
    refused: list[CaseError] = []
    for path in paths:
        try:
            if path.is_dir():
                found.append(_directory(path))
            elif path.name.lower().endswith(ARCHIVES):
                from diagnose.case import archive  # loads zipfile and tarfile

                found.append(archive.read(path))
            else:
                plain.append(path)
        except (OSError, RuntimeError) as error:
            refused.append(_unreadable(path, error))
        except CaseError as error:
            refused.append(error)
    refused += _no_files(plain)
    if refused:
        raise together(refused)
    return (*found, _plain(plain)) if plain else tuple(found)


def top_of(path: Path) -> Tree:
    """Return the tree of the files that lie directly in a directory. No other one is opened."""
    root = path.resolve()
    taking = Taking(str(path))
    with _opened_directory(root) as descriptor:
        for _ in _Walk(root, descriptor, taking).entries((), descriptor):
            pass
    return taking.tree(shown(root.name) or "case")


def _directory(path: Path) -> Tree:
    root = path.resolve()
    taking = Taking(str(path))
    with _opened_directory(root) as descriptor:
        _Walk(root, descriptor, taking).read()
    return taking.tree(shown(root.name) or "case")


@frozen
class _Walk:
    """Reads a directory by descriptors. No step follows a link, so a directory that is replaced by
    a link while it is read leads nowhere."""

    root: Path
    """Real path of the directory. Used only to tell where links inside it lead."""
    descriptor: int
    """The open root."""
    taking: Taking

    def read(self) -> None:
        waiting: list[Parts] = [()]
        while waiting:
            here = waiting.pop()
            try:
                with self._directory(here) as descriptor:
                    waiting += self.entries(here, descriptor)
            except OSError as error:
                if not here:
                    raise
                self.taking.skip(
                    _name(here), tr("cannot be listed: {error}", error=os_words(error)), tr("permission to read it")
                )

    def entries(self, here: Parts, descriptor: int) -> Iterator[Parts]:
        """Read the files of one directory, and yield the directories in it."""
        for entry in _listed(descriptor):
            parts = (*here, entry)
            if is_of_finder(parts):
                self.taking.entry()
                continue
            mode = os.stat(entry, dir_fd=descriptor, follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                self._link(parts)
            elif not stat.S_ISDIR(mode):
                _read(self.taking, _name(parts), entry, descriptor)
            elif len(parts) >= MAX_DEPTH:
                self.taking.skip(_name(parts), tr("more than {count} directories deep", count=MAX_DEPTH))
            else:
                self.taking.entry()
                yield parts

    def _link(self, parts: Parts) -> None:
        """Read the file that a link names, if it is a file of this directory."""
        try:
            target = self.root.joinpath(*parts).resolve()
        except (OSError, RuntimeError):  # a circle of links: which of the two depends on the version of Python
            self.taking.skip(_name(parts), tr("a link that leads nowhere"))
            return
        if not target.is_relative_to(self.root):
            self.taking.skip(_name(parts), tr("a link that leads out of the case"))
            return
        inside = target.relative_to(self.root).parts
        if not inside or target.is_dir() or not target.exists():
            self.taking.skip(_name(parts), tr("not a plain file"))
            return
        try:
            with self._directory(inside[:-1]) as descriptor:
                _read(self.taking, _name(parts), inside[-1], descriptor)
        except OSError as error:
            self.taking.skip(
                _name(parts), tr("cannot be read: {error}", error=os_words(error)), tr("permission to read it")
            )

    @contextmanager
    def _directory(self, parts: Parts) -> Iterator[int]:
        """Open a directory below the root, step by step."""
        descriptor = os.dup(self.descriptor)
        try:
            for part in parts:
                inner = os.open(part, _DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def _opened_directory(path: Path) -> Iterator[int]:
    descriptor = os.open(path, _DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _listed(descriptor: int) -> list[str]:
    return sorted(os.listdir(descriptor))


def _name(parts: Parts) -> str:
    return shown("/".join(parts))


def _read(taking: Taking, name: str, path: str | Path, directory: int | None = None) -> None:
    """Read one file into `taking`. `path` is relative to the open `directory`, if there is one.

    The file may have been replaced since it was listed: open it without following a link and
    without blocking, then look at its type.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                taking.skip(name, tr("not a plain file"))
            elif taking.admits(name, status.st_size):
                content = file.read(MAX_FILE + 1)
                if len(content) > MAX_FILE:
                    taking.skip(name, tr("it grew while it was read"), smaller())
                else:
                    taking.take(name, content)
    except OSError as error:
        taking.skip(name, tr("cannot be read: {error}", error=os_words(error)), tr("permission to read it"))


def _no_files(paths: Sequence[Path]) -> Iterator[CaseError]:
    """Yield an error for each path that is no plain file, or an archive that is not read."""
    for path in paths:
        if not path.is_file():
            found = tr("a special file") if path.exists() else tr("no such file")
            yield CaseError(str(path), None, found, tr("a case"))
        elif path.name.lower().endswith(OTHER_ARCHIVES):
            yield CaseError(str(path), None, tr("an archive of another kind"), tr("a .zip or .tar.gz of a case"))


def _plain(paths: Sequence[Path]) -> Tree:
    """Return the tree of single files, by their bare names.

    Files of one name are told apart by the directory that they are in.
    """
    distinct: dict[str, Path] = {}
    for path in paths:
        distinct.setdefault(os.path.realpath(path), path)
    names = [path.name for path in distinct.values()]
    taking = Taking(tr("the files given"))
    for target, path in distinct.items():
        name = shown(path.name if names.count(path.name) == 1 else f"{path.absolute().parent.name}/{path.name}")
        _read(taking, name, Path(target))
    if taking.skipped:
        first = taking.skipped[0]
        raise CaseError(first.check, None, first.cause, first.needs)
    return taking.tree(shown(next(iter(distinct.values())).stem))


def _unreadable(path: Path, error: Exception) -> CaseError:
    cause = (os_words(error) if isinstance(error, OSError) else None) or tr("a link in a circle")
    found = tr("no such file") if isinstance(error, FileNotFoundError) else cause.lower()
    return CaseError(str(path), None, found, tr("a case"))
