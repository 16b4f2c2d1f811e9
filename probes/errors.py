"""What can go wrong with an input. Exceptions carry fields; the text is made from them here,
once.
"""

from __future__ import annotations

from probes.files.masking import masked
from probes.language import tr


class ProbesError(Exception):
    """Base of every error that `probes` raises on purpose."""


class FormatError(ProbesError):
    """An input does not have the format that it should have.

    - file: the name under which the user knows it
    - line: 1-based, None if the format has no lines
    - found, expected: short noun phrases without a full stop. In `found` a password is masked, and
      what is not printable is a question mark.
    - is_our_bound: True if the reader gave up at a limit of its own, so that the file may be right
    """

    def __init__(self, file: str, line: int | None, found: str, expected: str, *, is_our_bound: bool = False) -> None:
        found = "".join(letter if letter.isprintable() else "?" for letter in masked(found))
        self.file, self.line, self.found, self.expected = file, line, found, expected
        self.is_our_bound = is_our_bound
        place = file if line is None else f"{file}:{line}"
        super().__init__(tr("{place}: found {found}, expected {expected}", place=place, found=found, expected=expected))
