"""How does a saved JSON report look in another format? The command `render`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from diagnose.cli.common import common_options, details_option
from diagnose.cli.errors import InputError
from diagnose.cli.outputs import screen
from diagnose.cli.report_outputs import WithReport, written

LARGEST = 256 * 2**20
"""Bytes of the largest report that is read."""


@click.command("render", cls=WithReport)
@click.argument("report", type=click.Path(path_type=Path, dir_okay=False))
@details_option
@common_options
@click.pass_context
def command(ctx: click.Context, report: Path, details: bool, no_color: bool) -> None:
    """Write a saved JSON report in any other format.

    REPORT is a file that `check --format json` wrote. Nothing is checked again,
    so the exit code is 0.

    \b
    Examples:
      emr-diagnose render report.json
      emr-diagnose render report.json --details
      emr-diagnose render report.json -o junit.xml -o ticket.md
    """
    import msgspec

    from diagnose.report.json import decode
    from probes.files.plain_file import read_plain

    try:
        value = decode(read_plain(report, LARGEST))
    except OSError as error:
        raise InputError(f"cannot read {report}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{report} is no report of schema 1: {error}. Give a file that `emr-diagnose check --format json` wrote."
        ) from error
    written(ctx, value, partial(screen, no_color=no_color, details=details))
