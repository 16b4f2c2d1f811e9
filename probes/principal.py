"""What does a Kerberos principal name, and how is it written?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "0": "\0"}
_WRITTEN = {"\n": r"\n", "\t": r"\t", "\b": r"\b", "\0": r"\0", "/": r"\/", "@": r"\@", "\\": r"\\"}


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """A Kerberos name: its components and its realm."""

    parts: tuple[str, ...]
    """The components, such as ("hive", "master-1-1")."""
    realm: str
    """Such as "EMR.C-1.COM". "" if the text had none."""

    @classmethod
    def parse(cls, text: str, realm: str = "") -> Self:
        r"""Parse hive/master-1-1@REALM as libkrb5 does; `realm` holds if the text has none.

        A backslash quotes the next character; \n \t \b \0 are control characters. As in libkrb5, a
        "/" in the realm is part of the realm. ValueError if the text has no name, has a second "@"
        or ends in a lone backslash.
        """
        pieces = [""]
        at = None
        characters = iter(text)
        for character in characters:
            if character == "\\":
                escaped = next(characters, None)
                if escaped is None:
                    raise ValueError(f"{text!r} ends in a backslash")
                pieces[-1] += _ESCAPES.get(escaped, escaped)
            elif character == "@":
                if at is not None:
                    raise ValueError(f"{text!r} has two realms")
                at = len(pieces)
                pieces.append("")
            elif character == "/" and at is None:
                pieces.append("")
            else:
                pieces[-1] += character
        parts = tuple(pieces[:at])
        if not any(parts):
            raise ValueError(f"{text!r} has no name")
        return cls(parts, realm if at is None else pieces[at])

    def __str__(self) -> str:
        name = "/".join(map(_written, self.parts))
        return f"{name}@{_written(self.realm)}" if self.realm else name


def _written(part: str) -> str:
    return re.sub(r"[\n\t\b\0/@\\]", lambda found: _WRITTEN[found[0]], part)
