"""Which cases does INVENTORY name? A directory tree, an archive of many cases, or a list."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from diagnose.fleet.archive_cases import ArchiveCases
from diagnose.fleet.archive_members import is_archive_head
from diagnose.fleet.listed_cases import listed_cases
from diagnose.fleet.source import CaseSource
from diagnose.fleet.tree_cases import tree_cases
from probes.frozen import frozen

STANDARD_INPUT = "-"
_HEAD = 512


@frozen
class Inventory:
    """The cases of a run, in a fixed order."""

    cases: Callable[[], Iterator[CaseSource]]
    """Gives them one by one, from the first."""
    count: Callable[[], int | None]
    """Returns how many there are. None if that is known at the end only."""


def inventory(given: str, standard_input: Callable[[], IO[bytes]]) -> Inventory:
    """Return the inventory of a path, or of "-" for a list on standard input.

    standard_input: opens it. OSError if the path cannot be opened.
    """
    if given == STANDARD_INPUT:
        stream = standard_input()
        return Inventory(lambda: listed_cases(stream, Path()), lambda: None)
    path = Path(given)
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        with_files = path
        return Inventory(lambda: tree_cases(with_files), lambda: sum(1 for _ in tree_cases(with_files)))
    if not stat.S_ISREG(mode):
        return Inventory(lambda: _of_list(path), lambda: None)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if is_archive_head(head):
        archive = ArchiveCases(path)
        return Inventory(archive.cases, archive.count)
    return Inventory(lambda: _of_list(path), lambda: sum(1 for _ in _of_list(path)))


def _of_list(path: Path) -> Iterator[CaseSource]:
    with path.open("rb") as lines:
        yield from listed_cases(lines, path.parent)
