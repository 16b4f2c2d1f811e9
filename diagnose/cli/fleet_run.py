"""How does one run of `fleet` go, from its inventory to its last line?"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import field
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.output_options import Output
from diagnose.cli.progress import Progress
from diagnose.cli.standard_input import standard_input
from probes.frozen import frozen, mutable
from probes.language import language, marked, tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from diagnose.fleet.inventory import Inventory
    from diagnose.fleet.results import ResultsFile
    from diagnose.fleet.settings import FleetSettings
    from diagnose.fleet.source import CaseSource
    from diagnose.fleet.spark import SparkEngine
    from diagnose.fleet.summary import Aggregate
    from diagnose.fleet.workers import WorkerLimits, Workers


EngineName = Literal["local", "spark"]


_UNFINISHED = marked(
    "{file} is of a run that was stopped. Add --resume to continue that run, or delete the file to start again."
)


@frozen
class FleetWanted:
    """What the options of `fleet` ask for."""

    inventory: str
    """Directory, archive or list of the cases. "-" for standard input."""
    resume: bool
    """Whether to continue a run that was stopped."""
    reports: bool
    """Whether each line holds the whole report."""
    engine: EngineName
    """What diagnoses the cases."""
    jobs: int
    """Cases that are diagnosed at the same time on this machine."""
    seconds: float
    """Time that one case may take."""
    areas: tuple[str, ...]
    """Areas of checks."""
    cidrs: tuple[str, ...]
    """Networks of --from."""
    fail_on: Literal["error", "warning"]
    """Least severity that gives exit code 1."""


@mutable
class FleetRun:
    """A run from its first new case to the last."""

    sources: Iterator[CaseSource]
    """The cases that are left."""
    inventory: Inventory
    """All cases."""
    settings: FleetSettings
    """What is the same for every case."""
    limits: WorkerLimits
    """Bounds of the processes of this machine."""
    aggregate: Aggregate
    """The summary so far."""
    results: ResultsFile | None
    """The file of the lines. None if they go to standard output, a pipe or nowhere."""
    sink: Callable[[bytes], None]
    """Writes a line."""
    engine: EngineName
    """What diagnoses the cases."""
    kept: int = 0
    """Cases that an earlier run finished."""
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


def begun(wanted: FleetWanted, lines: Output | None, stack: ExitStack) -> FleetRun:
    """Return the run, with what an earlier one left. Exit code 2 if that does not fit."""
    from diagnose.fleet.settings import FleetSettings
    from diagnose.fleet.summary import Aggregate
    from diagnose.fleet.workers import WorkerLimits

    inventory = _inventory(wanted.inventory)
    results = _results_file(lines, wanted.resume, stack)
    day = (results.day() if results is not None else None) or datetime.now(UTC).date()
    settings = _settings(wanted, day, FleetSettings)
    run = FleetRun(
        sources=inventory.cases(),
        inventory=inventory,
        settings=settings,
        limits=WorkerLimits(wanted.jobs, wanted.seconds),
        aggregate=Aggregate(settings.run, day),
        results=results,
        sink=_sink(lines, results, stack),
        engine=wanted.engine,
    )
    if results is not None:
        _take_over(run, results)
    return run


def _settings(wanted: FleetWanted, day: date, make: type[FleetSettings]) -> FleetSettings:
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
        raise InputError(tr("cannot read {file}: {error}", file=given, error=os_words(error))) from error


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
        raise OutputError(tr("cannot write {file}: {error}", file=lines.file, error=os_words(error))) from error
    if results.is_begun and not resume:
        raise InputError(tr(_UNFINISHED, file=results.part))
    return results


def _take_over(run: FleetRun, results: ResultsFile) -> None:
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
        raise OutputError(tr("cannot write {file}: {error}", file=lines.file, error=os_words(error))) from error
    return lambda line: _all_of(stream.write, line)


def _all_of(write_some: Callable[[bytes], int | None], line: bytes) -> None:
    while line:
        line = line[write_some(line) or 0 :]


def _to_results(results: ResultsFile, line: bytes) -> None:
    try:
        results.write(line)
    except OSError as error:
        said = tr("cannot write {file}: {error}", file=results.part, error=os_words(error))
        raise OutputError(said) from error


def _to_stdout(line: bytes) -> None:
    if sys.stdout is None:
        raise OutputError(tr("cannot write to standard output: it is closed"))
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


@contextmanager
def spark_errors(run: FleetRun) -> Iterator[None]:
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
