"""Given a directory, then `case init` writes a case.toml to fill in, and says what to export."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from diagnose.case.casetoml import CaseToml
from diagnose.case.casetoml_tables import CaseTables
from diagnose.cli import main
from diagnose.cli.case import exports, skeleton
from tests.support import incident_cases as cases
from tests.support.places import PROJECT


def init(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["case", "init", str(folder)])
    return result.exit_code, result.output


def test_the_file_is_a_case_toml_that_says_nothing(tmp_path: Path) -> None:
    code, output = init(tmp_path / "new" / "case")

    content = (tmp_path / "new" / "case" / "case.toml").read_bytes()
    assert code == 0
    assert tomllib.loads(content.decode()) == {}
    assert CaseToml("case.toml", content).tables == CaseTables()
    assert f"Wrote {tmp_path / 'new' / 'case' / 'case.toml'}" in output


def test_every_key_stands_in_it_with_a_value_that_is_read() -> None:
    given = re.sub(r"^# (?=[\[\]\" a-z].*)(?![A-Z])", "", skeleton(), flags=re.MULTILINE)

    tables = CaseToml("case.toml", given.encode()).tables
    for name in CaseTables.__struct_fields__:
        value = getattr(tables, name)
        for table in value if isinstance(value, tuple) else (value,):
            if isinstance(table, msgspec.Struct):
                fields = msgspec.structs.asdict(table)
                assert [key for key, found in fields.items() if found in (msgspec.UNSET, None, ())] == [], name


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text("mine")

    code, output = init(tmp_path)

    assert (code, (tmp_path / "case.toml").read_text()) == (2, "mine")
    assert "is there already" in output


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "case.toml").symlink_to(tmp_path / "elsewhere")

    assert init(tmp_path)[0] == 2
    assert not (tmp_path / "elsewhere").exists()


def test_the_commands_have_the_names_that_the_directory_tells(tmp_path: Path) -> None:
    cases.write(tmp_path, {**cases.healthy(), "case.toml": None or ""})
    (tmp_path / "case.toml").unlink()

    _, output = init(tmp_path)

    assert "\n# core-site.xml\n" in output
    assert "cat $HADOOP_CONF_DIR/core-site.xml" not in output
    assert "aliyun ecs DescribeSecurityGroups --RegionId" not in output, "its answer is there"
    assert "--RegionId cn-hangzhou" in output
    assert f"ssh NODE cat /etc/krb5.conf > {tmp_path}/krb5.conf" in output


def test_what_is_there_is_listed_and_neither_touched_nor_asked_for_again(tmp_path: Path) -> None:
    files = cases.healthy()
    del files["case.toml"]
    answers: dict[str, object] = {
        "nodes.json": {"Nodes": [{"NodeId": "i-1", "NodeName": "master-1-1", "PrivateIp": "192.168.20.11"}]}
    }
    answers["vswitches.json"] = {"VSwitches": {"VSwitch": [{"VSwitchId": "vsw-emr", "CidrBlock": "192.168.20.0/24"}]}}
    cases.write(tmp_path, files | {name: json.dumps(value) for name, value in answers.items()})
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    code, output = init(tmp_path)

    assert code == 0
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name != "case.toml"} == before
    assert f"Found in {tmp_path}, and left alone:" in output
    assert "# nodes.json: emr:ListNodes" in output
    text = (tmp_path / "case.toml").read_text()
    assert "# [[cluster.nodes]]: nodes.json has it." in text
    assert "# [[vswitches]]: vswitches.json has it." in text
    assert '# name = "master-1-1"' not in text
    assert '# cidr = "192.168.10.0/24"' in text, "no answer has the networks of the resource group"
    assert CaseToml("case.toml", text.encode()).tables == CaseTables()


def test_each_command_writes_into_the_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    _, output = init(Path("my case"))

    targets = [line.split(" > ")[1] for line in output.splitlines() if " > " in line]
    assert "'my case/nodes.json'" in targets
    assert all(target.startswith("'my case/") for target in targets)
    assert "emr-diagnose check 'my case' --offline" in output


def test_a_file_that_is_not_read_is_not_overwritten_by_a_command(tmp_path: Path) -> None:
    (tmp_path / "nodes.json").write_text('{"Nodes": [')

    _, output = init(tmp_path)

    assert f"# {tmp_path}/nodes.json is there and is not read as emr:ListNodes: move it away first." in output


def test_the_chinese_skeleton_has_the_same_keys_and_chinese_comments(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--lang", "zh", "case", "init", str(tmp_path)])
    chinese = (tmp_path / "case.toml").read_text(encoding="utf-8")

    assert result.exit_code == 0
    assert keys(chinese) == keys(skeleton())
    notes = [line for line in chinese.splitlines() if line.startswith("# ") and not re.match(KEY, line)]
    notes += [line.rpartition("#")[2] for line in chinese.splitlines() if re.search(r"\S +# ", line)]
    choices = ("# ]", " DATALAKE、", " HA 或", " DLF、", " MASTER、")
    assert [note for note in notes if not note.startswith(choices) and not re.search("[\u4e00-\u9fff]", note)] == []
    assert "没有写入任何内容" in CliRunner().invoke(main, ["--lang", "zh", "case", "init", str(tmp_path)]).output


KEY = r"# (\[+[a-z_.]+\]+|[a-z_0-9]+ = |  +\")"


def keys(text: str) -> list[str]:
    """Return tables and keys of a skeleton, in their order."""
    return [found[1] for line in text.splitlines() if (found := re.match(KEY, line))]


def test_each_group_of_a_known_case_has_its_command(tmp_path: Path) -> None:
    cases.write(tmp_path, cases.healthy())
    from diagnose.case.directory import read

    commands = [line for kind, _, line in exports(read([tmp_path])) if kind == "ecs:DescribeSecurityGroupAttribute"]

    assert [line.split("--SecurityGroupId ")[1].split()[0] for line in commands] == ["sg-emr", "sg-rg"]


def test_every_call_of_an_api_is_one_that_the_documentation_lists() -> None:
    page = (PROJECT / "docs" / "case.md").read_text(encoding="utf-8")
    calls = [line for _, _, line in exports(None) if line.startswith("aliyun ")]

    assert calls
    for line in calls:
        assert " ".join(line.split()[:3]) in page


def test_what_was_written_is_checked_after_it(tmp_path: Path) -> None:
    files = cases.healthy()
    toml = files.pop("case.toml")
    cases.write(tmp_path, files)
    assert init(tmp_path)[0] == 0
    (tmp_path / "case.toml").write_text(f"{skeleton()}\n{toml!s}")

    assert CliRunner().invoke(main, ["check", str(tmp_path), "--offline"]).exit_code == 0


@pytest.mark.parametrize("name", ["a; rm -rf x", "$(id)"])
def test_a_name_from_a_file_is_quoted_in_a_command(tmp_path: Path, name: str) -> None:
    toml = cases.case_toml().replace(f'id = "{cases.CLUSTER}"', f"id = '{name}'")
    cases.write(tmp_path, {**cases.healthy(), "case.toml": toml})
    from diagnose.case.directory import read

    assert any(f"--ClusterId '{name}'" in line for _, _, line in exports(read([tmp_path])))


@pytest.mark.parametrize("has_answers", [True, False])
def test_without_an_answer_of_an_api_it_names_the_command_that_collects_all(has_answers: bool, tmp_path: Path) -> None:
    (tmp_path / "krb5.conf").write_text("[libdefaults]\n  default_realm = R\n")
    if has_answers:
        (tmp_path / "cluster.json").write_text(json.dumps({"Cluster": {"ClusterId": "c-1", "RegionId": "cn-x"}}))

    _, output = init(tmp_path)

    command = f"emr-diagnose collect 'aliyun://CLUSTER?region=REGION' -o {tmp_path}/cloud"
    assert (f"# Every answer of the aliyun commands at once: {command}\n" in output) is not has_answers


@pytest.mark.parametrize("has_files", [False, True])
def test_the_command_that_collects_a_node_is_told_where_its_files_are_missing(tmp_path: Path, has_files: bool) -> None:
    if has_files:
        (tmp_path / "core-site.xml").write_text("<configuration/>")

    output = CliRunner().invoke(main, ["case", "init", str(tmp_path)]).output

    assert (f"emr-diagnose collect ssh://NODE -o {tmp_path}/node\n" in output) is not has_files
