"""How far is a run? One line on standard error, which disappears before the report."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from probes.language import marked, tr

MINUTE = 60

SPACING = 0.1
"""Seconds between two numbers. Each costs a write, and a run may have thousands of answers."""


PHASES: Mapping[str, str] = {
    "case": marked("reading the case"),
    "places": marked("logging in over SSH"),
    "kdcs": marked("asking DNS for KDCs"),
    "names": marked("looking up names"),
    "probes": marked("probing"),
    "further": marked("asking further questions"),
    "login": marked("logging in"),
    "judging": marked("judging what was seen"),
}
"""What a run does, in order -> what it is called. Only probing has numbers."""


class Progress:
    """Shows what a run does, and how many endpoints are finished. If the terminal is gone, the run
    goes on."""

    def __init__(self) -> None:
        self._shown: float | None = None
        self._numbered: float | None = None
        self._gone = False

    def begin(self, phase: str) -> None:
        """Show the name of a phase at once. `phase`: a key of `PHASES`."""
        self._shown = time.monotonic()
        self._write(f"\r\x1b[K{tr(PHASES[phase])} …")

    def __call__(self, done: int, total: int) -> None:
        """Show the numbers, unless the last ones are younger than `SPACING`.

        More than all can never be finished, however often an endpoint is looked at.
        """
        now, done = time.monotonic(), min(done, total)
        if self._numbered is None or now - self._numbered >= SPACING or done == total:
            self._shown = self._numbered = now
            self._write(f"\r{tr('probing: {done} of {total} finished', done=done, total=total)}")

    def cases(self, done: int, total: int | None, rate: float) -> None:
        """Show how many cases of a fleet are done, and when it will end, unless just shown.

        total: None if it is not known. rate: cases a second of this run.
        """
        now = time.monotonic()
        if self._numbered is not None and now - self._numbered < SPACING and done != total:
            return
        self._shown = self._numbered = now
        speed = f"{rate:.1f}"
        if total is None or rate <= 0:
            text = tr("{done} cases, {rate} a second", done=done, rate=speed)
        else:
            left = duration(max(0, total - done) / rate)
            text = tr(
                "{done} of {total} cases, {rate} a second, {left} left", done=done, total=total, rate=speed, left=left
            )
        self._write(f"\r\x1b[K{text}")

    def clear(self) -> None:
        """Remove the line."""
        if self._shown is not None:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            click.echo(text, nl=False, err=True)
        except (OSError, ValueError):
            self._gone = True


def duration(seconds: float) -> str:
    """Return a time as a person says it: "40 s", "12 min", "3 h 20 min"."""
    whole = math.ceil(seconds)
    if whole < MINUTE:
        return tr("{seconds} s", seconds=whole)
    hours, minutes = divmod(math.ceil(seconds / MINUTE), MINUTE)
    if not hours:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=hours, minutes=minutes)


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Yield a display and remove it at the end. Yield None if standard error is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    shown = Progress()
    try:
        yield shown
    finally:
        shown.clear()
