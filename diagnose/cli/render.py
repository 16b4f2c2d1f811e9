"""How does a saved JSON report look in another format? The command `render`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from diagnose.cli.common import common_options, details_option
from diagnose.cli.given_path import GivenPath
from diagnose.cli.language import speak_as
from diagnose.cli.outputs import screen
from diagnose.cli.report_outputs import WithReport, written
from diagnose.cli.saved_report import read_report


@click.command("render", cls=WithReport)
@click.argument("report", type=GivenPath(path_type=Path))
@details_option
@common_options
@click.pass_context
def command(ctx: click.Context, report: Path, details: bool, no_color: bool) -> None:
    """Write a saved JSON report in any other format.

    REPORT is a file that `check --format json` wrote. Nothing is checked again,
    so the exit code is 0. Its sentences stay as they are saved, and all other
    words are in the same language, whatever --lang asks for: check CASE --lang
    writes a report in another one.

    \b
    Examples:
      emr-diagnose render report.json
      emr-diagnose render report.json --details
      emr-diagnose render report.json -o junit.xml -o ticket.md
    """
    saved = read_report(report)
    speak_as(saved.language, ctx)
    written(ctx, saved, partial(screen, no_color=no_color, details=details))
