"""Which outputs does a command line ask for, by `--format` and `-o` in their order?

A file belongs to the `--format` next to it. A lone one takes the format of its name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from probes.frozen import frozen
from probes.language import tr

_FORMAT, _FILE = "--format", ("-o", "--output")

MEANT: Mapping[str, tuple[str, ...]] = {
    ".json": ("json", "sarif", "ros"),
    ".ndjson": ("ndjson",),
    ".jsonl": ("ndjson",),
    ".html": ("html",),
    ".htm": ("html",),
    ".md": ("markdown", "console"),
    ".xml": ("junit",),
    ".sarif": ("sarif",),
    ".prom": ("prometheus",),
    ".tf": ("terraform",),
    ".txt": ("terminal", "console"),
}
"""Ending of a file name -> formats that it may have. The first one is meant without --format."""

FORMAT_VARIABLE = "EMR_DIAGNOSE_FORMAT"
"""Environment variable with the format of a command line that names none."""


@frozen
class Output:
    """One output that the user asked for."""

    format: str
    """Name of its format."""
    file: Path | None
    """File to write. None for standard output."""


def outputs_of(
    args: Sequence[str], formats: Sequence[str], default: str = "terminal"
) -> tuple[list[Output], list[str]]:
    """Return the outputs that the arguments ask for, and the arguments that are left.

    default: the format of a command line that names none.
    """
    asked: list[tuple[str, str]] = []
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
                raise click.UsageError(tr("{name} needs a value", name=name))
            value = words.pop(0)
        if not value:
            raise click.UsageError(tr("{name} needs a value", name=name))
        asked.append((name, value))
    found = _paired(asked, formats, default) or [Output(_default(formats, default), None)]
    files = [output.file for output in found if output.file is not None]
    if twice := next((file for file in files if files.count(file) > 1), None):
        raise click.UsageError(tr("two outputs go to {file}; give each --format a file of its own", file=twice))
    if sum(output.file is None for output in found) > 1:
        raise click.UsageError(tr("only one --format can go to standard output; give the others a file with -o"))
    return found, rest


def without_outputs(args: Sequence[str]) -> list[str]:
    """Return the arguments without `--format`, `-o` and their values, whatever these are."""
    rest: list[str] = []
    words = list(args)
    while words:
        word = words.pop(0)
        if word == "--":
            return [*rest, word, *words]
        name, value = _option(word)
        if name is None:
            rest.append(word)
        elif value is None:
            words = words[1:]
    return rest


def _paired(asked: Sequence[tuple[str, str]], formats: Sequence[str], default: str) -> list[Output]:
    """Return one output for each --format with the -o next to it, and for each lone -o.

    A file belongs to the --format before it if that has none, else to the --format after it. If
    each file is followed by a --format, and nothing else is asked, each belongs to the one after.
    """
    found: list[Output] = []
    if [name == _FORMAT for name, _ in asked] == [False, True] * (len(asked) // 2):
        asked = [option for file, name in zip(asked[::2], asked[1::2], strict=True) for option in (name, file)]
    for place, (name, value) in enumerate(asked):
        if name == _FORMAT:
            _require_format(name, value, formats)
            file = None
            if place + 1 < len(asked) and asked[place + 1][0] != _FORMAT:
                file = asked[place + 1][1]
            elif place and asked[place - 1][0] != _FORMAT and (place < 2 or asked[place - 2][0] != _FORMAT):
                file = asked[place - 1][1]
            found.append(_output(value, file))
            continue
        before = place and asked[place - 1][0] == _FORMAT
        after = place + 1 < len(asked) and asked[place + 1][0] == _FORMAT
        is_taken = after and (place + 2 == len(asked) or asked[place + 2][0] == _FORMAT)
        if not before and not is_taken:
            is_alone = all(other != _FORMAT for other, _ in asked)
            found.append(_output(_of_name(name, value, formats, default, is_alone=is_alone), value))
    return found


def _output(name: str, file: str | None) -> Output:
    """Return the output. The name of the file must not promise another format."""
    meant = MEANT.get(Path(file).suffix.lower()) if file is not None else None
    if meant is not None and name not in meant:
        raise click.UsageError(
            tr(
                "-o {file} has the name of another format than {name}: {formats}. Give it a --format of its own",
                file=file,
                name=name,
                formats=", ".join(meant),
            )
        )
    return Output(name, None if file in (None, "-") else Path(file or ""))


def _of_name(option: str, file: str, formats: Sequence[str], default: str, *, is_alone: bool) -> str:
    """Return the format of a file without a --format: that of its name.

    If the command line has no --format at all, another name gets the default format.
    """
    if not is_alone and not MEANT.get(Path(file).suffix.lower()):
        raise click.UsageError(
            tr(
                "{option} {file} stands next to no --format of its own, and its name says no format ({endings})",
                option=option,
                file=file,
                endings=", ".join(MEANT),
            )
        )
    if file == "-" or os.environ.get(FORMAT_VARIABLE):
        return _default(formats, default)
    meant = MEANT.get(Path(file).suffix.lower(), ())
    name = next((name for name in meant if name in formats), None)
    if name is None and meant:
        raise click.UsageError(
            tr("{option} {file}: this command has no format {format}", option=option, file=file, format=meant[0])
        )
    return name or _default(formats, default)


def _default(formats: Sequence[str], default: str) -> str:
    """Return the format of a command line without --format."""
    name = os.environ.get(FORMAT_VARIABLE)
    if name:
        _require_format(FORMAT_VARIABLE, name, formats)
    return name or default


def _require_format(option: str, value: str, formats: Sequence[str]) -> None:
    if value not in formats:
        raise click.UsageError(
            tr("{option} {value!r} is not one of {formats}", option=option, value=value, formats=", ".join(formats))
        )


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
