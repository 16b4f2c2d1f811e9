"""How does the cost of `check --offline` grow with the size of a case?

Whole processes, by wall clock, processor time and memory. Each dimension is compared with the small
case, of which nothing else differs. The cases are those of cases.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks import cases, startup
from benchmarks.process import Used, spawn

AIM = 10.0
"""At most so many times the wall time of the small case, start-up included."""

SECONDS_TO_ANSWER = 600.0

SMALL = cases.Shape()


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way in which a case may be large."""

    name: str
    """Label of its row."""
    large: cases.Shape
    """The small case with one number raised."""


DIMENSIONS = (
    Dimension("3,000 nodes", replace(SMALL, nodes=3000)),
    Dimension("4,000 KDC lines", replace(SMALL, kdcs=4000)),
    Dimension("80 networks", replace(SMALL, networks=80)),
    Dimension("3,000 rules", replace(SMALL, rules=3000)),
    Dimension("50,000 prefix-list entries", replace(SMALL, entries=50_000)),
)


@dataclass(frozen=True, slots=True)
class Grown:
    """One case, beside the small one."""

    name: str
    """Label of its row."""
    run: Used
    """Median of the runs."""
    factor: float
    """Wall time over that of the small case."""


class DidNotAnswer(Exception):  # noqa: N818 - it says what happened
    """`check` did not find the fault of a generated case, so its time means nothing."""


def measure(dimensions: Sequence[Dimension] | None = None, runs: int = 3) -> Iterator[Grown]:
    """Yield the small case, then each large one: all of DIMENSIONS unless some are given.

    ValueError without a run. DidNotAnswer if `check` does not find the fault of a case.
    """
    if runs < 1:
        raise ValueError(f"{runs} runs: nothing to measure")
    startup.compile_ours()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        base = _median(folder / "small", SMALL, runs)
        yield Grown("small case", base, 1.0)
        for number, dimension in enumerate(DIMENSIONS if dimensions is None else dimensions):
            run = _median(folder / str(number), dimension.large, runs)
            yield Grown(dimension.name, run, run.wall / base.wall)


def _median(folder: Path, shape: cases.Shape, runs: int) -> Used:
    """Return the medians of the runs, and the largest memory."""
    cases.write(folder, shape)
    measured = [_run(folder) for _ in range(runs)]
    return Used(
        median(run.wall for run in measured),
        median(run.processor for run in measured),
        max(run.memory for run in measured),
        measured[0].exit_code,
    )


def _run(case: Path) -> Used:
    report, errors = case.with_suffix(".numbers"), case.with_suffix(".errors")
    ours = (sys.executable, "-m", "diagnose", "check", "--offline", "--format", "json", "-o", f"{case}.json", str(case))
    environment = startup.plain_environment(os.environ)
    with errors.open("wb") as said:
        run = spawn(ours, report, subprocess.DEVNULL, said, seconds=SECONDS_TO_ANSWER, environment=environment)
    if run.exit_code != startup.FAULT_FOUND:
        raise DidNotAnswer(f"{case.name} ended with {run.exit_code}: {errors.read_text(errors='replace')[-500:]}")
    return run
