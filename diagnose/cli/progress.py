"""How far has a run come that takes its time? One line on a terminal's standard error, gone when the report comes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

SPACING = 0.1
"""Seconds between two numbers: a reader sees no more, and of thousands of answers each would cost a write."""


class Progress:
    """Called with how many have been answered for, and how many there are. A terminal that is gone ends the display, never the run."""

    def __init__(self) -> None:
        self._shown: float | None = None
        self._gone = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._shown is None or now - self._shown >= SPACING or done == total:
            self._shown = now
            self._write(f"\rprobing: {done} of {total} answered for")

    def clear(self) -> None:
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
    """None where standard error is no terminal: a log has no use for numbers that overwrite each other."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    shown = Progress()
    try:
        yield shown
    finally:
        shown.clear()
