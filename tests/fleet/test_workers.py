"""Does one bad case, one dead process or one slow case cost itself alone?"""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnose.case.tree import Tree
from diagnose.fleet.record import Ended
from diagnose.fleet.source import CaseSource
from diagnose.fleet.workers import WINDOW, WorkerLimits, Workers
from tests.support.places import PROJECT

HANG = 60.0
"""Seconds after which a test hangs."""


def sources(names: list[str]) -> list[CaseSource]:
    return [CaseSource(name) for name in names]


def ended(source: CaseSource, how: Ended) -> bytes:
    return f"{source.name} {how}\n".encode()


def work(source: CaseSource) -> bytes:
    """Do what the name of the case says."""
    what, _, rest = source.name.partition(" ")
    if what == "sleep":
        time.sleep(float(rest))
    elif what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "die-once":
        mark = Path(rest)
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif what == "exit":
        sys.exit(3)
    elif what == "pid":
        return f"{os.getpid()}\n".encode()
    elif what == "large":
        return b"x" * int(rest) + b"\n"
    return f"{what}\n".encode()


def lines(names: list[str], jobs: int = 2, seconds: float = HANG, cases: int = 500) -> list[bytes]:
    return list(Workers(work, ended, WorkerLimits(jobs, seconds, cases)).lines(sources(names)))


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_lines_come_in_the_order_of_the_inventory(jobs: int) -> None:
    names = ["sleep 0.3", *(f"c{number}" for number in range(40)), "sleep 0.1", "z"]
    assert lines(names, jobs) == [f"{name.partition(' ')[0]}\n".encode() for name in names]


def test_no_case_gives_no_line() -> None:
    assert lines([]) == []


@pytest.mark.parametrize("fatal", ["die", "exit"])
@pytest.mark.parametrize("jobs", [1, 3])
def test_a_case_that_ends_its_process_is_a_line_and_the_others_go_on(fatal: str, jobs: int) -> None:
    names = ["a", fatal, "b", fatal, fatal, "c"]
    killed = f"{fatal} killed\n".encode()
    assert lines(names, jobs) == [b"a\n", killed, b"b\n", killed, killed, b"c\n"]


def test_a_case_whose_process_was_killed_by_another_is_tried_again(tmp_path: Path) -> None:
    assert lines(["a", f"die-once {tmp_path}/mark", "b"]) == [b"a\n", b"die-once\n", b"b\n"]


def test_a_case_that_takes_too_long_is_a_line_and_is_not_tried_again() -> None:
    began = time.monotonic()
    assert lines(["a", "sleep 600", "b"], seconds=3) == [b"a\n", b"sleep 600 timed-out\n", b"b\n"]
    assert time.monotonic() - began < HANG


def test_a_line_larger_than_a_pipe_arrives_whole() -> None:
    (large, after) = lines(["large 3000000", "a"], jobs=1)
    assert (len(large), after) == (3_000_001, b"a\n")


def test_files_larger_than_a_pipe_reach_the_process() -> None:
    given = [CaseSource(str(number), tree=Tree("f", {"f": b"x" * 2_000_000})) for number in range(4)]
    workers = Workers(
        lambda source: b"%d\n" % (0 if source.tree is None else len(source.tree.files["f"])),
        ended,
        WorkerLimits(2, HANG),
    )
    assert list(workers.lines(given)) == [b"2000000\n"] * 4


def test_a_process_is_replaced_after_so_many_cases() -> None:
    pids = lines(["pid"] * 10, jobs=1, cases=3)
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3, 1]


def test_a_process_that_has_grown_is_replaced() -> None:
    """A new process grows by some megabytes of shared libraries besides."""
    kept: list[mmap.mmap] = []

    def keep(_: CaseSource) -> bytes:
        kept.append(mmap.mmap(-1, 24 << 20))  # which takes no page that was freed before
        for place in range(0, 24 << 20, mmap.PAGESIZE):
            kept[-1][place] = 1  # without a copy that takes pages too
        return b"%d\n" % os.getpid()

    pids = list(Workers(keep, ended, WorkerLimits(1, HANG, growth=64 << 20)).lines(sources(["c"] * 9)))
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3]


def test_memory_that_the_first_process_has_is_no_growth() -> None:
    held = b"x" * (300 << 20)
    assert [len(set(lines(["pid"] * 4, jobs=1))), len(held) >> 20] == [1, 300]


def test_a_slow_case_holds_up_a_bounded_number_of_others() -> None:
    taken = 0

    def endless() -> Iterator[CaseSource]:
        nonlocal taken
        yield CaseSource("sleep 1.5")
        while True:
            taken += 1
            yield CaseSource("c")

    run = Workers(work, ended, WorkerLimits(2, HANG)).lines(endless())
    assert next(run) == b"sleep\n"
    run.close()
    assert 0 < taken <= 2 * WINDOW + 2


def test_interruption_ends_the_run_and_its_processes() -> None:
    came = False
    run = Workers(work, ended, WorkerLimits(2, HANG), lambda: came).lines(sources(["pid", "pid", "sleep 600"]))
    pids = [int(next(run)), int(next(run))]
    came = True
    assert list(run) == []
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_no_process_is_left_if_the_reader_stops() -> None:
    run = Workers(work, ended, WorkerLimits(2, HANG)).lines(sources(["pid"] * 50))
    pid = int(next(run))
    run.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


PROGRAM = """
import sys
from diagnose.fleet.workers import WorkerLimits, Workers
from tests.fleet.test_workers import ended, sources, work
for line in Workers(work, ended, WorkerLimits(3, 60)).lines(sources(["pid", "pid", "pid", "pid", "sleep 2"])):
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
"""


def test_no_process_is_left_if_the_first_one_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, cwd=PROJECT) as run:
        assert run.stdout is not None
        pids = {int(run.stdout.readline()) for _ in range(4)}
        run.kill()
    until = time.monotonic() + HANG
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(is_running, pids))


def is_running(pid: int) -> bool:
    """Return True unless the process has ended. One that nobody waits for is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
