"""Which bytes were a krb5.conf and its includes read from?

With them a configuration is read again, also with other lines, and nothing is looked up twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from probes.files.krb5conf.profile import Content, Includer, Profile
from probes.files.krb5conf.tree import Block, Directive, Include, Node, Tree
from probes.files.line_edit import LineEdit, edited
from probes.frozen import frozen, replace

Answers = dict[tuple[Directive, str], tuple[str, ...] | None]
"""Names of the files that an include line leads to, by directive and plain path. None if its target
does not exist."""


def plain_path(path: str) -> str:
    """Return a path in the one spelling that answers are kept under."""
    return re.sub("/{2,}", "/", path).rstrip("/") or path[:1]


@frozen
class Sources:
    """Files as they were read. It is an `Includer` that gives the same answers again."""

    names: tuple[str, ...]
    """Names of the files of the KRB5_CONFIG list, in order."""
    contents: Mapping[str, bytes] = field(repr=False)
    """Name and content of each file, included ones as well."""
    answers: Answers = field(default_factory=dict, repr=False)
    """What the include lines led to."""

    @property
    def files(self) -> tuple[Content, ...]:
        """Return the files of the list, without included ones."""
        return tuple((name, self.contents.get(name, b"")) for name in self.names)

    def file(self, path: str) -> Content | None:
        names = self.answers.get(("include", plain_path(path)))
        return (names[0], self.contents.get(names[0], b"")) if names else None

    def directory(self, path: str) -> Sequence[Content] | None:
        names = self.answers.get(("includedir", plain_path(path)))
        return None if names is None else [(name, self.contents.get(name, b"")) for name in names]

    def edited(self, edits: Iterable[LineEdit]) -> Sources:
        """Return the same files with these lines changed. EditMismatchError if they do not hold
        the lines."""
        by_file: dict[str, list[LineEdit]] = {}
        for edit in edits:
            by_file.setdefault(edit.file, []).append(edit)
        contents = {name: edited(raw, by_file.get(name, ())) for name, raw in self.contents.items()}
        return replace(self, contents=contents)


@frozen
class Recorder:
    """An includer that records what another one answers."""

    inner: Includer
    """Looks the files up."""
    contents: dict[str, bytes]
    """Collects name and content of each file."""
    answers: Answers
    """Collects what each include line led to."""

    def file(self, path: str) -> Content | None:
        content = self.inner.file(path)
        self._record("include", path, None if content is None else [content])
        return content

    def directory(self, path: str) -> Sequence[Content] | None:
        found = self.inner.directory(path)
        self._record("includedir", path, found)
        return found

    def _record(self, directive: Directive, path: str, found: Sequence[Content] | None) -> None:
        self.answers[(directive, plain_path(path))] = None if found is None else tuple(name for name, _ in found)
        for name, content in found or ():
            self.contents.setdefault(name, content)


def sources_of(profile: Profile) -> Sources:
    """Return the bytes of a profile that was read before, which its trees keep.

    An include that was missing stays missing.
    """
    sources = Sources(tuple(tree.file for tree in profile.trees), {})
    contents: dict[str, bytes] = {}
    for tree in profile.trees:
        _keep(tree, contents, sources.answers)
    return replace(sources, contents=contents)


def _keep(tree: Tree, contents: dict[str, bytes], answers: Answers) -> None:
    contents.setdefault(tree.file, b"".join(line.raw for line in tree.lines()))
    todo: list[Node] = list(reversed(tree.nodes))
    while todo:
        node = todo.pop()
        if isinstance(node, Include) and not node.missing:
            answers[(node.directive, plain_path(node.path))] = tuple(one.file for one in node.trees)
            for one in node.trees:
                _keep(one, contents, answers)
        elif isinstance(node, Block):
            todo += reversed(node.nodes)
