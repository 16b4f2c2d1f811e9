"""Where in a JSON text does a value stand? Decoding throws the lines away; a rule that decides a verdict has to point back at its line.

The text is decoded first by the standard library, so the scanner below may assume that it is valid. It keeps one small frame for each open bracket and
never a copy of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from diagnose.case.errors import CaseError

MAX_DOCUMENTS = 10_000
"""Answers in one file. A page of any of these APIs holds at least one element, so more than this is not an export."""

Step = str | int
Pairs = list[tuple[str, Any]]

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Place:
    """line: 1-based; key: the key as the text spells it, None for an element of an array or the whole text."""

    line: int
    key: str | None


@dataclass(frozen=True, slots=True)
class Value:
    """One top-level value: offset and 1-based line where it starts."""

    value: Any
    offset: int
    line: int


def text_of(file: str, content: bytes) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark: Windows PowerShell writes the latter when output is redirected. CaseError otherwise."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CaseError(file, line, "bytes that are no text", "JSON in UTF-8") from None


def values(file: str, text: str, collect: Callable[[Pairs], Any]) -> list[Value]:
    """Every top-level value of the text: one answer, JSON lines, or answers that were appended to one file. `collect` makes each object.

    CaseError with the line where the text stops being JSON.
    """
    decoder = json.JSONDecoder(object_pairs_hook=collect)
    found: list[Value] = []
    position = _SPACE.match(text, 0).end()  # type: ignore[union-attr]
    line = 1 + text.count("\n", 0, position)
    while position < len(text):
        if len(found) == MAX_DOCUMENTS:
            raise CaseError(file, line, f"more than {MAX_DOCUMENTS} values", "the answers of one export")
        try:
            value, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise CaseError(file, error.lineno, *_syntax(text, error)) from None
        except RecursionError:
            raise CaseError(file, line, "brackets nested too deeply", "an API answer") from None
        except ValueError:  # an integer of more digits than the interpreter converts
            raise CaseError(file, line, "a number of thousands of digits", "an API answer") from None
        found.append(Value(value, position, line))
        start, position = position, _SPACE.match(text, end).end()  # type: ignore[union-attr]
        line += text.count("\n", start, position)
    return found


def _syntax(text: str, error: json.JSONDecodeError) -> tuple[str, str]:
    rest = text[error.pos : error.pos + 24].split("\n", maxsplit=1)[0].strip()
    found = "the end of the file" if error.pos >= len(text.rstrip()) else f"{rest!r}"
    wanted = error.msg.removeprefix("Expecting ")
    if wanted == error.msg:
        return found, "valid JSON"
    return found, "a JSON value" if wanted == "value" else wanted


@dataclass(slots=True)
class _Frame:
    """One open bracket. matched: how many steps of the wanted path lead here, -1 if this is off the path; own: the key that leads here."""

    is_object: bool
    matched: int
    own: str | None
    key: str | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds values of one top-level value by path. spell: wire spelling of a key; wrappers: list key -> the key inside it that is no step of its own
    (`{"Permissions": {"Permission": […]}}` is the list `Permissions`)."""

    text: str
    offset: int
    line: int
    spell: Callable[[str], str]
    wrappers: dict[str, str]

    def place(self, path: Sequence[Step]) -> Place:
        """Where the value at `path` starts; the nearest enclosing value that exists if the path leads nowhere."""
        best, depth = Place(self.line, None), 0
        if not path:
            return best
        for matched, _, key, line in self._scan(path):
            if matched > depth or (matched == depth == len(path)):
                best, depth = Place(line, key), matched
        return best

    def elements(self, path: Sequence[Step]) -> tuple[int, ...]:
        """The line of every element of the array at `path`, in one pass."""
        return tuple(line for _, element, _, line in self._scan(path) if element)

    def _scan(self, path: Sequence[Step]) -> Iterator[tuple[int, bool, str | None, int]]:
        """For every value: steps matched or -1, whether it is an element of the array at `path`, its key, its line."""
        stack: list[_Frame] = []
        line, seen = self.line, self.offset
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
                line += self.text.count("\n", seen, token.start())
                seen = token.start()
                matched = self._matched(frame, path)
                element = frame is not None and not frame.is_object and frame.matched == len(path)
                key = frame.key if frame else None
                yield matched, element, key, line
                if mark in ("{", "["):
                    stack.append(_Frame(mark == "{", matched, self.spell(key) if key is not None else None))
            if not stack:
                return

    def _matched(self, frame: _Frame | None, path: Sequence[Step]) -> int:
        if frame is None:
            return 0
        if frame.matched < 0:
            return -1
        step: Step = self.spell(frame.key) if frame.is_object and frame.key is not None else frame.index
        if frame.matched < len(path) and step == path[frame.matched]:
            return frame.matched + 1
        return frame.matched if frame.own is not None and self.wrappers.get(frame.own) == step else -1


def _key(token: str) -> str:
    if "\\" in token:
        decoded: str = json.loads(token)
        return decoded
    return token[1:-1]
