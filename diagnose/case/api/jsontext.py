"""On which line of a JSON text does a value stand?

Decoding loses the lines, but a rule that decides a verdict has to point to its line. The standard
library decodes the text first, so the scanner below may assume that it is valid. The scanner keeps
one small frame for each open bracket, and no copy of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from diagnose.case.errors import CaseError
from probes.files.file_type import wide_encoding
from probes.frozen import frozen, mutable
from probes.language import marked, tr
from probes.regex import regex

MAX_DOCUMENTS = 10_000
"""Most answers in one file. A page of these APIs holds at least one element, so a larger number is
no export."""

Step = str | int
Pairs = list[tuple[str, Any]]

_TOKEN = regex(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_MARKS = ("{", "}", "[", "]", ",", ":", "'", '"')
_TYPOGRAPHIC = "“”„‘’«»"
_SPACE = regex(r"[ \t\r\n]*")


@frozen
class JsonPlace:
    """A place in a JSON text."""

    line: int
    """1-based line."""
    key: str | None
    """The key as the text spells it. None for an element of an array or the whole text."""


@frozen
class Value:
    """One top-level value."""

    value: Any
    """The decoded value."""
    offset: int
    """Character at which it starts."""
    line: int
    """1-based line on which it starts."""


class RepeatedKeyError(Exception):
    """One object has a key twice, with two values. Raised by a `collect` of `values`."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(second)
        self.spellings = first, second
        """The key, as it stands the first and the second time."""


def text_of(file: str, content: bytes) -> str:
    """Return the text of UTF-8 or UTF-16, with or without a mark. CaseError for anything else.

    Windows PowerShell writes UTF-16 if output is redirected. The command before an answer and the
    prompt behind it, as a copy from a terminal has them, become spaces.
    """
    encoding = wide_encoding(content) or "utf-8-sig"
    try:
        return _without_prompts(content.decode(encoding))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CaseError(file, line, tr("bytes that are no text"), tr("JSON in UTF-8")) from None


_COMMAND = regex(r"\s*[^\n{}\"]{0,200}\baliyun [^\n]{0,2000}\n(?=\s*[{\[])")
_PROMPT = regex(r"(?<=[}\]])\s*\n[^\n{}]{0,200}[$#%>][ \t]*\s*\Z")


def _without_prompts(text: str) -> str:
    """Return the text with spaces in place of one command before it and one prompt behind it."""
    if command := _COMMAND.match(text):
        text = _blank(text[: command.end()]) + text[command.end() :]
    if prompt := _PROMPT.search(text, max(0, len(text) - 400)):
        text = text[: prompt.start()] + _blank(text[prompt.start() :])
    return text


def _blank(text: str) -> str:
    """Return spaces, and the line ends, so that each line keeps its number."""
    return re.sub(r"[^\n]", " ", text)


_MISTAKES = {
    "Unterminated string starting at": (marked("a string without its closing quote"), marked('a closing "')),
    "Invalid control character at": (
        marked("a line end or a control character in a string"),
        marked("it escaped, as in \\n"),
    ),
    "Invalid \\escape": (marked("an unknown escape in a string"), 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u'),
    "Invalid \\uXXXX escape": (
        marked("an incomplete \\u escape in a string"),
        marked("four hexadecimal digits after \\u"),
    ),
}
"""What the decoder says -> what was found, and what was expected."""
_TO_THE_END = ("Unterminated string starting at", "Invalid \\uXXXX escape")
"""Mistakes that a cut text has too, if it ends in a string."""


def values(file: str, text: str, collect: Callable[[Pairs], Any]) -> list[Value]:
    """Return every top-level value: one answer, JSON lines, or answers that were appended to one
    file.

    `collect` makes each object. CaseError with the line at which the text stops being JSON.
    """
    decoder = json.JSONDecoder(object_pairs_hook=collect)
    found: list[Value] = []
    position = _SPACE.match(text, 0).end()  # type: ignore[union-attr]
    line = 1 + text.count("\n", 0, position)
    while position < len(text):
        if len(found) == MAX_DOCUMENTS:
            raise CaseError(
                file, line, tr("more than {count} values", count=MAX_DOCUMENTS), tr("the answers of one export")
            )
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise CaseError(file, error.lineno, *_syntax(text, error)) from None
        except RepeatedKeyError as error:
            found_key, place = tr("the key {key} twice", key=error.spellings[1]), _repeated(text, position, line, error)
            raise CaseError(file, place, found_key, tr("each key once in an object")) from None
        except RecursionError:
            raise CaseError(file, line, tr("brackets nested too deeply"), tr("an API answer")) from None
        except ValueError:  # an integer with more digits than the interpreter converts
            raise CaseError(file, line, tr("a number of thousands of digits"), tr("an API answer")) from None
        found.append(Value(value, position, line))
        start, position = position, _SPACE.match(text, end).end()  # type: ignore[union-attr]
        line += text.count("\n", start, position)
    return found


def _repeated(text: str, offset: int, line: int, error: RepeatedKeyError) -> int:
    """Return the line of the key that stands twice in one object, of the second time."""
    first, second = error.spellings
    objects: list[set[str]] = []
    before = ""
    for token in _TOKEN.finditer(text, offset):
        mark = token.group()
        if mark in ("{", "["):
            objects.append(set())
        elif mark in ("}", "]"):
            objects.pop()
        elif mark == ":":
            if before == second and first in objects[-1]:
                return line + text.count("\n", offset, token.start())
            objects[-1].add(before)
        elif mark.startswith('"'):
            before = _key(mark)
    return line


def _syntax(text: str, error: json.JSONDecodeError) -> tuple[str, str]:
    """Return what stands at the error and what should stand there.

    The text itself may be part of a secret, so at most one mark of punctuation is quoted.
    """
    is_open = error.msg in _TO_THE_END and text.rstrip()[-1:] not in ("}", "]")
    if is_open or (error.pos >= len(text.rstrip()) and text.lstrip()[:1] in ("{", "[")):
        return tr("a text that is cut off"), tr("the whole answer")
    if error.msg in _MISTAKES:
        found, wanted = _MISTAKES[error.msg]
        return tr(found), tr(wanted)
    if text.lstrip()[:1] == "<":
        return tr("an HTML or XML page, for example of a login"), tr(
            "the JSON answer of an API: log in and save it again"
        )
    at_end = error.pos >= len(text.rstrip())
    if not at_end and text[error.pos] in _TYPOGRAPHIC:
        found = tr("a typographic quote ({quote}), as text programs write it", quote=text[error.pos])
        return found, tr('the quote " of the answer itself')
    mark = "" if at_end else text[error.pos]
    found = tr("the end of the file") if at_end else f"{mark!r}" if mark in _MARKS else tr("other text")
    wanted = error.msg.removeprefix("Expecting ")
    if wanted == error.msg:
        return tr("{found} ({message})", found=found, message=error.msg), tr("a JSON value")
    return found, tr("a JSON value") if wanted == "value" else wanted


@mutable
class _Frame:
    """One open bracket."""

    is_object: bool
    """True for an object, False for an array."""
    matched: int
    """How many steps of the wanted path lead here. -1 if this is off the path."""
    own: str | None
    """The key that leads here. None in an array, and off the path."""
    key: str | None = None
    index: int = 0


@frozen
class Locator:
    """Finds values of one top-level value by path."""

    text: str
    """The whole text."""
    offset: int
    """Character at which the top-level value starts."""
    line: int
    """1-based line on which it starts."""
    spell: Callable[[str], str]
    """Returns the canonical spelling of a key."""
    wrappers: dict[str, str]
    """List key -> the key inside it that is no step of its own: `{"Permissions": {"Permission":
    […]}}` is the list `Permissions`."""

    def place(self, path: Sequence[Step]) -> JsonPlace:
        """Return where the value at `path` starts, or else the nearest enclosing value
        that exists."""
        if not path:
            return JsonPlace(self.line, None)
        best, found, depth = self.offset, None, 0
        for matched, _, key, start in self._scan(path):
            if matched > depth or (matched == depth == len(path)):
                best, found, depth = start, key, matched
        return JsonPlace(self.line + self.text.count("\n", self.offset, best), found)

    def elements(self, path: Sequence[Step]) -> tuple[int, ...]:
        """Return the line of every element of the array at `path`, in one pass."""
        lines: list[int] = []
        line, seen = self.line, self.offset
        for _, element, _, start in self._scan(path):
            if element:
                line += self.text.count("\n", seen, start)
                seen = start
                lines.append(line)
        return tuple(lines)

    def _scan(self, path: Sequence[Step]) -> Iterator[tuple[int, bool, str | None, int]]:
        """Yield for every value on the path or below its end: steps matched or -1, whether it is an
        element of the array at `path`, its key and the character at which it starts."""
        stack: list[_Frame] = []
        for token in _TOKEN.finditer(self.text, self.offset):
            mark = token.group() if token.end() - token.start() == 1 else ""
            frame = stack[-1] if stack else None
            if mark == ":":
                continue
            if mark in ("}", "]"):
                stack.pop()
            elif mark == "," and frame:
                frame.key, frame.index = None, frame.index + 1
                continue
            elif frame and frame.is_object and frame.key is None:
                frame.key = "" if frame.matched < 0 else _key(token.group())
                continue
            else:
                matched = -1 if frame and frame.matched < 0 else self._matched(frame, path)
                element = frame is not None and not frame.is_object and frame.matched == len(path)
                key = frame.key if frame else None
                if element or matched >= 0:
                    yield matched, element, key, token.start()
                if mark in ("{", "["):
                    own = self.spell(key) if key is not None and matched >= 0 else None
                    stack.append(_Frame(mark == "{", matched, own))
            if not stack:
                return

    def _matched(self, frame: _Frame | None, path: Sequence[Step]) -> int:
        """Return how many steps of the path lead to the next value of this bracket, which is on the
        path itself. -1 if the value is off it."""
        if frame is None:
            return 0
        step: Step = self.spell(frame.key) if frame.is_object and frame.key is not None else frame.index
        if frame.matched < len(path) and step == path[frame.matched]:
            return frame.matched + 1
        return frame.matched if frame.own is not None and self.wrappers.get(frame.own) == step else -1


def _key(token: str) -> str:
    if "\\" in token:
        decoded: str = json.loads(token)
        return decoded
    return token[1:-1]
