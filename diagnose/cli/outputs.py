"""Where does each output go?

`--format` opens an output, and the `-o` next to it is its file. A lone `-o` takes the format of its
name. At most one output goes to standard output.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click

from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.output_options import FORMAT_VARIABLE, Output, outputs_of, without_outputs
from probes.language import tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from diagnose.report.formats import Screen


class WithOutputs(click.Command):
    """Reads `--format` and `-o` in their order on the command line, which click does not keep."""

    formats: ClassVar[Mapping[str, str]] = {"terminal": "a page for people (default)", "json": "for programs"}
    """Name of each format, and what it contains."""

    default: ClassVar[str] = "terminal"
    """Format of a command line that names none."""

    aborted: ClassVar[Mapping[str, Callable[[str], bytes]]] = {}
    """Name of each format that can tell why there is no report."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the outputs out of the arguments, and put them into `ctx.meta`."""
        if ctx.resilient_parsing:  # a shell asks for the words that may come next
            ctx.meta["waits_for"] = args[-1] if args[-1:] in (["--format"], ["-o"], ["--output"]) else None
            return super().parse_args(ctx, without_outputs(args))
        outputs, rest = outputs_of(args, tuple(self.formats), self.default)
        ctx.meta["outputs"] = outputs
        with self._told_in_outputs(outputs):
            return super().parse_args(ctx, rest)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters. None of them takes the word after --format or -o."""
        return [] if ctx.meta.get("waits_for") else super().get_params(ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the words that complete a line, with the options that click does not know."""
        from click.shell_completion import CompletionItem

        waits_for = ctx.meta.get("waits_for")
        if waits_for == "--format":
            return [
                CompletionItem(name, help=text) for name, text in self.formats.items() if name.startswith(incomplete)
            ]
        if waits_for is not None:
            return [CompletionItem(incomplete, type="file")]
        ours = {"--format": "Open an output; repeatable.", "--output": "File of the --format beside it."}
        words = [CompletionItem(name, help=text) for name, text in ours.items() if name.startswith(incomplete)]
        return [*(words if incomplete.startswith("-") else []), *super().shell_complete(ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. If it ends before there is a report, its outputs say why."""
        with self._told_in_outputs(ctx.meta["outputs"]):
            return super().invoke(ctx)

    @contextmanager
    def _told_in_outputs(self, outputs: Sequence[Output]) -> Iterator[None]:
        """Write what stopped the run into each output that has a place for it."""
        try:
            yield
        except (click.exceptions.Exit, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            if not isinstance(error, OutputError):
                text = error.format_message() if isinstance(error, click.ClickException) else _what_happened(error)
                wanted = [output for output in outputs if output.format in self.aborted]
                with suppress(InputError):
                    write(wanted, {name: partial(_told, tell, text) for name, tell in self.aborted.items()})
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how outputs are chosen, then the other options."""
        with formatter.section("Output"):
            formatter.write_dl(
                [
                    (
                        "--format FORMAT",
                        tr("Open an output; repeatable. [env var: {variable}]", variable=FORMAT_VARIABLE),
                    ),
                    ("-o, --output FILE", tr("File of the --format beside it, or of the format of its name.")),
                ]
            )
        with formatter.section("Formats"):
            formatter.write_dl(list(self.formats.items()))
        super().format_options(ctx, formatter)


def _what_happened(error: BaseException) -> str:
    """Return why a run ended that no input and no option stopped."""
    if isinstance(error, KeyboardInterrupt):
        return tr("interrupted before there was anything to report")
    return tr("a bug of emr-diagnose stopped it: {what}", what=type(error).__name__)


def _told(tell: Callable[[str], bytes], text: str, _: Output) -> bytes:
    return tell(text)


def write(outputs: Sequence[Output], renderers: Mapping[str, Callable[[Output], bytes]]) -> None:
    """Render every output, then write them. A file is written whole or not at all.

    Exit code 2 if an output cannot be written.
    """
    rendered = [(output, renderers[output.format](output)) for output in outputs]
    for output, content in rendered:
        if output.file is None:
            to_stdout(content)
        else:
            to_file(output.file, content)


def to_stdout(content: bytes) -> None:
    """Write to standard output. Exit code 2 if that fails.

    A reader that went away (`| head`) has what it wanted, so that is no failure.
    """
    if sys.stdout is None:
        raise OutputError(tr("cannot write to standard output: it is closed"))
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        drop_stdout()
        if not isinstance(error, BrokenPipeError):
            raise OutputError(tr("cannot write to standard output: {error}", error=os_words(error))) from error


def is_read() -> bool:
    """Return False if the reader of standard output or standard error went away."""
    streams = select.poll()
    for stream in (sys.stdout, sys.stderr):
        try:
            streams.register(stream.fileno(), 0)
        except (AttributeError, OSError, ValueError):
            continue
    return not any(event & select.POLLERR for _, event in streams.poll(0))


def drop_stdout() -> None:
    """Send what is still buffered nowhere, so that it does not fail again when the process ends."""
    try:
        number = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def to_file(file: Path, content: bytes) -> None:
    """Write a file whole or not at all. A link stays a link.

    What is no plain file, such as /dev/null or a pipe, is written to and never replaced. A pipe
    that no program reads is refused, because opening it would wait for ever.
    """
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            descriptor = os.open(file, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.set_blocking(descriptor, True)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            return
    except OSError as error:
        cause = tr("it is a pipe, and no program reads it") if error.errno == errno.ENXIO else os_words(error)
        raise OutputError(tr("cannot write {file}: {error}", file=file, error=cause)) from error
    _replace(Path(os.path.realpath(file)), file, content)


def _replace(file: Path, named: Path, content: bytes) -> None:
    """Replace a file in one step. Messages call it `named`, as the user did."""
    import tempfile  # most runs write no file

    try:
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:100]}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            Path(temporary).chmod(_mode(file))
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(tr("cannot write {file}: {error}", file=named, error=os_words(error))) from error


def _mode(file: Path) -> int:
    """Return who may read a file: as it is now, or as a new one would be."""
    with suppress(OSError):
        return stat.S_IMODE(file.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def width() -> int:
    """Return the columns of the terminal: COLUMNS, or what the terminal says, or 80 without one.

    `shutil` says the same, and loads three libraries of archives with it.
    """
    with suppress(KeyError, ValueError):
        if (columns := int(os.environ["COLUMNS"])) > 0:
            return columns
    with suppress(ValueError, OSError):
        if sys.__stdout__ is not None:
            return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80
    return 80


def colour(output: Output, no_color: bool) -> bool:
    """Return whether this output has colours.

    --no-color and NO_COLOR switch them off, FORCE_COLOR switches them on for standard output.
    Without any of them, colours are on if a terminal reads.
    """
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return output.file is None
    return output.file is None and sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def error_is_coloured() -> bool:
    """Return whether standard error has colours, by the same variables as `colour`."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def screen(output: Output, no_color: bool, details: bool = False, base: str = "", twin_base: str = "") -> Screen:
    """Return what reads a page of this output."""
    from diagnose.report.formats import Screen

    return Screen(width(), colour(output, no_color), details, base, twin_base)
