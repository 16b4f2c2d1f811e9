"""Which words of a sentence are a password, a token or an access key?

A person writes "the secret is X" or "AK LTAI…, SK X" in notes, tickets and chats. A word that
follows such a name counts if it looks random. "The token is expired" stays.
"""

from __future__ import annotations

import re
from typing import Final

from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK
from probes.regex import regex

_NAME: Final = (
    r"(?:(?<![A-Za-z0-9._/-])(?i:access[ _-]?key(?:[ _-]?(?:secret|id))?|(?:secret|private|api)(?:[ _-]access)?[ _-]key"
    r"|secret|token|jwt|pass(?:word|wd|phrase|code)|pwd|pw)(?![A-Za-z0-9._/-])"
    r"|(?<![A-Za-z0-9._/-])[AS]K(?![A-Za-z0-9._/-])|密码|口令|密钥|私钥|令牌)"
)
"""What a secret is called."""
_LINK: Final = (
    r"(?:[ \t]{1,4}(?i:is|was|to|as|with|now|value|of|from|changed|reset|set"
    r"|for[ \t]{1,4}(?!is\b|was\b)[\w./@-]{1,80}(?![\w./@-]))(?![A-Za-z0-9_])"
    r"|[ \t]{0,4}(?:[=：:]|[-=]>|→|改?[是为成])|[ \t])"
    r"[ \t]{0,4}[\"'`“‘(\[<「]{0,2}"
)
"""What may stand between the name and the secret."""
_RANDOM: Final = (
    r"(?=[^\s\d]{0,80}\d)(?=[^\sA-Za-z]{0,80}[A-Za-z])[A-Za-z0-9!@#$%^&*~?+_-]{8,128}={0,2}(?![\w/:@=(-]|\.\w)"
)
"""A word with letters and digits that is no path, host, address or setting."""
_SAID: Final = regex(rf"({_NAME}(?:{_LINK}){{1,3}}|(?<=[码令钥])){_RANDOM}")

_CHANGED: Final = regex(rf"((?i:from)[ \t]+{re.escape(MASK)}[ \t]+(?i:to)[ \t]+){_RANDOM}")
"""A new secret behind an old one."""

_WITNESS: Final = regex(
    r"LTAI[A-Za-z0-9*]{4,60}|(?i:access[ _-]?key|secret)|(?<![A-Za-z0-9])[AS]K(?![A-Za-z0-9])|密钥|口令"
)
"""A word near which a long random word is a secret."""
_NEAR: Final = 200
"""Letters behind a witness within which it stands."""
_LONG: Final = regex(
    r"(?<![A-Za-z0-9+/=_.*$%-])(?=[A-Za-z+/]*\d)(?=[A-Z0-9+/]*[a-z])(?=[a-z0-9+/]*[A-Z])"
    r"(?:[A-Za-z0-9]{28,48}|[A-Za-z0-9+/]{40})={0,2}(?![A-Za-z0-9+/=_.*$@%-])"
)
"""The secret of an AccessKey: 30 letters and digits, and up to 48 for a temporary one."""
_HINT: Final = regex(r"(?i)key|secret|token|jwt|pass|pw|LTAI|\b[as]k|[密口私令]")


def without_said_secrets(text: str, tally: Tally) -> str:
    """Return the text without secrets that a sentence tells. Line ends stay."""
    if not _HINT.search(text):
        return text
    text, count = _SAID.subn(rf"\g<1>{MASK}", text)
    text, more = _CHANGED.subn(rf"\g<1>{MASK}", text)
    tally.add("text", count + more)
    return _without_long_words(text, tally)


def _without_long_words(text: str, tally: Tally) -> str:
    parts: list[str] = []
    end = 0
    for word in _LONG.finditer(text):
        if _WITNESS.search(text, max(0, word.start() - _NEAR), word.start()):
            parts += [text[end : word.start()], MASK]
            end = word.end()
            tally.add("text")
    return "".join((*parts, text[end:]))
