"""Which texts of a JSON file are secrets: members with such a key, items of a configuration?

The text is read token by token and not parsed, so a file that is cut off, or has a prompt behind
it, stays as it is, except for its secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import field
from typing import Final

from diagnose.case.secret_keys import is_secret
from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK
from probes.frozen import mutable
from probes.regex import regex

_TOKEN: Final = regex(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+|"', re.DOTALL)
_STRING: Final = regex(r'"(?:[^"\\]|\\.|\\\Z)*("|\Z)', re.DOTALL)
"""A string, or what is left of the text if it has no end. So each letter is read once."""
_NAMES: Final = regex(r"(?i)(?:.*[a-z])?(?:key|name|property|config|setting|option)|k")
"""Members whose value names a setting, such as ConfigItemKey."""
_VALUES: Final = regex(r"(?i)(?:.*[a-z])?value|v")
"""Members beside them that hold the value of that setting, such as ConfigItemValue."""
_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers of HTTP that hold a secret, as some tools list them: name, then value."""
_NUMBER: Final = regex(r"-?\d[\d.eE+-]*")
_BEGIN: Final = regex(r"^[ \t\ufeff]*(?:\{|\[[ \t]*(?:\r?$|[\[{\"\d\]-]))", re.MULTILINE)
"""Where the first answer begins. Before it may stand the command and its prompt."""
_END: Final = regex(r"^.*[}\]][ \t]*\r?$", re.MULTILINE)
MOST_DEPTH: Final = 1000
"""Deepest nesting of which the keys are kept. What is deeper is masked by its own shape alone."""


def rewritten(text: str, rewrite: Callable[[str], str]) -> str:
    """Return the JSON with each string rewritten, decoded, and all that stands between them."""
    parts, end = [], 0
    for found in _STRING.finditer(text):
        string = _rewritten(found[0], rewrite) if found[1] else rewrite(found[0])
        parts += [rewrite(text[end : found.start()]), string]
        end = found.end()
    return "".join((*parts, rewrite(text[end:])))


def _rewritten(token: str, rewrite: Callable[[str], str]) -> str:
    value = _decoded(token)
    replacement = rewrite(value)
    return token if replacement == value else json.dumps(replacement, ensure_ascii=token.isascii())


@mutable
class _JsonFrame:
    """One open bracket."""

    is_object: bool
    is_secret: bool = False
    """Whether everything in it is the value of a secret key."""
    key: str = ""
    """Key of the member that is being read."""
    named: str = ""
    """Secret key that a member of this object names."""
    awaits_value: bool = False
    before: str = ""
    """String of a list, before the one that is being read."""
    values: list[int] = field(default_factory=list)
    """Places in the output of values that belong to a name."""


def without_secret_members(text: str, tally: Tally, scan: Callable[[str], str]) -> str:
    """Return the JSON with the values of secret keys masked.

    scan: masks secrets within the text of a string.
    """
    begin = _BEGIN.search(text)
    start = begin.start() if begin else 0
    end = max((found.end() for found in _END.finditer(text, start)), default=len(text))
    if '"' in text[end:] or "{" in text[end:]:
        end = len(text)  # cut off within an answer
    walk = _JsonWalk(text[start:end], tally, scan)
    middle = walk.result()
    return scan(text[:start]) + (middle if walk.is_json else scan(middle)) + scan(text[end:])


class _JsonWalk:
    def __init__(self, text: str, tally: Tally, scan: Callable[[str], str]) -> None:
        self._text, self._tally, self._scan = text, tally, scan
        self._out: list[str] = []
        self._frames: list[_JsonFrame] = [_JsonFrame(is_object=False)]
        self._deeper = 0
        self.is_json = True
        """False if a word without quotes was met, as in a comment, a log or a dict of Python."""

    def result(self) -> str:
        end = 0
        for found in _TOKEN.finditer(self._text):
            self._out.append(self._text[end : found.start()])
            if found[0] == '"':  # a string without its end: the rest of the file
                return "".join(self._out) + '"' + self._rest(self._text[found.end() :])
            end = found.end()
            self._token(found[0])
        return "".join(self._out) + self._text[end:]

    def _rest(self, text: str) -> str:
        frame = self._frames[-1]
        if frame.is_secret or (frame.awaits_value and is_secret(frame.key, text)):
            self._tally.add("setting")
            return MASK
        return self._scan(text)

    def _token(self, token: str) -> None:
        frame = self._frames[-1]
        if token in ("{", "["):
            self._open(token)
        elif token in ("}", "]"):
            self._close()
        elif token == ":":
            frame.awaits_value = frame.is_object
        elif token == ",":
            frame.awaits_value = False
        elif token.startswith('"'):
            self._string(frame, token)
            return
        elif _NUMBER.fullmatch(token) and (frame.is_secret or (frame.awaits_value and is_secret(frame.key, token))):
            self._tally.add("setting")
            token = f'"{MASK}"'
        elif not _NUMBER.fullmatch(token) and token not in ("true", "false", "null"):
            self.is_json = False
            token = self._scan(token)
        self._out.append(token)

    def _open(self, token: str) -> None:
        if len(self._frames) > MOST_DEPTH:
            self._deeper += 1
            return
        frame = self._frames[-1]
        holds_secret = frame.is_secret or (frame.awaits_value and is_secret(frame.key, "?"))
        self._frames.append(_JsonFrame(token == "{", holds_secret))

    def _close(self) -> None:
        if self._deeper:
            self._deeper -= 1
        elif len(self._frames) > 1:
            self._frames.pop()

    def _string(self, frame: _JsonFrame, token: str) -> None:
        value = _decoded(token)
        if frame.is_object and not frame.awaits_value:
            frame.key = value
            replacement = self._scan(value)
        elif self._is_secret(frame, value):
            replacement = MASK
        else:
            replacement = self._scan(value)
            if frame.awaits_value:
                self._relate(frame, value)
        if replacement == MASK != value:
            self._tally.add("setting")
        self._out.append(token if replacement == value else json.dumps(replacement, ensure_ascii=token.isascii()))

    def _is_secret(self, frame: _JsonFrame, value: str) -> bool:
        """Return True if the key of this string is secret, or the setting that its object names."""
        if frame.is_secret or (frame.awaits_value and is_secret(frame.key, value)):
            return True
        if not frame.is_object:
            before, frame.before = frame.before, value
            return _is_key_of_list(before) and not value.startswith("-") and is_secret(before.lstrip("-"), value)
        return bool(frame.named) and _VALUES.fullmatch(frame.key) is not None and is_secret(frame.named, value)

    def _relate(self, frame: _JsonFrame, value: str) -> None:
        """Note a name, or a value that may stand before its name."""
        if _VALUES.fullmatch(frame.key):
            frame.values.append(len(self._out))
        elif _NAMES.fullmatch(frame.key) and is_secret(value, "?"):
            frame.named = value
            for place in frame.values:
                if is_secret(value, _decoded(self._out[place])):
                    self._out[place] = json.dumps(MASK)
                    self._tally.add("setting")
            frame.values.clear()


def _is_key_of_list(text: str) -> bool:
    """Return True for an option of a command, or a setting beside its value in a list of two."""
    return text.startswith("-") or "." in text or text.lower() in _HEADERS


def _decoded(token: str) -> str:
    """Return the text of a string. A faulty escape stays as it is written."""
    if "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]
