"""What changed between two saved reports? The command `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.common import common_options
from diagnose.cli.given_path import GivenPath
from diagnose.cli.language import speak_as, tell_two_languages
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import WithOutputs, colour, width, write
from diagnose.cli.saved_report import read_report

if TYPE_CHECKING:
    from diagnose.report.difference import Difference


@click.command("diff", cls=WithOutputs)
@click.argument("before", type=GivenPath(path_type=Path))
@click.argument("after", type=GivenPath(path_type=Path))
@common_options
@click.pass_context
def command(ctx: click.Context, before: Path, after: Path, no_color: bool) -> None:
    """Show what changed between two saved JSON reports.

    BEFORE and AFTER are files that `check --format json` wrote. Nothing is
    checked again. The words are in the language of AFTER, whatever --lang
    asks for. A service whose key is gone from files that are still there is no
    longer in use, and not missing.

    \b
    Examples:
      emr-diagnose diff monday.json tuesday.json
      emr-diagnose diff monday.json tuesday.json --format json

    \b
    Exit codes:
      0    nothing got worse, and the later report looks at no less
      1    a required connection is no longer known to work, a new error is
           sure, or something is no longer known to stay denied; what is
           waived does not count
      2    wrong usage, or a report that cannot be read
      3    nothing is known to have got worse, but the later report looks at
           less: a file, a service or a check of the earlier one is missing
    """
    from diagnose.report.difference import compare, encode

    reports = read_report(before), read_report(after)
    speak_as(reports[1].language, ctx)
    tell_two_languages((before, reports[0].language), (after, reports[1].language))
    difference = compare(*reports)

    def page(output: Output) -> bytes:
        return _page(difference, output, no_color)

    write(ctx.meta["outputs"], {"terminal": page, "json": lambda _: encode(difference)})
    if difference.is_worse:
        ctx.exit(1)
    if difference.sees_less:
        ctx.exit(3)


def _page(difference: Difference, output: Output, no_color: bool) -> bytes:
    from diagnose.report.difference_page import render

    return render(difference, width(), colour(output, no_color)).encode()
