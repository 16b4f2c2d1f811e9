"""Which error does an unreadable input of ours raise?"""

from __future__ import annotations

from collections.abc import Sequence

from probes.errors import FormatError
from probes.language import tr

LONGEST = 200
"""Most characters of an input that an error quotes."""


class CaseError(FormatError):
    """case.toml, an API answer, observations.json or an archive that cannot be read. Exit code 2.

    A broken krb5.conf or Hadoop file is a `Fault` of the case instead. The text is always one line
    of printable characters, although parts of it come from the file.
    """

    others: tuple[CaseError, ...] = ()
    """Further inputs that cannot be read, if there are several."""

    def __init__(self, file: str, line: int | None, found: str, expected: str) -> None:
        super().__init__(one_line(file), line, _short(one_line(found)), _short(one_line(expected)))


def together(errors: Sequence[CaseError]) -> CaseError:
    """Return the first error, with the others in it, so that one run tells them all."""
    first, *others = errors
    first.others = (*first.others, *others)
    return first


class ValueMisreadError(ValueError):
    """A value that cannot be what its field says. A reader of one value raises it, which knows no
    place."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(tr("found {found}, expected {expected}", found=found, expected=expected))
        self.found, self.expected = found, expected


def misread(file: str, line: int | None, error: ValueError, expected: str) -> CaseError:
    """Return the error at the place of the value. `expected` is for a reader that does not say
    it."""
    if isinstance(error, ValueMisreadError):
        return CaseError(file, line, error.found, error.expected)
    return CaseError(file, line, str(error), expected)


def one_line(text: str) -> str:
    """Return the text with control characters, line ends and unencodable characters escaped."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
