"""How is a saved JSON report read from its file?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.cli.errors import InputError
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.report.model import Report

LARGEST = 256 * 2**20
"""Bytes of the largest report that is read."""


def read_report(file: Path) -> Report:
    """Return the report. InputError if the file cannot be read or is no report of schema 1."""
    import msgspec

    from diagnose.report.json import decode
    from probes.files.plain_file import read_plain

    if file.is_dir():
        raise InputError(
            tr(
                "{file} is a directory, not a report. Save a report of the case in it: "
                "emr-diagnose check {directory} -o report.json",
                file=file,
                directory=shlex.quote(str(file)),
            )
        )
    try:
        return decode(read_plain(file, LARGEST))
    except OSError as error:
        raise InputError(tr("cannot read {file}: {error}", file=file, error=error.strerror)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            tr(
                "{file} is no report of schema 1: {error}. Give a file that `emr-diagnose check --format json` wrote.",
                file=file,
                error=error,
            )
        ) from error
