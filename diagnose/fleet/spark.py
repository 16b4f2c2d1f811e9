"""How are cases diagnosed side by side on Apache Spark? Each task runs the engine of one machine.

The driver reads the files of a case and sends them along, so executors need this package and no
access to the inventory. Lines come back in the order of the sources. Spark runs the tasks of a lost
executor again, which changes nothing: a line depends on its case and the settings alone.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final

from diagnose.fleet.diagnosis import carried, line_of, lost
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from diagnose.fleet.workers import POLL, WorkerLimits, Workers
from diagnose.output.clean import clean
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

APPLICATION: Final = "emr-diagnose fleet"

CASES: Final = 16
"""Cases of one task. Few, so that a lost executor costs little and the last tasks end together."""

CASES_WITH_REPORT: Final = 4
"""The same if a line has the whole report, which may be a thousand times as long."""

MOST_BYTES: Final = 64 << 20
"""Most bytes of files that one job is given. A case alone may have more."""

JOBS: Final = 3
"""Jobs that are given to Spark at a time, so that no executor waits for the slowest task of one."""

_PYTHON_ERROR: Final = regex(r"(?:[\w.]+Error|[\w.]+Exception): (?!Job aborted)(?!org\.)")
"""The last line of a traceback, as a task of Python ends with it."""

_NO_PACKAGE: Final = "No module named 'diagnose'"

MOST_TOLD: Final = 300
"""Most characters of an error of Spark."""


class SparkError(Exception):
    """Spark cannot be used, or gave up a job. The text says what it said."""


@frozen
class SparkEngine:
    """Maps sources to lines, as `Workers` does on this machine."""

    settings: FleetSettings
    """The options that decide what a line says."""
    seconds: float
    """Most seconds that one case may take."""
    interrupted: Callable[[], bool] = bool
    """Asked often. True ends the run."""

    def lines(self, sources: Iterable[CaseSource]) -> Generator[bytes, None, None]:
        """Yield one line for each source, in their order. Stop early if it is interrupted.

        SparkError if Spark cannot be used, or gives up.
        """
        with ExitStack() as stack:
            session = stack.enter_context(_Session())
            context = session.sparkContext
            slices = context.defaultParallelism
            size = CASES_WITH_REPORT if self.settings.with_report else CASES
            work = partial(_lines_of, settings=self.settings, seconds=self.seconds)

            def job(batch: list[CaseSource]) -> list[bytes]:
                lines: list[bytes] = context.parallelize(batch, min(slices, len(batch))).mapPartitions(work).collect()
                return lines

            pool = stack.enter_context(ThreadPoolExecutor(JOBS))
            stack.callback(context.cancelAllJobs)
            running: deque[Future[list[bytes]]] = deque()
            for batch in batches(sources, slices * size):
                running.append(pool.submit(job, batch))
                if len(running) == JOBS and not (yield from self._finished(running.popleft())):
                    return
            while running and (yield from self._finished(running.popleft())):
                pass

    def _finished(self, job: Future[list[bytes]]) -> Generator[bytes, None, bool]:
        """Yield the lines of a job. Return False if the run was interrupted before."""
        while not wait([job], POLL).done:
            if self.interrupted():
                return False
        if (error := job.exception()) is not None:
            raise SparkError(error_words(error)) from error
        yield from job.result()
        return True


def _lines_of(sources: Iterator[CaseSource], settings: FleetSettings, seconds: float) -> Iterator[bytes]:
    """Return the lines of one task. It runs on an executor, with one process a case beside it."""
    ended = partial(lost, settings=settings, seconds=seconds)
    return Workers(partial(line_of, settings=settings), ended, WorkerLimits(1, seconds)).lines(sources)


def batches(sources: Iterable[CaseSource], most: int) -> Iterator[list[CaseSource]]:
    """Yield the sources with their files, so many at a time."""
    batch: list[CaseSource] = []
    size = 0
    for source in map(carried, sources):
        batch.append(source)
        size += 0 if source.tree is None else sum(map(len, source.tree.files.values()))
        if len(batch) == most or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Session:
    """The session of this process. One that is made here ends with it."""

    def __enter__(self) -> SparkSession:
        """Return the session. SparkError without Spark or without Java."""
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            said = tr(
                "pyspark is not installed. Install it with: {command}", command="pip install 'emr-diagnose[spark]'"
            )
            raise SparkError(said) from error
        before = signal.getsignal(signal.SIGINT)
        active = SparkSession.getActiveSession()
        try:
            session = active or _builder(SparkSession).getOrCreate()
        except Exception as error:  # that of Spark, of py4j, or of a missing Java
            raise SparkError(error_words(error)) from error
        finally:
            if callable(before):
                signal.signal(signal.SIGINT, before)  # the session takes Ctrl-C for itself
        self._own = session if active is None else None
        if active is None:
            session.sparkContext.setLogLevel("ERROR")
        return session

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.stop()


def _builder(made: type[SparkSession]) -> SparkSession.Builder:
    """Return what makes a session whose lines on the screen are not between ours."""
    return made.builder.appName(APPLICATION).config("spark.ui.showConsoleProgress", "false")


def error_words(error: BaseException) -> str:
    """Return what an error says, in one line. py4j has the exception of Java behind ": "."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    of_java = next((line[2:] for line in lines if line.startswith(": ")), None)
    of_task = next((line for line in reversed(lines) if _PYTHON_ERROR.match(line)), None)
    if of_task is not None and _NO_PACKAGE in of_task:
        return tr("emr-diagnose is not installed on its executors; docs/fleet.md says how to install it there")
    return clean(of_task or of_java or (lines[0] if lines else type(error).__name__))[:MOST_TOLD]
