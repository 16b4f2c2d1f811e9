"""Given a case of nothing but answers of the APIs, which rules does it decide?

The bundled healthy cluster without its files, all settings as EMR lists them. Rules that need the
word of a person say why in data/registration.toml, as `person` or `partly`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from diagnose import data
from diagnose.case.directory import of_tree
from diagnose.case.tree import Tree
from diagnose.engine import diagnose
from diagnose.registration import RuleVerdict
from diagnose.registration.judge import CHECKS
from diagnose.scene.observed import recorded_observations
from probes.files.hadoopconf import read_xml
from tests.support import whole_cloud as whole
from tests.support.places import FIXTURES

RULES: Mapping[str, Mapping[str, Any]] = data.table("registration")["rule"]
CASE: Path = FIXTURES / "healthy"
OWNER = "1111111111111111"


def settings() -> dict[str, Any]:
    """Return the answer with the settings of the bundled files."""
    rows = [("KERBEROS", "krb5.conf", "kdc_hosts", "master-1-1:88"), ("KERBEROS", "krb5.conf", "realm", "EMR.COM")]
    rows += [("SPARK3", "spark-defaults.conf", "spark.sql.queryExecutionListeners", "")]
    for path in CASE.glob("*.xml"):
        found = read_xml(path.name, path.read_bytes()).settings
        rows += [("HDFS", path.name, setting.key, setting.value) for setting in found]
    names = ("ApplicationName", "ConfigFileName", "ConfigItemKey", "ConfigItemValue")
    listed = [dict(zip(names, row, strict=True)) for row in rows]
    return {"TotalCount": len(listed), "ApplicationConfigs": listed}


def page(key: str, items: Sequence[object]) -> dict[str, Any]:
    return {"PagingInfo": {"PageNumber": 1, "PageSize": 100, "TotalCount": len(items), key: items}}


def workspace(*, is_registered: bool) -> dict[str, Any]:
    """Return the answers about a basic workspace that has the cluster, or has it not yet."""
    people = [{"ProjectId": whole.WORKSPACE, "UserId": user, "Status": "Normal"} for user in (OWNER, "2001")]
    mapped = {"Data": {"Accounts": [{"UserId": user, "Username": f"u{user}"} for user in (OWNER, "2001")]}}
    return {
        "GetProject-10001": {"Project": whole.PROJECTS[0]},
        "ListProjects": page("Projects", whole.PROJECTS),
        "ListProjectMembers-10001": page("ProjectMembers", people),
        "ListComputeResources-10001": page("ComputeResources", whole.COMPUTE_RESOURCES if is_registered else []),
        **({"GetComputeResourceAuthUserMappings-20001": mapped} if is_registered else {}),
    }


@cache
def verdicts(*, is_registered: bool) -> Mapping[str, RuleVerdict]:
    """Return the verdict of each rule on the case."""
    answers: dict[str, Any] = {path.stem: json.loads(path.read_bytes()) for path in CASE.glob("*.json")}
    answers = {name: {**each, "OwnerId": OWNER} if "VSwitchId" in each else each for name, each in answers.items()}
    answers |= {"ListApplicationConfigs": settings(), **workspace(is_registered=is_registered)}
    case = of_tree(Tree("case", {f"{name}.json": json.dumps(value).encode() for name, value in answers.items()}))
    found = diagnose(case, recorded_observations(case), today=date(2026, 11, 29), with_rules=True)
    return {verdict.rule.id: verdict for verdict in found.rules}


def of(key: str) -> set[str]:
    """Return the rules that have this key in data/registration.toml."""
    return {rule for rule, row in RULES.items() if key in row}


def left_open(*, is_registered: bool) -> set[str]:
    found = verdicts(is_registered=is_registered)
    return {rule for rule, verdict in found.items() if verdict.answer.state == "not-checkable"}


@pytest.mark.parametrize("rule", CHECKS)
def test_answers_alone_decide_each_rule_that_needs_no_person(rule: str) -> None:
    state = verdicts(is_registered=True)[rule].answer.state

    if "person" in RULES[rule]:
        assert state == "not-checkable"
        assert "partly" not in RULES[rule]
    elif rule != "identity-ldap-kerberos":  # no answer tells that LDAP is off
        assert state != "not-checkable"


@pytest.mark.parametrize("rule", CHECKS)
def test_what_is_left_open_asks_for_a_key_or_a_look_and_for_no_further_answer(rule: str) -> None:
    needs = verdicts(is_registered=True)[rule].answer.needs

    assert needs is None or {each.kind for each in needs.inputs} <= {"key"}


def test_before_the_registration_no_more_is_open_than_what_is_decided_in_part() -> None:
    assert left_open(is_registered=True) < left_open(is_registered=False)
    assert left_open(is_registered=False) <= of("person") | of("partly")


def test_answers_alone_break_a_rule_only_where_the_cluster_does() -> None:
    failed = {rule for rule, each in verdicts(is_registered=True).items() if each.answer.state == "failed"}

    assert failed == {"hook-hive", "hook-spark"}  # the bundled cluster has EMR-HOOK off
