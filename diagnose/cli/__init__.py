"""The commands, one module each, imported only when called: `--help` must not pay for a parser of XML."""

from __future__ import annotations

from importlib import import_module

import click

from diagnose import __version__

COMMANDS = {
    "check": "diagnose a case: configuration, live probes, findings, repairs",
    "plan": "what check would send, and how long it may take; sends nothing",
    "kerberos": "what each client family makes of a krb5.conf, and the lint",
    "explain": "what a finding means, how to confirm it, how to repair it",
    "schema": "the JSON Schema of the report",
    "demo": "the whole diagnosis on a bundled cluster, offline and live on loopback",
}
"""Name and one line of help; the module of the same name in this package has `command`."""


class Commands(click.Group):
    """Knows the names and summaries of all commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"diagnose.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="emr-diagnose")
def main() -> None:
    """Says which single fault keeps a DataWorks resource group from reaching an EMR cluster, how sure that is, and the smallest change that
    repairs it.

    \b
    emr-diagnose demo
    emr-diagnose check ./case --offline
    emr-diagnose check krb5.conf sg.json --from 192.168.10.0/24 --offline
    """
