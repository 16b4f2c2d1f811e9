"""What does one case cost by its size, where does the time go, and what do a million cases need?

Each case is diagnosed in this process as a process of `fleet` does it: read, judged, made one line.
Processor time is measured, after one run that fills the tables of the program.
"""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from types import FrameType

from benchmarks import cases, fleet
from diagnose.fleet.diagnosis import line_of
from diagnose.fleet.record import decode
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource

DAY = date(2026, 11, 30)
USUAL = fleet.usual(random.Random(fleet.SEED))
RUNS = 3
DRAWN = 100
"""Cases of mixed sizes that the needs of a million are computed from."""
MANY = 1_000_000
HOUR = 3600.0
TICK = 0.002
"""Seconds of processor time between two looks at what runs."""

DIMENSIONS: tuple[tuple[str, tuple[cases.Shape, ...]], ...] = (
    ("nodes", tuple(replace(USUAL, nodes=number) for number in (3, 30, 300, 3000))),
    ("rules", tuple(replace(USUAL, rules=number) for number in (20, 100, 300, 1000))),
    ("groups", tuple(replace(USUAL, rules=100, groups=number) for number in (1, 3, 10))),
    ("networks", tuple(replace(USUAL, networks=number) for number in (1, 2, 10, 40))),
    ("entries", tuple(replace(USUAL, entries=number) for number in (30, 200, 2000))),
)
"""Name of a number of `cases.Shape` -> shapes of which nothing else differs."""

STAGES: tuple[tuple[str, str, str], ...] = (
    ("diagnose.case.files", "trees", "reading: files from the disk"),
    ("diagnose.case.directory", "of_tree", "reading: krb5.conf, Hadoop files, the cloud's JSON"),
    ("diagnose.flows.plan", "flows", "flows: what the clients dial"),
    ("diagnose.scene.observed", "scene_of", "decisions: rules, network ACLs and routes"),
    ("diagnose.undoing.measure", "weighed", "undoing: each fault repaired, and asked again"),
    ("diagnose.findings.conclude", "conclude", "findings"),
    ("diagnose.clients.case", "clients_of", "clients: what each release of Java and MIT experiences"),
    ("diagnose.remedies.plan", "suggest", "remedies: the smallest change, tried"),
    ("diagnose.report.build", "build", "report: sentences and values"),
    ("diagnose.fleet.record", "encode", "line: JSON"),
)
"""Module, function, and what its time is called. The outermost of them on the stack counts."""

OTHER = "all else"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one case takes."""

    shape: cases.Shape
    """Its size."""
    flows: int
    """Connections that were judged."""
    processor: float
    """Seconds."""
    read: int
    """Bytes of its files."""
    line: int
    """Bytes of its line."""
    report: int
    """Bytes of its line with the whole report (`--reports`)."""


@dataclass(frozen=True, slots=True)
class Grown:
    """The costs of one number of the shape."""

    name: str
    """Name of the number."""
    costs: tuple[Cost, ...]
    """From the smallest to the largest."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What so many cases of mixed sizes need."""

    costs: tuple[Cost, ...]
    """The cases that were measured."""

    def mean(self, value: Callable[[Cost], float]) -> float:
        """Return the mean of a value of a case."""
        return sum(map(value, self.costs)) / len(self.costs)


def cost(folder: Path, shape: cases.Shape, runs: int = RUNS) -> Cost:
    """Write a case of this shape into a new folder and measure it: the median of the runs."""
    cases.write(folder, shape)
    source, settings = CaseSource(folder.name, folder), FleetSettings(DAY)
    line = line_of(source, settings)
    took = []
    for _ in range(runs):
        started = time.process_time()
        line = line_of(source, settings)
        took.append(time.process_time() - started)
    whole = line_of(source, replace(settings, with_report=True))
    record = decode(line)
    if record.state != "diagnosed":
        raise ValueError(f"{folder.name}: {record.error}")
    return Cost(
        shape,
        record.required.total + record.optional,
        median(took),
        sum(path.stat().st_size for path in folder.iterdir()),
        len(line),
        len(whole),
    )


def by_size(
    dimensions: Sequence[tuple[str, tuple[cases.Shape, ...]]] | None = None, runs: int = RUNS
) -> Iterator[Grown]:
    """Yield the costs of each number of the shape: all of DIMENSIONS unless some are given."""
    with tempfile.TemporaryDirectory() as made:
        for name, shapes in DIMENSIONS if dimensions is None else dimensions:
            costs = [cost(Path(made) / f"{name}-{number}", shape, runs) for number, shape in enumerate(shapes)]
            yield Grown(name, tuple(costs))


def needs(drawn: int = DRAWN) -> Needs:
    """Measure cases of mixed sizes, drawn as a fleet of them is."""
    choice = random.Random(fleet.SEED)
    with tempfile.TemporaryDirectory() as made:
        return Needs(tuple(cost(Path(made) / f"c-{number}", fleet.mixed(choice), 1) for number in range(drawn)))


def profile(shape: cases.Shape = USUAL, seconds: float = 2.0) -> Counter[str]:
    """Diagnose one case for so many seconds of processor time. Return how often which stage ran."""
    stages = {(module, function): name for module, function, name in STAGES}
    seen: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        stage = OTHER
        while frame is not None:
            stage = stages.get((frame.f_globals.get("__name__", ""), frame.f_code.co_name), stage)
            frame = frame.f_back
        seen[stage] += 1

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "case"
        cases.write(folder, shape)
        source, settings = CaseSource("case", folder), FleetSettings(DAY)
        line_of(source, settings)
        with _looking(look):
            end = time.process_time() + seconds
            while time.process_time() < end:
                line_of(source, settings)
    return seen


@contextmanager
def _looking(look: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call a function each `TICK` of processor time, with what runs."""
    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def table(grown: Sequence[Grown], needed: Needs, stages: Counter[str]) -> list[str]:
    """Return all of it as lines of text."""
    return [*_size_lines(grown), "", *_stage_lines(stages), "", *_need_lines(needed)]


def _size_lines(grown: Sequence[Grown]) -> Iterator[str]:
    yield f"Cost of a case: processor time, warm, median of {RUNS}; the shape is that of the fleet, one number varied"
    yield f"  {'':<16}{'flows':>7}{'files':>10}{'processor':>12}{'line':>10}{'with report':>13}"
    for each in grown:
        for one in each.costs:
            name = f"{getattr(one.shape, each.name):,} {each.name}"
            figures = f"{one.flows:>7,}{_bytes(one.read):>10}{one.processor * 1000:>9.1f} ms"
            yield f"  {name:<16}{figures}{_bytes(one.line):>10}{_bytes(one.report):>13}"
        first, last = each.costs[0], each.costs[-1]
        size = getattr(last.shape, each.name) / getattr(first.shape, each.name)
        yield f"    {size:,.0f} times the {each.name}: {last.processor / first.processor:.1f} times the processor time"


def _stage_lines(stages: Counter[str]) -> Iterator[str]:
    yield f"Where the time of a case of {USUAL.nodes} nodes goes"
    total = max(1, stages.total())
    for name, count in stages.most_common():
        yield f"  {name:<58}{count / total:>7.1%}"


def _need_lines(needed: Needs) -> Iterator[str]:
    times = [each.processor for each in needed.costs]
    late = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    nodes = [each.shape.nodes for each in needed.costs]
    mean = needed.mean(lambda one: one.processor)
    sizes = f"{min(nodes)} to {max(nodes):,} nodes, half at most {median(nodes):.0f}"
    yield f"A million cases, from {len(times)} of mixed sizes: {sizes}"
    yield f"  processor time of a case: {mean * 1000:.0f} ms on average, 95 % at most {late * 1000:.0f} ms"
    yield f"  processor time of all: {mean * MANY / HOUR:.1f} core hours"
    for name, value in (
        ("files to read", lambda one: one.read),
        ("lines", lambda one: one.line),
        ("lines with reports", lambda one: one.report),
    ):
        yield f"  {name}: {_bytes(needed.mean(value) * MANY)}"


def _bytes(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


if __name__ == "__main__":
    print("\n".join(table(list(by_size()), needs(), profile())))
