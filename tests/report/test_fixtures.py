"""Every bundled case through the real command: first finding, exit code, schema and repair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.report.json import decode, schema
from tests.support.answers import require_known
from tests.support.places import FIXTURES

EXPECTED = {
    "datalake-ha-kerberos": (1, "SG-KDC-UDP"),
    "healthy": (0, None),
    "hadoop-has": (1, "SG-DIRECTION"),
    "custom-cluster": (1, "SG-DATANODE"),
    "non-ha": (1, "SG-SHADOWED"),
    "external-kdc": (3, "KDC-EXTERNAL"),
    "two-networks": (1, "SG-SOURCE"),
    "enterprise-group": (1, "SG-ENTERPRISE"),
    "minimal": (1, "SG-KDC-UDP"),
    "prefix-list-unresolved": (3, "SG-UNRESOLVED"),
    "kdc-port": (1, "SG-KDC-PORT"),
    "other-vpc": (1, "NET-WRONG-VPC"),
    "other-vpc-no-return": (1, "RET-ROUTE"),
}
OPTIONS = {"minimal": ["--from", "192.168.10.0/24"]}


def check(case: str, *options: str) -> Any:
    return CliRunner().invoke(main, ["check", str(FIXTURES / case), *OPTIONS.get(case, []), "--offline", *options])


def report(case: str) -> dict[str, Any]:
    result = check(case, "--format", "json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_every_fixture_is_expected_here_and_says_what_it_shows() -> None:
    found = {path.name for path in FIXTURES.iterdir() if path.is_dir()}
    assert found == set(EXPECTED)
    for name in found:
        first = (FIXTURES / name / "README.md").read_text().splitlines()[0]
        assert len(first) > 20, name


@pytest.mark.parametrize("case", EXPECTED)
def test_primary_finding_exit_code_and_schema(case: str) -> None:
    code, primary = EXPECTED[case]
    found = report(case)
    jsonschema.validate(found, json.loads(schema()))
    assert found["exit_code"] == code == check(case, "--format", "json").exit_code
    assert [finding["code"] for finding in found["findings"]] == ([primary] if primary else [])
    require_known(decode(check(case, "--format", "json").stdout.encode()))
    assert found["basis"] == "configuration"
    assert not found["bugs"]


@pytest.mark.parametrize("case", EXPECTED)
@pytest.mark.parametrize("form", ["terminal", "console", "cli", "terraform", "ros"])
def test_every_output_of_every_fixture(case: str, form: str) -> None:
    result = check(case, "--format", form)
    assert result.exit_code == EXPECTED[case][0]
    assert result.stdout.strip()
    assert "Traceback" not in result.output


@pytest.mark.parametrize("case", [name for name, (code, _) in EXPECTED.items() if code == 1])
def test_what_is_suggested_explains_every_broken_required_flow(case: str) -> None:
    found = report(case)
    broken = {
        flow["id"]
        for flow in found["flows"]
        if flow["need"] == "required" and flow["verdict"] in ("blocked", "partial")
    }
    repaired = {
        flow
        for entry in (*found["suggested_rules"], *found["suggested_edits"])
        if entry["option"] == 1
        for flow in entry["fixes"]
    }
    assert broken
    assert broken <= repaired
    assert {flow for finding in found["findings"] for flow in finding["flows"]} >= broken


def test_flagship_asks_for_exactly_one_rule() -> None:
    found = report("datalake-ha-kerberos")
    (rule,) = found["suggested_rules"]
    assert (rule["ip_protocol"], rule["port_range"], rule["source_cidr_ip"], rule["direction"]) == (
        "UDP",
        "88/88",
        "192.168.10.0/24",
        "ingress",
    )
    assert [(edit["option"], edit["to"]) for edit in found["suggested_edits"]] == [(2, "udp_preference_limit = 1")]


def test_same_case_gives_the_same_report() -> None:
    first, second = report("two-networks"), report("two-networks")
    for each in (first, second):
        each["started_at"] = each["duration_ms"] = None
    assert first == second


def test_directory_and_archive_give_the_same_findings(tmp_path: Path) -> None:
    import shutil

    archive = shutil.make_archive(str(tmp_path / "case"), "gztar", FIXTURES, "non-ha")
    result = CliRunner().invoke(main, ["check", archive, "--offline", "--format", "json"])
    assert json.loads(result.stdout)["findings"] == report("non-ha")["findings"]
