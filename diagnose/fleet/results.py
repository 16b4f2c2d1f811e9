"""Where do the lines of a run go, and how does a run go on that was stopped?

A file gets its name when it is whole. Until then its lines are in NAME.part, which a later run
reads: whole lines stay, a torn one is written again.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType

import msgspec

from diagnose.fleet.record import FleetRecord, decode
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from probes.language import tr

ENDING = ".part"

_BLOCK = 1 << 16


class ResumeError(Exception):
    """The file of an unfinished run cannot be used. The text says why and what to do."""


class ResultsFile:
    """The lines of one run, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))
        self.part = self.path.with_name(self.path.name + ENDING)
        self._named = path
        self._descriptor = -1

    def __enter__(self) -> ResultsFile:
        """Open NAME.part, which is made. ResumeError if another run writes it."""
        self._descriptor = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise ResumeError(tr("another run is writing {file}", file=self.part)) from error
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file. An unfinished one without a line is removed."""
        if self._descriptor >= 0:
            with suppress(OSError):
                if os.fstat(self._descriptor).st_size == 0:
                    self.part.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def is_begun(self) -> bool:
        """Return True if an earlier run left something."""
        return os.fstat(self._descriptor).st_size > 0

    def day(self) -> date | None:
        """Return the day of the run that is unfinished. None if there is no whole line."""
        with suppress(StopIteration, msgspec.MsgspecError, ValueError):
            return date.fromisoformat(decode(next(self._lines())).day)
        return None

    def kept(
        self, sources: Iterator[CaseSource], settings: FleetSettings, note: Callable[[FleetRecord], None]
    ) -> tuple[int, int]:
        """Take over the lines of the unfinished run, and cut off what is no whole line.

        Return how many were kept and how many bytes were cut off. `note` gets each line that is
        kept. Exactly the sources of these lines are taken from `sources`. ResumeError if the lines
        are of another run.
        """
        count = size = 0
        for line in self._lines():
            try:
                record = decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                break
            if (record.run, record.day) != (settings.run, settings.day.isoformat()):
                raise self._of_another_run(tr("it was made with other options or by another version"))
            source = next(sources, None)
            if source is None or source.name != record.case:
                why = tr(
                    "its case {number} is {name}, which is not at that place of INVENTORY now",
                    number=count + 1,
                    name=record.case,
                )
                raise self._of_another_run(why)
            note(record)
            count, size = count + 1, size + len(line)
        rest = os.fstat(self._descriptor).st_size - size
        os.ftruncate(self._descriptor, size)
        os.lseek(self._descriptor, size, os.SEEK_SET)
        return count, rest

    def _of_another_run(self, why: str) -> ResumeError:
        text = tr("cannot continue {file}: {why}. Delete it to start again.", file=f"{self._named}{ENDING}", why=why)
        return ResumeError(text)

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines that end with a line feed."""
        at, rest = 0, b""
        while block := os.pread(self._descriptor, _BLOCK, at):
            at += len(block)
            *lines, rest = (rest + block).split(b"\n")
            yield from (line + b"\n" for line in lines)

    def write(self, line: bytes) -> None:
        """Add a line."""
        while line:
            line = line[os.write(self._descriptor, line) :]

    def finish(self) -> None:
        """Give the file its name."""
        os.fsync(self._descriptor)
        self.part.replace(self.path)
        os.close(self._descriptor)
        self._descriptor = -1
