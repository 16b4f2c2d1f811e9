"""What of a krb5.conf libkrb5 refuses, and at which line."""

from __future__ import annotations

from typing import Literal

from probes.errors import FormatError
from probes.origin import Origin

Rule = Literal[
    "section-not-top",
    "section-syntax",
    "relation-syntax",
    "extra-brace",
    "missing-brace",
    "module",
    "include-nothing",
    "include-cycle",
    "too-deep",
    "too-many-files",
    "too-big",
]
"""The first six have their own code in libkrb5. An include without a path, and a cycle once the process has no file descriptor left, are includes that
could not be read there. The last three are bounds of this reader, far above any file in use."""


class Krb5ConfError(FormatError):
    """libkrb5 refuses the whole configuration because of this line: no realm, no default, nothing of it is used."""

    def __init__(self, file: str, line: int | None, found: str, expected: str, rule: Rule) -> None:
        super().__init__(file, line, found, expected)
        self.rule = rule


class Krb5ValueError(FormatError):
    """The file is read, but libkrb5 cannot use this one value. origin: where it stands; value: as configured."""

    def __init__(self, origin: Origin, value: str, expected: str) -> None:
        super().__init__(origin.file, origin.line, excerpt(value), expected)
        self.origin, self.value = origin, value


class KdcEntryError(Krb5ValueError):
    """A server entry that libkrb5 cannot read. It answers EINVAL for the whole list then: the good entries of the realm are not tried either."""


def excerpt(text: str | bytes, limit: int = 60) -> str:
    """Text of a hostile file, short and in printable ASCII, between single quotes."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    printable = (
        raw[: limit + 1]
        .decode("ascii", "backslashreplace")
        .encode("unicode_escape")
        .decode("ascii")
        .replace("\\\\", "\\")
    )
    return f"'{printable}'" if len(raw) <= limit else f"'{printable[:limit]}…'"
