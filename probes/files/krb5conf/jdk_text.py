"""Which statements are left of a krb5.conf after the JDK joined its includes and normalised its
lines?

This is the first half of `jdk_table`. OpenJDK 17, `Config.readConfigFileLines` and
`loadConfigFile`:

- Lines are trimmed.
- Includes count only before the first section of a file.
- A section header becomes an ordinary opening brace, with one closing brace before it, whatever is
  open there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from probes.errors import FormatError
from probes.files.krb5conf.errors import Krb5ConfError, excerpt
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from probes.files.krb5conf.profile import INCLUDE_DEPTH, INCLUDED_FILES, TOTAL_BYTES, Includer
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

BLANKS: Final = "".join(map(chr, range(0x21)))
"""Characters that String.trim() cuts: all up to the blank, NUL among them."""

LOADING_FAILED: Final = "krb5.conf loading failed"
"""The JDK's one text for everything that cannot be read.

It means bytes that are not UTF-8, or an include that is missing, relative, repeated or a directory.
"""

Problem = Literal["encoding", "directory", "second-include", "relative-path", "statement"]
"""Why the JDK rejects a file.

- encoding: bytes that are not UTF-8.
- directory: an `include` line names a directory.
- second-include: a second include line leads to the same file.
- relative-path: an include line names a path that does not begin with '/'.
- statement: anything else.
"""


class JdkRejected(FormatError):  # noqa: N818 - it names what happens to the file, not an error here
    """The JDK throws this configuration away as a whole.

    - message: the JDK's own words, which its logs show.
    - problem: what is wrong.
    """

    def __init__(
        self,
        file: str,
        line: int | None,
        message: str,
        found: str,
        expected: str,
        problem: Problem = "statement",
    ) -> None:
        super().__init__(file, line, found, expected)
        self.message, self.problem = message, problem


@frozen
class JdkLine:
    """One line as the JDK keeps it: trimmed; comments and empty lines are left out."""

    text: str
    """The line without blanks around it."""
    file: str
    """File that holds it."""
    line: int
    """1-based."""
    implied: bool = False
    """True for a `}` that the file does not contain."""


_ACCEPTED: Final = regex(r"[a-zA-Z0-9_-]+|(?!\.).*\.conf", re.DOTALL)


class JdkSource:
    """The lines of a file, with the lines of its includes in their place."""

    def __init__(self, includer: Includer | None, rules: JdkRules = JDK_17) -> None:
        self._includer, self._rules = includer, rules
        self._seen: set[str] = set()
        self._bytes = 0
        self.missing: list[Origin] = []
        self.ignored: list[Origin] = []

    def lines(self, file: str, content: bytes, depth: int, by: Origin | None) -> Iterator[JdkLine]:
        """Yield the lines of one file. `by` is the include line that named it."""
        self._bounds(file, content, depth, by)
        try:
            decoded = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            found = tr("bytes that are not UTF-8")
            raise JdkRejected(file, line, LOADING_FAILED, found, "UTF-8", "encoding") from None
        preamble = True
        for number, raw in _lines(decoded):
            text = raw.strip(BLANKS)
            if not text or text[0] in "#;":
                continue
            if not preamble or text[0] == "[":
                preamble = False
                yield JdkLine(text, file, number)
            elif not self._rules.reads_includes:
                self.ignored.append(Origin(file, number, excerpt(text)))
            elif text.startswith("includedir "):
                yield from self._directory(text.removeprefix("includedir ").strip(BLANKS), Origin(file, number), depth)
            elif text.startswith("include "):
                yield from self._file(text.removeprefix("include ").strip(BLANKS), Origin(file, number), depth)
            else:
                self.ignored.append(Origin(file, number, excerpt(text)))

    def _bounds(self, file: str, content: bytes, depth: int, by: Origin | None) -> None:
        self._bytes += len(content)
        if self._bytes > TOTAL_BYTES:
            raise Krb5ConfError(
                file,
                None,
                tr("{count} bytes of configuration", count=self._bytes),
                tr("at most {count}", count=TOTAL_BYTES),
                "too-big",
            )
        if file in self._seen:
            include_line = by or Origin(file, None)
            raise JdkRejected(
                include_line.file,
                include_line.line,
                LOADING_FAILED,
                tr("a second include of {file}", file=excerpt(file)),
                tr("every file included once"),
                "second-include",
            )
        self._seen.add(file)
        if depth > INCLUDE_DEPTH:
            raise Krb5ConfError(
                file,
                None,
                tr("includes more than {count} files deep", count=INCLUDE_DEPTH),
                tr("includes that end"),
                "too-deep",
            )
        if len(self._seen) > INCLUDED_FILES:
            found = tr("more than {count} included files", count=INCLUDED_FILES)
            raise Krb5ConfError(file, None, found, tr("fewer"), "too-many-files")

    def _file(self, path: str, origin: Origin, depth: int) -> Iterator[JdkLine]:
        _no_nul(path, origin)
        if not path.startswith("/"):
            raise _relative(path, origin)
        included = self._includer.file(_java_path(path)) if self._includer is not None else None
        if included is None or self._includer is None:
            self.missing.append(Origin(origin.file, origin.line, f"include {path}"))
            return
        if not included[1] and self._includer.directory(path) is not None:  # an empty file to libkrb5
            found = tr("the directory {path}", path=excerpt(path))
            raise JdkRejected(origin.file, origin.line, LOADING_FAILED, found, tr("a file to include"), "directory")
        yield from self.lines(*included, depth + 1, origin)

    def _directory(self, path: str, origin: Origin, depth: int) -> Iterator[JdkLine]:
        _no_nul(path, origin)
        entries = self._includer.directory(_java_path(path)) if self._includer is not None else None
        if entries is None:
            self.missing.append(Origin(origin.file, origin.line, f"includedir {path}"))
            return
        for name, content in sorted(entries) if self._rules.sorts_includes else entries:
            if _ACCEPTED.fullmatch(name.rpartition("/")[2]) is None:
                continue
            if not path.startswith("/"):
                raise _relative(path, origin)
            yield from self.lines(name, content, depth + 1, origin)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers.

    A lone CR ends a line for Java as well. Editors and this reader count line feeds.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        for piece in line.split("\r"):
            yield number, piece


def _java_path(path: str) -> str:
    """Return the path as java.nio.file.Path keeps it: without repeated slashes and without the last
    one.
    """
    return re.sub("/{2,}", "/", path).rstrip("/") or ("/" if path else "")


def _relative(path: str, origin: Origin) -> JdkRejected:
    found, expected = tr("the relative path {path}", path=excerpt(path)), tr("a path that begins with '/'")
    return JdkRejected(origin.file, origin.line, LOADING_FAILED, found, expected, "relative-path")


def _no_nul(path: str, origin: Origin) -> None:
    if "\0" in path:
        raise JdkRejected(
            origin.file,
            origin.line,
            f"Nul character not allowed: {path}",
            tr("a NUL in the path {path}", path=excerpt(path)),
            tr("a path without it"),
        )


def normal(lines: Iterator[JdkLine]) -> Iterator[JdkLine]:
    """Yield one statement a line: `a = b`, `a = {` or `}`.

    A header becomes `name = {`, after a `}` for the section before it, whatever is open there.
    """
    previous: JdkLine | None = None
    for line in lines:
        if line.text.startswith("["):
            title = line.text[1:-1].strip(BLANKS)
            if not line.text.endswith("]") or not title:
                raise illegal(line, tr("a section header such as [realms], alone on its line"))
            if previous is not None:
                yield previous
                yield JdkLine("}", line.file, line.line, implied=True)
            previous = JdkLine(title + " = {", line.file, line.line)
            continue
        assert previous is not None  # `JdkSource` yields no line before the first header
        if not line.text.startswith("{"):
            yield previous
            previous = line
            continue
        previous = JdkLine(previous.text + " {", previous.file, previous.line)
        if len(line.text) > 1:
            yield previous
            previous = JdkLine(line.text[1:].strip(BLANKS), line.file, line.line)
    if previous is not None:
        yield previous
        yield JdkLine("}", previous.file, previous.line, implied=True)


def illegal(line: JdkLine, expected: str) -> JdkRejected:
    """Return the error for a line that the JDK calls illegal."""
    return JdkRejected(line.file, line.line, f"Illegal config content:{line.text}", excerpt(line.text), expected)
