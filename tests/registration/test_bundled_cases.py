"""What does preflight say of the bundled cases, and what do answers of the APIs alone decide?

`GOLDEN=accept` writes the kept answers again. Each changed line has to be defended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from diagnose.case.directory import read
from diagnose.engine import Diagnosis, diagnose
from diagnose.scene.observed import recorded_observations
from probes.files.hadoopconf import read_xml
from tests.support.places import FIXTURES, PROJECT

KEPT: Final = PROJECT / "tests" / "golden" / "preflight"
NAMES: Final = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
DAY: Final = date(2026, 11, 29)

OF_PEOPLE: Final = frozenset(
    {
        *("task-types", "proxy-user-passed", "impersonation-permitted", "initialized-since-change"),
        *("initialized-off-peak", "who-registers", "display-name", "one-account", "two-clusters"),
        *("separate-metadata", "identity-offered", "identity-ram-users", "identity-account"),
        "identity-ldap-kerberos",
    }
)
"""Rules that need the word of a person: what the form will get, who registers, when, for whom."""


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


def test_answers_of_the_apis_alone_decide_what_needs_no_person(tmp_path: Path) -> None:
    """Given the bundled healthy cluster without its files, all settings as EMR lists them."""
    configs = [("KERBEROS", "krb5.conf", "kdc_hosts", "master-1-1:88"), ("KERBEROS", "krb5.conf", "realm", "EMR.COM")]
    configs += [("SPARK3", "spark-defaults.conf", "spark.sql.queryExecutionListeners", "")]
    for path in (FIXTURES / "healthy").iterdir():
        if path.suffix == ".xml":
            settings = read_xml(path.name, path.read_bytes()).settings
            configs += [("HDFS", path.name, setting.key, setting.value) for setting in settings]
        elif path.suffix == ".json":
            answer = json.loads(path.read_text("utf-8"))
            owner = {"OwnerId": 1111111111111111} if "VSwitchId" in answer else {}
            (tmp_path / path.name).write_text(json.dumps({**answer, **owner}))
    names = ("ApplicationName", "ConfigFileName", "ConfigItemKey", "ConfigItemValue")
    listed = [dict(zip(names, row, strict=True)) for row in configs]
    (tmp_path / "configs.json").write_text(json.dumps({"TotalCount": len(listed), "ApplicationConfigs": listed}))

    open_rules = {verdict.rule.id for verdict in asked(tmp_path).rules if verdict.answer.state == "not-checkable"}

    assert open_rules == OF_PEOPLE
