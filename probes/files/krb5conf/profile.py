"""What do these krb5.conf files set together? libkrb5's merge of sections, files and includes.

Every value keeps the line that it came from. Follows libkrb5 1.20, the generation on EMR nodes and
in their clients. 1.22 differs in one rule: there a final marker also stops what follows in the same
file, and works on a relation. Nothing here touches the file system: the `Includer` supplies
included files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final, Protocol

from probes.files.krb5conf import syntax
from probes.files.krb5conf.errors import Krb5ConfError, excerpt
from probes.files.krb5conf.tree import Block, Directive, Include, Krb5Setting, Line, Node, Tree
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

INCLUDE_DEPTH: Final = 10
"""Most files that include each other, in one `load`."""
INCLUDED_FILES: Final = 1000
"""Most included files of one `load`."""
TOTAL_BYTES: Final = 1 << 20
"""Most bytes of one `load`, over all of its files."""

Content = tuple[str, bytes]
"""Name to show the user, and the bytes."""


class Includer(Protocol):
    """Supplies included files. Both methods return None for what does not exist; neither should
    raise.

    The path is as written. A relative one is relative to the working directory of the client. A
    trailing blank belongs to the name.
    """

    def file(self, path: str) -> Content | None:
        """Return the file that `include PATH` names. libkrb5 takes a directory for an empty
        file.
        """
        ...

    def directory(self, path: str) -> Sequence[Content] | None:
        """Return all plain entries of the directory that `includedir PATH` names, in any order.

        Each is named by its path or its bare name.
        """
        ...


@frozen
class Relation:
    """One value."""

    value: str
    """Text without quotes and escapes."""
    origin: Origin
    """Where it was read. `origin.key` is its place, such as "[realms] EMR.1.COM kdc"."""


class _Section:
    """One section, merged from all its openings in one file and in the files included there."""

    __slots__ = ("final", "opened", "origin", "relations", "sections")

    def __init__(self, origin: Origin | None) -> None:
        self.origin, self.final, self.opened = origin, False, 0
        self.sections: dict[str, _Section] = {}
        self.relations: dict[str, list[Relation]] = {}


@frozen
class Profile:
    """The merged content of one or more files."""

    trees: tuple[Tree, ...]
    """The files as written."""
    missing: tuple[Origin, ...]
    """Include lines whose target does not exist. libkrb5 refuses such a configuration. It is read
    here as if these lines added nothing.
    """
    _roots: tuple[_Section, ...] = field(repr=False, compare=False)

    def relations(self, *path: str) -> tuple[Relation, ...]:
        """Return all values at a path such as ("realms", "EMR.1.COM", "kdc"), in the order of
        libkrb5.
        """
        if not path:
            return ()
        return tuple(value for section in self._sections(path[:-1]) for value in section.relations.get(path[-1], ()))

    def first(self, *path: str) -> Relation | None:
        """Return the value of a relation that may have only one.

        The first file that sets it wins, and its first line there.
        """
        relations = self.relations(*path)
        return relations[0] if relations else None

    def subsections(self, *path: str) -> tuple[str, ...]:
        """Return the names of the sections at a path, () for the top.

        By name within a file as libkrb5 lists them, file after file, no name twice.
        """
        return _names(section.sections for section in self._sections(path))

    def relation_names(self, *path: str) -> tuple[str, ...]:
        """Return the names of the relations at a path, in the order of `subsections`."""
        return _names(section.relations for section in self._sections(path))

    def section_origin(self, *path: str) -> Origin | None:
        """Where the section was opened first."""
        return next((section.origin for section in self._sections(path) if section.origin is not None), None)

    def times_opened(self, *path: str) -> int:
        """Return how often a section is opened, such as the stanza of a realm."""
        return sum(section.opened for section in self._sections(path))

    def _sections(self, path: tuple[str, ...]) -> Iterator[_Section]:
        """Yield the section at a path, once for each file.

        A final marker anywhere on the path ends the search after its file.
        """
        for root in self._roots:
            section: _Section | None = root
            final = False
            for name in path:
                section = section.sections.get(name) if section is not None else None
                final = final or (section is not None and section.final)
            if section is not None:
                yield section
            if final:
                return


def load(files: Sequence[Content], includer: Includer | None = None) -> Profile:
    """Read files in the order of KRB5_CONFIG.

    - A directory in that list is a file with the one line `includedir PATH`.
    - Krb5ConfError if libkrb5 refuses a file.
    - Without an includer every include line is in `Profile.missing`.
    """
    reader = _FileReader(includer)
    trees = tuple(reader.read(file, content, ()) for file, content in files)
    missing: list[Origin] = []
    return Profile(trees, _roots=tuple(_merge(tree, missing) for tree in trees), missing=tuple(missing))


class _FileReader:
    """Parses files and what they include, within the bounds of one load."""

    def __init__(self, includer: Includer | None) -> None:
        self._includer = includer
        self._files, self._bytes = 0, 0

    def read(self, file: str, content: bytes, above: tuple[str, ...]) -> Tree:
        """Read one file. `above`: the files that include it, outermost first."""
        self._bytes += len(content)
        if self._bytes > TOTAL_BYTES:
            raise Krb5ConfError(
                file,
                None,
                tr("{count} bytes of configuration", count=self._bytes),
                tr("at most {count}", count=TOTAL_BYTES),
                "too-big",
            )
        chain = (*above, file)

        def include(directive: Directive, path: str, line: int) -> tuple[Tree, ...] | None:
            contents = self._contents(directive, path)
            if contents is None:
                return None
            return tuple(self._included(Origin(file, line), name, entry, chain) for name, entry in contents)

        return syntax.parse(file, content, include)

    def _contents(self, directive: Directive, path: str) -> tuple[Content, ...] | None:
        if self._includer is None:
            return None
        if directive == "include":
            entry = self._includer.file(path)
            return None if entry is None else (entry,)
        entries = self._includer.directory(path)
        if entries is None:
            return None
        wanted = [(_base_name(name), (name, content)) for name, content in entries]
        return tuple(
            entry for base, entry in sorted(wanted, key=lambda pair: _bytes(pair[0])) if _ACCEPTED.fullmatch(base)
        )

    def _included(self, by: Origin, name: str, content: bytes, chain: tuple[str, ...]) -> Tree:
        self._files += 1
        if name in chain:
            raise Krb5ConfError(
                by.file,
                by.line,
                tr("an include of {file} within itself", file=excerpt(name)),
                tr("includes that end"),
                "include-cycle",
            )
        if len(chain) > INCLUDE_DEPTH:
            raise Krb5ConfError(
                by.file,
                by.line,
                tr("includes more than {count} files deep", count=INCLUDE_DEPTH),
                tr("includes that end"),
                "too-deep",
            )
        if self._files > INCLUDED_FILES:
            raise Krb5ConfError(
                by.file,
                by.line,
                tr("more than {count} included files", count=INCLUDED_FILES),
                tr("fewer"),
                "too-many-files",
            )
        return self.read(name, content, chain)


_ACCEPTED: Final = regex(r"(?!\.)(?:[A-Za-z0-9_-]*|.*\.conf)", re.DOTALL)
"""Names that includedir accepts. Files that editors and package managers leave (dotfiles, .rpmsave,
~) are not accepted.
"""


def _base_name(name: str) -> str:
    return name.rpartition("/")[2]


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _names(tables: Iterator[dict[str, _Section]] | Iterator[dict[str, list[Relation]]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for table in tables for name in sorted(table, key=_order)))


def _order(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _merge(tree: Tree, missing: list[Origin]) -> _Section:
    """Merge one file of KRB5_CONFIG to its sections.

    What a file includes goes to the same root at that place, whatever section is open there.
    """
    root = _Section(None)
    walk: list[tuple[Iterator[Node], str, _Section, tuple[str, ...]]] = [(iter(tree.nodes), tree.file, root, ())]
    while walk:
        nodes, file, section, path = walk[-1]
        node = next(nodes, None)
        match node:
            case None:
                walk.pop()
            case Krb5Setting(name=name, value=value, line=line):
                section.relations.setdefault(name, []).append(Relation(value, _origin(file, line, path, name)))
            case Block(name=name):
                inner = section.sections.get(name)
                if inner is None:
                    inner = section.sections[name] = _Section(_origin(file, node.line, path, name))
                inner.opened += 1
                # libkrb5 reads the marker only when it searches, so it may be set this early.
                inner.final = inner.final or node.final or node.close_final
                walk.append((iter(node.nodes), file, inner, (*path, name)))
            case Include(directive=directive, line=line):
                if node.missing:
                    missing.append(Origin(file, line.number, f"{directive} {node.path}"))
                walk.extend((iter(included.nodes), included.file, root, ()) for included in reversed(node.trees))
            case _:
                pass
    return root


def _origin(file: str, line: Line, path: tuple[str, ...], name: str) -> Origin:
    section, *rest = (*path, name)
    return Origin(file, line.number, " ".join((f"[{section}]", *rest)))
