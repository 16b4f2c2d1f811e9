"""How are cases diagnosed side by side on this machine? One process a case at a time.

Lines come in the order of the sources, whatever the processes do. A process that dies, or takes too
long, costs its case alone. At most a window of cases is in memory.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import field
from multiprocessing.connection import Connection, Pipe, wait
from typing import Final

from diagnose.fleet.record import Ended
from diagnose.fleet.source import CaseSource
from probes.frozen import frozen, mutable

POLL: Final = 0.2
"""Seconds between two looks at Ctrl-C."""

ATTEMPTS: Final = 2
"""How often a case is tried whose process died. The first death may be another's fault."""

WINDOW: Final = 32
"""Cases a process that may be finished or running before the first of them is written."""

MOST_WAITING: Final = 64 << 20
"""Most bytes of lines that wait for an earlier one."""


@frozen
class WorkerLimits:
    """How many processes there are, and how much each may take."""

    jobs: int
    """Processes."""
    seconds: float
    """Most seconds that one case may take."""
    cases: int = 500
    """Cases after which a process is replaced, so that none grows."""
    growth: int = 128 << 20
    """Bytes of resident memory by which a process may grow. Then it is replaced after its case."""


@mutable
class _Task:
    """A source, and how often it was tried."""

    number: int
    source: CaseSource
    attempts: int = 0
    since: float = 0.0


@mutable
class _Worker:
    """A process, and what it works on."""

    pid: int
    pipe: Connection
    task: _Task | None = None


@mutable
class Workers:
    """Maps sources to lines."""

    work: Callable[[CaseSource], bytes]
    """Returns the line of a case. Runs in a process of its own, and must not raise."""
    ended: Callable[[CaseSource, Ended], bytes]
    """Returns the line of a case whose process timed out or died."""
    limits: WorkerLimits
    """How many, and how much."""
    interrupted: Callable[[], bool] = bool
    """Asked often. True ends the run."""
    _workers: list[_Worker] = field(default_factory=list)
    _lines: dict[int, bytes] = field(default_factory=dict)
    _again: list[_Task] = field(default_factory=list)

    def lines(self, sources: Iterable[CaseSource]) -> Generator[bytes, None, None]:
        """Yield one line for each source, in their order. Stop early if it is interrupted."""
        tasks = (_Task(number, source) for number, source in enumerate(sources))
        following = 0
        is_exhausted = False
        gc.collect()
        gc.freeze()  # so that the processes share these pages
        try:
            while not self.interrupted():
                while self._again and (idle := self._idle()) is not None:
                    self._give(idle, self._again.pop())
                while not (is_exhausted or self._again) and self._has_room(following):
                    idle = self._idle()
                    if idle is None:
                        break
                    task = next(tasks, None)
                    if task is None:
                        is_exhausted = True
                    else:
                        self._give(idle, task)
                while (line := self._lines.pop(following, None)) is not None:
                    yield line
                    following += 1
                if is_exhausted and not self._again and not self._busy():
                    return
                self._collect()
        finally:
            self._stop()
            gc.unfreeze()

    def _has_room(self, following: int) -> bool:
        """Return True if one more case may begin, as far as memory is concerned."""
        ahead = max((task.number for task in self._busy()), default=following) - following
        is_within = ahead < WINDOW * self.limits.jobs and len(self._lines) < WINDOW * self.limits.jobs
        return is_within and sum(map(len, self._lines.values())) < MOST_WAITING

    def _busy(self) -> list[_Task]:
        return [worker.task for worker in self._workers if worker.task is not None]

    def _idle(self) -> _Worker | None:
        idle = next((worker for worker in self._workers if worker.task is None), None)
        if idle is None and len(self._workers) < self.limits.jobs:
            idle = self._start()
        return idle

    def _give(self, worker: _Worker, task: _Task) -> None:
        task.attempts += 1
        task.since = time.monotonic()
        worker.task = task
        try:
            worker.pipe.send_bytes(pickle.dumps(task.source))
        except OSError:
            self._died(worker)

    def _collect(self) -> None:
        """Wait for a line, a death or the end of a case's time, at most `POLL` seconds."""
        now = time.monotonic()
        ends = [task.since + self.limits.seconds - now for task in self._busy()]
        ready = wait([worker.pipe for worker in self._workers], max(0.0, min([POLL, *ends])))
        for worker in [worker for worker in self._workers if worker.pipe in ready]:
            self._receive(worker)
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.task is not None and now - worker.task.since > self.limits.seconds:
                self._lines[worker.task.number] = self.ended(worker.task.source, "timed-out")
                self._remove(worker)

    def _receive(self, worker: _Worker) -> None:
        try:
            message = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._died(worker)
            return
        if worker.task is not None:
            self._lines[worker.task.number] = message[1:]
            worker.task = None
        if message[:1] == _LAST:
            self._remove(worker)

    def _died(self, worker: _Worker) -> None:
        """Give the case of a dead process to another one, or write that it is lost."""
        task = worker.task
        self._remove(worker)
        if task is None:
            return
        if task.attempts < ATTEMPTS:
            self._again.append(task)
        else:
            self._lines[task.number] = self.ended(task.source, "killed")

    def _start(self) -> _Worker:
        ours, theirs = Pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: there are none of ours
            pid = os.fork()
        if pid == 0:
            for pipe in (ours, *(worker.pipe for worker in self._workers)):
                pipe.close()  # else it would not be noticed that the first process is gone
            _serve(theirs, self.work, self.limits)
        theirs.close()
        worker = _Worker(pid, ours)
        self._workers.append(worker)
        return worker

    def _remove(self, worker: _Worker) -> None:
        worker.pipe.close()
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(worker.pid, 0)
        self._workers.remove(worker)

    def _stop(self) -> None:
        for worker in list(self._workers):
            self._remove(worker)


_MORE, _LAST = b"m", b"l"
"""First byte of a message: whether the process takes more cases."""


def _serve(pipe: Connection, work: Callable[[CaseSource], bytes], limits: WorkerLimits) -> None:
    """Diagnose what comes through the pipe until it is closed, then end the process."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends this one
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        done, at_first = 0, _resident()  # which has the pages that it shares with the first process
        while True:
            line = work(pickle.loads(pipe.recv_bytes()))
            done += 1
            is_last = done >= limits.cases or _resident() - at_first > limits.growth
            pipe.send_bytes((_LAST if is_last else _MORE) + line)
            if is_last:
                break
        code = 0
    except (EOFError, OSError):
        code = 0
    finally:
        os._exit(code)


def _resident() -> int:
    """Return the most bytes of memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
