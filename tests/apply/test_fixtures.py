"""What apply adds is exactly what option 1 of a report names, and --undo takes exactly that back.

The cloud is made of the answers of each bundled case. The real SDK asks it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.report.json import decode
from diagnose.report.model import Report
from probes.addresses import covers, parse, union
from tests.support.applied import answers_of, cloud_of
from tests.support.fake_groups import FakeGroups
from tests.support.places import FIXTURES

pytestmark = pytest.mark.needs("alibaba-sdk")

CASES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def checked(case: Path, target: Path) -> Report:
    source = ["--from", "192.168.10.0/24"] if case.name == "minimal" else []
    ran = CliRunner().invoke(main, ["check", str(case), "--offline", *source, "--format", "json", "-o", str(target)])
    assert ran.exit_code in (0, 1, 3), ran.output
    return decode(target.read_bytes())


def wanted(report: Report) -> list[tuple[str, ...]]:
    """Return the rules that a report suggests first, from inside its networks."""
    networks = union(map(parse, report.case.sources))
    return sorted(
        (rule.security_group_id, rule.ip_protocol, rule.port_range, rule.source_cidr_ip or "", str(rule.priority))
        for rule in report.suggested_rules
        if rule.option == 1 and rule.source_cidr_ip and covers(networks, (parse(rule.source_cidr_ip),))
    )


def made(groups: FakeGroups) -> list[tuple[str, ...]]:
    return sorted(
        (ident, *(rule[name] for name in ("IpProtocol", "PortRange", "SourceCidrIp", "Priority")))
        for ident in groups.groups
        for rule in groups.rules(ident)
        if rule["SecurityGroupRuleId"].startswith("sgr-made")
    )


def before(groups: FakeGroups) -> dict[str, bytes]:
    return {ident: groups.bytes_of(ident) for ident in groups.groups}


@pytest.mark.parametrize("name", CASES)
def test_the_rules_of_option_1_come_and_go(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(FIXTURES / name, tmp_path / "report.json")
    groups = FakeGroups(*answers_of(FIXTURES / name), size=3)
    was = before(groups)
    with cloud_of(groups, tmp_path, monkeypatch) as cloud:
        added = cloud.run(tmp_path / "report.json", "--region", "cn-hangzhou")
        assert made(groups) == wanted(report), added.output
        kept: dict[str, list[Any]] = {ident: groups.rules(ident) for ident in groups.groups}
        again = cloud.run(tmp_path / "report.json", "--region", "cn-hangzhou")
        assert {ident: groups.rules(ident) for ident in groups.groups} == kept
        gone = cloud.run(tmp_path / "report.json", "--region", "cn-hangzhou", "--undo")
    assert before(groups) == was, gone.output
    assert gone.exit_code == 0
    assert added.exit_code == again.exit_code
    assert added.exit_code in (0, 1)


@pytest.mark.parametrize("name", CASES)
def test_with_its_case_it_says_what_remains(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(FIXTURES / name, tmp_path / "report.json")
    groups = FakeGroups(*answers_of(FIXTURES / name), size=3)
    with cloud_of(groups, tmp_path, monkeypatch) as cloud:
        ran = cloud.run(tmp_path / "report.json", "--region", "cn-hangzhou", "--case", str(FIXTURES / name))
    assert ran.exit_code in (0, 1, 3), ran.output
    by_rules = {rule.finding.code for rule in report.suggested_rules if rule.option == 1}
    edited = {edit.finding.code for edit in report.changes if edit.option == 1}
    for code in by_rules - edited:
        assert f"{code}:" not in ran.stdout.partition("Checked again")[2]
    assert "INPUT-CONFLICT" not in ran.stdout
