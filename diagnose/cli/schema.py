"""`schema`: what every JSON report validates against."""

from __future__ import annotations

import sys

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the report that `check --format json` writes.

    \b
    Example:
      emr-diagnose schema > report.schema.json
    """
    from diagnose.report.json import schema  # noqa: PLC0415

    sys.stdout.buffer.write(schema())
