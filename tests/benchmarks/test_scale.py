"""Is the cost of a case measured by its size, and is its time given to the right stage?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from importlib import import_module

import pytest

from benchmarks import cases, scale

SMALL = cases.Shape(nodes=4, kdcs=1, networks=1, rules=20, entries=1)


def test_cost_is_measured_for_each_size() -> None:
    """Given two numbers of nodes, more nodes have more flows, more bytes, and a line of the same
    length."""
    shapes = (SMALL, replace(SMALL, nodes=40))
    (grown,) = scale.by_size((("nodes", shapes),), runs=1)
    few, many = grown.costs
    assert many.flows == few.flows + 36
    assert many.read > few.read
    assert many.report > few.report
    assert abs(many.line - few.line) < 200
    assert min(few.processor, many.processor) > 0


def test_a_case_that_cannot_be_read_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "_files", lambda shape: iter([("case.toml", "[cluster")]))
    with pytest.raises(ValueError, match=r"case\.toml"):
        next(scale.by_size((("nodes", (SMALL,)),), runs=1))


@pytest.mark.parametrize(("module", "function", "name"), scale.STAGES)
def test_each_stage_is_a_function_of_that_module(module: str, function: str, name: str) -> None:
    assert getattr(import_module(module), function).__module__ == module


def test_time_is_given_to_stages() -> None:
    seen = scale.profile(SMALL, seconds=0.5)
    reading = sum(count for name, count in seen.items() if name.startswith("reading"))
    assert reading > 0
    assert seen[scale.OTHER] < seen.total() / 2


def test_a_million_is_the_mean_of_those_measured() -> None:
    """Given a case of 36 ms and 1,000 bytes, a million need ten core hours and 1 GB."""
    one = scale.Cost(SMALL, 10, 0.036, 2_000, 1_000, 50_000)
    lines = scale.table([scale.Grown("nodes", (one, one))], scale.Needs((one, one)), Counter({"findings": 3, "x": 1}))
    text = "\n".join(lines)
    assert "1 times the nodes: 1.0 times the processor time" in text
    assert "processor time of all: 10.0 core hours" in text
    assert re.search(r"  lines: 1.0 GB\n", text)
    assert "files to read: 2.0 GB" in text
    assert re.search(r"findings +75.0%", text)
