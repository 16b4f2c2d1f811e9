"""How long does a command take from nothing to its answer, beside a bare interpreter and beside importing scapy?

Whole processes, by the wall clock, one after the other in turns, so that other load falls on all alike. Bytecode is compiled before: ours by
compileall, that of the dependencies by one run of each command that is not measured. An answer of `check` is counted only if it is one.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import diagnose
import probes

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "datalake-ha-kerberos"

AIMS_MILLISECONDS = {"help": 120.0, "check": 500.0}

SECONDS_TO_ANSWER = 60.0
"""A process that takes longer is broken, not slow."""

FAULT_FOUND = 1
"""Exit code of `check` for a case with a fault; the fixture has one."""


@dataclass(frozen=True, slots=True)
class Command:
    """name: what a row is called; exit_code: what it ends with if it did its work; aim: milliseconds, None for a peer."""

    name: str
    argv: tuple[str, ...]
    exit_code: int = 0
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of wall time over all runs of one command."""

    command: Command
    median: float
    least: float


class DidNotAnswer(Exception):  # noqa: N818 - it says what happened
    """A measured command ended otherwise than it should, so that its time means nothing."""

    def __init__(self, command: Command, exit_code: int, stderr: str) -> None:
        super().__init__(f"{command.name} ended with {exit_code}, not {command.exit_code}: {stderr[-500:]}")


def commands() -> tuple[Command, ...]:
    """Peers first: the bare interpreter is what every ratio refers to."""
    python = sys.executable
    installed = Path(python).with_name("emr-diagnose")
    ours = (str(installed),) if installed.is_file() else (python, "-m", "diagnose")
    check = (*ours, "check", "--offline", str(FIXTURE))
    return (
        Command("python -c pass", (python, "-c", "pass")),
        Command("python -c 'import scapy.all'", (python, "-c", "import scapy.all")),
        Command("emr-diagnose --help", (*ours, "--help"), aim=AIMS_MILLISECONDS["help"]),
        Command("emr-diagnose check --offline", check, FAULT_FOUND, AIMS_MILLISECONDS["check"]),
    )


def measure(runs: int = 15) -> list[Timed]:
    """One row a command, in the order of `commands`. DidNotAnswer if one of them fails; ValueError without a run."""
    if runs < 1:
        raise ValueError(f"{runs} runs: nothing to measure")
    compile_ours()
    environment = plain_environment(os.environ)
    measured = commands()
    for command in measured:
        _run(command, environment)
    times: dict[str, list[float]] = {command.name: [] for command in measured}
    for _ in range(runs):
        for command in measured:
            times[command.name].append(_run(command, environment))
    return [Timed(command, median(times[command.name]), min(times[command.name])) for command in measured]


def compile_ours() -> None:
    """Bytecode of both packages, where it is missing or stale."""
    for package in (diagnose, probes):
        for folder in package.__path__:
            compileall.compile_dir(folder, quiet=2)


def plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a user has: bytecode may be written and read, no settings of ours, nothing that watches the interpreter."""
    unwanted = (
        "EMR_DIAGNOSE_",
        "COVERAGE_",
        "COV_",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPROFILEIMPORTTIME",
        "PYTHONDEVMODE",
    )
    return {name: value for name, value in environment.items() if not name.startswith(unwanted)}


def _run(command: Command, environment: Mapping[str, str]) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    ended = subprocess.run(command.argv, env=environment, capture_output=True, check=False, timeout=SECONDS_TO_ANSWER)
    milliseconds = (time.perf_counter() - start) * 1000
    if ended.returncode != command.exit_code:
        raise DidNotAnswer(command, ended.returncode, ended.stderr.decode(errors="replace"))
    return milliseconds
