"""Which commands are there? One row a command.

Each is a module, imported only when it is called, so `--help` loads no parser of XML.
"""

from __future__ import annotations

import errno
from importlib import import_module
from typing import Any

import click

from diagnose import __version__

COMMANDS = {
    "check": "diagnose a case: configuration, packets, findings, repairs",
    "plan": "show what check would send, and how long it may take",
    "probe": "ask endpoints now: a TCP port, a KDC, a Hadoop service, …",
    "kerberos": "show how each client family reads a krb5.conf, and check it",
    "explain": "explain a finding: how to confirm and how to repair it",
    "schema": "print the JSON Schema of the report",
    "demo": "diagnose a bundled cluster: its files, then packets on loopback",
}
"""The register of commands: name -> one line of help. The module of that name has `command`."""

MOST_SHOWN = 300
"""Most characters of a bug's text that are shown, because it may hold parts of an input."""

OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
"""Numbers of the errors that a full disk or a closed stream gives."""


def _our_bug(error: Exception) -> str:
    """Return one line with type, text and place, without a traceback."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame is not None else ""
    text = " ".join(str(error).split())[:MOST_SHOWN]
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return f"Error: a bug of emr-diagnose stopped it: {type(error).__name__}: {printable}{place}"


class Commands(click.Group):
    """Lists all commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"diagnose.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Give an exit code to what the command itself does not catch.

        - 130: Ctrl-C came before there was anything to report.
        - 2: standard output cannot be written.
        - 4: a bug of ours.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("Interrupted before there was anything to report.", err=True)
            ctx.exit(130)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in OUTPUT_ERRORS and error.filename is None:
                from diagnose.cli.errors import InputError
                from diagnose.cli.outputs import drop_stdout

                drop_stdout()
                raise InputError(f"cannot write the output: {error.strerror}") from error
            click.echo(_our_bug(error), err=True)
            ctx.exit(4)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="emr-diagnose")
def main() -> None:
    """Find the fault that keeps a DataWorks resource group from an EMR cluster.

    The answer says how sure it is, and which smallest change repairs it.

    \b
    Examples:
      emr-diagnose demo
      emr-diagnose check ./case --offline
      emr-diagnose check krb5.conf sg.json --from 192.168.10.0/24 --offline
    """
