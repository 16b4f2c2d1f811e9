"""Which cases does this list name? NDJSON: {"case": "path", "name": "…"} on each line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from diagnose.case.tree import shown
from diagnose.fleet.source import CaseSource
from diagnose.output.clean import clean
from probes.language import tr

LONGEST_LINE = 64 << 10
"""Most bytes of a line."""

MOST_LETTERS = 500
"""Most characters of a name."""


class ListedCase(Struct, frozen=True):
    """One line of the list."""

    case: str
    """Path of a directory, an archive or a file, from the directory of the list."""
    name: str | None = None
    """Name of the case in the results. null for its path."""


def listed_cases(lines: IO[bytes], base: Path) -> Iterator[CaseSource]:
    """Yield one case for each line that is not empty. A line that cannot be read is a case with
    that fault."""
    number = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = lines.readline(LONGEST_LINE)
            yield _refused(number, tr("it has more than {count} bytes", count=LONGEST_LINE))
        elif line.strip():
            yield _of_line(line, number, base)


def _of_line(line: bytes, number: int, base: Path) -> CaseSource:
    try:
        listed = msgspec.json.decode(line.strip(), type=ListedCase)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _refused(number, str(error))
    if not listed.case or "\0" in listed.case:
        return _refused(number, tr("the value of case is not a path"))
    return CaseSource(shown(listed.name or listed.case)[:MOST_LETTERS], base / listed.case)


def _refused(number: int, why: str) -> CaseSource:
    name = tr("line {number}", number=number)
    said = tr('line {number} of the list is not of the form {{"case": "PATH"}}: {why}', number=number, why=clean(why))
    return CaseSource(name, fault=said)
