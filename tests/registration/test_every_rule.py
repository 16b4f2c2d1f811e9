"""Is each rule of registration passed, failed and left open where it must be?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from diagnose.findings import catalogue
from diagnose.registration.judge import CHECKS
from diagnose.registration.model import Rule, State
from diagnose.registration.rules import rules
from tests.registration import (
    situations_cluster,
    situations_files,
    situations_impersonation,
    situations_network,
    situations_people,
    situations_run,
)
from tests.registration.situations import Situation, diagnosed, verdict_of
from tests.registration.situations_cluster import OF_A_LIST, OLD, YOUNG

SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    **situations_cluster.SITUATIONS,
    **situations_files.SITUATIONS,
    **situations_impersonation.SITUATIONS,
    **situations_run.SITUATIONS,
    **situations_people.SITUATIONS,
    **situations_network.SITUATIONS,
}

ROWS = [
    pytest.param(rule, situation, id=f"{rule}-{situation.state}-{number}")
    for rule, rows in SITUATIONS.items()
    for number, situation in enumerate(rows, 1)
]


def test_every_row_of_the_table_has_a_function_and_no_function_lacks_a_row() -> None:
    assert [rule.id for rule in rules()] == list(CHECKS)


@pytest.mark.parametrize("rule", CHECKS)
def test_each_rule_has_a_case_that_passes_one_that_fails_and_one_that_leaves_it_open(rule: str) -> None:
    assert {situation.state for situation in SITUATIONS[rule]} == set(get_args(State))


@pytest.mark.parametrize(("rule", "situation"), ROWS)
def test_the_answer_is_the_right_one(rule: str, situation: Situation, tmp_path: Path) -> None:
    diagnosis = diagnosed(tmp_path, situation)
    verdict = verdict_of(diagnosis, rule)

    assert diagnosis.bugs == ()
    assert verdict.answer.state == situation.state, verdict
    said = str(verdict.answer.needs) if situation.state == "not-checkable" else verdict.answer.why
    assert situation.says in said
    assert verdict.answer.why
    assert (verdict.answer.needs is not None) == (situation.state == "not-checkable")
    assert [finding.code for finding in verdict.answer.findings] == ([situation.code] if situation.code else [])
    if situation.state == "failed":
        assert situation.code in (*verdict.rule.codes, "")
        known = {(finding.code, finding.title) for finding in diagnosis.conclusion.findings}
        assert {(finding.code, finding.title) for finding in verdict.answer.findings} <= known
        assert verdict.answer.findings or verdict.answer.flows


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_names_its_codes_its_pages_and_what_decides_it(rule: Rule) -> None:
    assert rule.codes
    assert all(catalogue.entry(code).decided for code in rule.codes)
    assert rule.sources
    assert rule.inputs


def test_a_case_that_says_all_keeps_every_rule(tmp_path: Path) -> None:
    diagnosis = diagnosed(tmp_path, Situation("passed", ""))

    assert [verdict for verdict in diagnosis.rules if verdict.answer.state != "passed"] == []
    assert diagnosis.exit_code == 0


def test_a_list_is_said_to_be_old_after_a_year(tmp_path: Path) -> None:
    young = verdict_of(diagnosed(tmp_path / "1", replace(OF_A_LIST, today=YOUNG)), "hadoop-release")
    old = verdict_of(diagnosed(tmp_path / "2", replace(OF_A_LIST, today=OLD)), "hadoop-release")

    assert young.notes == ()
    (note,) = old.notes
    assert "2026-03-27" in note
    assert "out of date" in note


@pytest.mark.parametrize("region", ["us-west-1", "eu-west-1"])
def test_a_rule_says_which_of_two_pages_it_follows_if_the_other_answers_otherwise(tmp_path: Path, region: str) -> None:
    rows = {situation.says: situation for situation in SITUATIONS["serverless-region"]}
    listed, other = (
        verdict_of(diagnosed(tmp_path / name, rows[name]), "serverless-region") for name in ("cn-guangzhou", region)
    )

    assert listed.notes == ()
    assert "legacy Data Studio" in other.notes[0]
    assert other.answer.findings[0].confidence == "inferred"
    assert ["First look" in each.answer.findings[0].advice[0] for each in (listed, other)] == [False, True]
