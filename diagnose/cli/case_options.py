"""Options of every command that reads a case, and how the case comes from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from diagnose.case import Case

Command = TypeVar("Command", bound=Callable[..., Any])


def case_options(command: Command) -> Command:
    """CASE … and --from."""
    for decorate in (
        click.argument("paths", metavar="[CASE]…", nargs=-1, type=click.Path(path_type=Path)),
        click.option(
            "--from",
            "cidrs",
            multiple=True,
            metavar="CIDR",
            envvar="EMR_DIAGNOSE_FROM",
            help="CIDR of the resource group's vSwitch; repeat it for several. Replaces the networks of the case.",
        ),
    ):
        command = decorate(command)
    return command


def read_case(paths: Sequence[Path], cidrs: Sequence[str]) -> Case:
    """The case made of these files, directories or archives; the current directory where none is named. Exit code 2 if it cannot be read."""
    from diagnose.case.directory import read
    from diagnose.case.errors import CaseError
    from diagnose.case.sources import with_sources

    try:
        case = read(list(paths) or [Path()])
        return with_sources(case, cidrs) if cidrs else case
    except CaseError as error:
        raise click.UsageError(str(error)) from error
    except ValueError as error:
        raise click.UsageError(f"--from: {error}") from error
    except OSError as error:
        raise click.UsageError(f"cannot read {error.filename}: {error.strerror}") from error
