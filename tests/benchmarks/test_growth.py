"""Does the cost of a diagnosis grow no faster than the case?

Calls of functions are counted, not seconds, so the answer is the same on any machine.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import cases, growth
from benchmarks.__main__ import growth_table
from diagnose.case.model import Case
from diagnose.cli.case_options import read_case
from diagnose.decisions.model import Model
from diagnose.engine import diagnose
from diagnose.flows.networks import sources
from diagnose.flows.plan import flows
from diagnose.report.build import Clock, build
from diagnose.report.json import encode
from diagnose.scene.observed import CaseObservations
from tests.support.calls import calls_of

SIZES = (
    ("nodes", 100, 400),
    ("kdcs", 50, 200),
    ("networks", 5, 20),
    ("rules", 40, 160),
    ("entries", 500, 2000),
)
"""A number of a shape, a size, and four times the size."""

SLACK = 1.2
"""Linear growth makes four times the calls at most. Sorting makes a few more."""


def _read(folder: Path, shape: cases.Shape) -> Case:
    cases.write(folder, shape)
    return read_case((folder,), ())


def _check(folder: Path, shape: cases.Shape) -> bytes:
    diagnosis = diagnose(_read(folder, shape), CaseObservations())
    assert not diagnosis.bugs
    assert diagnosis.suggestions.rules or diagnosis.suggestions.notes
    return encode(build(diagnosis, "check", Clock("2026-11-28T00:00:00Z", 0)))


@pytest.mark.parametrize(("number", "size", "larger"), SIZES)
def test_four_times_the_size_takes_at_most_four_times_the_calls(
    tmp_path: Path, number: str, size: int, larger: int
) -> None:
    small = cases.Shape()
    _check(tmp_path / "warm", small)  # modules and tables are read once
    few = calls_of(lambda: _check(tmp_path / "few", replace(small, **{number: size})))
    many = calls_of(lambda: _check(tmp_path / "many", replace(small, **{number: larger})))
    assert many <= SLACK * larger / size * few


def test_nodes_that_no_rule_tells_apart_share_their_decisions(tmp_path: Path) -> None:
    case = _read(tmp_path / "case", cases.Shape(nodes=200))
    model = Model(case, sources(case))
    transfers = [flow for flow in flows(case).flows if flow.component == "datanode-transfer"]
    assert len(transfers) == 197
    assert len({id(model.decisions(flow)) for flow in transfers}) == 1


def test_the_words_of_a_rule_with_a_long_prefix_list_stay_short(tmp_path: Path) -> None:
    small, large = (_check(tmp_path / str(entries), replace(cases.Shape(), entries=entries)) for entries in (30, 3000))
    assert len(large) < 1.1 * len(small)


def test_measures_a_small_and_a_large_case_and_prints_the_factor(tmp_path: Path) -> None:
    dimension = growth.Dimension("60 nodes", cases.Shape(nodes=60))
    lines = list(growth_table(growth.measure([dimension], runs=1)))
    assert "Growth: check --offline" in lines[0]
    assert "60 nodes" in lines[-1]
    assert "at most 10 x: " in lines[-1]  # whether it is met depends on what else the machine does


def test_growth_without_a_run_is_no_measure() -> None:
    with pytest.raises(ValueError, match="0 runs"):
        next(growth.measure(runs=0))


def test_a_case_without_its_fault_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "write", lambda folder, shape: folder.mkdir())
    with pytest.raises(growth.DidNotAnswer, match="small ended with"):
        next(growth.measure(runs=1))
