"""What does a Kerberos principal say, and how is it written?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "0": "\0"}
_WRITTEN = {"\n": r"\n", "\t": r"\t", "\b": r"\b", "\0": r"\0", "/": r"\/", "@": r"\@", "\\": r"\\"}


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """parts: ("hive", "master-1-1"); realm: "EMR.C-1.COM", or "" where the text had none."""

    parts: tuple[str, ...]
    realm: str

    @classmethod
    def parse(cls, text: str, realm: str = "") -> Self:
        r"""hive/master-1-1@REALM, with a backslash before a character that is meant itself and \n \t \b \0 as libkrb5 reads them; realm: where the text has none.

        ValueError for text without a name, with a second @, or with a lone backslash at the end. As in libkrb5, a / in the realm is part of the realm.
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
