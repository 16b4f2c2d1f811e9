"""Which statements does one krb5.conf hold? The grammar of MIT's profile files, as libkrb5 1.20
reads it.

The reader goes line by line and never looks ahead, as libkrb5 does. This explains its odd rules:

- a value is split at 2047 bytes
- before the first header, only a header at column 0 counts
- a `{` must stand on the very next line
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from probes.files.krb5conf.errors import Krb5ConfError, Rule, excerpt
from probes.files.krb5conf.tree import Block, Directive, Include, Krb5Setting, Line, Node, Silent, Tree, Why
from probes.language import tr

PIECE: Final = 2047
"""libkrb5 reads lines into 2048 bytes, one of which is the terminator."""

NESTING: Final = 20
"""Most braces within braces. Files in use have three."""

BLANKS: Final = b" \t\n\v\f\r"
"""Characters that isspace() accepts in every locale that matters."""


class Including(Protocol):
    """Reads what an include line names; None if it does not exist. `line` is used in the error
    text.
    """

    def __call__(self, directive: Directive, path: str, line: int) -> tuple[Tree, ...] | None: ...


def text(raw: bytes) -> str:
    """Decode a name or a value. To libkrb5 they are bytes; surrogate escapes keep all of them
    different.
    """
    return raw.decode("utf-8", "surrogateescape")


def lines(content: bytes) -> Iterator[Line]:
    """Yield the pieces that libkrb5 takes for lines."""
    start = number = 0
    while start < len(content):
        number += 1
        newline = content.find(b"\n", start)
        end = len(content) if newline < 0 else newline + 1
        for piece_start in range(start, end, PIECE):
            yield Line(number, content[piece_start : min(piece_start + PIECE, end)])
        start = end


def parse(file: str, content: bytes, include: Including) -> Tree:
    """Parse one file, and included ones through `include`.

    Krb5ConfError if libkrb5 would refuse the file, or at more than `NESTING` levels.
    """
    parser = _Parser(file, include)
    for line in lines(content):
        parser.feed(line)
    return parser.finish()


class _Open:
    """A block whose end was not read yet. The outermost one is the file."""

    __slots__ = ("final", "line", "name", "nodes")

    def __init__(self, name: str, final: bool, line: Line | None) -> None:
        self.name, self.final, self.line = name, final, line
        self.nodes: list[Node] = []


class _Parser:
    """State between lines: the open blocks (file, section, subsections …) and whether a `{` must
    follow.
    """

    def __init__(self, file: str, include: Including) -> None:
        self._file, self._include = file, include
        self._open: list[_Open] = [_Open("", False, None)]
        self._brace_due = False

    def feed(self, line: Line) -> None:
        # A C string ends at its first NUL, whatever follows on the line.
        read = line.raw.partition(b"\0")[0]
        for directive in _DIRECTIVES:
            if read.startswith(directive.encode()) and read[len(directive) : len(directive) + 1] in _BLANK_BYTES:
                self._included(directive, read, line)
                return
        if len(self._open) == 1:
            self._preamble(read, line)
        elif self._brace_due:
            self._brace(read, line)
        else:
            self._statement(read, line)

    def finish(self) -> Tree:
        while len(self._open) > 1:
            self._close(None, False)
        return Tree(self._file, tuple(self._open[0].nodes))

    def _included(self, directive: Directive, read: bytes, line: Line) -> None:
        # Only the line end is cut: a trailing blank belongs to the name for libkrb5.
        path = text(read[len(directive) :].lstrip(BLANKS).rstrip(b"\r\n"))
        if not path:
            raise self._error(
                line, "include-nothing", tr("'{directive}' alone", directive=directive), tr("a path after it")
            )
        trees = self._include(directive, path, line.number)
        self._add(Include(directive, path, trees or (), trees is None, line))

    def _preamble(self, read: bytes, line: Line) -> None:
        if read.startswith(b"module") and read[6:7] in _BLANK_BYTES:
            raise self._error(
                line,
                "module",
                tr("module line {text}", text=excerpt(read.strip(BLANKS))),
                tr("sections; a loadable module cannot be read"),
            )
        if read.startswith(b"["):
            self._statement(read, line)
        else:
            self._silent("preamble", line)

    def _brace(self, read: bytes, line: Line) -> None:
        if not read.lstrip(BLANKS).startswith(b"{"):
            opened = self._open[-1]
            statement = excerpt(read.strip(BLANKS)) if read.strip(BLANKS) else tr("an empty line")
            expected = tr("'{{' right after the line {text}", text=excerpt(opened.name + " ="))
            culprit = opened.line.number if opened.line is not None else None
            raise Krb5ConfError(self._file, line.number, statement, expected, "missing-brace", culprit)
        self._brace_due = False
        self._silent("brace", line)

    def _statement(self, read: bytes, line: Line) -> None:
        bare = read.lstrip(BLANKS).rstrip(b"\r\n")
        match bare[:1]:
            case b"":
                self._silent("blank", line)
            case b"#" | b";":
                self._silent("comment", line)
            case b"[":
                self._header(bare, line)
            case b"}":
                if len(self._open) <= 2:
                    raise self._error(
                        line,
                        "extra-brace",
                        tr("{brace} with nothing to close", brace="'}'"),
                        tr("a relation, a section header or the end of the file"),
                    )
                self._close(line, bare[1:2] == b"*")
            case _:
                self._relation(bare, line)

    def _header(self, bare: bytes, line: Line) -> None:
        if len(self._open) > 2:
            raise self._error(
                line,
                "section-not-top",
                tr("section header {text} inside braces", text=excerpt(bare)),
                tr("'}}' for {name} first", name=excerpt(self._open[-1].name)),
            )
        name, bracket, rest = bare[1:].partition(b"]")
        final = rest.startswith(b"*")
        if not bracket or rest[final:].strip(BLANKS):
            raise self._error(
                line, "section-syntax", excerpt(bare), tr("a section header such as [realms], alone on its line")
            )
        if len(self._open) == 2:
            self._close(None, False)
        self._open.append(_Open(text(name), final, line))

    def _relation(self, bare: bytes, line: Line) -> None:
        tag, equals, value = bare.partition(b"=")
        words = tag.split(None, 1) if tag else []
        if not equals or len(words) != 1:
            expected = tr("'name = value' with one word before '='")
            raise self._error(line, "relation-syntax", excerpt(bare), expected)
        name, star, _ = words[0].partition(b"*")
        final = bool(star)
        value = value.lstrip(BLANKS)
        if value.startswith(b'"'):
            self._add(Krb5Setting(text(name), text(_unquote(value[1:])), final, True, line))
        elif not value or (value.startswith(b"{") and not value[1:].strip(BLANKS)):
            if len(self._open) - 2 >= NESTING:
                found = tr("more than {count} levels of braces", count=NESTING)
                raise self._error(line, "too-deep", found, tr("a file that nests less"))
            self._brace_due = not value
            self._open.append(_Open(text(name), final, line))
        else:
            self._add(Krb5Setting(text(name), text(value.rstrip(BLANKS)), final, False, line))

    def _close(self, close: Line | None, close_final: bool) -> None:
        done = self._open.pop()
        assert done.line is not None  # only the file itself has none, and finish() keeps it
        self._add(Block(done.name, done.final, done.line, tuple(done.nodes), close, close_final))

    def _silent(self, why: Why, line: Line) -> None:
        self._add(Silent(why, line))

    def _add(self, node: Node) -> None:
        self._open[-1].nodes.append(node)

    def _error(self, line: Line, rule: Rule, found: str, expected: str) -> Krb5ConfError:
        return Krb5ConfError(self._file, line.number, found, expected, rule)


_DIRECTIVES: Final[tuple[Directive, ...]] = ("include", "includedir")
_BLANK_BYTES: Final = frozenset(bytes([blank]) for blank in BLANKS)
_ESCAPES: Final = {ord("n"): ord("\n"), ord("t"): ord("\t"), ord("b"): ord("\b")}


def _unquote(raw: bytes) -> bytes:
    """Read up to the closing quote, or to the end if there is none. What follows the quote is
    ignored.
    """
    out = bytearray()
    place = 0
    while place < len(raw) and raw[place] != ord('"'):
        if raw[place] == ord("\\") and place + 1 < len(raw):
            place += 1
            out.append(_ESCAPES.get(raw[place], raw[place]))
        else:
            out.append(raw[place])
        place += 1
    return bytes(out)
