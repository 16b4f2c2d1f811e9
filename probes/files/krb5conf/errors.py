"""Which parts of a krb5.conf does libkrb5 refuse, and at which line?"""

from __future__ import annotations

from typing import Final, Literal

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
    "no-text",
    "utf-16",
]
"""Rule of the grammar that a line breaks.

- The first six have their own code in libkrb5.
- libkrb5 reports an include without a path as an include that could not be read. It does so for a
  cycle too, once the process has no file descriptor left.
- `too-*` are bounds of this reader, far above any file in use.
- `no-text` is no rule of libkrb5: callers that look at the bytes first give a keytab this rule.
  `utf-16` is the same for a text in UTF-16.
"""

_BOUNDS: Final[tuple[Rule, ...]] = ("too-deep", "too-many-files", "too-big")


class Krb5ConfError(FormatError):
    """libkrb5 refuses the whole configuration because of this line. It uses no realm and no default
    of it.

    - line: the line at which libkrb5 stops
    - culprit: the line to change, if it is another one: a `name =` that the wrong line follows
    """

    def __init__(
        self, file: str, line: int | None, found: str, expected: str, rule: Rule, culprit: int | None = None
    ) -> None:
        super().__init__(file, line, found, expected, is_our_bound=rule in _BOUNDS)
        self.rule, self.culprit = rule, culprit


class Krb5ValueError(FormatError):
    """libkrb5 reads the file, but cannot use this one value.

    - origin: where the value stands
    - value: as configured
    """

    def __init__(self, origin: Origin, value: str, expected: str) -> None:
        super().__init__(origin.file, origin.line, excerpt(value), expected)
        self.origin, self.value = origin, value


class KdcEntryError(Krb5ValueError):
    """A server entry that libkrb5 cannot read.

    It returns EINVAL for the whole list then. So the good entries of the realm are not tried
    either.
    """


def excerpt(text: str | bytes, limit: int = 60) -> str:
    """Return text of a hostile file, short and in printable ASCII, between single quotes."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    printable = (
        raw[: limit + 1]
        .decode("ascii", "backslashreplace")
        .encode("unicode_escape")
        .decode("ascii")
        .replace("\\\\", "\\")
    )
    return f"'{printable}'" if len(raw) <= limit else f"'{printable[:limit]}…'"
