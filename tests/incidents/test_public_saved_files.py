"""Is what people save under other names and in other forms read, or called what it is?

Shapes that tools and consoles write, with the rules of a group of which one is missing. What is not
read never makes a connection allowed or blocked.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.incident_cases import (
    BLOCK,
    MASTER,
    PORTS,
    Content,
    changed,
    contents,
    group,
    group_of_nodes,
    healthy,
    report,
    rule,
)

RULES = [rule("TCP", port) for port in PORTS if port != 9083] + [rule("UDP", 88)]
EXPORT = group("sg-emr", RULES)
CASE = changed(healthy(), group_of_nodes(RULES))


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _saved(name: str, content: Content) -> dict[str, Content]:
    """Return the case with the rules in a file of this name."""
    return changed(CASE, {"sg-emr.json": None, name: content})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sg-emr.txt", EXPORT),
        ("sg-emr", EXPORT),
        ("sg-emr.txt", EXPORT.replace("\n", "\r\n").encode("utf-16")),
        ("sg-emr.txt", b"\xef\xbb\xbf" + EXPORT.encode()),
        ("answers.txt", json.dumps({"requestId": "x", "response": {"statusCode": 200, "body": json.loads(EXPORT)}})),
    ],
    ids=["txt", "no-ending", "powershell", "byte-order-mark", "explorer"],
)
def test_an_answer_is_read_whatever_its_name_ends_in(tmp_path: Path, name: str, content: Content) -> None:
    result = report(tmp_path, _saved(name, content))

    assert (result["exit_code"], _codes(result)) == (1, ["SG-SVC"])
    assert [each["port_range"] for each in result["suggested_rules"]] == ["9083/9083"]


TABLE = """\
Direction | IpProtocol | PortRange | Policy | SourceCidrIp
--------- | ---------- | --------- | ------ | ------------
ingress   | TCP        | 9000/9000 | Accept | 192.168.10.0/24
"""
STATE = {"version": 4, "terraform_version": "1.5.7", "serial": 3, "resources": []}


@pytest.mark.parametrize(
    ("name", "content", "exit_code", "said"),
    [
        # https://www.alibabacloud.com/help/en/cli/filter-results-and-tabulate-output
        ("sg-emr.txt", TABLE, 3, "a table of security group rules"),
        ("sg-emr.json", json.dumps(RULES), 3, "a list of rules without their security group"),
        ("terraform.tfstate", json.dumps(STATE), 3, "what Terraform knows"),
        ("sg-emr.yaml", "SecurityGroupId: sg-emr\nPermissions:\n  Permission: []\n", 3, "not a file that is read"),
        ("sg-emr.json", repr(json.loads(EXPORT)), 2, "expected property name enclosed in double quotes"),
        ("sg-emr.json", TABLE, 2, "expected a JSON value"),
    ],
    ids=["output-table", "cli-query", "terraform-state", "yaml", "python", "table-called-json"],
)
def test_what_is_no_answer_is_called_what_it_is_and_decides_nothing(
    tmp_path: Path, name: str, content: str, exit_code: int, said: str
) -> None:
    result = report(tmp_path, _saved(name, content))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (exit_code, ["SG-UNRESOLVED"], [])
    assert any(entry["check"] == name and said in entry["cause"] for entry in result["skipped"])


SITE = {"fs.defaultFS": f"hdfs://{MASTER}:9000"}


@pytest.mark.parametrize(
    "name",
    [
        "core-site (1).xml",
        "core-site_20240501.xml",
        "emr-core-site.xml",
        "HDFS_core-site.xml",
        "core-site.xml_master-1-1",
        "core-site-副本.xml",
        "hadoop-conf/Core-Site.XML",
    ],
)
def test_the_only_file_of_its_kind_is_read_under_a_name_with_more_in_it(tmp_path: Path, name: str) -> None:
    result = report(tmp_path, changed(healthy(), {"core-site.xml": None, name: SITE}))

    assert (result["exit_code"], _codes(result)) == (0, [])


@pytest.mark.parametrize("name", ["emr-core-site.xml", "core-site.xml.rpmsave", "core-site.xml_old"])
def test_a_second_file_of_a_kind_is_not_read_beside_the_first(tmp_path: Path, name: str) -> None:
    result = report(tmp_path, changed(healthy(), {name: {"fs.defaultFS": "hdfs://10.9.9.9:9000"}}))

    assert (result["exit_code"], _codes(result)) == (0, [])
    assert any(entry["check"] == name and "a copy under another name" in entry["cause"] for entry in result["skipped"])


@pytest.mark.parametrize("name", ["core-site.xml.rpmsave", "core-site.xml.template", "core-site.xml.bak"])
def test_a_spare_file_is_not_read_even_alone(tmp_path: Path, name: str) -> None:
    result = report(tmp_path, changed(healthy(), {"core-site.xml": None, name: SITE}))

    assert (result["exit_code"], _codes(result)) == (3, [])


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _tar_gz(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "pack", "prefix"),
    [
        ("case (1).ZIP", _zip, "导出 文件/"),
        ("case.tar.gz", _zip, ""),
        ("case.zip", _tar_gz, ""),
        ("case.tgz", _tar_gz, "./"),
        ("case.zip", _zip, "a/b/c/d/"),
        ("case.zip", _zip, "conf\\"),
    ],
    ids=["chinese-folder", "zip-called-tar", "tar-called-zip", "dot-folder", "deep", "windows-paths"],
)
def test_an_archive_is_read_whatever_it_is_called(
    tmp_path: Path, name: str, pack: Callable[[Mapping[str, bytes]], bytes], prefix: str
) -> None:
    archive = tmp_path / name
    archive.write_bytes(pack({prefix + file: content for file, content in contents(CASE).items()}))

    given = ["check", str(archive), "--offline", "--from", BLOCK, "--format", "json"]
    result = CliRunner().invoke(main, given)

    assert (result.exit_code, _codes(json.loads(result.stdout))) == (1, ["SG-SVC"])


def test_an_archive_in_a_folder_is_called_an_archive(tmp_path: Path) -> None:
    (tmp_path / "inner.zip").write_bytes(_zip(contents(CASE)))

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--from", BLOCK])

    assert result.exit_code == 2
    assert "inner.zip (an archive inside the case, which is not unpacked)" in result.output
