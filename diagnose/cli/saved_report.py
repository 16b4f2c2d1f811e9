"""How is a saved JSON report read from its file?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.cli.errors import InputError
from probes.language import tr
from probes.os_words import os_words

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
        content = read_plain(file, LARGEST)
    except OSError as error:
        raise InputError(tr("cannot read {file}: {error}", file=file, error=os_words(error))) from error
    try:
        return decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            tr(
                "{file} is no report of schema 1: {why}. Give a file that `emr-diagnose check --format json` wrote.",
                file=file,
                why=_why(content, error),
            )
        ) from error


def _why(content: bytes, error: Exception) -> str:
    """Return what a file is that is no report."""
    import msgspec

    if not content.strip():
        return tr("it is empty")
    lines = content.strip().splitlines()
    try:
        first = msgspec.json.decode(lines[0] if len(lines) > 1 and lines[0].endswith(b"}") else content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return tr("it is no whole JSON") if content.lstrip().startswith(b"{") else tr("it is no JSON")
    if not isinstance(first, dict) or not isinstance(first.get("schema_version"), str):
        return tr("it is another JSON file")
    if isinstance(first.get("case"), str):
        return tr("it holds the lines of `fleet`, one a case")
    if first["schema_version"] != "1":
        return tr("its schema is {version}", version=repr(first["schema_version"][:20]))
    if "flows" not in first:
        return tr("another command wrote it")
    return str(error)
