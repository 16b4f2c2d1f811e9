"""How many cases a second does `fleet` diagnose, and does a larger fleet cost more than its share?

The inventory is a list that names each of a few dozen written cases many times, so that 10,000
cases need no disk. Each is read and judged anew. Processor time is what slopes are taken from,
because it does not depend on what else the machine does.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cases, startup
from benchmarks.growth import DidNotAnswer
from benchmarks.process import PROJECT, launched, used

SEED = 15
DISTINCT = 40
"""Cases that are written."""
SIZES = (1000, 10_000)
JOBS = 2
SAMPLE = 0.5
"""Most seconds between two looks at the memory."""
FIRST_SAMPLE = 0.005
"""Seconds after the first look. The wait doubles, so that a short run is looked at too."""

AIM_SLOPE = 1.05
"""At most so many times the processor time a case, from the smaller fleet to the larger one."""
AIM_MEMORY = 300.0
"""MiB of all processes together."""
AIM_RATE = 60.0
"""Cases a second, of the shape with 30 nodes."""

ShapeOf = Callable[[random.Random], cases.Shape]
"""Gives the shape of the next case."""


@dataclass(frozen=True, slots=True)
class FleetRun:
    """One run of `fleet`."""

    size: int
    """Cases."""
    wall: float
    """Seconds by the clock."""
    processor: float
    """Seconds of all processes together."""
    memory: float
    """Most MiB of all processes together, each shared page counted once; at least the largest."""
    early: float
    """The same in the first half of the run."""

    @property
    def each(self) -> float:
        """Return the processor time of a case in milliseconds."""
        return self.processor / self.size * 1000


def usual(_: random.Random) -> cases.Shape:
    """Return the shape with 30 nodes. Its KDCs are its masters."""
    return cases.Shape(kdcs=cases.MASTERS)


def mixed(choice: random.Random) -> cases.Shape:
    """Return a realistic shape: mostly small, a few with thousands of nodes."""
    nodes = round(3 * 1000 ** (choice.random() ** 2))
    return cases.Shape(
        nodes=nodes,
        kdcs=choice.choice((1, 2, 3)),
        networks=choice.choice((1, 1, 2, 3)),
        rules=round(20 * 50 ** choice.random()),
        entries=choice.randrange(0, 200),
        groups=choice.randrange(1, 11),
    )


def write(folder: Path, size: int, shape_of: ShapeOf = usual, distinct: int = DISTINCT) -> Path:
    """Write cases and a list of `size` lines that names them. Return the list."""
    choice = random.Random(SEED)
    distinct = min(distinct, size)
    for number in range(distinct):
        cases.write(folder / f"shape-{number}", shape_of(choice))
    path = folder / "fleet.ndjson"
    lines = (
        json.dumps({"case": f"shape-{number % min(distinct, size)}", "name": f"c-{number:06}"})
        for number in range(size)
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def single() -> float:
    """Return the seconds of one whole `check --offline` of the shape with 30 nodes."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "case"
        cases.write(folder, usual(random.Random(SEED)))
        took = []
        for _ in range(3):
            started = time.monotonic()
            command = (sys.executable, "-m", "diagnose", "check", "--offline", "--format", "json", str(folder))
            subprocess.run(command, env=startup.plain_environment(os.environ), capture_output=True, check=False)
            took.append(time.monotonic() - started)
    return min(took)


def measure(sizes: Sequence[int] = SIZES, shape_of: ShapeOf = usual) -> Iterator[FleetRun]:
    """Yield a run of each size."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as made:
            inventory = write(Path(made), size, shape_of)
            yield _run(inventory, size)


def _run(inventory: Path, size: int) -> FleetRun:
    report, results = inventory.with_suffix(".numbers"), inventory.with_suffix(".results")
    ours = (sys.executable, "-m", "diagnose", "fleet", str(inventory), "-o", str(results), "--jobs", str(JOBS))
    with subprocess.Popen(
        launched(ours, report),
        cwd=PROJECT,
        env=startup.plain_environment(os.environ),
        stderr=subprocess.PIPE,
    ) as run:
        samples: list[float] = []
        wait = FIRST_SAMPLE
        while run.poll() is None:
            samples.append(sum(map(_resident, _below(run.pid))))
            time.sleep(wait)
            wait = min(2 * wait, SAMPLE)
        errors = run.stderr.read().decode(errors="replace") if run.stderr is not None else ""
    took = used(report)
    done = results.read_bytes().count(b"\n") if results.exists() else 0
    if took.exit_code != startup.FAULT_FOUND or done != size:
        raise DidNotAnswer(f"fleet of {size} ended with {took.exit_code} after {done} lines: {errors[-500:]}")
    samples = samples or [took.memory]  # it had ended before the first look
    early = samples[: max(1, len(samples) // 2)]
    return FleetRun(size, took.wall, took.processor, max(took.memory, *samples), max(early))


def _below(pid: int) -> Iterator[int]:
    """Yield the processes below one."""
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
            yield int(child)
            yield from _below(int(child))


def _resident(pid: int) -> float:
    """Return the MiB of a process, its part of each shared page. 0 if it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def table(measured: Sequence[FleetRun], one: float) -> list[str]:
    """Return the comparison as lines of text."""
    lines = [
        f"Fleet: cases of 30 nodes on {JOBS} processes; one check --offline of such a case takes {one * 1000:.0f} ms",
        f"  {'':<16}{'wall':>9}{'cases/s':>9}{'processor':>15}{'memory':>10}{'first half':>12}",
    ]
    for run in measured:
        figures = f"{run.wall:>7.1f} s{run.size / run.wall:>9.1f}{run.each:>10.1f} ms each"
        verdicts = f"   at most {AIM_MEMORY:.0f} MiB: {_met(run.memory <= AIM_MEMORY)}"
        verdicts += f", {AIM_RATE:.0f} a second: {_met(run.size / run.wall >= AIM_RATE)}"
        name = f"{run.size} cases"
        lines.append(f"  {name:<16}{figures}{run.memory:>6.0f} MiB{run.early:>8.0f} MiB{verdicts}")
    if len(measured) > 1:
        few, many = measured[0], measured[-1]
        slope = many.each / few.each
        verdict = f"at most {AIM_SLOPE:g} x: {_met(slope <= AIM_SLOPE)}"
        lines.append(f"  {few.size} to {many.size} cases: {slope:.3f} x the processor time of a case; {verdict}")
    return lines


def _met(met: bool) -> str:
    return "met" if met else "not met"


if __name__ == "__main__":
    asked = tuple(map(int, sys.argv[1:])) or SIZES
    print("\n".join(table(list(measure(asked)), single())))
