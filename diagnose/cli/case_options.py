"""Which options does every command have that reads a case, and how do they give the case?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diagnose.cli.errors import InputError
from diagnose.cli.given_path import GivenPath
from diagnose.output.clean import clean
from diagnose.output.sentences import sentences, with_stop
from probes.language import marked, tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from diagnose.case import Case
    from diagnose.case.errors import CaseError

Command = TypeVar("Command", bound=Callable[..., Any])

TO_DO = {
    ".toml": marked("Correct this line. docs/case.md lists every key and its values."),
    ".json": marked("Save the answer of the API whole and unchanged, or take the file out of the case."),
}
"""Ending of a file that cannot be read -> what its reader does next."""

_NO_CASE = marked(
    "no CASE is given, and the current directory does not look like one: directly in it is no case.toml, krb5.conf, "
    "file of cluster settings or answer of an API. Name the case: emr-diagnose {command} CASE. Begin one: "
    "emr-diagnose case init. Take this directory all the same: emr-diagnose {command} ."
)


def case_options(command: Command) -> Command:
    """Add the argument CASE and the option --from."""
    paths = click.argument("paths", metavar="[CASE]…", nargs=-1, type=GivenPath(path_type=Path))
    return from_option(paths(command))


FROM_HELP = "CIDR of the resource group's vSwitch; repeatable. Replaces the networks of case.toml."


def from_option(command: Command, text: str = FROM_HELP) -> Command:
    """Add the option --from. text: what its help says."""
    return click.option(
        "--from",
        "cidrs",
        multiple=True,
        metavar="CIDR",
        envvar="EMR_DIAGNOSE_FROM",
        show_envvar=True,
        help=text,
    )(command)


def read_case(paths: Sequence[Path], cidrs: Sequence[str]) -> Case:
    """Return the case made of these files, directories or archives.

    Without any, read the current directory if it looks like a case. Exit code 2 if it does not, or
    if an input cannot be read.
    """
    from diagnose.case.directory import looks_like_case, read
    from diagnose.case.errors import CaseError

    if not paths and not looks_like_case(Path()):
        raise click.UsageError(tr(_NO_CASE, command=click.get_current_context().info_name))
    try:
        case = read(list(paths) or [Path()])
    except CaseError as error:
        raise InputError(refused(error)) from error
    except OSError as error:
        raise InputError(tr("cannot read {file}: {error}", file=error.filename, error=os_words(error))) from error
    return with_networks(case, cidrs)


def base_of(paths: Sequence[Path]) -> str:
    """Return the path from the working directory to a case below it. "" if it is none."""
    if len(paths) != 1 or not paths[0].is_dir():
        return ""
    try:
        base = paths[0].resolve().relative_to(Path.cwd()).as_posix()
    except (OSError, ValueError):
        return ""
    return "" if base == "." else base


def tell_misread(case: Case) -> None:
    """Write one line to standard error for each answer that is not read."""
    for each in case.misread:
        error = tr("Error: {message}", message=sentences(map(with_stop, (each.text, tr(TO_DO[".json"])))))
        line = tr("{error} The command: {command}", error=error, command=each.command) if each.command else error
        click.echo(clean(line), err=True)


def with_networks(case: Case, cidrs: Sequence[str]) -> Case:
    """Return the case with the networks of --from. Exit code 2 if one is no network, or is not of
    the addresses that `redact` gave the case."""
    from diagnose.case.sources import refused_sources, with_sources

    try:
        if (refused := refused_sources(case, cidrs)) is not None:
            raise InputError(refused)
        return with_sources(case, cidrs) if cidrs else case
    except ValueError as error:
        raise click.UsageError(tr("{option}: {error}", option="--from", error=error)) from error


def refused(error: CaseError) -> str:
    """Return what is wrong with each input that cannot be read, one line each."""
    return "\n".join(map(_with_to_do, (error, *error.others)))


def _with_to_do(error: CaseError) -> str:
    to_do = TO_DO.get(Path(error.file).suffix)
    return sentences(map(with_stop, (str(error), "" if to_do is None else tr(to_do))))
