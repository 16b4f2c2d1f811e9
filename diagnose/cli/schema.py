"""Which JSON Schema does an output obey? The command `schema`."""

from __future__ import annotations

from typing import Literal

import click

from diagnose.cli.outputs import to_stdout


@click.command("schema")
@click.argument("of", metavar="[OF]", type=click.Choice(["check", "plan", "probe"]), default="check")
def command(of: Literal["check", "plan", "probe"]) -> None:
    """Print the JSON Schema of what a command writes with --format json.

    OF is check (the report; the default), plan or probe.

    \b
    Examples:
      emr-diagnose schema > report.schema.json
      emr-diagnose schema plan > plan.schema.json
    """
    from diagnose.probing import answers
    from diagnose.report import json, plan

    to_stdout({"check": json.schema, "plan": plan.schema, "probe": answers.schema}[of]())
