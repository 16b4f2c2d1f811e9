"""Which JSON Schema does an output obey? The command `schema`."""

from __future__ import annotations

import click

from diagnose.cli.outputs import to_stdout

OF = ("check", "plan", "probe", "fleet", "fleet-summary")


@click.command("schema")
@click.argument("of", metavar="[OF]", type=click.Choice(OF), default="check")
def command(of: str) -> None:
    """Print the JSON Schema of what a command writes with --format json.

    OF is check (the report; the default), plan, probe, fleet (one of its lines)
    or fleet-summary.

    \b
    Examples:
      emr-diagnose schema > report.schema.json
      emr-diagnose schema plan > plan.schema.json
    """
    to_stdout(_schema(of))


def _schema(of: str) -> bytes:
    match of:
        case "plan":
            from diagnose.report.plan import schema
        case "probe":
            from diagnose.probing.answers import schema
        case "fleet":
            from diagnose.fleet.record import schema
        case "fleet-summary":
            from diagnose.fleet.summary import schema
        case _:
            from diagnose.report.json import schema
    return schema()
