"""Which values of a file of lines are secrets: properties, krb5.conf, TOML, a shell's variables?

Each line is `KEY = VALUE`, `KEY: VALUE`, `export KEY=VALUE`, or, in properties, `KEY VALUE`. Lines
stay where they are, and so do keys.
"""

from __future__ import annotations

import re
from typing import Final

from diagnose.case.secret_keys import is_secret
from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK
from probes.frozen import frozen, mutable
from probes.regex import regex

_LINE_END: Final = regex(r"(\r\n|\r|\n)")
_SETTING: Final = regex(
    r"(\s*(?:export\s+|declare\s+-x\s+|set\s+)?)([\"']?)((?:[^\s=:\\\"']|\\.){1,200})\2(\s*[=:]\s*)(.+)"
)
_BLANK_SETTING: Final = regex(r"(\s*)()((?:[^\s=:\\]|\\.){1,200})([ \t\f]+)(.+)")
_SETENV: Final = regex(r"(\s*setenv\s+)()(\w{1,200})([ \t]+)(.+)")
_HEADING: Final = regex(r"([\s-]*)([\"']?)([\w-]{1,200})\2\s*:\s*(?:[|>][+-]?\d?)?\s*")
"""A key of YAML with its value on the lines below."""
_NAME: Final = regex(r"[\s-]*[\"']?(?:name|key)[\"']?\s*:\s*[\"']?([\w.-]{1,200})[\"']?\s*")
_VALUE: Final = regex(r"([\s-]*[\"']?value[\"']?\s*:\s*)(\S.*)")
_OPTION_ITEM: Final = regex(r"\s*-\s+[\"']?--?([A-Za-z][\w.-]{1,79})[\"']?\s*")
"""An option as an item of YAML, with its value as the next item."""
_ITEM: Final = regex(r"(\s*-\s+)(\S.*)")
_CLOSING: Final = {"[": "]", "(": ")", "{": "}"}
_ESCAPE: Final = regex(r"\\(u[0-9a-fA-F]{4}|.)")
_QUOTES: Final = regex(r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?")


@frozen
class Syntax:
    """How the lines of one kind of file are written."""

    comments: str = ""
    """Marks that begin a line of comment."""
    has_trailing_comments: bool = False
    """Whether a comment may begin behind a value."""
    has_blank_settings: bool = False
    """Whether a blank alone may stand between key and value."""
    continues: bool = False
    """Whether a backslash at the end of a line joins it with the next."""
    has_long_values: bool = False
    """Whether a quote or a bracket is closed on a later line."""
    has_indents: bool = False
    """Whether lines below a key belong to it if they stand further right, as in YAML."""
    has_quotes: bool = False
    """Whether a text must have quotes."""


PROPERTIES: Final = Syntax("#!", has_blank_settings=True, continues=True)
KRB5: Final = Syntax("#;")
TOML: Final = Syntax("#", has_trailing_comments=True, has_long_values=True, has_quotes=True)
HOSTS: Final = Syntax("#", has_trailing_comments=True)
SHELL: Final = Syntax("#", continues=True, has_long_values=True)
UNKNOWN: Final = Syntax(has_blank_settings=True, continues=True, has_indents=True)
LOG: Final = Syntax()


def without_secret_lines(text: str, syntax: Syntax, tally: Tally) -> str:
    """Return the text with the values of secret keys masked, and comments without their words."""
    parts = _LINE_END.split(text)
    is_continued = is_masked = False
    below = _Below()
    for number in range(0, len(parts), 2):
        line = parts[number]
        if (rest := below.masked(line, tally)) is not None:
            parts[number], is_continued = rest, False
            continue
        if is_continued and is_masked:
            line = MASK + _joint(line) if line.strip(" \t\\") else line
        elif not is_continued:
            replacement = _line(line, syntax, tally)
            is_masked = replacement is not None
            line = line if replacement is None else replacement
            if not is_masked:
                line = _without_comment(line, syntax, tally)
            below = _below(parts[number], syntax, is_masked=is_masked)
        is_continued = syntax.continues and _is_joined(parts[number]) and not _is_comment(parts[number], syntax)
        parts[number] = line
    return "".join(parts)


@mutable
class _Below:
    """What belongs to a secret key on the lines below it."""

    closing: str = ""
    """What ends a quote or a bracket. Empty if none is open."""
    indent: int | None = None
    """Width before the key, if lines further right belong to it."""
    is_named: bool = False
    """Whether the line named a key whose value the next line has."""
    is_option: bool = False
    """Whether the line was an option whose value is the next item."""

    def masked(self, line: str, tally: Tally) -> str | None:
        """Return what remains of the next line. None if nothing of it belongs to the key."""
        if self.closing:
            self.closing = "" if self.closing in line else self.closing
            return ""
        if self.is_named or self.is_option:
            shape = _VALUE if self.is_named else _ITEM
            self.is_named = self.is_option = False
            if found := shape.fullmatch(line):
                tally.add("setting")
                self.indent = _width(line)
                return found[1] + MASK
        if self.indent is None or not line.strip():
            return None
        if _width(line) > self.indent:
            return line[: _width(line)] + MASK
        self.indent = None
        return None


def _below(line: str, syntax: Syntax, *, is_masked: bool) -> _Below:
    """Return what belongs to the key of a line on the lines below it."""
    if syntax.has_long_values and is_masked:
        found = _SETTING.fullmatch(line)
        return _Below(closing=_closing(found[5].strip()) if found else "")
    if not syntax.has_indents:
        return _Below()
    if named := _NAME.fullmatch(line):
        return _Below(is_named=is_secret(named[1], "?"))
    if option := _OPTION_ITEM.fullmatch(line):
        return _Below(is_option=is_secret(option[1], "?"))
    key = _HEADING.fullmatch(line) or _SETTING.fullmatch(line)
    if key and ":" in line and re.fullmatch(r"[\w-]+", key[3]) and is_secret(key[3], "?"):
        return _Below(indent=_width(line))
    return _Below()


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _closing(value: str) -> str:
    """Return what ends a value on a later line. Empty if the value ends on its own line."""
    mark = value[:3] if value[:3] in ('"""', "'''") else value[:1]
    closing = _CLOSING.get(mark, mark if mark[:1] in ("'", '"') else "")
    rest = _ESCAPE.sub("", value[len(mark) :])
    return "" if not closing or closing in rest else closing


def _line(line: str, syntax: Syntax, tally: Tally) -> str | None:
    """Return the line with its value masked. None if its key is not secret."""
    if _is_comment(line, syntax):
        return None
    for shape in _shapes(syntax):
        found = shape.fullmatch(line)
        if found is None:
            continue
        head, quote, key, mark, value = found.groups()
        bare = value.rstrip("\\").strip()
        is_open = syntax.has_long_values and _closing(value.strip()) != ""
        goes_on = is_open or (syntax.continues and _is_joined(value))
        if bare.strip("\"'") == MASK or not is_secret(_ESCAPE.sub(_letter, key), "?" if goes_on else bare):
            continue
        tally.add("setting")
        around = bare[0] if bare[:1] in ("'", '"') else '"' if syntax.has_quotes else ""
        return f"{head}{quote}{key}{quote}{mark}{around}{MASK}{around}{_joint(value) if syntax.continues else ''}"
    return None


def _shapes(syntax: Syntax) -> tuple[re.Pattern[str], ...]:
    """Return how a line with a key and a value is written."""
    if syntax.has_blank_settings:
        return _SETTING, _BLANK_SETTING
    return (_SETTING, _SETENV) if syntax is SHELL else (_SETTING,)


def _joint(value: str) -> str:
    return "\\" if _is_joined(value) else ""


def _is_joined(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _letter(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else code


def _is_comment(line: str, syntax: Syntax) -> bool:
    start = line.lstrip(" \t\f\ufeff")[:1]
    return bool(start) and start in syntax.comments


def _without_comment(line: str, syntax: Syntax, tally: Tally) -> str:
    if _is_comment(line, syntax):
        if line.startswith("#!"):
            return line
        place = next(index for index, letter in enumerate(line) if letter in syntax.comments)
    elif syntax.has_trailing_comments:
        bare = _QUOTES.sub(lambda found: "_" * len(found[0]), line)
        place = bare.find("#")
    else:
        return line
    if place < 0 or not line[place + 1 :].strip():
        return line
    tally.add("comment")
    return line[: place + 1]
