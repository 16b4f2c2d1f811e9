"""Which sections and values does the JDK read from one krb5.conf? Follows
`sun.security.krb5.Config` of OpenJDK 17, and of the releases that `jdk_rules` tells from it.

It is another language than MIT's:

- Lines are trimmed first, so columns do not matter.
- A section header closes one brace and no more.
- Includes count only before the first section of a file.
- A name may stand once as a section. Repetitions are read and thrown away. (Java 8 throws away the
  earlier one.)

Hadoop daemons, Spark, Hive and DataWorks read this dialect. Nothing here touches the file system:
the `Includer` supplies included files.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from probes.errors import FormatError
from probes.files.krb5conf.errors import Krb5ConfError, excerpt
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from probes.files.krb5conf.jdk_text import BLANKS, JdkLine, JdkRejected, JdkSource, illegal, normal
from probes.files.krb5conf.profile import Includer, Relation
from probes.files.krb5conf.syntax import NESTING
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin

CAST: Final = (
    "class java.util.Vector cannot be cast to class java.util.Hashtable "
    "(java.util.Vector and java.util.Hashtable are in module java.base of loader 'bootstrap')"
)
"""Text of the ClassCastException that the JDK throws."""


class JdkShapeError(FormatError):
    """A value stands where the JDK expects a section, or the reverse.

    Asking for it throws IllegalArgumentException. The rest of the file works.
    """

    def __init__(self, origin: Origin, found: str, expected: str) -> None:
        super().__init__(origin.file, origin.line, found, expected)
        self.origin = origin


class JdkTable:
    """A section: values and sections by name. The first use of a name decides which of the two it
    is.
    """

    __slots__ = ("entries", "key", "origin", "parent")

    def __init__(self, origin: Origin, parent: JdkTable | None) -> None:
        self.entries: dict[str, JdkTable | list[Relation]] = {}
        self.origin, self.parent = origin, parent


@frozen
class Reading:
    """One krb5.conf as the JDK reads it."""

    file: str
    """Name of the file."""
    missing: tuple[Origin, ...]
    """Include lines whose target the includer does not have. The JDK refuses such a file; this
    reading holds the rest of it.
    """
    ignored: tuple[Origin, ...]
    """Lines that the JDK skips unread, because they stand before the first section."""
    dropped: tuple[Origin, ...]
    """Sections and values that repeat a name, so the JDK throws them away."""
    _root: JdkTable = field(repr=False, compare=False)
    rules: JdkRules = field(default=JDK_17, repr=False)
    """The releases whose reading this is."""

    def values(self, *path: str) -> tuple[Relation, ...]:
        """Return all values at a path such as ("realms", "EMR.1.COM", "kdc"). () if it is absent.

        Section names in small letters. JdkShapeError if the JDK throws IllegalArgumentException.
        """
        entry_at: JdkTable | list[Relation] = self._root
        for name in path:
            if not isinstance(entry_at, JdkTable):
                raise JdkShapeError(
                    entry_at[0].origin, f"the value {excerpt(entry_at[0].value)}", "a section in braces"
                )
            entry = entry_at.entries.get(name)
            if entry is None:
                return ()
            entry_at = entry
        if isinstance(entry_at, JdkTable):
            raise JdkShapeError(entry_at.origin, f"a section {excerpt(path[-1])}", "a value")
        return tuple(entry_at)

    def first(self, *path: str) -> Relation | None:
        """Return what `Config.get` returns."""
        values = self.values(*path)
        return values[-1 if self.rules.last_wins else 0] if values else None

    def sections(self, *path: str) -> tuple[str, ...]:
        """Return the names of the sections at a path, in file order. () also if a value stands at
        the path.
        """
        table = self._table(path)
        return tuple(name for name, entry in table.entries.items() if isinstance(entry, JdkTable)) if table else ()

    def names(self, *path: str) -> tuple[str, ...]:
        """Return the names of the values at a path."""
        table = self._table(path)
        return tuple(name for name, entry in table.entries.items() if not isinstance(entry, JdkTable)) if table else ()

    def section_origin(self, *path: str) -> Origin | None:
        table = self._table(path)
        return table.origin if table is not None else None

    def _table(self, path: tuple[str, ...]) -> JdkTable | None:
        entry: JdkTable | list[Relation] | None = self._root
        for name in path:
            if not isinstance(entry, JdkTable):
                return None
            entry = entry.entries.get(name)
        return entry if isinstance(entry, JdkTable) else None


def read(file: str, content: bytes, includer: Includer | None = None, rules: JdkRules = JDK_17) -> Reading:
    """Read one file and what it includes. The JDK knows no list of files.

    - Entries of an includedir come in the order of the includer, as JDK 17 takes them in that of
      readdir(). JDK 25 sorts them.
    - JdkRejected if the JDK refuses the file. Krb5ConfError at the bounds of this reader.
    - Without an includer every include line is in `Reading.missing`.
    """
    source = JdkSource(includer, rules)
    table = _TableBuilder(file, last_wins=rules.last_wins)
    # Three passes, as in the JDK: it reports the fault of the earliest pass.
    lines = list(source.lines(file, content, 0, None))
    for line in list(normal(iter(lines))):
        table.feed(line)
    return Reading(file, tuple(source.missing), tuple(source.ignored), tuple(table.dropped), table.finish(), rules)


class _TableBuilder:
    """Builds tables from normal lines."""

    def __init__(self, file: str, *, last_wins: bool) -> None:
        self._root = self._current = JdkTable(Origin(file, None), None)
        self._last_wins = last_wins
        self._path: list[str] = []
        self._left_open: Origin | None = None
        self.dropped: list[Origin] = []

    def feed(self, line: JdkLine) -> None:
        if line.text == "}":
            self._close(line)
            return
        tag, equals, rest = line.text.partition("=")
        if not equals:
            opening, closing = "'name = {'", "'}'"
            expected = tr("'name = value', {opening} or {closing} alone on its line", opening=opening, closing=closing)
            raise illegal(line, expected)
        name, value = tag.strip(BLANKS), _unquote(rest)
        if value == "{":
            self._open(name, line)
            return
        entry = self._current.entries.get(name)
        origin = self._origin(name, line)
        if isinstance(entry, JdkTable) and self._last_wins:
            message = f"Key {name}used for both value and section"
            found = tr("a value {name} after a section", name=excerpt(name))
            raise JdkRejected(line.file, line.line, message, found, tr("one of them"))
        if isinstance(entry, JdkTable):
            self.dropped.append(origin)
        elif entry is None:
            self._current.entries[name] = [Relation(value, origin)]
        else:
            entry.append(Relation(value, origin))

    def _open(self, name: str, line: JdkLine) -> None:
        top = self._current is self._root
        if top:
            name = name.lower()
        if len(self._path) > NESTING:
            raise Krb5ConfError(
                line.file,
                line.line,
                tr("more than {count} levels of braces", count=NESTING),
                tr("a file that nests less"),
                "too-deep",
            )
        entry = self._current.entries.get(name)
        origin = self._origin(name, line)
        if self._last_wins and entry is not None:
            self.dropped.append(entry.origin if isinstance(entry, JdkTable) else entry[0].origin)
            entry = None
        if isinstance(entry, list) and top:
            raise JdkRejected(
                line.file,
                line.line,
                CAST,
                tr("a section {name} after a value of that name", name=excerpt(name)),
                tr("one or the other"),
            )
        if entry is None:
            entry = self._current.entries[name] = JdkTable(origin, self._current)
        elif not top:
            self.dropped.append(origin)
            entry = JdkTable(origin, self._current)
        assert isinstance(entry, JdkTable)
        self._current = entry
        self._path.append(name)

    def _close(self, line: JdkLine) -> None:
        if self._current.parent is None:
            raise JdkRejected(
                line.file,
                line.line,
                "Unmatched close brace",
                tr("{brace} with nothing to close", brace="'}'"),
                tr("as many {opening} as {closing}", opening="'{'", closing="'}'"),
            )
        if line.implied and len(self._path) > 1 and self._left_open is None:
            self._left_open = self._current.origin
        self._current = self._current.parent
        self._path.pop()

    def finish(self) -> JdkTable:
        if self._current is not self._root:
            unclosed = self._left_open or self._current.origin
            raise JdkRejected(
                unclosed.file,
                unclosed.line,
                "Not closed",
                tr("no '}}' for {name}", name=unclosed.key),
                tr("a closing {brace}", brace="'}'"),
            )
        return self._root

    def _origin(self, name: str, line: JdkLine) -> Origin:
        section, *rest = (*self._path, name)
        return Origin(line.file, line.line, " ".join((f"[{section}]", *rest)))


def _unquote(value: str) -> str:
    value = value.strip(BLANKS)
    if len(value) >= 2 and value[0] in "\"'" and value[-1] == value[0]:
        value = value[1:-1].strip(BLANKS)
    return value
