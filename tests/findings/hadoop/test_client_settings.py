"""Faults of client settings in files: each is found, repaired, and not taken for another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import REALM, Change, case_toml, changed, healthy, report

PRINCIPAL = "yarn.resourcemanager.principal"
SPARK = "spark.kerberos.principal etl@EMR.COM\nspark.kerberos.keytab /etc/etl.keytab\n"
CODES = ("KRB-RENEWER", "RUN-PROXY-KEYTAB", "SVC-QOP")


def ask(folder: Path, change: Change, *, kerberos: bool = True) -> Any:
    return report(folder, changed(healthy(kerberos=kerberos), change))


def found(result: Any) -> list[Any]:
    return [finding for finding in result["findings"] if finding["code"] in CODES]


def yarn(settings: dict[str, str]) -> Change:
    """Return a yarn-site.xml of the healthy case without its principal, with these settings."""
    before = healthy(kerberos=True)["yarn-site.xml"]
    assert isinstance(before, dict)
    kept = {**before, **settings}
    del kept[PRINCIPAL]
    rows = "".join(f"<property><name>{key}</name><value>{value}</value></property>\n" for key, value in kept.items())
    return {"yarn-site.xml": f"<configuration>\n{rows}</configuration>\n"}


def listed(key: str, value: str, file: str = "core-site.xml") -> Change:
    row = {"ApplicationName": "HDFS", "ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": value}
    return {"ListApplicationConfigs.json": json.dumps({"ApplicationConfigs": [row], "TotalCount": 1})}


def form(**values: object) -> Change:
    rows = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    return {"case.toml": case_toml(kerberos=True, more=f"[registration]\n{rows}")}


def test_a_pattern_without_the_principal_submits_no_job(tmp_path: Path) -> None:
    result = ask(tmp_path, yarn({f"{PRINCIPAL}.pattern": f"yarn/*@{REALM}"}))

    (finding,) = found(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("KRB-RENEWER", "error", "strong")
    assert "KRB-RENEWER" in [each["code"] for each in result["findings"]][:1]
    assert finding["evidence"][0]["origin"]["file"] == "yarn-site.xml"


def test_the_principal_to_set_is_told_if_the_pattern_names_it(tmp_path: Path) -> None:
    (finding,) = found(ask(tmp_path, yarn({f"{PRINCIPAL}.pattern": f"yarn/rm*@{REALM}"})))

    assert finding["params"]["right"] == f"yarn/_HOST@{REALM}"
    assert set(finding["undone"]["repairs"]) == set(finding["flows"])


def test_with_the_principal_beside_the_pattern_jobs_are_submitted(tmp_path: Path) -> None:
    assert found(ask(tmp_path, {"yarn-site.xml": {f"{PRINCIPAL}.pattern": "*"}})) == []


def test_without_both_it_is_the_principal_that_is_unset(tmp_path: Path) -> None:
    result = ask(tmp_path, yarn({}))

    assert found(result) == []
    assert "KRB-SVC-UNSET" in [finding["code"] for finding in result["findings"]]


@pytest.mark.parametrize(("engines", "severity"), [(["spark"], "error"), (["spark", "hive"], "warning")])
def test_a_principal_of_spark_and_the_proxy_user_exclude_each_other(
    tmp_path: Path, engines: list[str], severity: str
) -> None:
    change = form(engines=engines, pass_proxy_user=True, default_access_identity="hadoop")

    (finding, *_) = found(ask(tmp_path, {**change, "spark-defaults.conf": SPARK.replace("EMR.COM", REALM)}))

    assert (finding["code"], finding["severity"], finding["confidence"]) == ("RUN-PROXY-KEYTAB", severity, "strong")
    assert finding["evidence"][0]["origin"]["line"] == 1
    if severity == "error":
        assert set(finding["undone"]["repairs"]) == set(finding["flows"])


@pytest.mark.parametrize(
    "values",
    [
        {"engines": ["spark"], "pass_proxy_user": False, "default_access_identity": "hadoop"},
        {"engines": ["spark"], "pass_proxy_user": True, "default_access_identity": "task-owner"},
        {"engines": ["hive"], "pass_proxy_user": True, "default_access_identity": "hadoop"},
        {"pass_proxy_user": True, "default_access_identity": "hadoop"},
    ],
)
def test_where_spark_gets_no_proxy_user_its_principal_is_no_fault(tmp_path: Path, values: dict[str, object]) -> None:
    assert found(ask(tmp_path, {**form(**values), "spark-defaults.conf": SPARK.replace("EMR.COM", REALM)})) == []


def test_protection_without_a_common_level_is_told_with_both_lines(tmp_path: Path) -> None:
    key = "hadoop.rpc.protection"

    result = ask(tmp_path, {"core-site.xml": {key: "authentication"}, **listed(key, "privacy")})

    (finding,) = found(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-QOP", "error", "strong")
    assert finding["params"]["right"] == "privacy"
    assert [each["origin"]["file"] for each in finding["evidence"]] == ["core-site.xml", "ListApplicationConfigs.json"]
    assert set(finding["undone"]["repairs"]) == set(finding["flows"])


@pytest.mark.parametrize(
    ("here", "there", "kerberos"),
    [
        ("authentication,privacy", "privacy", True),
        ("PRIVACY", "privacy", True),
        ("authentication", "other", True),
        ("authentication", "privacy", False),
    ],
    ids=["one in common", "another case", "an unknown word", "no Kerberos"],
)
def test_look_alikes_of_another_protection_yield_nothing(tmp_path: Path, here: str, there: str, kerberos: bool) -> None:
    key = "hadoop.rpc.protection"

    assert found(ask(tmp_path, {"core-site.xml": {key: here}, **listed(key, there)}, kerberos=kerberos)) == []
