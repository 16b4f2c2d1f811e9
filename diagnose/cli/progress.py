"""How far is a run? One line on standard error, which disappears before the report."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from probes.language import tr

SPACING = 0.1
"""Seconds between two numbers. Each costs a write, and a run may have thousands of answers."""


class Progress:
    """Shows how many endpoints are finished. If the terminal is gone, the run goes on."""

    def __init__(self) -> None:
        self._shown: float | None = None
        self._gone = False

    def __call__(self, done: int, total: int) -> None:
        """Show the numbers, unless the last ones are younger than `SPACING`."""
        now = time.monotonic()
        if self._shown is None or now - self._shown >= SPACING or done == total:
            self._shown = now
            self._write("\r" + tr("probing: {done} of {total} finished", done=done, total=total))

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
