"""What becomes of answers that cannot be read, and of several faulty inputs at once?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.case import directory
from diagnose.case.api.calls import CALLS, command, to_save
from diagnose.case.api.documents import KINDS
from diagnose.case.errors import CaseError
from diagnose.case.tree import Tree
from diagnose.cli import main
from tests.support.incident_cases import BLOCK, changed, contents, healthy, write
from tests.support.places import PROJECT

LOGIN = b"<!DOCTYPE html><html><body>Sign in</body></html>"
CUT = b'{"RegionId": "cn-hangzhou", "Permissions": {"Permission": [{"Direction": "ingress", "IpPro'


def test_an_answer_that_cannot_be_read_is_told_and_the_rest_is_judged() -> None:
    whole = directory.of_tree(Tree("case", contents(healthy())))

    case = directory.of_tree(Tree("case", contents(changed(healthy(), {"stray.json": LOGIN}))))

    (misread,) = case.misread
    assert misread.text.startswith("stray.json:1: found an HTML or XML page")
    assert case.security_groups.keys() == whole.security_groups.keys()
    (entry,) = (entry for entry in case.skipped if entry.check == "stray.json")
    assert (entry.hides, entry.kind) == (True, "json")


def test_every_faulty_answer_is_told_in_one_run(tmp_path: Path) -> None:
    """Given one answer that is cut and a login page, the report has the rest, and exit code 2."""
    write(tmp_path, changed(healthy(), {"sg-rg.json": CUT, "page.json": LOGIN}))

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--from", BLOCK, "--format", "json"])

    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if ".json" in line]
    assert [line.split(":")[1].strip() for line in lines[:2]] == ["page.json", "sg-rg.json"]
    assert "aliyun ecs DescribeSecurityGroupAttribute --RegionId R --SecurityGroupId SG" in lines[1]
    report = json.loads(result.stdout)
    assert report["exit_code"] == 2
    assert report["status"] == "inconclusive"
    assert {"page.json", "sg-rg.json"} <= {entry["check"] for entry in report["skipped"]}
    assert {flow["verdict"] for flow in report["flows"] if flow["need"] == "required"} == {"unknown"}


def test_a_fault_that_the_rest_shows_is_still_reported(tmp_path: Path) -> None:
    write(
        tmp_path, changed(healthy(), {"core-site.xml": {"fs.defaultFS": "hdfs://localhost:9000"}, "page.json": LOGIN})
    )

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--from", BLOCK])

    assert result.exit_code == 2
    assert "An input cannot be read" in result.stdout
    assert "localhost" in result.stdout
    assert result.stdout.rstrip().endswith("Exit code 2.")


def test_a_plan_is_written_and_ends_with_exit_code_2(tmp_path: Path) -> None:
    write(tmp_path, changed(healthy(), {"page.json": LOGIN}))

    result = CliRunner().invoke(main, ["plan", str(tmp_path), "--from", BLOCK])

    assert result.exit_code == 2
    assert "9083" in result.stdout
    assert "page.json" in result.stderr


def test_case_toml_decides_so_the_run_ends_and_tells_all_faults() -> None:
    files = changed(healthy(), {"case.toml": "[cluster]\nnmae = 'x'\n", "page.json": LOGIN, "sg-rg.json": CUT})

    with pytest.raises(CaseError) as raised:
        directory.of_tree(Tree("case", contents(files)))

    told = [raised.value, *raised.value.others]
    assert [error.file for error in told] == ["case.toml", "page.json", "sg-rg.json"]


def test_faulty_observations_end_the_run_because_packets_would_be_sent_instead() -> None:
    with pytest.raises(CaseError, match=r"observations\.json"):
        directory.of_tree(Tree("case", contents(changed(healthy(), {"observations.json": "[1"}))))


def test_every_path_that_is_no_file_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--offline"])

    assert result.exit_code == 2
    assert "a.json: found no such file" in result.stderr
    assert "b.json: found no such file" in result.stderr


@pytest.mark.parametrize(
    ("file", "content", "call"),
    [
        ("DescribeVSwitches-1.json", LOGIN, "aliyun vpc DescribeVSwitches --RegionId R --VpcId VPC"),
        ("sg.json", CUT, "aliyun ecs DescribeSecurityGroupAttribute"),
        ("sg.json", b"\xff\xfe" + CUT.decode().encode("utf-16-le"), "aliyun ecs DescribeSecurityGroupAttribute"),
        ("x.json", b'{"PagingInfo": {"NetworkList": [', "aliyun dataworks-public ListNetworks"),
        ("x.json", LOGIN, ""),
    ],
)
def test_the_command_that_saves_the_right_answer_is_named(file: str, content: bytes, call: str) -> None:
    assert to_save(file, content).startswith(call)
    assert bool(to_save(file, content)) == bool(call)


def test_every_answer_that_is_read_has_its_command_and_docs_have_the_same() -> None:
    assert set(CALLS) == set(KINDS)
    page = (PROJECT / "docs" / "case.md").read_text()
    for kind in KINDS:
        assert f"| {kind} | `{command(kind)}` |" in page
