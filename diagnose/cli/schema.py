"""`schema`: what every JSON report validates against."""

from __future__ import annotations

import click

from diagnose.cli.outputs import to_stdout


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the report that `check --format json` writes.

    \b
    Example:
      emr-diagnose schema > report.schema.json
    """
    from diagnose.report.json import schema  # noqa: PLC0415

    to_stdout(schema())
