"""Which case is it, if one line of its files is another one?

The result is a value. No file is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from diagnose.case.model import Case
from probes.files.hadoopconf import Configuration, Setting, overlay
from probes.names.hosts import HostEntry, HostsFile
from probes.origin import Origin

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.tree import Include, Tree

Place = tuple[str, int | None]
"""File and line."""


def without_lines(case: Case, places: Collection[Place]) -> Case | None:
    """Return the case with these lines of krb5.conf left empty.

    None if it has no krb5.conf, if it has none of these lines, or if libkrb5 refuses the rest.
    """
    profile = case.krb5
    if profile is None or not any(
        (tree.file, line.number) in places for tree in _trees(profile) for line in tree.lines()
    ):
        return None
    from probes.errors import FormatError
    from probes.files.krb5conf import load

    def content(tree: Tree) -> tuple[str, bytes]:
        return tree.file, b"".join(b"\n" if (tree.file, line.number) in places else line.raw for line in tree.lines())

    included: dict[tuple[str, str], Sequence[tuple[str, bytes]]] = {
        (node.directive, node.path): [content(tree) for tree in node.trees]
        for node in _includes(profile)
        if not node.missing
    }
    try:
        return replace(case, krb5=load([content(tree) for tree in profile.trees], _Includes(included)))
    except FormatError:
        return None


def with_setting(case: Case, origin: Origin, key: str, value: str) -> Case:
    """Return the case in which a Hadoop file gives this key this value.

    The file is the one that the origin names; for a default of Hadoop, its site file.
    """
    name = _kind_of(case, origin)
    present = case.settings.get(name, Configuration())
    changed = Setting(key, value, replace(origin, file=origin.file.replace("-default.xml", "-site.xml")))
    kept = tuple(setting for setting in present.settings if setting.key != key)
    return replace(case, settings={**case.settings, name: overlay((*kept, changed))})


def with_hosts_line(case: Case, line: int | None, address: str) -> Case | None:
    """Return the case whose hosts file gives the names of this line this address."""
    hosts = case.hosts
    if hosts is None:
        return None
    entries = tuple(
        HostEntry(address, entry.names, entry.origin) if entry.origin.line == line else entry for entry in hosts.entries
    )
    return replace(case, hosts=HostsFile(entries, hosts.rejected))


def _kind_of(case: Case, origin: Origin) -> str:
    """Return the key of `Case.settings` under which the file of an origin stands."""
    for name, configuration in case.settings.items():
        if any(setting.origin.file == origin.file for setting in configuration.settings):
            return name
    return origin.file.rpartition("/")[2].replace("-default.xml", "-site.xml")


def _trees(profile: Profile) -> Iterator[Tree]:
    todo = [*profile.trees]
    while todo:
        tree = todo.pop()
        yield tree
        todo += [inner for include in _includes_of(tree.nodes) for inner in include.trees]


def _includes(profile: Profile) -> Iterator[Include]:
    for tree in _trees(profile):
        yield from _includes_of(tree.nodes)


def _includes_of(nodes: Sequence[object]) -> Iterator[Include]:
    from probes.files.krb5conf.tree import Block, Include

    for node in nodes:
        if isinstance(node, Include):
            yield node
        elif isinstance(node, Block):
            yield from _includes_of(node.nodes)


@dataclass(frozen=True, slots=True)
class _Includes:
    """An includer that returns what was read for the same include lines before."""

    contents: Mapping[tuple[str, str], Sequence[tuple[str, bytes]]]

    def file(self, path: str) -> tuple[str, bytes] | None:
        return next(iter(self.contents.get(("include", path), ())), None)

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        return self.contents.get(("includedir", path))
