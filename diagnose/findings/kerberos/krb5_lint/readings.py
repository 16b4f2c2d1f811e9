"""What do both families read in these krb5.conf files?

Every check of the lint looks at one value, `Views`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import TypeVar

from diagnose.case.derived import once
from diagnose.case.model import Case
from diagnose.scene.java import JavaRange, ranges
from probes.files.file_type import AS_UTF_8, binary_kind, wide_encoding
from probes.files.krb5conf import Includer, Krb5ConfError, Profile, jdk, load
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.jdk_text import JdkRejected
from probes.files.krb5conf.profile import Content
from probes.files.krb5conf.sources import Answers, Sources, plain_path, sources_of
from probes.files.krb5conf.syntax import BLANKS, lines
from probes.files.krb5conf.tree import Block, Include, Line, Node, Tree
from probes.files.line_edit import LineEdit, row_text
from probes.files.masking import masked_lines
from probes.frozen import frozen, mutable, replace
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

MOST_LINE = 160
"""Characters of a line that are quoted."""

ACCEPTED = regex(r"[A-Za-z0-9_-]+|(?!\.).*\.conf", re.DOTALL)
"""Names of an includedir that both families read."""

T = TypeVar("T")
U = TypeVar("U")


@frozen
class Views:
    """The same files as each family reads them."""

    files: tuple[Content, ...]
    """Name and content of each file. libkrb5 reads all of them, the JDK reads the first one."""
    mit: Profile | Krb5ConfError
    """What libkrb5 reads, or why it rejects the files."""
    jdk: Reading | JdkRejected | Krb5ConfError
    """What the JDK reads, or why it rejects the file."""
    on_site: bool
    """True if includes were looked up on the host that uses the file.

    Only then is a missing include missing for the client. In a case it may only be missing in the
    case.
    """
    contents: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Name and content of every file that was read, included ones as well."""
    answers: Answers = field(default_factory=dict, repr=False, compare=False)
    """What the include lines led to: names of files by directive and path."""
    javas: tuple[JavaRange, ...] = field(default_factory=ranges, repr=False, compare=False)
    """Releases of Java that may read the files, oldest first."""
    principals: tuple[str, ...] = ()
    """Realms of the service principals in the Hadoop files of the case. Empty if it has none."""
    _realms: list[tuple[str, ...]] = field(default_factory=list, init=False, repr=False, compare=False)
    _rows: dict[str, list[bytes]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def profile(self) -> Profile | None:
        """Return what libkrb5 reads. None if it rejects the files."""
        return self.mit if isinstance(self.mit, Profile) else None

    @property
    def reading(self) -> Reading | None:
        """Return what the JDK reads. None if it rejects the file."""
        return self.jdk if isinstance(self.jdk, Reading) else None

    def line(self, at: Origin) -> str:
        """Return the line as written, without its end. "" if it does not exist."""
        rows = self.rows(at.file)
        raw = rows[at.line - 1] if at.line is not None and at.line <= len(rows) else b""
        return raw[:MOST_LINE].decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip()

    def row(self, at: Origin) -> str:
        """Return the whole line as an edit names it, with its blanks. "" if it does not exist."""
        return row_text(self.rows(at.file), at.line)

    def rows(self, file: str) -> list[bytes]:
        """Return the lines of a file. They are split only once."""
        if file not in self._rows:
            self._rows[file] = self.contents.get(file, b"").split(b"\n")
        return self._rows[file]

    def raw_lines(self) -> Iterator[tuple[str, Line]]:
        """Yield every line of the files and of what they include, also if a family rejects them."""
        for file, content in self.contents.items():
            for line in lines(content):
                yield file, line

    def trees(self) -> Iterator[Tree]:
        """Yield the files as libkrb5 parses them, each include after the file that names it.

        Yields nothing if libkrb5 rejects them.
        """
        todo = list(self.profile.trees) if self.profile else []
        while todo:
            tree = todo.pop(0)
            yield tree
            todo[:0] = list(_included(tree))

    def ask_jdk(self, question: Callable[[Reading], T], otherwise: U) -> T | U:
        """Return the JDK's answer, or `otherwise` if it rejects the file or throws."""
        if self.reading is None:
            return otherwise
        try:
            return question(self.reading)
        except JdkShapeError:
            return otherwise

    def realms(self) -> tuple[str, ...]:
        """Return all realms that have a stanza in either family's reading."""
        if not self._realms:
            self._realms.append(self._all_realms())
        return self._realms[0]

    def _all_realms(self) -> tuple[str, ...]:
        mit = self.profile.subsections("realms") if self.profile else ()
        java = self.reading.sections("realms") if self.reading else ()
        return tuple(dict.fromkeys((*mit, *java)))

    def default_realms(self) -> tuple[str, ...]:
        """Return the default realm of each family, without repetition."""
        own = self.profile.first("libdefaults", "default_realm") if self.profile else None
        theirs = self.ask_jdk(jdk.default_realm, None)
        return tuple(dict.fromkeys(relation.value for relation in (own, theirs) if relation is not None))

    def mentions(self, key: str) -> bool:
        """Return True if any line seems to set this key, whether or not a client reads it."""
        pattern = re.compile(rb"[ \t\xef\xbb\xbf]*" + re.escape(key.encode()) + rb"[ \t]*=")
        return any(pattern.match(line.raw) for _, line in self.raw_lines())


def read(files: Sequence[Content], includer: Includer | None, *, on_site: bool) -> Views:
    """Return the readings of these files, at least one. Nothing in a file makes it raise.

    A file that is no text, such as a keytab, is refused before it is read, and nothing of it is
    kept. So is an included one.
    """
    try:
        return _readings(files, includer, on_site=on_site)
    except _NoText as error:
        return Views(tuple((name, b"") for name, _ in files), error.refusal, error.refusal, on_site, {})


def no_text(file: str, content: bytes) -> Krb5ConfError | None:
    """Return the refusal of a file that is no text. None if it is text."""
    kind = binary_kind(content)
    if kind is None:
        return None
    if wide_encoding(content) is not None:
        return Krb5ConfError(file, None, kind, tr(AS_UTF_8), "utf-16")
    return Krb5ConfError(file, None, kind, tr("the text of a krb5.conf"), "no-text")


class _NoText(Exception):  # noqa: N818 - it says what one of the files is
    """One of the files is no text."""

    def __init__(self, refusal: Krb5ConfError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _readings(files: Sequence[Content], includer: Includer | None, *, on_site: bool) -> Views:
    for name, content in files:
        _must_be_text(name, content)
    files = [(name, masked_lines(content)) for name, content in files]
    contents = dict(files)
    answers: Answers = {}
    recording = _RecordingIncluder(includer, contents, answers) if includer is not None else None
    for_java = _JavaRecordingIncluder(includer, contents, answers) if includer is not None else None
    mit: Profile | Krb5ConfError
    java: Reading | JdkRejected | Krb5ConfError
    try:
        mit = load(files, recording)
    except Krb5ConfError as error:
        mit = error
    try:
        java = jdk.read(*files[0], for_java)
    except (JdkRejected, Krb5ConfError) as error:
        java = error
    return Views(tuple(files), mit, java, on_site, contents, answers)


def after_edits(views: Views, edits: Iterable[LineEdit]) -> Views:
    """Return the readings of the same files with these lines changed.

    Nothing is looked up again.
    """
    names = tuple(name for name, _ in views.files)
    sources = Sources(names, views.contents, views.answers).edited(edits)
    return replace(from_sources(sources, views.javas, on_site=views.on_site), principals=views.principals)


def from_sources(sources: Sources, javas: tuple[JavaRange, ...] | None = None, *, on_site: bool = False) -> Views:
    """Return the readings of bytes that were read before.

    `javas`: releases of Java that may read them. None for all.
    """
    views = read(sources.files, sources, on_site=on_site)
    return views if javas is None else replace(views, javas=javas)


@once
def views_of(case: Case) -> Views | None:
    """Return the readings of a case's krb5.conf by all releases of Java, and by libkrb5.

    None if the case has none that libkrb5 reads.
    """
    return None if case.krb5 is None else from_sources(sources_of(case.krb5))


@mutable
class _RecordingIncluder:
    """An includer that records each file which one of the families may read."""

    inner: Includer
    contents: dict[str, bytes]
    answers: Answers

    def file(self, path: str) -> Content | None:
        content = self.inner.file(path)
        self.answers[("include", plain_path(path))] = None if content is None else (content[0],)
        if content is None:
            return None
        _must_be_text(*content)
        shown = content[0], masked_lines(content[1])
        self.contents.setdefault(*shown)
        return shown

    def directory(self, path: str) -> Sequence[Content] | None:
        contents = self.inner.directory(path)
        self.answers[("includedir", plain_path(path))] = (
            None if contents is None else tuple(name for name, _ in contents if _is_accepted(name))
        )
        if contents is None:
            return None
        accepted: list[Content] = []
        for name, content in contents:
            if _is_accepted(name):
                _must_be_text(name, content)
                accepted.append((name, masked_lines(content)))
                self.contents.setdefault(*accepted[-1])
        return accepted


@mutable
class _JavaRecordingIncluder(_RecordingIncluder):
    """The same for the JDK's reader, which asks whether the empty file that an `include` names is a
    directory. The files of that directory are not read."""

    _may_be_directory: bool = False

    def file(self, path: str) -> Content | None:
        content = _RecordingIncluder.file(self, path)
        self._may_be_directory = content is not None and not content[1]
        return content

    def directory(self, path: str) -> Sequence[Content] | None:
        if self._may_be_directory:
            self._may_be_directory = False
            contents = self.inner.directory(path)
            if contents is not None:
                self.answers[("includedir", plain_path(path))] = tuple(
                    name for name, _ in contents if _is_accepted(name)
                )
            return contents
        return _RecordingIncluder.directory(self, path)


def _is_accepted(name: str) -> bool:
    return ACCEPTED.fullmatch(name.rpartition("/")[2]) is not None


def _must_be_text(file: str, content: bytes) -> None:
    refusal = no_text(file, content)
    if refusal is not None:
        raise _NoText(refusal)


def _included(tree: Tree) -> Iterator[Tree]:
    todo: list[Node] = list(reversed(tree.nodes))
    while todo:
        node = todo.pop()
        if isinstance(node, Include):
            yield from node.trees
        elif isinstance(node, Block):
            todo += reversed(node.nodes)


def words(raw: bytes) -> str:
    """Return a raw line as libkrb5 reads it: up to a NUL, without blanks around it."""
    return raw.partition(b"\0")[0].strip(BLANKS).decode("utf-8", "surrogateescape")
