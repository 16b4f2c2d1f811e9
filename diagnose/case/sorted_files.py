"""Which file of the case is used for what? Each is recognised once; the one nearest to the top is
used."""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.case.model import Skipped
from diagnose.case.recognise import Kind, Unrecognised, kind_of_copy, nearest_first, recognise
from diagnose.case.tree import Tree
from probes.frozen import frozen, replace
from probes.language import tr

KRB5_NAMES = frozenset({"krb5.conf", "krb5.ini"})
"""Names that clients look for. A file with such a name is preferred to one with similar content."""


@frozen
class SortedFiles:
    """The files of a case by kind."""

    tree: Tree
    """All files."""
    by_kind: Mapping[str, tuple[str, ...]]
    """Kind -> paths, nearest to the top first."""
    skipped: tuple[Skipped, ...]
    """Files that are not read, with the cause."""

    def all(self, kind: str) -> tuple[str, ...]:
        """Return every file of one kind."""
        return self.by_kind.get(kind, ())

    def one(self, kind: str) -> str | None:
        """Return the file of a kind of which only one is used."""
        return next(iter(self.all(kind)), None)

    def content(self, path: str) -> bytes:
        return self.tree.files[path]

    def passed_over(self, kind: str) -> list[Skipped]:
        """Return the files of this kind that are not used and differ from `one`."""
        first, *others = self.all(kind) or ("",)
        return [
            Skipped(
                path,
                tr("another {kind} of this case is used, {file}", kind=kind, file=first),
                tr("one case for each cluster and machine"),
            )
            for path in others
            if self.content(path) != self.content(first)
        ]


def sort(tree: Tree) -> SortedFiles:
    """Recognise every file of the tree.

    A copy such as "krb5 (1).conf" is read if it is the only file of its kind.
    """
    by_kind: dict[str, list[str]] = {}
    copies: dict[str, list[str]] = {}
    unread: dict[str, Unrecognised] = {}
    for path in nearest_first(tree.files):
        if path.lower().endswith(".md"):
            continue  # notes about a case are no part of it
        known = recognise(path, tree.files[path])
        if isinstance(known, Kind):
            by_kind.setdefault(known.name, []).append(path)
        else:
            unread[path] = known
            if (kind := kind_of_copy(path, tree.files[path])) is not None:
                copies.setdefault(kind, []).append(path)
    for kind, paths in copies.items():
        if kind not in by_kind and len(paths) == 1:
            by_kind[kind] = paths
            del unread[paths[0]]
    skipped = [_with_kind(entry) for entry in tree.skipped]
    skipped += [Skipped(path, known.cause, known.needs) for path, known in unread.items()]
    by_kind.get("krb5.conf", []).sort(key=lambda path: path.rpartition("/")[2].lower() not in KRB5_NAMES)
    return SortedFiles(tree, {kind: tuple(paths) for kind, paths in by_kind.items()}, tuple(skipped))


def _with_kind(entry: Skipped) -> Skipped:
    """Return the entry of a file that was not read, with the kind that its name tells."""
    known = recognise(entry.check, b"")
    return replace(entry, kind=known.name) if isinstance(known, Kind) else entry
