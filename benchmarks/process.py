"""How much time and memory does one whole process take? A small process starts it: launcher.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).resolve().parent.parent

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, slots=True)
class Used:
    """What the kernel counted for one process."""

    wall: float
    """Seconds from start to end."""
    processor: float
    """Seconds of processor time, user and system."""
    memory: float
    """Largest resident memory, MiB."""
    exit_code: int
    """Negative: the number of the signal that ended it."""


def launched(command: Sequence[str], report: Path) -> tuple[str, ...]:
    """Return the command that runs this one. `report`: the file that `used` reads afterwards."""
    return (sys.executable, "-I", "-S", str(LAUNCHER), str(report), *command)


def used(report: Path) -> Used:
    """Return what a launched process took."""
    wall, processor, kibibytes, exit_code = report.read_text(encoding="ascii").split()
    return Used(float(wall), float(processor), int(kibibytes) / 1024, int(exit_code))


def spawn(
    command: Sequence[str],
    report: Path,
    out: IO[bytes] | int,
    err: IO[bytes] | int,
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> Used:
    """Run a command to its end, in the folder of the project, and return what it took.

    - report: file that may be written.
    - seconds: raise subprocess.TimeoutExpired after so many.
    - environment: None for that of this process.
    """
    argv = launched(command, report)
    subprocess.run(argv, stdout=out, stderr=err, cwd=PROJECT, env=environment, check=True, timeout=seconds)
    return used(report)
