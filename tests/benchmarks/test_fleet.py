"""Is a generated fleet the same each time, of realistic sizes, and each of its cases diagnosed?"""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

import pytest

from benchmarks import cases, fleet
from diagnose.case.directory import read
from diagnose.fleet.diagnosis import line_of
from diagnose.fleet.record import decode
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from tests.support.calls import calls_of

MOST_CALLS = 106_000
"""Calls of functions for one case of 30 nodes, with some room: it makes 105,000."""


def test_a_fleet_is_the_same_each_time(tmp_path: Path) -> None:
    lists = [fleet.write(tmp_path / name, 7, fleet.mixed, 2) for name in ("a", "b")]
    assert lists[0].read_bytes() == lists[1].read_bytes()
    for file in sorted((tmp_path / "a").rglob("*.*")):
        assert file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()
    named = [json.loads(line) for line in lists[0].read_text("utf-8").splitlines()]
    assert [each["case"] for each in named] == [f"shape-{number % 2}" for number in range(7)]
    assert len({each["name"] for each in named}) == 7


def test_shapes_are_those_of_real_clusters() -> None:
    choice = random.Random(1)
    shapes = [fleet.mixed(choice) for _ in range(2000)]
    assert {shape.groups for shape in shapes} == set(range(1, 11))
    assert min(shape.nodes for shape in shapes) == 3
    assert 2000 < max(shape.nodes for shape in shapes) <= 3000
    assert min(shape.rules for shape in shapes) >= 20
    assert 900 < max(shape.rules for shape in shapes) <= 1000


@pytest.mark.parametrize("groups", [1, 4])
def test_a_node_is_in_all_its_groups(tmp_path: Path, groups: int) -> None:
    cases.write(tmp_path / "c", cases.Shape(nodes=4, rules=40, groups=groups))
    case = read([tmp_path / "c"])
    assert {len(node.security_groups or ()) for node in case.nodes} == {groups}
    line = decode(line_of(CaseSource("c", tmp_path / "c"), FleetSettings(date(2026, 11, 29))))
    assert (line.state, line.exit_code) == ("diagnosed", 1)


def test_a_small_run_is_measured() -> None:
    (run,) = fleet.measure([6])
    table = "\n".join(fleet.table([run, run], 0.5))
    assert run.memory > 0
    assert "1.000 x the processor time of a case; at most 1.05 x: met" in table


def test_a_case_of_30_nodes_takes_no_more_calls_than_it_has_to(tmp_path: Path) -> None:
    cases.write(tmp_path / "c", fleet.usual(random.Random(fleet.SEED)))
    source, settings = CaseSource("c", tmp_path / "c"), FleetSettings(date(2026, 11, 29))
    line = line_of(source, settings)  # modules and tables are read once
    assert decode(line).state == "diagnosed"
    assert calls_of(lambda: line_of(source, settings)) <= MOST_CALLS
