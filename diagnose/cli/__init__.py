"""Which commands are there? One row a command.

Each is a module, imported only when it is called, so `--help` loads no parser of XML.
"""

from __future__ import annotations

import errno
import os
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

import click

from diagnose import __version__
from diagnose.cli import click_words
from diagnose.cli.common import language_option
from diagnose.cli.help_text import SpokenContext
from diagnose.cli.language import speak
from diagnose.output.clean import clean
from probes.language import marked, tr
from probes.os_words import os_words

COMMANDS = {
    "check": "diagnose a case: configuration, packets, findings, repairs",
    "preflight": "check the rules of registration, and all of check --offline",
    "plan": "show what check would send, and how long it may take",
    "fleet": "diagnose many cases from their files, and sum them up",
    "probe": "ask endpoints now: a TCP port, a KDC, a Hadoop service, …",
    "serve": "ask endpoints for Prometheus, as an exporter over HTTP",
    "kerberos": "show how each client family reads a krb5.conf, and check it",
    "render": "write a saved JSON report in another format",
    "diff": "show what changed between two saved JSON reports",
    "explain": "explain a finding: how to confirm and how to repair it",
    "schema": "print the JSON Schema of the report",
    "case": "begin a case: a case.toml, and the commands that export each file",
    "collect": "write a case from hosts over SSH, or from the APIs of Alibaba Cloud",
    "apply": "add the suggested rules of a report to the security groups",
    "redact": "write a case without secrets and names, to give it away",
    "completion": "print the script with which bash, zsh or fish completes a line",
    "demo": "diagnose a bundled cluster: its files, then packets on loopback",
}
"""The register of commands: name -> one line of help. The module of that name has `command`."""

COMPLETION_VARIABLE = "_EMR_DIAGNOSE_COMPLETE"
"""Environment variable with which the script of a shell asks for words, however we were called."""

OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
"""Numbers of the errors that a full disk or a closed stream gives."""


INTERRUPTED = marked("Interrupted before there was anything to report.")

CUT_IMPORT = "expected a message argument"

LEAST_FILES = 64
"""Fewest files that a process must be able to open: a case, an event loop, resolvers, sockets."""

click_words.teach()


def _require_files() -> None:
    """Raise the soft limit of open files if it is too low. InputError if that is not allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= LEAST_FILES:
        return
    if hard == resource.RLIM_INFINITY or hard >= LEAST_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (LEAST_FILES, hard))
        return
    raise _too_few_files(soft)


def _too_few_files(limit: int) -> click.ClickException:
    from diagnose.cli.errors import InputError

    text = tr("this process may open only {limit} files. Raise the limit: ulimit -n 256", limit=limit)
    return InputError(text)


def _say(show: Callable[[], object]) -> None:
    """Show the last words of a run. A full or closed standard error does not change its exit
    code."""
    try:
        show()
    except (OSError, ValueError):
        return


def _interrupted() -> int:
    """Say that Ctrl-C came, and return the exit code.

    Ctrl-C may come after a coroutine was made and before it runs. Python would warn about it when
    the exception is dropped, which is after this.
    """
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    _say(lambda: click.echo(tr(INTERRUPTED), err=True))
    return 130


@contextmanager
def _reader_may_go() -> Iterator[None]:
    """End with 0 if nobody reads the output any more (`| head`): its reader has what it wanted.

    Any other broken pipe is a bug of ours, which click would take for the same.
    """
    try:
        yield
    except BrokenPipeError as error:
        from diagnose.cli.outputs import drop_stdout, is_read

        if is_read():
            raise RuntimeError("a broken pipe that is not standard output") from error
        drop_stdout()
        raise click.exceptions.Exit(0) from error


def _failure(error: Exception) -> tuple[str, int]:
    """Return what stopped the run, in one line, and the exit code."""
    if isinstance(error, OSError) and error.filename is None and error.errno in OUTPUT_ERRORS:
        from diagnose.cli.outputs import drop_stdout

        drop_stdout()
        return tr("cannot write the output: {error}", error=os_words(error)), 2
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return _too_few_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0]).format_message(), 2
    return _our_bug(error), 4


def _is_interrupt(error: BaseException | None) -> bool:
    """Return True if Ctrl-C came where Python makes another error of it.

    Python 3.11 raises RuntimeError for whatever `__set_name__` raises, which dataclasses call. If
    Ctrl-C comes inside `from … import`, it raises TypeError with `CUT_IMPORT`: it cannot make the
    text of an ImportError then (PyErr_SetImportErrorSubclass).
    """
    if isinstance(error, TypeError) and str(error) == CUT_IMPORT:
        return True
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__
    return False


def _our_bug(error: Exception) -> str:
    """Return one line with type, text and place, without a traceback."""
    from diagnose.scene.bugs import described

    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame is not None else ""
    what = f"{described(error)}{place}"
    return tr("a bug of emr-diagnose stopped it: {what}", what=what)


class Commands(click.Group):
    """Lists all commands without importing any."""

    context_class = SpokenContext

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"diagnose.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            return None
        command.context_class = SpokenContext
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of a line. UsageError with those that are spelled alike, for none."""
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches

            if near := get_close_matches(name, COMMANDS, 2):
                said = tr("No such command {name!r}. Did you mean {near}?", name=name, near=tr(" or ").join(near))
                raise click.UsageError(said, ctx)
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and end with its exit code, whatever happens.

        click would end with 1 after Ctrl-C, and with a traceback if standard error is full.
        """
        extra["standalone_mode"] = False
        extra["complete_var"] = COMPLETION_VARIABLE
        given = args[0] if args else extra.get("args")
        speak(sys.argv[1:] if given is None else given, os.environ)
        sys.exit(self._exit_code(partial(super().main, *args, **extra)))

    def _exit_code(self, run: Callable[[], Any]) -> int:
        """Return the exit code of a command.

        - 130: Ctrl-C came before there was anything to report.
        - 2: wrong usage, an input that cannot be read, an output that cannot be written, or a
          process that may open too few files.
        - 4: a bug of ours.
        """
        try:
            _require_files()
            ended = run()
            return ended if isinstance(ended, int) else 0
        except click.ClickException as error:
            if not isinstance(error, click.exceptions.NoArgsIsHelpError):  # that one is a help page
                vars(error)["message"] = "\n".join(map(clean, error.message.splitlines()))  # it quotes what was given
            told = click_words.spoken(error)
            vars(error)["format_message"] = lambda: told
            _say(error.show)
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            return _interrupted()
        except Exception as error:  # noqa: BLE001 - our own bug is one line and an exit code
            if _is_interrupt(error):
                return _interrupted()
            text, code = _failure(error)
            _say(lambda: click.echo(tr("Error: {message}", message=text), err=True))
            return code

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the command line. --help and --version write here."""
        with _reader_may_go():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _reader_may_go():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="emr-diagnose")
@language_option
def main() -> None:
    """Find the fault that keeps a DataWorks resource group from an EMR cluster.

    The answer says how sure it is, and which smallest change repairs it.

    \b
    Examples:
      emr-diagnose demo
      emr-diagnose check ./case --offline
      emr-diagnose check krb5.conf sg.json --from 192.168.10.0/24 --offline
    """
