"""Which parts of a text are files of keys that are no PEM: of PuTTY, of SSH2, or of a KDC?

Such a file may lie in a case under any name, or stand within a log, with "\\n" for its line ends.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK
from probes.regex import regex

_BREAK: Final = r"(?:\r?\n|\r|(?:\\r)?\\n)"
_BREAKS: Final = regex(_BREAK)

_PRIVATE_LINES: Final = regex(r"Private-Lines:[ \t]*(\d{1,4})(?!\d)")
"""What stands before the private key in a file of PuTTY, with the number of its lines."""
_PRIVATE_MAC: Final = regex(r"Private-(?:MAC|Hash):[ \t]*[0-9A-Za-z*]*")
_MORE_LINES: Final = regex(rf"(?:{_BREAK}[ \t]*[A-Za-z0-9+/]{{20,}}={{0,2}}(?=[\s\\\"']|\Z))+")
"""Lines of base64 below the number that is told."""
_PREFIX: Final = rf"[^\r\n\\]{{0,200}}{_BREAK}[^\r\n\\]{{0,120}}?"
"""The rest of a line, and what a log writes before the next one."""
_PUTTY_COMMENT: Final = regex(rf"(PuTTY-User-Key-File-\d:{_PREFIX}Encryption:{_PREFIX}Comment:[ \t]*)([^\r\n\\\"]+)")
_MOST_BEHIND: Final = 400
"""Letters behind the last line in which the checksum is looked for."""

_SSH2: Final = regex(
    r"(-{4} ?BEGIN (?P<what>SSH2 [A-Z0-9 ]{1,40}?) ?-{4})(?P<body>.*?)"
    r"(?P<end>-{4} ?END (?P=what) ?-{4}|(?=-{4} ?BEGIN )|\Z)",
    re.DOTALL,
)
"""RFC 4716, and the private keys of ssh.com. A public key goes too: its comment is prose."""

_PRINCIPAL: Final = regex(
    r"(\bprinc[ \t]+(?:\d{1,9}[ \t]+){5}[^\t\r\n]{0,400}?@[^\s\\]{1,400}(?:[ \t]+|\\t))"
    r"([^\r\n;]*(?:\r?\n[0-9a-f]{16,}[^\r\n;]*)*)"
)
"""A principal in what `kdb5_util dump` writes: its name, then names in hexadecimal and its keys."""


def without_key_files(text: str, tally: Tally) -> str:
    """Return the text without private keys of PuTTY and SSH2, and keys of a KDC's database. Line
    ends stay."""
    if "Private-Lines:" in text:
        text = _without_putty(_PUTTY_COMMENT.sub(lambda found: _without_comment(found, tally), text), tally)
    if "BEGIN SSH2 " in text:
        text = _SSH2.sub(lambda found: _emptied(found, found["body"], found["end"], tally), text)
    if "princ" in text:
        text = _PRINCIPAL.sub(lambda found: _emptied(found, found[2], "", tally), text)
    return text


def _without_comment(found: re.Match[str], tally: Tally) -> str:
    if found[2].strip() == MASK:
        return found[0]
    tally.add("comment")
    return f"{found[1]}{MASK}"


def _without_putty(text: str, tally: Tally) -> str:
    parts: list[str] = []
    end = 0
    for found in _PRIVATE_LINES.finditer(text):
        if found.start() < end or text.startswith(MASK, found.end()):
            continue
        stop = _end_of_lines(text, found)
        tally.add("key")
        parts += [text[end : found.end()], MASK, _line_ends(text[found.end() : stop])]
        end = stop
    return "".join((*parts, text[end:]))


def _end_of_lines(text: str, found: re.Match[str]) -> int:
    """Return the end of the private lines and their checksum, or of as many as are there."""
    breaks = list(islice(_BREAKS.finditer(text, found.end()), int(found[1]) + 1))
    end = breaks[-1].start() if len(breaks) > int(found[1]) else len(text)
    if checksum := _PRIVATE_MAC.search(text, found.end(), end + _MOST_BEHIND):
        return checksum.end()
    more = _MORE_LINES.match(text, end)
    return more.end() if more else end


def _emptied(found: re.Match[str], body: str, end: str, tally: Tally) -> str:
    if not body.strip().strip("*"):
        return found[0]
    tally.add("key")
    return f"{found[1]}{MASK}{_line_ends(body)}{end}"


def _line_ends(text: str) -> str:
    return re.sub(r"[^\r\n]", "", text)
