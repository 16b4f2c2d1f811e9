"""What does preflight say of the bundled cases?

`GOLDEN=accept` writes the kept answers again. Each changed line has to be defended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from diagnose.case.directory import read
from diagnose.engine import Diagnosis, diagnose
from diagnose.scene.observed import recorded_observations
from tests.support.places import FIXTURES, PROJECT

KEPT: Final = PROJECT / "tests" / "golden" / "preflight"
NAMES: Final = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
DAY: Final = date(2026, 11, 29)


def asked(folder: Path) -> Diagnosis:
    case = read([folder])
    return diagnose(case, recorded_observations(case), today=DAY, with_rules=True)


def lines(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield the exit code and the findings, then one line a rule."""
    yield f"exit code {diagnosis.exit_code}"
    yield from (f"{each.severity} {each.code}: {each.title}" for each in diagnosis.conclusion.findings)
    for verdict in diagnosis.rules:
        answer = verdict.answer
        yield f"{answer.state} {verdict.rule.id}: {answer.why}{f' -> {answer.needs}' if answer.needs else ''}"


@pytest.mark.parametrize("name", NAMES)
def test_the_preflight_of_a_bundled_case_is_the_reviewed_one(name: str) -> None:
    page = "".join(f"{line}\n" for line in lines(asked(FIXTURES / name)))
    file = KEPT / f"{name}.txt"
    if os.environ.get("GOLDEN") == "accept":
        file.parent.mkdir(exist_ok=True)
        file.write_text(page, encoding="utf-8")

    assert page == file.read_text("utf-8")
