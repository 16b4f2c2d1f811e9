"""What is wrong with each of many clusters? The command `fleet`, which sends nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

import click
from click.core import ParameterSource

from diagnose.cli.case_options import from_option
from diagnose.cli.common import area_options, common_options, fail_on_option, wanted_areas
from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.given_path import GivenPath
from diagnose.cli.interrupts import deferred
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import WithOutputs, error_is_coloured, screen, width, write
from diagnose.cli.progress import Progress, progress
from diagnose.cli.standard_input import standard_input
from diagnose.fleet.formats import LINES, SUMMARY_FORMATS, prometheus_aborted
from probes.frozen import frozen
from probes.language import language, marked, tr

if TYPE_CHECKING:
    from diagnose.fleet.inventory import Inventory
    from diagnose.fleet.results import ResultsFile
    from diagnose.fleet.settings import FleetSettings
    from diagnose.fleet.source import CaseSource
    from diagnose.fleet.spark import SparkEngine
    from diagnose.fleet.summary import Aggregate, FleetSummary
    from diagnose.fleet.workers import WorkerLimits, Workers

EngineName = Literal["local", "spark"]

MOST_JOBS = 256
MOST_SECONDS = 86400.0

_UNFINISHED = marked(
    "{file} is of a run that was stopped. Add --resume to continue that run, or delete the file to start again."
)


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
    wanted = _Asked(
        inventory,
        resume,
        reports,
        engine,
        jobs or len(os.sched_getaffinity(0)),
        case_timeout,
        wanted_areas(only, skip),
        _networks(cidrs),
        fail_on,
    )
    lines = _lines_output(outputs, resume)
    _require_parquet(parquet, lines)
    pending = ctx.with_resource(deferred())
    with ExitStack() as stack:
        run = _begun(wanted, lines, stack)
        with progress() as shown, _spark_errors(run):
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


@contextmanager
def _spark_errors(run: _Run) -> Iterator[None]:
    """Say what Spark said, if it cannot be used, and what was done before."""
    if run.engine != "spark":
        yield
        return
    from diagnose.fleet.spark import SparkError

    try:
        yield
    except SparkError as error:
        said = tr("Spark ended with an error: {error}", error=error)
        if run.results is not None and run.aggregate.cases:
            said = "\n".join([said, run.interrupted_words()])
        raise InputError(said) from error


@frozen
class _Asked:
    """What was asked for."""

    inventory: str
    resume: bool
    reports: bool
    engine: EngineName
    jobs: int
    seconds: float
    areas: tuple[str, ...]
    cidrs: tuple[str, ...]
    fail_on: Literal["error", "warning"]


@dataclass(slots=True)
class _Run:
    """A run from its first new case to the last."""

    sources: Iterator[CaseSource]
    inventory: Inventory
    settings: FleetSettings
    limits: WorkerLimits
    aggregate: Aggregate
    results: ResultsFile | None
    sink: Callable[[bytes], None]
    engine: EngineName
    kept: int = 0
    _started: float = field(default_factory=time.monotonic)

    def go(self, shown: Progress | None, interrupted: Callable[[], bool]) -> None:
        """Diagnose the cases that are left. Each line is written before it is counted."""
        from diagnose.fleet.record import decode

        total = None if shown is None else self.inventory.count()
        lines = self._engine(interrupted).lines(self.sources)
        try:
            for line in lines:
                self.sink(line)
                self.aggregate.add(decode(line))
                if shown is not None:
                    spent = time.monotonic() - self._started
                    shown.cases(self.aggregate.cases, total, (self.aggregate.cases - self.kept) / max(spent, 0.001))
        finally:
            lines.close()

    def _engine(self, interrupted: Callable[[], bool]) -> Workers | SparkEngine:
        """Return what maps the sources to lines."""
        if self.engine == "spark":
            from diagnose.fleet.spark import SparkEngine

            return SparkEngine(self.settings, self.limits.seconds, interrupted)
        from diagnose.fleet.diagnosis import line_of, lost
        from diagnose.fleet.workers import Workers

        ended = partial(lost, settings=self.settings, seconds=self.limits.seconds)
        return Workers(partial(line_of, settings=self.settings), ended, self.limits, interrupted)

    def interrupted_words(self) -> str:
        """Return what was done until Ctrl-C, and how to go on."""
        if self.results is None:
            return tr("Interrupted after {count} cases.", count=self.aggregate.cases)
        return tr(
            "Interrupted: {count} cases are in {file}. To continue, run the same command with --resume.",
            count=self.aggregate.cases,
            file=self.results.part,
        )


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
        cause = error.strerror or type(error).__name__
        raise OutputError(tr("cannot write {file}: {error}", file=parquet, error=cause)) from error


def _begun(wanted: _Asked, lines: Output | None, stack: ExitStack) -> _Run:
    """Return the run, with what an earlier one left. Exit code 2 if that does not fit."""
    from diagnose.fleet.settings import FleetSettings
    from diagnose.fleet.summary import Aggregate
    from diagnose.fleet.workers import WorkerLimits

    inventory = _inventory(wanted.inventory)
    results = _results_file(lines, wanted.resume, stack)
    day = (results.day() if results is not None else None) or datetime.now(UTC).date()
    settings = _settings(wanted, day, FleetSettings)
    run = _Run(
        inventory.cases(),
        inventory,
        settings,
        WorkerLimits(wanted.jobs, wanted.seconds),
        Aggregate(settings.run, day),
        results,
        _sink(lines, results, stack),
        wanted.engine,
    )
    if results is not None:
        _take_over(run, results)
    return run


def _settings(wanted: _Asked, day: date, make: type[FleetSettings]) -> FleetSettings:
    return make(
        day=day,
        language=language(),
        cidrs=wanted.cidrs,
        areas=wanted.areas,
        fail_on=wanted.fail_on,
        with_report=wanted.reports,
    )


def _inventory(given: str) -> Inventory:
    from diagnose.fleet.inventory import inventory

    try:
        return inventory(given, standard_input)
    except OSError as error:
        raise InputError(tr("cannot read {file}: {error}", file=given, error=error.strerror)) from error


def _results_file(lines: Output | None, resume: bool, stack: ExitStack) -> ResultsFile | None:
    """Open the file of the lines. None if they go to standard output, a pipe or nowhere."""
    from diagnose.fleet.results import ResultsFile, ResumeError

    if lines is None or lines.file is None or (lines.file.exists() and not lines.file.is_file()):
        return None
    try:
        results = stack.enter_context(ResultsFile(lines.file))
    except ResumeError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise OutputError(tr("cannot write {file}: {error}", file=lines.file, error=error.strerror)) from error
    if results.is_begun and not resume:
        raise InputError(tr(_UNFINISHED, file=results.part))
    return results


def _take_over(run: _Run, results: ResultsFile) -> None:
    """Count the lines of an unfinished run, and say how many there are."""
    from diagnose.fleet.results import ResumeError

    if not results.is_begun:
        return
    try:
        run.kept, rest = results.kept(run.sources, run.settings, run.aggregate.add)
    except ResumeError as error:
        raise InputError(str(error)) from error
    said = tr("Cases that the earlier run finished: {count}.", count=run.kept)
    if rest:
        said += " " + tr("Its last line is not complete ({bytes} bytes), so that case is diagnosed again.", bytes=rest)
    click.echo(said, err=True)


def _sink(lines: Output | None, results: ResultsFile | None, stack: ExitStack) -> Callable[[bytes], None]:
    """Return what writes a line."""
    if lines is None:
        return lambda _: None
    if results is not None:
        return partial(_to_results, results)
    if lines.file is None:
        return _to_stdout
    try:
        stream = stack.enter_context(lines.file.open("wb", buffering=0))
    except OSError as error:
        raise OutputError(tr("cannot write {file}: {error}", file=lines.file, error=error.strerror)) from error
    return lambda line: _all_of(stream.write, line)


def _all_of(write_some: Callable[[bytes], int | None], line: bytes) -> None:
    while line:
        line = line[write_some(line) or 0 :]


def _to_results(results: ResultsFile, line: bytes) -> None:
    try:
        results.write(line)
    except OSError as error:
        said = tr("cannot write {file}: {error}", file=results.part, error=error.strerror)
        raise OutputError(said) from error


def _to_stdout(line: bytes) -> None:
    if sys.stdout is None:
        raise OutputError(tr("cannot write to standard output: it is closed"))
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


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
