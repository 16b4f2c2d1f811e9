"""Which variables does a shell fragment such as spark-env.sh assign, and where? The file is read,
never run.

Words are cut as bash cuts them
(https://www.gnu.org/software/bash/manual/bash.html#Shell-Operation): quotes, escapes, continued
lines, comments and here-documents. What needs a running shell is not evaluated:

- every branch of `if`, `case`, loops and functions counts, in the order of the text
- command and arithmetic substitutions stay text
- a reference stays text if the file has not assigned the variable and gives no default
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import field

from probes.errors import FormatError
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.files.hadoopconf import Setting
from probes.frozen import mutable
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

MAX_BYTES = 1 << 20
MAX_EXPANDED = 4 << 20
"""Characters that references may add in one file. `A=$A$A` doubles with every line."""

MAX_NESTING = 50

_ASSIGNMENT = regex(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = regex(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(\}|:?[-=])")
_HERE_DOCUMENT = regex(r"<<(-?)[ \t]*([\"']?)([A-Za-z0-9_.-]+)\2")
_PLAIN = regex(r"[^\\'\"`$ \t\n;&|()<>]+")
_PLAIN_IN_QUOTES = regex(r"[^\\\"`$]+")
_PLAIN_IN_BRACES = regex(r"[^\\'\"`$}]+")
_PLAIN_IN_RAW = regex(r"[^\\'\"`$(){}]+")
_NAMED_ESCAPES = regex(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)

_BLANK = " \t"
_ENDS_COMMAND = ";&|()"
_ENDS_WORD = _BLANK + _ENDS_COMMAND + "<>\n"
_DECLARING = frozenset({"export", "declare", "typeset", "readonly", "local"})
_BEFORE_A_COMMAND = frozenset(
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "!", "time", "{", "}"]
)

_ANSI = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


class ShellEnvError(FormatError):
    """A file is not a shell fragment that can be read.

    It has a quote or substitution that never ends, a zero byte, too much nesting or growth, or is
    too large.
    """


def read_env(file: str, content: bytes) -> tuple[Setting, ...]:
    """Return the assignments in file order, exported or not, each with the line on which it begins.

    - A variable occurs as often as it is assigned.
    - Values have their quotes removed and references to earlier assignments replaced.
    - `${A:-b}` and similar forms give the default if the file has not assigned A. `${A:=b}` assigns
      it too.
    - `A=b command` sets nothing, as in a shell. An array keeps its parentheses as text.
    - Bytes that are not UTF-8 become U+FFFD.
    - A carriage return is an ordinary letter, as in bash. So with Windows line ends, values end in
      one.

    ShellEnvError is the only error.
    """
    if len(content) > MAX_BYTES:
        raise ShellEnvError(file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}", is_our_bound=True)
    if wide_encoding(content) is not None:
        raise ShellEnvError(file, None, tr(UTF_16), tr(AS_UTF_8))
    if (at := content.find(0)) >= 0:
        raise ShellEnvError(file, content.count(b"\n", 0, at) + 1, "a zero byte", "text")
    script = _Script(file, content.decode(errors="replace"))
    while script.at < len(script.text):
        script.command()
    return tuple(script.settings)


@mutable
class _Script:
    """A place in the text, and what has been assigned up to it.

    Each method reads one construct from `at` and leaves `at` after it.
    """

    file: str
    text: str
    at: int = 0
    settings: list[Setting] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    prefix: dict[str, str] = field(default_factory=dict)
    here_documents: list[tuple[str, bool]] = field(default_factory=list)
    expanded: int = 0
    nesting: int = 0
    line_ends: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line_ends = [found.start() for found in re.finditer("\n", self.text)]

    def command(self) -> None:
        """Read one simple command with the separator that ends it.

        Keywords before it are skipped, so the commands that they control are read like any other.
        """
        pending: list[tuple[str, str, int]] = []
        word: str | None = None
        while (next_letter := self.text[self.at : self.at + 1]) and next_letter not in _ENDS_COMMAND + "\n":
            if self._skip(next_letter):
                continue
            start = self.at
            if (assignment := _ASSIGNMENT.match(self.text, start)) and (word is None or word in _DECLARING):
                name, value = assignment[1], self._value(assignment)
                pending.append((name, value, start))
                if word is None:
                    self.prefix[name] = value
                continue
            text = self.word()
            if word is None and (pending or text not in _BEFORE_A_COMMAND):
                word = text
                pending.clear()
                self.prefix.clear()
            elif word in _DECLARING and (assignment := _ASSIGNMENT.match(text)):
                pending.append((assignment[1], text[assignment.end() :], start))
        for name, value, start in pending:
            self._assign(name, value, start)
        self.prefix.clear()
        self.at += 1
        if next_letter == "\n":
            self._skip_here_documents()

    def word(self) -> str:
        """Read an unquoted word, remove its quotes and replace its references."""
        parts: list[str] = []
        while (letter := self.text[self.at : self.at + 1]) and letter not in _ENDS_WORD:
            if plain := _PLAIN.match(self.text, self.at):
                parts.append(self._take(plain.end()))
            else:
                parts.append(self._special(letter))
        return "".join(parts)

    def _skip(self, letter: str) -> bool:
        """Skip what separates words: blanks, a comment, a redirection. Return False if a word
        begins here.
        """
        if letter in _BLANK:
            self.at += 1
        elif self.text.startswith("\\\n", self.at):
            self.at += 2
        elif letter == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        elif mark := _HERE_DOCUMENT.match(self.text, self.at):
            self.here_documents.append((mark[3], bool(mark[1])))
            self.at = mark.end()
        elif letter in "<>":
            while self.text[self.at : self.at + 1] in tuple("<>&" + _BLANK):
                self.at += 1
            self.word()
        else:
            return False
        return True

    def _skip_here_documents(self) -> None:
        for mark, tabs in self.here_documents:
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                line = self._take(len(self.text) if end < 0 else end)
                self.at += 1
                if (line.lstrip("\t") if tabs else line) == mark:
                    break
        self.here_documents.clear()

    def _value(self, assignment: re.Match[str]) -> str:
        """Read what follows `NAME=` or `NAME+=`."""
        self.at = assignment.end()
        value = self._raw(self.at, ")", 1) if self.text.startswith("(", self.at) else self.word()
        return (self._refer(assignment[1]) or "") + value if assignment[2] else value

    def _assign(self, name: str, value: str, start: int) -> None:
        self.known[name] = value
        self.settings.append(Setting(name, value, Origin(self.file, self._line(start), name)))

    def _refer(self, name: str) -> str | None:
        value = self.prefix.get(name, self.known.get(name))
        self.expanded += len(value or "")
        if self.expanded > MAX_EXPANDED:
            raise self._bound(self.at, f"references that add more than {MAX_EXPANDED} letters")
        return value

    def _special(self, letter: str) -> str:
        """Read a backslash, a quote or a substitution outside double quotes. Any other letter
        stands for itself.
        """
        following = self.text[self.at + 1 : self.at + 2]
        match letter, following:
            case "\\", "\n":
                self.at += 2
                return ""
            case "\\", following if following:
                self.at += 2
                return following
            case "'", _:
                end = self.text.find("'", self.at + 1)
                if end < 0:
                    raise self._error(self.at, "a single quote that never ends", "'")
                return self._take(end + 1)[1:-1]
            case '"', _:
                return self._quoted()
            case "$", "'":
                return self._ansi()
            case "$", '"':
                self.at += 1
                return self._quoted()
        return self._substitution(letter, quoted=False)

    def _quoted(self) -> str:
        start = self.at
        self.at += 1
        return self._until('"', start, _PLAIN_IN_QUOTES, quoted=True)

    def _until(self, end: str, start: int, plain_text: re.Pattern[str], *, quoted: bool) -> str:
        """Read the inside of "…" or of the default in ${…}, up to `end`, and skip `end`.

        `quoted`: double quotes surround it.
        """
        parts: list[str] = []
        while letter := self.text[self.at : self.at + 1]:
            if letter == end:
                self.at += 1
                return "".join(parts)
            if plain := plain_text.match(self.text, self.at):
                parts.append(self._take(plain.end()))
            elif not quoted or letter == '"':
                parts.append(self._special(letter))
            elif letter == "\\":
                parts.append(self._escaped_in_quotes(end))
            else:
                parts.append(self._substitution(letter, quoted=True))
        raise self._error(start, "a double quote that never ends" if end == '"' else "a ${ that never ends", end)

    def _escaped_in_quotes(self, end: str) -> str:
        pair = self._take(self.at + 2)
        if pair == "\\\n":
            return ""
        return pair[1:] if pair[1:] in {"$", "`", '"', "\\", end} else pair

    def _ansi(self) -> str:
        r"""Read $'…'. Escapes that name one letter are replaced; others stay text."""
        if not (quoted := _NAMED_ESCAPES.match(self.text, self.at)):
            raise self._error(self.at, "a single quote that never ends", "'")
        self.at = quoted.end()
        return re.sub(r"\\(.)", lambda pair: _ANSI.get(pair[1], pair[0]), quoted[1], flags=re.DOTALL)

    def _substitution(self, letter: str, *, quoted: bool) -> str:
        if letter == "`":
            return self._raw(self.at, "`", 1)
        if self.text.startswith("$(", self.at):
            return self._raw(self.at, ")", 2)
        if found := _PARAMETER.match(self.text, self.at):
            return self._parameter(found, quoted=quoted)
        if self.text.startswith("${", self.at):
            return self._raw(self.at, "}", 2, quoted=quoted)
        if letter == "$" and (found := _NAME.match(self.text, self.at + 1)):
            value = self._refer(found[0])
            self.at = found.end()
            return f"${found[0]}" if value is None else value
        return self._take(self.at + (2 if self.text.startswith("$$", self.at) else 1))

    def _parameter(self, reference: re.Match[str], *, quoted: bool) -> str:
        """Read `${A}`, `${A-b}`, `${A:-b}`, `${A=b}` or `${A:=b}`."""
        start, name, operator = self.at, reference[1], reference[2]
        value = self._refer(name)
        self.at = reference.end()
        if operator == "}":
            return reference[0] if value is None else value
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self._bound(start, f"references nested more than {MAX_NESTING} deep")
        default = self._until("}", start, _PLAIN_IN_BRACES, quoted=quoted)
        self.nesting -= 1
        if value is None or (not value and operator.startswith(":")):
            value = default
            if operator.endswith("="):
                self._assign(name, value, start)
        return value

    def _raw(self, start: int, end: str, opening: int, *, quoted: bool = False) -> str:
        """Read a construct that stays text, up to the closing letter that belongs to it."""
        closing = ['"', end] if quoted else [end]
        outside = len(closing) - 1
        self.at = start + opening
        while letter := self.text[self.at : self.at + 1]:
            if plain := _PLAIN_IN_RAW.match(self.text, self.at):
                self.at = plain.end()
                continue
            self.at += 1
            if letter == closing[-1]:
                closing.pop()
                if len(closing) == outside:
                    return self.text[start : self.at]
            elif letter == "\\":
                self.at += 1
            elif letter == "'" and next((mark for mark in reversed(closing) if mark != "}"), "") != '"':
                quote = self.text.find("'", self.at)
                self.at = len(self.text) if quote < 0 else quote + 1
            elif letter in '"`':
                closing.append(letter)
            elif letter == "$" and self.text[self.at : self.at + 1] in {"(", "{"}:
                closing.append({"(": ")", "{": "}"}[self._take(self.at + 1)])
            elif letter == "(" and closing[-1] == ")":
                closing.append(")")
            if len(closing) > MAX_NESTING:
                raise self._bound(start, f"substitutions nested more than {MAX_NESTING} deep")
        raise self._error(start, f"{self.text[start : start + opening]} that never ends", end)

    def _take(self, end: int) -> str:
        taken, self.at = self.text[self.at : end], end
        return taken

    def _line(self, at: int) -> int:
        return bisect_left(self.line_ends, at) + 1

    def _error(self, at: int, found: str, expected: str) -> ShellEnvError:
        return ShellEnvError(self.file, self._line(at), found, expected)

    def _bound(self, at: int, found: str) -> ShellEnvError:
        return ShellEnvError(self.file, self._line(at), found, "fewer", is_our_bound=True)
