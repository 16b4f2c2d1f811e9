"""Which cases are in this archive of many? It is read twice from its beginning to its end.

The first reading finds the directories that are cases, by the rules of `tree_cases`. The second one
gives each case when its last file has been read, so that seldom more than one is in memory. No
member is written to disk.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import field
from itertools import islice
from pathlib import Path, PurePosixPath

from diagnose.case.directory import describes_cluster
from diagnose.case.errors import CaseError
from diagnose.case.tar_members import TarError
from diagnose.case.tree import MAX_DEPTH, MAX_FILE, MAX_TOTAL, Taking, is_of_finder, shown
from diagnose.fleet.archive_members import ArchiveEntry, members
from diagnose.fleet.marks import TOML, is_archive, is_named_case, is_note, is_passed_over
from diagnose.fleet.source import CaseSource
from probes.frozen import mutable
from probes.language import tr

MOST_CASES = 1_000_000
"""Most cases of one archive."""

_DAMAGED = (TarError, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError, IndexError)
"""Errors that the readers raise over bytes that are no archive."""


@mutable
class _Index:
    """What the first reading found."""

    last: dict[str, int] = field(default_factory=dict)
    """Directory of a case, or archive within this one -> number of its last member."""
    end: int = 0
    """Number of members that could be read."""
    torn: frozenset[str] = frozenset()
    """Cases of which files may be missing, because the archive is damaged."""
    faults: list[str] = field(default_factory=list)
    """What is wrong with the archive itself, a clause each."""


class ArchiveCases:
    """The cases of one archive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index: _Index | None = None

    def count(self) -> int:
        """Return how many cases there are. It takes the first reading."""
        index = self._known()
        return len(index.last) + len(index.faults)

    def cases(self) -> Iterator[CaseSource]:
        """Yield the cases, in the order in which they end in the archive."""
        index = self._known()
        yield from self._complete(index)
        name = shown(self._path.name)
        yield from (CaseSource(name, fault=tr("{name}: {text}", name=name, text=fault)) for fault in index.faults)

    def _known(self) -> _Index:
        if self._index is None:
            self._index = _indexed(self._path)
        return self._index

    def _complete(self, index: _Index) -> Iterator[CaseSource]:
        open_cases: dict[str, Taking] = {}
        refused: dict[str, str] = {}
        for number, entry in enumerate(islice(members(self._path), index.end)):
            root = _root_of(entry, index.last)
            if root is None:
                continue
            try:
                if root not in refused:
                    _take(open_cases.setdefault(root, Taking(self._case_name(root))), root, entry)
                    if sum(each.total for each in open_cases.values()) > MAX_TOTAL:
                        found = tr("cases whose files do not stand together in the archive")
                        raise CaseError(
                            self._case_name(root), None, found, tr("the files of each case one after the other")
                        )
            except (CaseError, *_DAMAGED) as error:
                refused[root] = str(error)
                open_cases.pop(root, None)
            if number == index.last[root]:
                yield self._source(root, open_cases.pop(root, None), refused.pop(root, None), index)

    def _source(self, root: str, taking: Taking | None, refused: str | None, index: _Index) -> CaseSource:
        name = self._case_name(root)
        if root in index.torn:
            refused = tr("{name}: the archive is damaged, so files of this case may be missing", name=name)
        if refused is not None or taking is None:
            return CaseSource(name, fault=refused or tr("{name}: none of its files can be read", name=name))
        return CaseSource(name, tree=taking.tree(name.rpartition("/")[2] or name))

    def _case_name(self, root: str) -> str:
        return shown(root) if root else shown(_stem(self._path.name))


@mutable
class _Survey:
    """Collects what the members of an archive tell by their places."""

    roots: set[str] = field(default_factory=set)
    """Directories that look like a case."""
    with_toml: set[str] = field(default_factory=set)
    """Directories with a case.toml."""
    loose: set[str] = field(default_factory=set)
    """Directories with files that tell nothing."""
    shown: set[str] = field(default_factory=set)
    """Directories with files of which no part of the path is hidden."""
    ends: dict[str, int] = field(default_factory=dict)
    """Directory -> number of the last file directly in it."""
    archives: dict[str, int] = field(default_factory=dict)
    """Archive within this one -> number of its member."""
    leading_out: int = 0
    """Members whose path leads out of the archive."""
    is_mixed: bool = False
    """Whether files of a directory stand apart."""
    folder: str | None = None
    """Directory of the last file."""

    def add(self, number: int, entry: ArchiveEntry) -> None:
        """Note one member. TarError if there are too many directories."""
        place = _place(entry)
        if place is None:
            self.leading_out += entry.kind == "file" and _leads_out(PurePosixPath(entry.name.replace("\\", "/")))
            return
        folder = _folder(place)
        if is_archive(place.name):
            self.archives[place.as_posix()] = number
            return
        if folder in self.ends and self.folder not in (None, folder):
            self.is_mixed |= not str(self.folder).startswith(f"{folder}/")
        self.folder = folder
        self.ends[folder] = number
        if len(self.ends) > MOST_CASES:
            raise TarError(tr("more than {count} directories", count=MOST_CASES))
        if any(map(is_passed_over, place.parts)):
            return  # a part of the case above, if there is one
        self.shown.add(folder)
        if place.name.lower() == TOML:
            self.with_toml.add(folder)
        if folder not in self.roots and _is_mark(entry, place.name):
            self.roots.add(folder)
        elif not is_note(place.name):
            self.loose.add(folder)

    def tops(self) -> set[str]:
        """Return the directories that are cases: the highest that look like one, and those with
        files that have nothing below them and no case above."""
        above_toml = {_parent(folder) for folder in self.with_toml if folder}
        likely = {folder for folder in self.roots if folder in self.with_toml or folder not in above_toml}
        tops = {folder for folder in likely if not folder or _above(_parent(folder), likely) is None}
        parents = {above for folder in self.shown for above in _ancestors(folder)}
        return tops | {folder for folder in self.loose if folder not in parents and _above(folder, tops) is None}

    def last_members(self, tops: set[str]) -> dict[str, int]:
        """Return where each case ends. An archive outside of all cases stands for itself."""
        last: dict[str, int] = {}
        inside = [*self.ends.items(), *((_parent(name), number) for name, number in self.archives.items())]
        for folder, number in inside:
            top = _above(folder, tops)
            if top is not None:
                last[top] = max(number, last.get(top, 0))
        alone = {name: number for name, number in self.archives.items() if _above(_parent(name), tops) is None}
        return last | alone


def _indexed(path: Path) -> _Index:
    """Return where each case of an archive ends."""
    index, survey = _Index(), _Survey()
    damage: str | None = None
    try:
        for number, entry in enumerate(members(path)):
            survey.add(number, entry)
            index.end = number + 1
    except _DAMAGED as error:
        damage = (str(error).splitlines() or [type(error).__name__])[0][:80]
    index.last = survey.last_members(survey.tops())
    if damage is not None:
        index.faults.append(tr("the archive is damaged ({error}), so the rest of it was not read", error=shown(damage)))
        current = None if survey.folder is None else _above(survey.folder, index.last)
        index.torn = frozenset(index.last) if survey.is_mixed or current is None else frozenset([current])
    if survey.leading_out:
        index.faults.append(
            tr("{count} files with a path outside of the archive were not read", count=survey.leading_out)
        )
    return index


def _above(folder: str, tops: dict[str, int] | set[str]) -> str | None:
    """Return the directory itself or the nearest one above that is a case. None without one."""
    if folder in tops:
        return folder
    return next((above for above in _ancestors(folder) if above in tops), None)


def _ancestors(folder: str) -> Iterator[str]:
    """Yield the directories above, the nearest first, the top of the archive ("") last."""
    while folder:
        folder = _parent(folder)
        yield folder


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _folder(place: PurePosixPath) -> str:
    return _parent(place.as_posix())


def _root_of(entry: ArchiveEntry, last: dict[str, int]) -> str | None:
    place = _place(entry)
    if place is None:
        return None
    path = place.as_posix()
    return path if path in last else _above(_parent(path), last)


def _place(entry: ArchiveEntry) -> PurePosixPath | None:
    """Return the path of a file inside the archive. None for what is no file of a case."""
    path = PurePosixPath(entry.name.replace("\\", "/"))
    if entry.kind == "directory" or not path.parts or _leads_out(path) or is_of_finder(path.parts):
        return None
    return path


def _leads_out(path: PurePosixPath) -> bool:
    return path.is_absolute() or ".." in path.parts or (bool(path.parts) and path.parts[0].endswith(":"))


def _is_mark(entry: ArchiveEntry, name: str) -> bool:
    """Return True if this file alone makes its directory a case."""
    if entry.kind != "file":
        return False
    if is_named_case([name]):
        return True
    return name.lower().endswith((".json", ".conf", ".xml", ".properties", ".txt")) and (
        entry.size <= MAX_FILE and describes_cluster({name: entry.read()})
    )


def _take(taking: Taking, root: str, entry: ArchiveEntry) -> None:
    """Add a member to its case, within the bounds of one case."""
    place = _place(entry)
    if place is None:
        return
    if place.as_posix() == root:
        raise CaseError(
            root, None, tr("an archive inside an archive"), tr("its cases as directories of the outer archive")
        )
    name = shown(place.as_posix()[len(root) + 1 :] if root else place.as_posix())
    if entry.kind != "file":
        taking.entry()
        taking.skip(name, tr("not a plain file"))
    elif name.count("/") >= MAX_DEPTH:
        taking.entry()
        taking.skip(name, tr("more than {count} directories deep", count=MAX_DEPTH))
    elif is_archive(name):
        taking.entry()
        taking.skip(name, tr("an archive inside an archive, which is not opened"))
    elif taking.admits(name, entry.size):
        taking.take(name, entry.read())


def _stem(name: str) -> str:
    for ending in (".tar.gz", ".tar.bz2", ".tar.xz"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name.rpartition(".")[0] or name
