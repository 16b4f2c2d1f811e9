"""Who is at standard input? Nobody, if it is closed, as it may be below a service."""

from __future__ import annotations

import sys
from typing import BinaryIO

from diagnose.cli.errors import InputError
from probes.language import tr


def standard_input() -> BinaryIO:
    """Return the stream. Exit code 2 if it is closed."""
    if sys.stdin is None:
        raise InputError(tr("cannot read standard input: it is closed"))
    return sys.stdin.buffer


def can_be_asked() -> bool:
    """Return True if a person is there who can answer."""
    return sys.stdin is not None and sys.stdin.isatty()
