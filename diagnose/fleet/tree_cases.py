"""Which cases are in this directory tree? Directories are listed one by one, in order of names.

- A directory is a case if a file directly in it describes a cluster, as for `check`. What is below
  belongs to it.
- An archive is a case.
- A directory with files and nothing below is listed as well, so that a broken case is not hidden.
- Hidden entries are passed over. A link is not followed, and its line says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from diagnose.case.directory import looks_like_case
from diagnose.case.tree import shown
from diagnose.fleet.marks import TOML, is_archive, is_named_case, is_note, is_passed_over
from diagnose.fleet.source import CaseSource
from probes.frozen import frozen
from probes.language import tr
from probes.os_words import os_words

MOST_LEVELS = 32
"""Deepest level of directories that is searched."""


@frozen
class _Listing:
    """What is directly in a directory, each list in order."""

    files: list[str]
    directories: list[str]
    links: list[str]


def tree_cases(root: Path) -> Iterator[CaseSource]:
    """Yield the cases below a directory. The directory itself may be the only one."""
    waiting: list[Iterator[tuple[str, ...]]] = [iter([()])]
    while waiting:
        parts = next(waiting[-1], None)
        if parts is None:
            waiting.pop()
            continue
        name, path = _name(root, parts), root.joinpath(*parts)
        if parts and (path.is_symlink() or not path.is_dir()):
            yield _leaf(name, path)
            continue
        try:
            found = _listed(path)
            if _is_case(path, found):
                yield CaseSource(name, path)
                continue
        except OSError as error:
            yield CaseSource(
                name, fault=tr("the directory {name} cannot be read: {error}", name=name, error=os_words(error))
            )
            continue
        below = sorted([*found.directories, *found.links, *filter(is_archive, found.files)])
        if below and len(parts) >= MOST_LEVELS:
            said = tr(
                "{name} is more than {count} directories below INVENTORY, so it was not searched",
                name=name,
                count=MOST_LEVELS,
            )
            yield CaseSource(name, fault=said)
            continue
        waiting.append(iter([(*parts, each) for each in below]))


def _leaf(name: str, path: Path) -> CaseSource:
    if path.is_symlink():
        return CaseSource(
            name,
            fault=tr("{name} is a symbolic link, and links are not followed: name its target in a list", name=name),
        )
    return CaseSource(name, path)


def _name(root: Path, parts: tuple[str, ...]) -> str:
    return shown("/".join(parts) if parts else root.resolve().name or "case")


def _listed(path: Path) -> _Listing:
    listing = _Listing([], [], [])
    with os.scandir(path) as entries:
        for entry in entries:
            if is_passed_over(entry.name):
                continue
            if entry.is_symlink():
                if entry.is_dir() or is_archive(entry.name):
                    listing.links.append(entry.name)
            elif entry.is_dir():
                listing.directories.append(entry.name)
            else:
                listing.files.append(entry.name)
    return listing


def _is_case(path: Path, found: _Listing) -> bool:
    """Return True if the worker shall read this directory as one case."""
    files = [name for name in found.files if not is_note(name) and not is_archive(name)]
    if not found.directories:
        archives = any(map(is_archive, found.files))
        return is_named_case(files) or (bool(files) and (looks_like_case(path) if archives else True))
    if TOML in files:
        return True
    is_case = is_named_case(files) or (bool(files) and looks_like_case(path))
    return is_case and not any((path / each / TOML).is_file() for each in found.directories)
