"""How much may a case hold? A tree of files in memory, filled within bounds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field

from diagnose.case.errors import CaseError, one_line
from diagnose.case.model import Skipped
from diagnose.case.recognise import is_log_name
from probes.errors import FormatError
from probes.frozen import frozen
from probes.language import marked, tr

MAX_FILE = 32 << 20
"""Most bytes of one file. Larger files are logs; they are listed as skipped."""
MAX_TOTAL = 256 << 20
"""Most bytes of all files of a case."""
MAX_FILES = 5000
MAX_ENTRIES = 20_000
"""Most entries of any kind, skipped ones included."""
MAX_DEPTH = 16

BY_ITS_END = marked("check --log FILE, which reads the end of a log of any size")


@frozen
class Tree:
    """The files of one case."""

    name: str
    """Name of the directory or archive."""
    files: Mapping[str, bytes] = field(repr=False)
    """Path inside the case, with forward slashes -> content."""
    skipped: tuple[Skipped, ...] = ()
    """Entries that were not read, with the cause."""


class Taking:
    """Collects files within the bounds of one case."""

    def __init__(self, case: str) -> None:
        self.case = case
        self.files: dict[str, bytes] = {}
        self.skipped: list[Skipped] = []
        self.total = 0
        """Bytes of all files that were taken."""
        self._entries = 0

    def skip(self, name: str, cause: str, needs: str | None = None) -> None:
        self.skipped.append(Skipped(name, cause, tr("a plain file inside the case") if needs is None else needs))

    def admits(self, name: str, size: int) -> bool:
        """Return True if a file of this size may be read.

        A file above the bound is skipped. CaseError if there are too many files or bytes.
        """
        self.entry()
        if size > MAX_FILE:
            needs = tr(BY_ITS_END) if is_log_name(name) else smaller()
            self.skip(name, tr("{size} MiB is more than is read of one file", size=size >> 20), needs)
            return False
        if name in self.files:
            raise CaseError(self.case, None, tr("two files called {name}", name=name), tr("one"))
        if len(self.files) >= MAX_FILES:
            raise CaseError(self.case, None, tr("more than {count} files", count=MAX_FILES), tr("one case"))
        if self.total + size > MAX_TOTAL:
            raise CaseError(self.case, None, tr("more than {size} MiB", size=MAX_TOTAL >> 20), tr("one case"))
        return True

    def entry(self) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise CaseError(self.case, None, tr("more than {count} entries", count=MAX_ENTRIES), tr("one case"))

    def take(self, name: str, content: bytes) -> None:
        self.total += len(content)
        self.files[name] = content

    def tree(self, name: str) -> Tree:
        return Tree(name, dict(sorted(self.files.items())), tuple(self.skipped))


def smaller() -> str:
    """Return which size a file may have."""
    return tr("at most {size} MiB", size=MAX_FILE >> 20)


def is_of_finder(parts: Sequence[str]) -> bool:
    """Return True for what macOS adds beside the files of a directory or an archive."""
    return "__MACOSX" in parts or any(part.startswith("._") or part == ".DS_Store" for part in parts[-1:])


def bound_skipped(kind: str, error: FormatError) -> Skipped:
    """Return the entry for a file that exceeds one of our bounds. Its clients may well read it."""
    return Skipped(
        tr("what {file} says", file=error.file),
        tr("{error}; this is a limit of emr-diagnose, and clients may read the file", error=error),
        tr("a smaller file"),
        hides=True,
        kind=kind,
    )


def shown(name: str) -> str:
    """Return a file name that every output can hold: bytes and control characters are escaped."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace") if not name.isascii() else name
    return one_line(text)
