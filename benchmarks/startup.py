"""How long does a command take, compared with a bare interpreter and with importing its libraries?

Whole processes. They take turns, so that other load falls on all alike. Ratios are of processor
time, because a process that waits for a core has done nothing wrong.
Bytecode is compiled before: ours by compileall, that of the dependencies by one run that is not
measured. A run counts only if it ends with the exit code that it should have.
"""

from __future__ import annotations

import compileall
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import diagnose
import probes

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "datalake-ha-kerberos"

AIMS = {"help": 4.0, "check": 12.0}
"""At most so many times the processor time of the bare interpreter of the same run. A time alone
would measure the machine.
"""

SECONDS_TO_ANSWER = 60.0
"""A process that takes longer hangs."""

FAULT_FOUND = 1
"""Exit code of `check` for a case with a fault, as the fixture is one."""


@dataclass(frozen=True, slots=True)
class Command:
    """A whole process to measure."""

    name: str
    """Label of its row."""
    argv: tuple[str, ...]
    exit_code: int = 0
    """Exit code of a run that did its work."""
    aim: float | None = None
    """At most so many times the processor time of the bare interpreter. None for a peer."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Times over all runs of one command, in milliseconds."""

    command: Command
    wall: float
    """Median."""
    processor: float
    """Median of what the process used of a core."""
    least: float
    """Least processor time."""


class DidNotAnswer(Exception):  # noqa: N818 - it says what happened
    """A measured command ended with a wrong exit code, so its time means nothing."""

    def __init__(self, command: Command, exit_code: int, stderr: str) -> None:
        super().__init__(f"{command.name} ended with {exit_code}, not {command.exit_code}: {stderr[-500:]}")


def commands() -> tuple[Command, ...]:
    """Return what is measured. The first is the bare interpreter, to which every ratio refers."""
    python = sys.executable
    installed = Path(python).with_name("emr-diagnose")
    ours = (str(installed),) if installed.is_file() else (python, "-m", "diagnose")
    check = (*ours, "check", "--offline", str(FIXTURE))
    return (
        Command("python -c pass", (python, "-c", "pass")),
        Command("python -c 'import click'", (python, "-c", "import click")),
        Command("python -c 'import scapy.all'", (python, "-c", "import scapy.all")),
        Command("emr-diagnose --help", (*ours, "--help"), aim=AIMS["help"]),
        Command("emr-diagnose check --offline", check, FAULT_FOUND, AIMS["check"]),
    )


def measure(runs: int = 15) -> list[Timed]:
    """Return one row a command. DidNotAnswer if a command fails; ValueError without a run."""
    if runs < 1:
        raise ValueError(f"{runs} runs: nothing to measure")
    compile_ours()
    environment = plain_environment(os.environ)
    measured = commands()
    for command in measured:
        _run(command, environment)
    times: dict[str, list[tuple[float, float]]] = {command.name: [] for command in measured}
    for _ in range(runs):
        for command in measured:
            times[command.name].append(_run(command, environment))
    return [_timed(command, times[command.name]) for command in measured]


def _timed(command: Command, times: Sequence[tuple[float, float]]) -> Timed:
    walls, processor = zip(*times, strict=True)
    return Timed(command, median(walls), median(processor), min(processor))


def compile_ours() -> None:
    """Compile both packages to bytecode if that is missing or stale."""
    for package in (diagnose, probes):
        for folder in package.__path__:
            compileall.compile_dir(folder, quiet=2)


def plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a user.

    Bytecode may be written and read. No setting of ours is left, and nothing watches the
    interpreter.
    """
    unwanted = (
        "EMR_DIAGNOSE_",
        "COVERAGE_",
        "COV_",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPROFILEIMPORTTIME",
        "PYTHONDEVMODE",
    )
    return {name: value for name, value in environment.items() if not name.startswith(unwanted)}


def _run(command: Command, environment: Mapping[str, str]) -> tuple[float, float]:
    """Return the milliseconds of one run, by the wall clock and of processor time."""
    used, start = _used(), time.perf_counter()
    ended = subprocess.run(command.argv, env=environment, capture_output=True, check=False, timeout=SECONDS_TO_ANSWER)
    milliseconds = (time.perf_counter() - start) * 1000
    if ended.returncode != command.exit_code:
        raise DidNotAnswer(command, ended.returncode, ended.stderr.decode(errors="replace"))
    return milliseconds, (_used() - used) * 1000


def _used() -> float:
    """Return the seconds of processor time of all processes that were started here and ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
