"""`emr-diagnose diff`: two files in, the changes and the exit code out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.cli.diff import command
from diagnose.report.json import encode
from diagnose.report.model import Status
from tests.support.reports import failing, passing


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.json"
    file.write_bytes(encode(passing()))
    return file


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    file = tmp_path / "bad.json"
    file.write_bytes(encode(failing()))
    return file


def run(*arguments: object) -> Result:
    clean = {"EMR_DIAGNOSE_FORMAT": None, "FORCE_COLOR": None, "COLUMNS": "80"}
    return CliRunner().invoke(command, [str(one) for one in arguments], env=clean)


def test_exit_code_is_1_only_if_something_got_worse(good: Path, bad: Path) -> None:
    assert [run(*pair).exit_code for pair in ((good, good), (bad, good), (good, bad))] == [0, 0, 1]


def test_exit_code_is_3_if_the_later_report_looks_at_less(tmp_path: Path, bad: Path) -> None:
    """Given a krb5.conf that is gone, then the fault of the KDC is gone with it."""
    file = tmp_path / "less.json"
    flows = [flow for flow in passing().flows if flow.service != "KDC"]
    case = msgspec.structs.replace(passing().case, inputs=[])
    file.write_bytes(encode(msgspec.structs.replace(passing(), flows=flows, case=case)))
    result = run(bad, file)
    assert (result.exit_code, "Nothing got worse." in result.stdout) == (3, False)
    assert [entry["name"] for entry in json.loads(run(bad, file, "--format", "json").stdout)["unseen"]] == [
        "krb5.conf",
        "KDC",
    ]


def test_json_tells_what_is_new(good: Path, bad: Path) -> None:
    said = json.loads(run(good, bad, "--format", "json").stdout)
    assert [finding["code"] for finding in said["new"]] == ["SG-KDC-UDP", "KRB-INCLUDEDIR"]
    assert said["is_worse"] is True


def test_what_is_no_report_is_named(good: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    for file, words in ((broken, "is no report of schema 1"), (tmp_path / "none.json", "cannot read")):
        result = run(good, file)
        assert (result.exit_code, str(file) in result.stderr, words in result.stderr) == (2, True, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("[libdefaults]\n", "it is no JSON"),
        ('{"schema_version": "1", "fl', "it is no whole JSON"),
        ('{"Nodes": []}', "it is another JSON file"),
        ("[]", "it is another JSON file"),
        ('{"schema_version": "1", "case": "a"}\n', "it holds the lines of `fleet`, one a case"),
        ('{"schema_version": "1", "case": "a"}\n' * 2, "it holds the lines of `fleet`, one a case"),
        ('{"schema_version": "2", "flows": []}', "its schema is '2'"),
        ('{"schema_version": "1", "is_worse": false}', "another command wrote it"),
    ],
)
def test_what_another_file_is_is_told(good: Path, tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    result = run(good, file)
    assert (result.exit_code, f"other.json is no report of schema 1: {why}" in result.stderr) == (2, True)


@pytest.mark.parametrize("status", get_args(Status))
def test_a_report_of_every_status_can_be_compared(tmp_path: Path, good: Path, status: Status) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(encode(msgspec.structs.replace(failing(), status=status)))

    assert run(good, file).exit_code in (0, 1, 3)
    assert f"-> {status}" in run(good, file).stdout


def test_what_is_no_longer_known_to_stay_denied_is_worse(tmp_path: Path) -> None:
    """Given a later export with a prefix list that nothing resolves, then it may be open."""
    from tests.support import incident_cases as cases

    deny = 'deny = ["tcp://master-1-1:22 from 203.0.113.0/24"]\n'
    whole = {**cases.healthy(), "case.toml": deny + cases.case_toml()}
    unresolved = {**cases.rule("TCP", 22), "SourceCidrIp": "", "SourcePrefixListId": "pl-unknown"}
    rules = [*(cases.rule("TCP", port) for port in cases.PORTS), unresolved]
    codes: list[int] = []
    for name, files in (("before", whole), ("after", whole | cases.group_of_nodes(rules))):
        codes.append(cases.check(tmp_path / name, files, "-o", str(tmp_path / f"{name}.json"))[0])

    result = run(tmp_path / "before.json", tmp_path / "after.json")

    assert (codes, result.exit_code) == ([0, 3], 1)
    assert "no longer decided that they stay denied: 1" in " ".join(result.stdout.split())
    assert "denied -> unknown" in result.stdout
    assert "Something got worse." in result.stdout


@pytest.mark.parametrize("name", ["diff", "render", "apply"])
def test_a_case_in_place_of_a_report_is_told_with_the_command_that_makes_one(
    name: str, good: Path, tmp_path: Path
) -> None:
    case = tmp_path / "my case"
    case.mkdir()
    given = [str(case), str(good)] if name == "diff" else [str(case)]

    ran = CliRunner().invoke(main, [name, *given, *(["--yes"] if name == "apply" else [])])

    assert ran.exit_code == 2
    assert f"{case} is a directory, not a report." in ran.stderr
    assert f"emr-diagnose check '{case}' -o report.json" in ran.stderr
