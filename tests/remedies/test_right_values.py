"""Done to the text of the files, the edits of a finding take it away, and bring no other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from probes.files.hadoopconf.auth_to_local import KEY as RULES
from tests.support.file_edits import edited
from tests.support.incident_cases import REALM, Change, Content, case_toml, changed, contents, healthy, report
from tests.support.keytab_files import file, record
from tests.support.said_by_services import with_answers

SASL = "hive.metastore.sasl.enabled"
SERVER2 = "hive.server2.authentication"
OF_KERBEROS = {"sasl_plain": "unsupported", "sasl_gssapi": "continue"}
RENEWER = "yarn.resourcemanager.principal"
BROKEN = "RULE:[1:$1@$0](.*@CORP.COM)s/@.*//\nRULE:[1:$1 DEFAULT"
SPARK_ALONE = case_toml(kerberos=True, more='[registration]\nengines = ["spark"]\n')
ETL: Change = {"spark-defaults.conf": "spark.kerberos.principal etl@CORP.COM\n", "case.toml": SPARK_ALONE}
PROXY: Change = {
    "case.toml": case_toml(
        kerberos=True,
        more='[registration]\nengines = ["spark"]\npass_proxy_user = true\ndefault_access_identity = "hadoop"\n',
    )
}
BOTH = (
    f"spark.kerberos.principal etl@{REALM}\nspark.executor.cores 2\nspark.kerberos.keytab /etc/etl.keytab\n"
    f"spark.yarn.principal etl@{REALM}\nspark.yarn.keytab /etc/etl.keytab\n"
)
WITHOUT: Change = {"case.toml": case_toml()}


def renewer(pattern: str) -> Change:
    """Return a yarn-site.xml with this pattern and without the principal."""
    before = healthy(kerberos=True)["yarn-site.xml"]
    assert isinstance(before, dict)
    kept = {**{key: value for key, value in before.items() if key != RENEWER}, f"{RENEWER}.pattern": pattern}
    rows = "".join(f"<property><name>{key}</name><value>{value}</value></property>\n" for key, value in kept.items())
    return {"yarn-site.xml": f"<configuration>\n{rows}</configuration>\n"}


def protection(file: str, key: str, here: str, there: str) -> Change:
    row = {"ApplicationName": "HDFS", "ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": there}
    return {
        file: {key: here},
        "ListApplicationConfigs.json": json.dumps({"ApplicationConfigs": [row], "TotalCount": 1}),
    }


def edits_of(result: Any, code: str) -> list[Any]:
    ranks = [finding["rank"] for finding in result["findings"] if finding["code"] == code]
    assert ranks, "the fault is found"
    return [edit for edit in result["changes"] if edit["finding"]["rank"] in ranks[:1]]


def require_repair(folder: Path, files: Mapping[str, Content], code: str, *options: str) -> list[Any]:
    """Require that the edits of the finding take it away, and return them."""
    before = report(folder / "before", files, *options)
    edits = edits_of(before, code)
    assert edits
    assert {edit["kind"] for edit in edits} == {"file"}
    after = report(folder / "after", edited(contents(files), edits), *options)
    found, left = ([finding["code"] for finding in result["findings"]] for result in (before, after))
    assert sorted(left) == sorted(each for each in found if each != code)
    return edits


@pytest.mark.parametrize(
    ("change", "code", "places"),
    [
        ({"core-site.xml": {RULES: BROKEN}}, "KRB-A2L", [("core-site.xml", 13)]),
        ({**ETL, "core-site.xml": {RULES: f"RULE:[1:$1\n{BROKEN}"}}, "KRB-A2L", [("core-site.xml", 13)]),
        (ETL, "KRB-A2L", [("core-site.xml", None)]),
        ({**ETL, "core-site.xml": {RULES: "RULE:[1:$1@$0](.*)\nDEFAULT"}}, "KRB-A2L", [("core-site.xml", 13)]),
        (renewer(f"yarn/rm*@{REALM}"), "KRB-RENEWER", [("yarn-site.xml", None)]),
        (
            {**PROXY, "spark-defaults.conf": BOTH},
            "RUN-PROXY-KEYTAB",
            [("spark-defaults.conf", n) for n in (5, 4, 3, 1)],
        ),
        (
            protection("core-site.xml", "hadoop.rpc.protection", "integrity", "privacy"),
            "SVC-QOP",
            [("core-site.xml", 13)],
        ),
        (
            protection("hdfs-site.xml", "dfs.data.transfer.protection", "integrity", "authentication,privacy"),
            "SVC-QOP",
            [("hdfs-site.xml", 13)],
        ),
    ],
    ids=["unread rule", "unread and unfit", "no rules", "realm left", "renewer", "proxy user", "RPC", "data"],
)
def test_the_edits_of_a_finding_in_files_take_it_away(
    tmp_path: Path, change: Change, code: str, places: list[tuple[str, int | None]]
) -> None:
    edits = require_repair(tmp_path, changed(healthy(kerberos=True), change), code)

    assert [(edit["file"], edit["line"]) for edit in edits] == places


@pytest.mark.parametrize(
    ("said", "change", "code"),
    [
        ({9000: {"demands": "simple"}}, WITHOUT, "KRB-SERVER-SIMPLE"),
        ({9083: {"transport": "nosasl"}}, {}, "SVC-HMS"),
        ({9083: {"transport": "sasl"}}, {"hive-site.xml": {SASL: "false"}}, "SVC-HMS"),
        ({10000: OF_KERBEROS}, {"hive-site.xml": {SERVER2: "LDAP"}}, "SVC-HS2-MECH"),
    ],
    ids=["no Kerberos", "no SASL", "SASL", "GSSAPI"],
)
def test_the_edit_of_a_login_that_a_service_does_not_want_takes_it_away(
    tmp_path: Path, said: dict[int, dict[str, str]], change: Change, code: str
) -> None:
    base = healthy(kerberos=True)
    if code == "KRB-SERVER-SIMPLE":  # a HiveServer2 that alone has Kerberos does not start
        base = changed(base, {"hive-site.xml": {"hive.server2.authentication": "NONE"}})
    files = with_answers(tmp_path / "first", changed(base, change), said)

    (edit,) = require_repair(tmp_path, files, code)

    assert edit["line"] is not None


def test_one_edit_gives_each_principal_a_name(tmp_path: Path) -> None:
    keytab = tmp_path / "job.keytab"
    keytab.write_bytes(file([record("job", 18, bytes(32), realm="OTHER.COM")]))

    (edit,) = require_repair(tmp_path, changed(healthy(kerberos=True), ETL), "KRB-A2L", "--keytab", str(keytab))

    assert [f"@{realm}\\.COM" in edit["after"] for realm in ("CORP", "OTHER")] == [True, True]


@pytest.mark.parametrize(
    "pattern",
    ["*", f"*/*@{REALM}", "yarn/*@*", f"{{yarn,rm}}/*@{REALM}", f"yar?/*@{REALM}", "yarn/rm1", "yarn/*@ELSEWHERE.COM"],
)
def test_a_pattern_that_does_not_name_the_principal_gets_no_edit(tmp_path: Path, pattern: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), renewer(pattern)))

    assert edits_of(result, "KRB-RENEWER") == []


@pytest.mark.parametrize(
    ("said", "change", "kerberos", "code"),
    [
        ({9000: {"demands": "simple"}}, {}, True, "KRB-SERVER-SIMPLE"),
        ({9083: {"transport": "sasl"}}, {"hive-site.xml": {SASL: "false"}}, False, "SVC-HMS"),
        ({10000: OF_KERBEROS}, {"hive-site.xml": {SERVER2: "LDAP"}}, False, "SVC-HS2-MECH"),
        ({10000: {"sasl_plain": "failed", "sasl_gssapi": "unsupported"}}, {}, True, "SVC-HS2-MECH"),
    ],
    ids=["the cloud says Kerberos", "no Kerberos to log in with", "nor at HiveServer2", "one of four values"],
)
def test_where_one_setting_is_not_enough_there_is_no_edit(
    tmp_path: Path, said: dict[int, dict[str, str]], change: Change, kerberos: bool, code: str
) -> None:
    files = with_answers(tmp_path / "first", changed(healthy(kerberos=kerberos), change), said)

    assert edits_of(report(tmp_path / "then", files), code) == []


def test_a_value_that_the_cloud_alone_has_is_set_in_the_file_and_not_in_the_answer(tmp_path: Path) -> None:
    change = protection("core-site.xml", RULES, "", BROKEN)

    result = report(tmp_path, changed(healthy(kerberos=True), {**change, "core-site.xml": None}))

    (edit,) = edits_of(result, "KRB-A2L")
    assert (edit["file"], edit["line"], edit["before"]) == ("core-site.xml", None, BROKEN)


def test_a_row_to_delete_is_removed_and_set_to_nothing_else(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {**PROXY, "spark-defaults.conf": BOTH}))

    edit = next(each for each in result["suggested_edits"] if each["finding"]["code"] == "RUN-PROXY-KEYTAB")
    assert (edit["action"], edit["from"], edit["to"]) == ("remove", "/etc/etl.keytab", None)
    assert edit["id"] == "spark-defaults.conf:5 (spark.yarn.keytab)"
