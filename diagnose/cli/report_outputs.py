"""How does a report leave the process, in each of its formats?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import click

from diagnose.cli.output_options import Output
from diagnose.cli.outputs import WithOutputs, write
from diagnose.output.clean import clean
from diagnose.report.formats import FORMATS, Screen

if TYPE_CHECKING:
    from diagnose.report.model import Report


class WithReport(WithOutputs):
    """A command that has every format of the report."""

    formats: ClassVar[Mapping[str, str]] = {name: row.help for name, row in FORMATS.items()}
    aborted: ClassVar[Mapping[str, Callable[[str], bytes]]] = {
        name: row.aborted for name, row in FORMATS.items() if row.aborted is not None
    }


def written(ctx: click.Context, report: Report, screen: Callable[[Output], Screen]) -> None:
    """Write the report to all outputs.

    If none is a page on the terminal, one line on standard error says the verdict.
    """
    outputs: list[Output] = ctx.meta["outputs"]
    write(outputs, {name: partial(_rendered, report, screen) for name in FORMATS})
    if not any(output.format == "terminal" and output.file is None for output in outputs):
        from diagnose.report.verdict import in_one_line

        click.echo(clean(in_one_line(report)), err=True)


def _rendered(report: Report, screen: Callable[[Output], Screen], output: Output) -> bytes:
    return FORMATS[output.format].render(report, screen(output))
