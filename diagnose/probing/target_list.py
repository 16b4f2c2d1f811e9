"""Which targets does a list name?

Each line is one target. Empty lines are left out, and what follows a # at the start of a word.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from diagnose.probing.schemes import parse
from diagnose.probing.target import Target, TargetError
from probes.files.masking import masked
from probes.files.plain_file import read_plain
from probes.language import tr
from probes.os_words import os_words
from probes.regex import regex

LARGEST = 8 << 20
"""Bytes of a list, at most."""

MOST_TARGETS = 100_000

_COMMENT = regex(r"(^|\s)#.*$")


class TargetFileError(ValueError):
    """The list cannot be used. The message begins with file:line, or with the file."""


def read(name: str) -> list[Target]:
    """Return the targets of a file, or of standard input for "-".

    TargetFileError if it cannot be read, or has a line that is no target.
    """
    shown = tr("standard input") if name == "-" else name
    try:
        content = _content(name)
    except OSError as error:
        raise TargetFileError(f"{shown}: {os_words(error)}") from error
    if len(content) > LARGEST:
        raise TargetFileError(tr("{file}: larger than {size} MiB", file=shown, size=LARGEST >> 20))
    return list(_parsed(shown, content.decode("utf-8", "surrogateescape")))


def _content(name: str) -> bytes:
    if name == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return sys.stdin.buffer.read(LARGEST + 1)
    return read_plain(Path(name), LARGEST)


def _parsed(shown: str, text: str) -> Iterator[Target]:
    count = 0
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        wanted = (_COMMENT.sub("", line) if "#" in line else line).strip()
        if not wanted:
            continue
        count += 1
        if count > MOST_TARGETS:
            raise TargetFileError(
                tr("{file}:{line}: more than {count} targets", file=shown, line=number, count=MOST_TARGETS)
            )
        try:
            yield parse(wanted)
        except TargetError as error:
            raise TargetFileError(f"{shown}:{number}: {masked(wanted)[:200]}: {masked(str(error))}") from error
