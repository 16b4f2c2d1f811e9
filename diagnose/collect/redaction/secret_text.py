"""Which parts of a free text are secrets: a log, a message, the value of a setting?

`probes.files.masking` masks what a peer may send. A file of a case may hold more: blocks of PEM,
headers, options of a command, and words that are keys by their shape.
"""

from __future__ import annotations

import re
from typing import Final

from diagnose.collect.redaction.secret_keys import is_secret, secret_words
from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK, masked_reply

_PEM: Final = re.compile(
    r"(-----BEGIN (?P<what>[A-Z0-9 ]{0,40})-----)(?P<body>.*?)(?P<end>-----END (?P=what)-----|\Z)", re.DOTALL
)
_PUBLIC: Final = frozenset({"CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST", "X509 CRL", "DH PARAMETERS"})
"""Blocks that are no secret."""

_HEADER: Final = re.compile(
    r"(?i)((?<![\w.-])(?:proxy-authorization|authorization|(?:set-)?cookie2?))(['\"]?\s{0,4}[:=]\s{0,4}['\"]?)([^\r\n]+)"
)
_BOOLEAN: Final = re.compile(r"(?i)(true|false)\b")
_QUOTED: Final = r"\"[^\"\r\n]*\"|'[^'\r\n]*'"
_PAIR: Final = re.compile(rf"(?<![A-Za-z0-9._/-])([A-Za-z][A-Za-z0-9._-]{{1,79}})(=)({_QUOTED}|[^\s&;,'\"<>)\]}}]+)")
_MEMBER: Final = re.compile(
    rf"(?<=[\"'])([A-Za-z][A-Za-z0-9._-]{{1,79}})([\"']\s{{0,4}}:\s{{0,4}})({_QUOTED}|[^\s&;,'\"<>)\]}}]+)"
)
_MAY_BE_MASKED: Final = re.compile(r"[@=]|(?i:pass|pwd|secret|token|key|bearer|basic|negotiate)")
"""What a line has, at least, of which `masked_reply` masks something."""
_OPTION: Final = re.compile(rf"(?<!\S)(-{{1,2}}[A-Za-z][A-Za-z0-9._-]{{1,79}})([ \t]+|=)({_QUOTED}|[^\s-]\S*)")


def without_secrets(text: str, tally: Tally) -> str:
    """Return the text with each secret masked. Line ends stay, so that each line keeps its
    number."""
    if "-----BEGIN " in text:
        text = _PEM.sub(lambda found: _without_block(found, tally), text)
    if ":" in text or "=" in text:
        text = _HEADER.sub(lambda found: _without_header(found, tally), text)
    if "=" in text:
        text = _PAIR.sub(lambda found: _without_value(found, tally), text)
    if ":" in text:
        text = _MEMBER.sub(lambda found: _without_value(found, tally), text)
    if "-" in text:
        text = _OPTION.sub(lambda found: _without_value(found, tally), text)
    text, count = secret_words().subn(MASK, text)
    tally.add("text", count)
    return _masked_lines(text, tally)


def _masked_lines(text: str, tally: Tally) -> str:
    """Return the text after `masked_reply`, line by line, as a peer's words are masked."""
    if not _MAY_BE_MASKED.search(text):
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        replacement = masked_reply(line) if _MAY_BE_MASKED.search(line) else line
        if replacement != line:
            lines[number] = str(replacement)
            tally.add("text")
    return "\n".join(lines)


def _without_block(found: re.Match[str], tally: Tally) -> str:
    if found["what"] in _PUBLIC or not found["body"].strip().strip("*"):
        return found[0]
    tally.add("key")
    line_ends = re.sub(r"[^\r\n]", "", found["body"])
    return f"{found[1]}{MASK}{line_ends}{found['end']}"


def _without_header(found: re.Match[str], tally: Tally) -> str:
    if _BOOLEAN.fullmatch(found[3].strip()) or found[3].strip() == MASK:
        return found[0]
    tally.add("text")
    return f"{found[1]}{found[2]}{MASK}"


def _without_value(found: re.Match[str], tally: Tally) -> str:
    """Return a key and a mask if the key is secret."""
    key, mark, value = found.groups()
    if value.strip("'\"") == MASK or not is_secret(key.lstrip("-").removeprefix("D"), value):
        return found[0]
    tally.add("text")
    quote = value[0] if value[0] in "'\"" else ""
    return f"{key}{mark}{quote}{MASK}{quote}"
