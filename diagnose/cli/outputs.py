"""Where does each output go?

`--format` opens an output, and the `-o` after it is its file. At most one goes to standard output.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from diagnose.cli.errors import InputError

if TYPE_CHECKING:
    from diagnose.report.formats import Screen

_FORMAT, _FILE = "--format", ("-o", "--output")

FORMAT_VARIABLE = "EMR_DIAGNOSE_FORMAT"
"""Environment variable with the format of a command line that names none."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output that the user asked for."""

    format: str
    """Name of its format."""
    file: Path | None
    """File to write. None for standard output."""


class WithOutputs(click.Command):
    """Reads `--format` and `-o` in their order on the command line, which click does not keep."""

    formats: ClassVar[Mapping[str, str]] = {"terminal": "a page for people (default)", "json": "for programs"}
    """Name of each format, and what it contains."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the outputs out of the arguments, and put them into `ctx.meta`."""
        outputs, rest = _outputs(args, tuple(self.formats))
        ctx.meta["outputs"] = outputs
        return super().parse_args(ctx, rest)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how outputs are chosen, then the other options."""
        with formatter.section("Output"):
            formatter.write_dl(
                [
                    ("--format FORMAT", f"Open an output; repeatable. [env var: {FORMAT_VARIABLE}]"),
                    ("-o, --output FILE", "File of the --format before it. Default: standard output."),
                ]
            )
        with formatter.section("Formats"):
            formatter.write_dl(list(self.formats.items()))
        super().format_options(ctx, formatter)


def _outputs(args: Sequence[str], formats: Sequence[str]) -> tuple[list[Output], list[str]]:
    """Return the outputs that the arguments ask for, and the arguments that are left."""
    found: list[Output] = []
    rest: list[str] = []
    words = list(args)
    while words:
        word = words.pop(0)
        if word == "--":
            rest += [word, *words]
            break
        name, value = _option(word)
        if name is None:
            rest.append(word)
            continue
        if value is None:
            if not words:
                raise click.UsageError(f"{name} needs a value")
            value = words.pop(0)
        if not value:
            raise click.UsageError(f"{name} needs a value")
        _add(found, name, value, formats)
    if not found:
        _open_default(found, formats)
    files = [output.file for output in found if output.file is not None]
    if twice := next((file for file in files if files.count(file) > 1), None):
        raise click.UsageError(f"two outputs go to {twice}; give each --format a file of its own")
    if sum(output.file is None for output in found) > 1:
        raise click.UsageError("only one --format can go to standard output; give the others a file with -o")
    return found, rest


def _option(word: str) -> tuple[str | None, str | None]:
    """Return name and value of "--format=json", "-ofile" or "-o".

    The value is None if it is the next word. The name is None if this is another word.
    """
    name, equals, value = word.partition("=")
    if word.startswith("-o") and len(word) > 2:
        name, equals, value = "-o", "=", word[2:].removeprefix("=")
    if name not in (_FORMAT, *_FILE):
        return None, None
    return name, value if equals else None


def _open_default(found: list[Output], formats: Sequence[str]) -> None:
    """Open the output of a command line without --format."""
    name = os.environ.get(FORMAT_VARIABLE) or "terminal"
    _add(found, _FORMAT if name == "terminal" else FORMAT_VARIABLE, name, formats)


def _add(found: list[Output], name: str, value: str, formats: Sequence[str]) -> None:
    if name in (_FORMAT, FORMAT_VARIABLE):
        if value not in formats:
            raise click.UsageError(f"{name} {value!r} is not one of {', '.join(formats)}")
        found.append(Output(value, None))
    elif found and found[-1].file is None:
        found[-1] = Output(found[-1].format, None if value == "-" else Path(value))
    elif not found:
        _open_default(found, formats)
        found[-1] = Output(found[-1].format, None if value == "-" else Path(value))
    else:
        raise click.UsageError(f"{name} {value} stands after no --format, so it is the file of no output")


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
        raise InputError("cannot write to standard output: it is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        drop_stdout()
        if not isinstance(error, BrokenPipeError):
            raise InputError(f"cannot write to standard output: {error.strerror}") from error


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
        cause = "it is a pipe, and no program reads it" if error.errno == errno.ENXIO else error.strerror
        raise InputError(f"cannot write {file}: {cause}") from error
    _replace(Path(os.path.realpath(file)), file, content)


def _replace(file: Path, named: Path, content: bytes) -> None:
    """Replace a file in one step. Messages call it `named`, as the user did."""
    import tempfile  # most runs write no file

    try:
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:100]}.")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            umask = os.umask(0)
            os.umask(umask)
            Path(temporary).chmod(0o666 & ~umask)
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"cannot write {named}: {error.strerror}") from error


def width() -> int:
    """Return the columns of the terminal, or 80 without one."""
    import shutil  # with its archives, only where a page is laid out

    return shutil.get_terminal_size((80, 24)).columns


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


def screen(output: Output, no_color: bool, details: bool = False) -> Screen:
    """Return what reads a page of this output."""
    from diagnose.report.formats import Screen

    return Screen(width(), colour(output, no_color), details)
