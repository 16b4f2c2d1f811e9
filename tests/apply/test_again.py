"""What does `apply --case` say of the case once its groups are as they were read back?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.report.json import decode
from tests.support.applied import Applied, cloud_of
from tests.support.fake_groups import ADD, FakeGroups
from tests.support.incident_cases import BLOCK, PORTS, Change, Content, changed, group_of_nodes, healthy, rule, write

pytestmark = pytest.mark.needs("alibaba-sdk")

TCP_ALONE = [rule("TCP", port) for port in PORTS]
"""The rules of a healthy cluster but the one for the KDC over UDP."""


def broken(more: Change = MappingProxyType({})) -> dict[str, Content]:
    """Return a cluster with Kerberos whose nodes have these rules."""
    return changed(healthy(kerberos=True), {**group_of_nodes(TCP_ALONE), **more})


def put(folder: Path, files: dict[str, Content]) -> Path:
    """Write a case and the report of it. Return the report."""
    write(folder / "case", files)
    target = folder / "report.json"
    CliRunner().invoke(main, ["check", str(folder / "case"), "--offline", "--format", "json", "-o", str(target)])
    return target


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    groups = FakeGroups(json.loads(str(broken()["sg-emr.json"])), json.loads(str(broken()["sg-rg.json"])))
    with cloud_of(groups, tmp_path, monkeypatch) as applied:
        yield applied


def after(output: str) -> str:
    return " ".join(output.partition("Checked again")[2].split())


def test_the_groups_that_were_read_back_replace_those_of_the_case(cloud: Applied, tmp_path: Path) -> None:
    # Given a case whose list of groups counts one rule less than there is afterwards
    report = put(tmp_path, broken())
    was = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    assert [finding.code for finding in decode(report.read_bytes()).findings] == ["SG-KDC-UDP"]
    ran = cloud.run(report, "--case", str(tmp_path / "case"))
    assert (ran.exit_code, after(ran.stdout)) == (0, ", by the configuration alone Everything required is allowed.")
    assert {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()} == was


def test_another_fault_remains_and_is_told(cloud: Applied, tmp_path: Path) -> None:
    report = put(tmp_path, broken())
    # Given that since then somebody took a rule away, which no rule of the report replaces
    rules = cloud.groups.rules("sg-emr")
    rules[:] = [each for each in rules if each["PortRange"] != "9083/9083"]
    ran = cloud.run(report, "--case", str(tmp_path / "case"))
    assert ran.exit_code == 1
    assert cloud.calls().count(ADD) == 1
    assert "This remains:" in after(ran.stdout)
    assert "SG-" in after(ran.stdout)


def test_what_was_seen_before_the_change_does_not_count(cloud: Applied, tmp_path: Path) -> None:
    log = "2026-11-01 08:00:00 ERROR java.net.SocketTimeoutException: Receive timed out\n"
    report = put(tmp_path, broken({"task.log": log}))
    ran = cloud.run(report, "--case", str(tmp_path / "case"))
    assert (ran.exit_code, "Everything required is allowed." in ran.stdout) == (0, True), ran.output


def test_a_rule_that_is_there_already_is_diagnosed_as_well(cloud: Applied, tmp_path: Path) -> None:
    report = put(tmp_path, broken())
    cloud.run(report)
    ran = cloud.run(report, "--case", str(tmp_path / "case"))
    assert (ran.exit_code, cloud.calls().count(ADD)) == (0, 1)


def test_the_networks_are_those_of_the_report(cloud: Applied, tmp_path: Path) -> None:
    # Given a report with --from, of a case that has no networks
    toml = str(broken()["case.toml"])
    begin, end = toml.index("[[resource_group.networks]]"), toml.index("[[vswitches]]")
    write(tmp_path / "case", broken({"case.toml": toml[:begin] + toml[end:]}))
    report = tmp_path / "report.json"
    arguments = ["check", str(tmp_path / "case"), "--offline", "--from", BLOCK, "--format", "json", "-o", str(report)]
    CliRunner().invoke(main, arguments)
    ran = cloud.run(report, "--case", str(tmp_path / "case"))
    assert cloud.calls().count(ADD) == 1
    assert "SG-KDC-UDP" not in after(ran.stdout)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("case.toml", '[cluster]\nid = "c-ffffffffffffffff"\n', "is of cluster c-ffffffffffffffff"),
        ("case.toml", "[cluster\n", "case.toml"),
        ("sg-emr.json", '{"SecurityGroupId": "sg-emr", "Permissions": ', "sg-emr.json"),
    ],
)
def test_a_case_that_cannot_be_the_one_ends_it_before_ecs_is_asked(
    cloud: Applied, tmp_path: Path, name: str, content: str, words: str
) -> None:
    report = put(tmp_path, broken())
    (tmp_path / "case" / name).write_text(content)
    ran = cloud.run(report, "--case", str(tmp_path / "case"))
    assert (ran.exit_code, cloud.calls()) == (2, [])
    assert words in ran.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--undo", "--case", "case"), "--case is for adding"),
        (("--region", "nowhere!"), "is not a region"),
        (("--case", "no-such-case"), "no-such-case"),
    ],
)
def test_wrong_usage_asks_nobody(cloud: Applied, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    ran = cloud.run(put(tmp_path, broken()), *options)
    assert (ran.exit_code, cloud.calls()) == (2, [])
    assert words in ran.stderr


def test_a_report_without_a_region_needs_the_option(cloud: Applied, tmp_path: Path) -> None:
    value = json.loads(put(tmp_path, broken()).read_bytes())
    value["case"]["cluster"]["region"] = None
    (tmp_path / "report.json").write_text(json.dumps(value))
    ran = cloud.run(tmp_path / "report.json")
    assert (ran.exit_code, cloud.calls()) == (2, [])
    assert "add --region REGION" in ran.stderr
    assert cloud.run(tmp_path / "report.json", "--region", "cn-hangzhou").exit_code == 0


def test_a_report_whose_networks_are_none_is_refused(cloud: Applied, tmp_path: Path) -> None:
    value = json.loads(put(tmp_path, broken()).read_bytes())
    value["case"]["sources"] = ["192.168.10.0/24", "everywhere"]
    (tmp_path / "report.json").write_text(json.dumps(value))
    ran = cloud.run(tmp_path / "report.json")
    assert (ran.exit_code, cloud.calls()) == (2, [])
    assert "report.json: case.sources: 'everywhere' is not" in " ".join(ran.stderr.split())


def test_a_report_in_which_everything_works_has_nothing_to_add(cloud: Applied, tmp_path: Path) -> None:
    ran = cloud.run(put(tmp_path, healthy()))
    assert (ran.exit_code, cloud.calls()) == (0, [])
    assert "There is nothing to add." in ran.stderr
