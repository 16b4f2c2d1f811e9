"""What do both families make of these krb5.conf files? The one value that every check of the lint looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from probes.files.krb5conf import Includer, Krb5ConfError, Profile, jdk, load
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.jdk_text import JdkRejected
from probes.files.krb5conf.profile import Content
from probes.files.krb5conf.syntax import BLANKS, lines
from probes.files.krb5conf.tree import Block, Include, Line, Node, Tree
from probes.origin import Origin

MOST_LINE = 160
"""Characters of a line that are quoted."""

ACCEPTED = re.compile(r"[A-Za-z0-9_-]+|(?!\.).*\.conf", re.DOTALL)
"""Names of an includedir that both families read."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Views:
    """files: as libkrb5 reads them, the JDK reads the first alone. mit, jdk: what each reads, or why it refuses.

    seen: every file that was handed out, by name. on_site: includes were looked up where the file is used, so that one that is missing is missing
    there; in a case it is only not in the case.
    """

    files: tuple[Content, ...]
    mit: Profile | Krb5ConfError
    jdk: Reading | JdkRejected | Krb5ConfError
    on_site: bool
    seen: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    _realms: list[tuple[str, ...]] = field(default_factory=list, init=False, repr=False, compare=False)
    _rows: dict[str, list[bytes]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def profile(self) -> Profile | None:
        return self.mit if isinstance(self.mit, Profile) else None

    @property
    def reading(self) -> Reading | None:
        return self.jdk if isinstance(self.jdk, Reading) else None

    def line(self, at: Origin) -> str:
        """The line as written, without its end; "" where there is none."""
        rows = self.rows(at.file)
        raw = rows[at.line - 1] if at.line is not None and at.line <= len(rows) else b""
        return raw[:MOST_LINE].decode("utf-8", "surrogateescape").strip()

    def rows(self, file: str) -> list[bytes]:
        """The lines of a file, split once."""
        if file not in self._rows:
            self._rows[file] = self.seen.get(file, b"").split(b"\n")
        return self._rows[file]

    def raw_lines(self) -> Iterator[tuple[str, Line]]:
        """Every line of the files and of what they include, whoever refuses them."""
        for file, content in self.seen.items():
            for line in lines(content):
                yield file, line

    def trees(self) -> Iterator[Tree]:
        """The files as libkrb5 parses them, each included one after the file that includes it; none where it refuses."""
        todo = list(self.profile.trees) if self.profile else []
        while todo:
            tree = todo.pop(0)
            yield tree
            todo[:0] = list(_included(tree))

    def jdk_asked(self, question: Callable[[Reading], T], otherwise: U) -> T | U:
        """The JDK's answer; `otherwise` where it refuses the file or throws."""
        if self.reading is None:
            return otherwise
        try:
            return question(self.reading)
        except JdkShapeError:
            return otherwise

    def realms(self) -> tuple[str, ...]:
        """All realms that either family knows a stanza of."""
        if not self._realms:
            self._realms.append(self._all_realms())
        return self._realms[0]

    def _all_realms(self) -> tuple[str, ...]:
        mit = self.profile.subsections("realms") if self.profile else ()
        java = self.reading.sections("realms") if self.reading else ()
        return tuple(dict.fromkeys((*mit, *java)))

    def default_realms(self) -> tuple[str, ...]:
        own = self.profile.first("libdefaults", "default_realm") if self.profile else None
        theirs = self.jdk_asked(jdk.default_realm, None)
        return tuple(dict.fromkeys(one.value for one in (own, theirs) if one is not None))

    def mentions(self, key: str) -> bool:
        """Does any line look as if it set this key, whatever a client makes of it?"""
        pattern = re.compile(rb"[ \t\xef\xbb\xbf]*" + re.escape(key.encode()) + rb"[ \t]*=")
        return any(pattern.match(line.raw) for _, line in self.raw_lines())


def read(files: Sequence[Content], includer: Includer | None, *, on_site: bool) -> Views:
    """files: at least one. Never raises for what stands in them."""
    seen = dict(files)
    remembering = _Remembering(includer, seen) if includer is not None else None
    mit: Profile | Krb5ConfError
    java: Reading | JdkRejected | Krb5ConfError
    try:
        mit = load(files, remembering)
    except Krb5ConfError as error:
        mit = error
    try:
        java = jdk.read(*files[0], remembering)
    except (JdkRejected, Krb5ConfError) as error:
        java = error
    return Views(tuple(files), mit, java, on_site, seen)


def from_profile(profile: Profile) -> Views:
    """The views of files that were read before, from the bytes that their trees keep: nothing is looked up again. What was missing stays unknown."""
    replay = _Replay()
    contents = [(tree.file, replay.content(tree)) for tree in profile.trees]
    return read(contents, replay, on_site=False)


class _Replay:
    """Answers include lines with what was read for them."""

    def __init__(self) -> None:
        self._by_path: dict[str, tuple[Content, ...]] = {}

    def content(self, tree: Tree) -> bytes:
        """The bytes of one file; notes what its include lines led to."""
        todo: list[Node] = list(tree.nodes)
        while todo:
            node = todo.pop()
            if isinstance(node, Include) and not node.missing:
                read_for = tuple((one.file, self.content(one)) for one in node.trees)
                self._by_path[node.directive + node.path.rstrip("/")] = read_for
            elif isinstance(node, Block):
                todo += node.nodes
        return b"".join(line.raw for line in tree.lines())

    def file(self, path: str) -> Content | None:
        found = self._by_path.get("include" + path.rstrip("/"))
        return found[0] if found else None

    def directory(self, path: str) -> Sequence[Content] | None:
        return self._by_path.get("includedir" + path.rstrip("/"))


@dataclass(frozen=True, slots=True)
class _Remembering:
    """An includer that notes what it handed out and one of the families may read."""

    inner: Includer
    seen: dict[str, bytes]

    def file(self, path: str) -> Content | None:
        found = self.inner.file(path)
        if found is not None:
            self.seen.setdefault(*found)
        return found

    def directory(self, path: str) -> Sequence[Content] | None:
        found = self.inner.directory(path)
        for name, content in found or ():
            if ACCEPTED.fullmatch(name.rpartition("/")[2]):
                self.seen.setdefault(name, content)
        return found


def _included(tree: Tree) -> Iterator[Tree]:
    todo: list[Node] = list(reversed(tree.nodes))
    while todo:
        node = todo.pop()
        if isinstance(node, Include):
            yield from node.trees
        elif isinstance(node, Block):
            todo += reversed(node.nodes)


def words(raw: bytes) -> str:
    """A raw line as text, as libkrb5 sees it: up to a NUL, without blanks around."""
    return raw.partition(b"\0")[0].strip(BLANKS).decode("utf-8", "surrogateescape")
