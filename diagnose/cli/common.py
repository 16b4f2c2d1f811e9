"""Which options do all commands have?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

import click

from diagnose.cli.language import VARIABLE
from diagnose.scene.areas import AREAS
from probes.language import Language, tr

Command = TypeVar("Command", bound=Callable[..., Any])


def page_options(command: Command) -> Command:
    """Add --no-color, and --lang, whose value the command does not get."""
    no_color = click.option(
        "--no-color",
        is_flag=True,
        envvar="EMR_DIAGNOSE_NO_COLOR",
        show_envvar=True,
        help="Write no colours. NO_COLOR does the same.",
    )
    return no_color(language_option(command))


def language_option(command: Command) -> Command:
    """Add --lang. It was obeyed before the command was imported: see `cli.language`."""
    return click.option(
        "--lang",
        type=click.Choice(get_args(Language)),
        expose_value=False,
        envvar=VARIABLE,
        show_envvar=True,
        help="Language of every text: English or Chinese. Default: the one of the locale.",
    )(command)


def details_option(command: Command) -> Command:
    """Add --details."""
    return click.option(
        "--details",
        is_flag=True,
        envvar="EMR_DIAGNOSE_DETAILS",
        show_envvar=True,
        help="On the terminal, everything: evidence, every connection, what was not checked.",
    )(command)


def area_options(command: Command) -> Command:
    """Add --only and --skip."""
    for option, text in (
        ("skip", "Leave out this area of checks; repeatable."),
        ("only", "Only this area of checks; repeatable."),
    ):
        command = click.option(
            f"--{option}",
            multiple=True,
            type=click.Choice(list(AREAS)),
            envvar=f"EMR_DIAGNOSE_{option.upper()}",
            show_envvar=True,
            help=text,
        )(command)
    return command


def wanted_areas(only: Sequence[str], skip: Sequence[str]) -> tuple[str, ...]:
    """Return the areas of checks that --only and --skip leave. Exit code 2 if there is none."""
    areas = tuple(area for area in only or AREAS if area not in skip)
    if not areas:
        raise click.UsageError(tr("--only and --skip leave no area to check"))
    return areas


def fail_on_option(command: Command) -> Command:
    """Add --fail-on."""
    return click.option(
        "--fail-on",
        type=click.Choice(["error", "warning"]),
        default="error",
        show_default=True,
        envvar="EMR_DIAGNOSE_FAIL_ON",
        show_envvar=True,
        help="Least severity of a proven or strong finding that gives exit code 1.",
    )(command)


def common_options(command: Command) -> Command:
    """Add `page_options`, and --verbose, whose value the command does not get."""
    return page_options(verbose_option(command))


def verbose_option(command: Command) -> Command:
    """Add --verbose, whose value the command does not get."""
    return click.option(
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_show_log,
        envvar="EMR_DIAGNOSE_VERBOSE",
        show_envvar=True,
        help="Write what is read, asked, answered and decided to standard error.",
    )(command)


def _show_log(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """Show the log until the command ends. Nothing is imported unless it is wanted."""
    if value:
        from diagnose.output.log import shown_log

        ctx.with_resource(shown_log())
