"""Which words of a text are a file, a text or a token in base64?

No pattern finds a secret or a name in such a word. So it goes as a whole if it decodes to a text,
to a file of keys or an archive, or to a token of Hadoop.
"""

from __future__ import annotations

import base64
import re
from binascii import Error
from typing import Final

from diagnose.collect.redaction.tally import Tally
from probes.files.masking import MASK
from probes.regex import regex

_BELOW: Final = r"(?:[ \t]*\r?\n[ \t]*|(?:\\r)?\\n)[A-Za-z0-9+/_-]{2,}(?=={0,2}[ \t]*(?:\r?\n|\Z|[\"'\\]))"
_WORD: Final = regex(rf"(?<![A-Za-z0-9+/=_.*$%-])[A-Za-z0-9+/_-]{{20,}}(?:{_BELOW})*={{0,2}}(?![A-Za-z0-9+/=_-])")
"""A long word, and words that stand alone on the lines below it."""
_BREAK: Final = regex(r"\s+|(?:\\r)?\\n")
_FILES: Final = (
    b"\x05\x01\0",
    b"\x05\x02\0",
    b"\x05\x03\0",
    b"\x05\x04\0",
    b"\xfe\xed\xfe\xed",
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"0\x82",
)
"""What keytabs, ticket caches, stores of Java, archives, keys and certificates begin with."""
_TOKEN: Final = b"_TOKEN"
"""What the kind of a token of Hadoop ends in: HDFS_DELEGATION_TOKEN."""
_MOST_READ: Final = 3000
"""Letters of a word that are decoded. A multiple of four."""


def without_encoded_words(text: str, tally: Tally) -> str:
    """Return the text with such words masked. Line ends stay."""

    def masked(found: re.Match[str]) -> str:
        first = _BREAK.split(found[0], maxsplit=1)[0]
        for word in (found[0], first):
            if _holds_more(_BREAK.sub("", word)):
                tally.add("text")
                rest = found[0][len(word) :]
                return MASK + re.sub(r"[^\r\n]", "", word) + rest
        return found[0]

    return _WORD.sub(masked, text)


def _holds_more(word: str) -> bool:
    """Return True if a word decodes to something that a reader understands."""
    bare = word.rstrip("=").replace("-", "+").replace("_", "/")[:_MOST_READ]
    try:
        content = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except Error:
        return False
    return _TOKEN in content or content.startswith(_FILES) or _is_text(content)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return False
    return all(each.isprintable() or each in "\t\r\n" for each in text)
