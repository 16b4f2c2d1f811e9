"""What is wrong with each of many clusters? The command `fleet`, which sends nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import click
from click.core import ParameterSource

from diagnose.cli.case_options import from_option
from diagnose.cli.common import area_options, common_options, fail_on_option, wanted_areas
from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.fleet_run import EngineName, FleetWanted, begun, spark_errors
from diagnose.cli.given_path import GivenPath
from diagnose.cli.interrupts import deferred
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import WithOutputs, error_is_coloured, screen, width, write
from diagnose.cli.progress import progress
from diagnose.fleet.formats import LINES, SUMMARY_FORMATS, prometheus_aborted
from probes.language import tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from diagnose.fleet.summary import FleetSummary


MOST_JOBS = 256
MOST_SECONDS = 86400.0


class WithLines(WithOutputs):
    """A command with one line a case, and with every format of the summary."""

    formats: ClassVar[Mapping[str, str]] = {
        LINES: "one line of JSON per case (default); `emr-diagnose schema fleet` describes it",
        **{name: row.help for name, row in SUMMARY_FORMATS.items()},
    }
    default: ClassVar[str] = LINES
    aborted: ClassVar[Mapping[str, Callable[[str], bytes]]] = {"prometheus": prometheus_aborted}


@click.command("fleet", cls=WithLines)
@click.argument("inventory", metavar="INVENTORY", type=GivenPath())
@click.option(
    "--resume", is_flag=True, help="Continue a run that was stopped, in the same file. Without one, start a new run."
)
@click.option("--reports", is_flag=True, help="Put the whole report of each case into its line.")
@click.option(
    "--parquet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="At the end, write the lines as a Parquet file as well. Needs -o FILE.ndjson.",
)
@click.option(
    "--engine",
    type=click.Choice(get_args(EngineName)),
    default="local",
    show_default=True,
    help="Where cases are diagnosed: by processes of this machine, or by tasks of Apache Spark.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_JOBS),
    envvar="EMR_DIAGNOSE_JOBS",
    show_envvar=True,
    help="How many cases are diagnosed at the same time on this machine. Default: one per core.",
)
@click.option(
    "--case-timeout",
    type=click.FloatRange(1, MOST_SECONDS),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Stop a case after so many seconds. Its line says so, and the other cases go on.",
)
@from_option
@area_options
@fail_on_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    inventory: str,
    resume: bool,
    reports: bool,
    parquet: Path | None,
    engine: EngineName,
    jobs: int | None,
    case_timeout: float,
    cidrs: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: Literal["error", "warning"],
    no_color: bool,
) -> None:
    """Diagnose many cases from their files, and say what fails most.

    No packet is sent. A case is a directory with the files of one cluster.
    INVENTORY is a directory of cases at any depth, an archive of such a
    directory (tar, .tar.gz, .tar.xz, .zip), or a list. A list is a file with
    one {"case": "PATH"} per line, and each PATH starts at the directory of the
    list. With - the list is read from standard input.

    Each case gives one line of JSON, in the order of INVENTORY. A case that
    cannot be read, takes too long or meets a bug gets a line that says so, and
    the other cases go on. At the end a summary goes to standard error, and
    --format writes it in another form or to another place. With -o FILE, the
    lines are in FILE.part until the run has ended. After any stop, the same
    command with --resume continues, and no finished case is diagnosed again.
    The exit code is the first one of 2, 130, 4, 1, 3, 0 that a case has.

    \b
    Examples:
      emr-diagnose fleet ./cases -o results.ndjson
      emr-diagnose fleet cases.tar.gz -o results.ndjson --resume
      emr-diagnose fleet cases.ndjson --format json -o summary.json
      emr-diagnose fleet cases --format ndjson -o r.ndjson --format html -o f.html
      find . -name case.toml -printf '{"case":"%h"}\\n' | emr-diagnose fleet -

    \b
    Exit codes:
      0    everything required in every case works or is allowed
      1    a fault was found in at least one case
      2    at least one case or input cannot be read, or there is no case
      3    of at least one case it is not known whether it works
      4    a bug of this tool
      130  interrupted
    """
    outputs: list[Output] = ctx.meta["outputs"]
    if engine == "spark" and ctx.get_parameter_source("jobs") is ParameterSource.COMMANDLINE:
        raise click.UsageError(
            tr("--jobs works with --engine local alone: with Spark, its own options say how many tasks run")
        )
    wanted = FleetWanted(
        inventory=inventory,
        resume=resume,
        reports=reports,
        engine=engine,
        jobs=jobs or len(os.sched_getaffinity(0)),
        seconds=case_timeout,
        areas=wanted_areas(only, skip),
        cidrs=_networks(cidrs),
        fail_on=fail_on,
    )
    lines = _lines_output(outputs, resume)
    _require_parquet(parquet, lines)
    pending = ctx.with_resource(deferred())
    with ExitStack() as stack:
        run = begun(wanted, lines, stack)
        with progress() as shown, spark_errors(run):
            run.go(shown, lambda: pending.came)
        if pending.came:
            click.echo(run.interrupted_words(), err=True)
        elif not run.aggregate.cases:
            raise InputError(tr("no case was found in {inventory}", inventory=inventory))
        elif run.results is not None:
            run.results.finish()
            if parquet is not None:
                _write_parquet(run.results.path, parquet)
    _write_summary(outputs, run.aggregate.summary(interrupted=pending.came), no_color, quiet=pending.came)
    ctx.exit(run.aggregate.exit_code(interrupted=pending.came))


def _networks(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the networks as they were given. Exit code 2 if one is no network."""
    from diagnose.case.model import Case
    from diagnose.case.sources import with_sources

    try:
        if cidrs:
            with_sources(Case("fleet"), cidrs)
    except ValueError as error:
        raise click.UsageError(tr("{option}: {error}", option="--from", error=error)) from error
    return cidrs


def _lines_output(outputs: list[Output], resume: bool) -> Output | None:
    """Return the output of the lines. None if the summary alone is wanted."""
    lines = [output for output in outputs if output.format == LINES]
    if len(lines) > 1:
        raise click.UsageError(tr("only one output can have the format {format}", format=LINES))
    is_file = bool(lines) and lines[0].file is not None and (lines[0].file.is_file() or not lines[0].file.exists())
    if resume and not is_file:
        raise click.UsageError(tr("--resume needs a file of lines: add -o results.ndjson"))
    return lines[0] if lines else None


def _require_parquet(parquet: Path | None, lines: Output | None) -> None:
    """Exit code 2 if there are no lines in a file, or no library that writes Parquet."""
    import importlib.util

    if parquet is None:
        return
    from diagnose.fleet.parquet import EXTRA, LIBRARY

    if lines is None or lines.file is None or (lines.file.exists() and not lines.file.is_file()):
        raise click.UsageError(tr("--parquet needs a file of lines: add -o results.ndjson"))
    if os.path.realpath(parquet) == os.path.realpath(lines.file):
        raise click.UsageError(tr("two outputs go to {file}; give each --format a file of its own", file=parquet))
    if importlib.util.find_spec(LIBRARY) is None:
        command = f"pip install 'emr-diagnose[{EXTRA}]'"
        raise InputError(tr("--parquet needs {library}: {command}", library=LIBRARY, command=command))


def _write_parquet(results: Path, parquet: Path) -> None:
    """Write the lines of a run that has ended. Exit code 2 if the file cannot be written."""
    from diagnose.fleet.parquet import write as write_parquet
    from diagnose.fleet.record import decode

    try:
        with results.open("rb") as lines:
            write_parquet(map(decode, lines), parquet)
    except OSError as error:
        cause = os_words(error)
        raise OutputError(tr("cannot write {file}: {error}", file=parquet, error=cause)) from error


def _write_summary(outputs: list[Output], summary: FleetSummary, no_color: bool, *, quiet: bool) -> None:
    """Write the summary to its outputs. If none is a page for people, it goes to standard error."""
    pages = [output for output in outputs if output.format != LINES]
    renderers = {
        name: partial(lambda row, output: row.render(summary, screen(output, no_color)), row)
        for name, row in SUMMARY_FORMATS.items()
    }
    write(pages, renderers)
    if not quiet and not any(output.format == "terminal" for output in pages):
        from diagnose.fleet.pages.brief import render

        is_coloured = not no_color and error_is_coloured()
        click.echo(render(summary, width(), is_coloured), err=True, nl=False)
