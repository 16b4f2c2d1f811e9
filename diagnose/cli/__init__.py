"""The commands, one module each, imported only when called: `--help` must not pay for a parser of XML."""

from __future__ import annotations

import errno
from importlib import import_module
from typing import Any

import click

from diagnose import __version__

COMMANDS = {
    "check": "diagnose a case: configuration, live probes, findings, repairs",
    "plan": "what check would send, and how long it may take; sends nothing",
    "probe": "endpoints now: a TCP port, a KDC, Hadoop RPC, HiveServer2, a web server, ZooKeeper",
    "kerberos": "what each client family makes of a krb5.conf, and the lint",
    "explain": "what a finding means, how to confirm it, how to repair it",
    "schema": "the JSON Schema of the report",
    "demo": "the whole diagnosis on a bundled cluster, offline and live on loopback",
}
"""Name and one line of help; the module of the same name in this package has `command`."""


MOST_SAID = 300
"""Characters of the text of a bug that are shown: it may hold parts of an input."""

OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
"""What writing to a full disk or a closed stream says."""


def _our_bug(error: Exception) -> str:
    """One line with the place: what a bug report needs, without a traceback."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame is not None else ""
    said = " ".join(str(error).split())[:MOST_SAID]
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in said)
    return f"Error: a bug of emr-diagnose stopped it: {type(error).__name__}: {printable}{place}"


class Commands(click.Group):
    """Knows the names and summaries of all commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"diagnose.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> Any:
        """Exit codes of the contract for what no command expects: 130 where Ctrl-C comes before there is anything to report, 2 where standard
        output cannot be written, 4 for a bug of ours."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("Interrupted before anything was learned.", err=True)
            ctx.exit(130)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in OUTPUT_ERRORS and error.filename is None:
                from diagnose.cli.outputs import drop_stdout

                drop_stdout()
                raise click.UsageError(f"cannot write the output: {error.strerror}") from error
            click.echo(_our_bug(error), err=True)
            ctx.exit(4)

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
