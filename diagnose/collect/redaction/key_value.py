"""Which values of a file of lines are secrets: properties, krb5.conf, TOML, a shell's variables?

Each line is `KEY = VALUE`, `KEY: VALUE`, `export KEY=VALUE`, or, in properties, `KEY VALUE`. Lines
stay where they are, and so do keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from diagnose.collect.redaction.secret_keys import is_secret
from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK

_LINE_END: Final = re.compile(r"(\r\n|\r|\n)")
_SETTING: Final = re.compile(
    r"(\s*(?:export\s+|declare\s+-x\s+|set\s+)?)([\"']?)((?:[^\s=:\\\"']|\\.){1,200})\2(\s*[=:]\s*)(.+)"
)
_BLANK_SETTING: Final = re.compile(r"(\s*)()((?:[^\s=:\\]|\\.){1,200})([ \t\f]+)(.+)")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_QUOTES: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?")


@dataclass(frozen=True, slots=True)
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


PROPERTIES: Final = Syntax("#!", has_blank_settings=True, continues=True)
KRB5: Final = Syntax("#;")
TOML: Final = Syntax("#", has_trailing_comments=True)
HOSTS: Final = Syntax("#", has_trailing_comments=True)
SHELL: Final = Syntax("#", continues=True)
UNKNOWN: Final = Syntax(has_blank_settings=True, continues=True)
LOG: Final = Syntax()


def without_secret_lines(text: str, syntax: Syntax, tally: Tally) -> str:
    """Return the text with the values of secret keys masked, and comments without their words."""
    parts = _LINE_END.split(text)
    is_continued = is_masked = False
    for number in range(0, len(parts), 2):
        line = parts[number]
        if is_continued and is_masked:
            line = MASK + _joint(line) if line.strip(" \t\\") else line
        elif not is_continued:
            replacement = _line(line, syntax, tally)
            is_masked = replacement is not None
            line = line if replacement is None else replacement
            if not is_masked:
                line = _without_comment(line, syntax, tally)
        is_continued = syntax.continues and _is_joined(parts[number]) and not _is_comment(parts[number], syntax)
        parts[number] = line
    return "".join(parts)


def _line(line: str, syntax: Syntax, tally: Tally) -> str | None:
    """Return the line with its value masked. None if its key is not secret."""
    if _is_comment(line, syntax):
        return None
    for shape in (_SETTING, _BLANK_SETTING) if syntax.has_blank_settings else (_SETTING,):
        found = shape.fullmatch(line)
        if found is None:
            continue
        head, quote, key, mark, value = found.groups()
        bare = value.rstrip("\\").strip()
        if bare.strip("\"'") == MASK or not is_secret(_ESCAPE.sub(_letter, key), bare):
            continue
        tally.add("setting")
        around = bare[0] if bare[0] in "\"'" else ""
        return f"{head}{quote}{key}{quote}{mark}{around}{MASK}{around}{_joint(value) if syntax.continues else ''}"
    return None


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
