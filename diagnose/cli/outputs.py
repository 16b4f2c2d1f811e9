"""Where reports go: `--format` opens an output, a `-o` right after it is its file, and at most one output is standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

_FORMAT, _FILE = "--format", ("-o", "--output")


@dataclass(frozen=True, slots=True)
class Output:
    """file None: standard output."""

    format: str
    file: Path | None


class WithOutputs(click.Command):
    """Reads `--format` and `-o` in the order in which they stand, which click by itself does not keep."""

    formats: tuple[str, ...] = ("terminal", "json")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        outputs, rest = _outputs(args, self.formats)
        ctx.meta["outputs"] = outputs
        return super().parse_args(ctx, rest)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Output"):
            formatter.write_dl(
                [
                    (f"--format [{'|'.join(self.formats)}]", "open an output; may be given several times"),
                    ("-o, --output FILE", "file of the --format before it; without one it goes to standard output"),
                ]
            )
        super().format_options(ctx, formatter)


def _outputs(args: Sequence[str], formats: Sequence[str]) -> tuple[list[Output], list[str]]:
    """The outputs asked for, and the arguments that are left."""
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
        _add(found, _FORMAT, os.environ.get("EMR_DIAGNOSE_FORMAT", "terminal"), formats)
    files = [output.file for output in found if output.file is not None]
    if twice := next((file for file in files if files.count(file) > 1), None):
        raise click.UsageError(f"two outputs go to {twice}; give each --format a file of its own")
    if sum(output.file is None for output in found) > 1:
        raise click.UsageError("only one --format can go to standard output; give the others a file with -o")
    return found, rest


def _option(word: str) -> tuple[str | None, str | None]:
    """'--format=json', '-ofile', '-o' -> name and value; the value is None where it is the next word."""
    name, equals, value = word.partition("=")
    if word.startswith("-o") and len(word) > 2:
        name, equals, value = "-o", "=", word[2:].removeprefix("=")
    if name not in (_FORMAT, *_FILE):
        return None, None
    return name, value if equals else None


def _add(found: list[Output], name: str, value: str, formats: Sequence[str]) -> None:
    if name == _FORMAT:
        if value not in formats:
            raise click.UsageError(f"--format {value!r} is not one of {', '.join(formats)}")
        found.append(Output(value, None))
    elif found and found[-1].file is None:
        found[-1] = Output(found[-1].format, None if value == "-" else Path(value))
    elif not found:
        _add(found, _FORMAT, os.environ.get("EMR_DIAGNOSE_FORMAT", "terminal"), formats)
        found[-1] = Output(found[-1].format, None if value == "-" else Path(value))
    else:
        raise click.UsageError(f"{name} {value} stands after no --format that it could be the file of")


def write(outputs: Sequence[Output], renderers: Mapping[str, Callable[[Output], bytes]]) -> None:
    """Render everything first, then write: a file is written whole or not at all. OSError becomes a message and exit code 2."""
    rendered = [(output, renderers[output.format](output)) for output in outputs]
    for output, content in rendered:
        if output.file is None:
            to_stdout(content)
        else:
            to_file(output.file, content)


def to_stdout(content: bytes) -> None:
    """A reader that went away (`| head`) has what it wanted; any other failure is a message and exit code 2."""
    if sys.stdout is None:
        raise click.UsageError("cannot write to standard output: it is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        drop_stdout()
        if not isinstance(error, BrokenPipeError):
            raise click.UsageError(f"cannot write to standard output: {error.strerror}") from error


def drop_stdout() -> None:
    """Nothing more can be written: what is still buffered must not fail again when the process ends."""
    try:
        number = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def to_file(file: Path, content: bytes) -> None:
    """Whole or not at all. What is no plain file, such as /dev/null or a pipe, is written to and never replaced; a link stays a link."""
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            with file.open("wb") as stream:
                stream.write(content)
            return
    except OSError as error:
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from error
    _replace(Path(os.path.realpath(file)), file, content)


def _replace(file: Path, named: Path, content: bytes) -> None:
    """named: how the user called it."""
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
        raise click.UsageError(f"cannot write {named}: {error.strerror}") from error


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    import shutil  # with its archives, only where a page is laid out

    return shutil.get_terminal_size((100, 24)).columns


def colour(output: Output, no_color: bool) -> bool:
    """NO_COLOR and --no-color switch it off, FORCE_COLOR on; else it depends on whether a terminal reads."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return output.file is None
    return output.file is None and sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
