"""Which keys of a file are listed, and which files have a list?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.case.directory import of_tree
from diagnose.case.tree import Tree
from diagnose.cli import main
from diagnose.report.service_keys import MOST, may_name_service, service_keys
from tests.support import incident_cases as cases
from tests.support.case_files import xml

KMS_KEY = "hadoop.security.key.provider.path"


def keys_of(**files: str) -> dict[str, list[str]]:
    content = {f"{name.replace('_', '-')}.xml": text.encode() for name, text in files.items()}
    return dict(service_keys(of_tree(Tree("case", content))))


def test_keys_of_addresses_are_listed_and_no_value_is() -> None:
    found = keys_of(core_site=xml(**{"fs.defaultFS": "hdfs://a:8020", "io.file.buffer.size": "131072"}))
    assert found == {"core-site.xml": ["fs.defaultFS"]}


def test_a_file_that_cannot_be_read_and_one_with_too_many_keys_have_no_list() -> None:
    many = xml(**{f"x.address.{number}": "a:1" for number in range(MOST + 1)})
    found = keys_of(core_site="<configuration><property>", hdfs_site=many, hive_site=xml(a="b"))
    assert found == {"hive-site.xml": []}


@pytest.mark.parametrize("key", ["a" * 300 + "address", "thrift://u:pass word@host", "address\x1b[31m"])
def test_what_is_no_key_is_not_listed(key: str) -> None:
    assert not may_name_service(key)


def test_every_required_connection_of_a_file_of_settings_has_a_key_that_is_listed(tmp_path: Path) -> None:
    cases.check(tmp_path / "case", cases.healthy(kerberos=True, ha=True), "-o", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    keys = {each["file"]: each["keys"] for each in report["case"]["inputs"] if each["keys"] is not None}
    origins = [flow["origin"] for flow in report["flows"] if flow["need"] != "optional"]
    named = [each for each in origins if each["file"] in keys and each["key"] is not None]
    assert [each for each in named if each["key"] not in keys[each["file"]]] == []
    assert {"hdfs-site.xml", "hive-site.xml"} <= {each["file"] for each in origins} & set(keys)


def test_the_same_case_without_a_kms_is_compared_with_exit_code_0(tmp_path: Path) -> None:
    """Given a KMS that is taken out of core-site.xml, and then the whole file."""
    files = cases.healthy(kerberos=True)
    site = files["core-site.xml"]
    assert isinstance(site, dict)
    with_kms = files | {"core-site.xml": {**site, KMS_KEY: "kms://http@master-1-1:9600/kms"}}
    without = {name: content for name, content in files.items() if name != "core-site.xml"}
    for name, each in (("with", with_kms), ("removed", files), ("less", without)):
        cases.check(tmp_path / name, each, "-o", str(tmp_path / f"{name}.json"))

    def compared(one: str, other: str) -> tuple[int, list[str]]:
        given = [str(tmp_path / f"{name}.json") for name in (one, other)]
        ran = CliRunner().invoke(main, ["diff", *given, "--format", "json"])
        return ran.exit_code, [each["name"] for each in json.loads(ran.stdout)["removed"]]

    assert compared("with", "removed") == (0, ["KMS"])
    assert compared("with", "less")[0] in (1, 3)
    assert compared("with", "less")[1] == []
