"""Which files do these paths hold? Each file is read once, within bounds, into a tree in memory.

Each directory and each archive is a case of its own. Plain files of one command form one case. No
file outside of them is opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from diagnose.case.errors import CaseError
from diagnose.case.tree import MAX_DEPTH, MAX_FILE, SMALLER, Taking, Tree, shown


def trees(paths: Sequence[Path]) -> tuple[Tree, ...]:
    """Return the trees of the paths, the one of plain files last.

    CaseError if a path is missing or an archive cannot be read.
    """
    found: list[Tree] = []
    plain: list[Path] = []
    for path in paths:
        try:
            if path.is_dir():
                found.append(_directory(path))
            elif path.name.lower().endswith((".zip", ".tar.gz", ".tgz")):
                from diagnose.case import archive  # loads zipfile and tarfile

                found.append(archive.read(path))
            else:
                plain.append(path)
        except (OSError, RuntimeError) as error:
            raise _unreadable(path, error) from None
    return (*found, _plain(plain)) if plain else tuple(found)


def _directory(path: Path) -> Tree:
    root = path.resolve()
    taking = Taking(str(path))
    for entry in _walk(root, taking):
        name = shown(entry.relative_to(root).as_posix())
        try:
            target = entry.resolve()
        except (OSError, RuntimeError):  # a circle of links: which of the two depends on the version of Python
            taking.skip(name, "a link that leads nowhere")
            continue
        if not target.is_relative_to(root):
            taking.skip(name, "a link that leads out of the case")
        elif not target.is_file() or (entry.is_symlink() and target.is_dir()):
            taking.skip(name, "not a plain file")
        else:
            _read(taking, name, target)
    return taking.tree(shown(root.name) or "case")


def _walk(root: Path, taking: Taking) -> Iterator[Path]:
    """Yield everything that is no real directory. Never follow a link to a directory."""
    waiting = [(root, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            entries = sorted(here.iterdir())
        except OSError as error:
            if here == root:
                raise
            taking.skip(
                shown(here.relative_to(root).as_posix()), f"cannot be listed: {error.strerror}", "permission to read it"
            )
            continue
        for entry in entries:
            if entry.is_symlink() or not entry.is_dir():
                yield entry
            elif depth + 1 >= MAX_DEPTH:
                taking.skip(shown(entry.relative_to(root).as_posix()), f"more than {MAX_DEPTH} directories deep")
            else:
                taking.entry()
                waiting.append((entry, depth + 1))


def _read(taking: Taking, name: str, path: Path) -> None:
    """Read one file of a directory into `taking`.

    The file may have been replaced since it was listed: open it without following a link and
    without blocking, then look at its type.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                taking.skip(name, "not a plain file")
            elif taking.admits(name, status.st_size):
                content = file.read(MAX_FILE + 1)
                if len(content) > MAX_FILE:
                    taking.skip(name, "it grew while it was read", SMALLER)
                else:
                    taking.take(name, content)
    except OSError as error:
        taking.skip(name, f"cannot be read: {error.strerror}", "permission to read it")


def _plain(paths: Sequence[Path]) -> Tree:
    """Return the tree of single files, by their bare names.

    Files of one name are told apart by the directory that they are in.
    """
    distinct: dict[str, Path] = {}
    for path in paths:
        distinct.setdefault(os.path.realpath(path), path)
    names = [path.name for path in distinct.values()]
    taking = Taking("the files given")
    for target, path in distinct.items():
        if not path.is_file():
            raise CaseError(str(path), None, "a special file" if path.exists() else "no such file", "a case")
        name = shown(path.name if names.count(path.name) == 1 else f"{path.absolute().parent.name}/{path.name}")
        _read(taking, name, Path(target))
    if taking.skipped:
        first = taking.skipped[0]
        raise CaseError(first.check, None, first.cause, first.needs)
    return taking.tree(shown(next(iter(distinct.values())).stem))


def _unreadable(path: Path, error: Exception) -> CaseError:
    cause = (error.strerror if isinstance(error, OSError) else None) or "a link in a circle"
    return CaseError(str(path), None, cause.lower(), "a case")
