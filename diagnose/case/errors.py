"""What may come out of reading a case: one error, for an input of ours that cannot be read."""

from __future__ import annotations

from probes.errors import FormatError

LONGEST = 200
"""Characters of what was found: enough to recognise it by, whatever a file holds."""


class CaseError(FormatError):
    """case.toml, an API answer, observations.json or an archive is not what it should be. The command line ends with exit code 2.

    A broken krb5.conf or Hadoop file is never this: it is the cluster's fault, so a `Fault` of the case. The text is always one line of printable
    characters, although parts of it come out of the file.
    """

    def __init__(self, file: str, line: int | None, found: str, expected: str) -> None:
        super().__init__(one_line(file), line, _short(one_line(found)), _short(one_line(expected)))


def one_line(text: str) -> str:
    """Control characters, line ends and what cannot be encoded, spelled out."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
