"""KRB-A2L from files: rules that Hadoop does not read, and principals that no rule fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probes.files.hadoopconf.auth_to_local import KEY, MECHANISM
from tests.support.incident_cases import Change, case_toml, changed, healthy, report
from tests.support.keytab_files import file, record

BROKEN = "RULE:[1:$1@$0](.*@CORP.COM)s/@.*//\nRULE:[1:$1 DEFAULT"
SPARK: Change = {
    "spark-defaults.conf": "spark.kerberos.principal etl@CORP.COM\n",
    "case.toml": case_toml(kerberos=True, more='[registration]\nengines = ["spark"]\n'),
}


def ask(folder: Path, change: Change, *options: str, kerberos: bool = True) -> Any:
    return report(folder, changed(healthy(kerberos=kerberos), change), *options)


def of_rules(result: Any) -> list[Any]:
    return [finding for finding in result["findings"] if finding["code"] == "KRB-A2L"]


@pytest.mark.parametrize("kerberos", [True, False])
def test_a_rule_that_hadoop_does_not_read_stops_every_client(tmp_path: Path, kerberos: bool) -> None:
    result = ask(tmp_path, {"core-site.xml": {KEY: BROKEN}}, kerberos=kerberos)

    (finding,) = of_rules(result)
    assert (finding["severity"], finding["confidence"]) == ("error", "strong")
    assert finding["params"]["rest"] == "RULE:[1:$1 DEFAULT"
    assert finding["params"]["right"] == "RULE:[1:$1@$0](.*@CORP.COM)s/@.*//\nDEFAULT"
    assert finding["evidence"][0]["origin"]["file"] == "core-site.xml"
    assert set(finding["undone"]["repairs"]) == set(finding["flows"])
    assert (result["findings"][0]["code"], result["exit_code"]) == ("KRB-A2L", 1)


@pytest.mark.parametrize("rules", [None, "DEFAULT", "RULE:[1:$1@$0](.*@OTHER.COM)s/@.*//\n    DEFAULT\n"])
def test_a_principal_of_spark_that_no_rule_fits_has_no_user_name(tmp_path: Path, rules: str | None) -> None:
    result = ask(tmp_path, {**SPARK, "core-site.xml": {} if rules is None else {KEY: rules}})

    (finding,) = of_rules(result)
    assert (finding["severity"], finding["confidence"]) == ("error", "strong")
    assert finding["params"]["principal"] == "etl@CORP.COM"
    assert finding["evidence"][-1]["origin"] == {
        "file": "spark-defaults.conf",
        "line": 1,
        "key": "spark.kerberos.principal",
    }
    assert set(finding["undone"]["repairs"]) == set(finding["flows"])

    repaired = ask(tmp_path / "b", {**SPARK, "core-site.xml": {KEY: finding["params"]["right"]}})
    assert of_rules(repaired) == []


def test_a_rule_that_leaves_the_realm_in_the_name_is_no_user_name(tmp_path: Path) -> None:
    (finding,) = of_rules(ask(tmp_path, {**SPARK, "core-site.xml": {KEY: "RULE:[1:$1@$0](.*)\nDEFAULT"}}))

    assert finding["params"]["kind"] == "not-simple"


def test_a_principal_of_spark_is_a_warning_if_tasks_are_not_known_to_use_spark(tmp_path: Path) -> None:
    change = {**SPARK, "case.toml": case_toml(kerberos=True)}

    result = ask(tmp_path, change)

    (finding,) = of_rules(result)
    assert (finding["severity"], result["exit_code"]) == ("warning", 0)


def test_the_principal_of_the_keytab_that_the_user_gave_is_known(tmp_path: Path) -> None:
    keytab = tmp_path / "etl.keytab"
    keytab.write_bytes(file([record("etl", 18, bytes(32), realm="CORP.COM")]))

    (finding,) = of_rules(ask(tmp_path / "case", {}, "--keytab", str(keytab)))

    assert finding["params"]["principal"] == "etl@CORP.COM"
    assert finding["severity"] == "error"


@pytest.mark.parametrize(
    "settings",
    [
        {KEY: "RULE:[1:$1@$0](.*@CORP.COM)s/@.*//\n    RULE:[2:$1@$0](hive@.*)s/.*/hive/\n    DEFAULT\n"},
        {KEY: "RULE:[1:$1@$0](\\p{Alpha}+@CORP.COM)s/@.*//\nDEFAULT"},  # a pattern that is not evaluated here
        {MECHANISM: "MIT"},
        {KEY: ""},
    ],
    ids=["a rule fits", "not evaluated", "MIT", "empty and no other realm"],
)
def test_look_alikes_yield_nothing(tmp_path: Path, settings: dict[str, str]) -> None:
    change = {**SPARK, "core-site.xml": settings}
    if KEY in settings and not settings[KEY]:
        change["spark-defaults.conf"] = "spark.kerberos.principal etl@EMR.C-00FE11ED5CA1AB1E.COM\n"

    assert of_rules(ask(tmp_path, change)) == []


def test_the_prediction_for_java_says_so_as_well(tmp_path: Path) -> None:
    result = ask(tmp_path, {"core-site.xml": {KEY: BROKEN}})

    java = [client for client in result["clients"] if client["family"] == "jdk"]
    assert java
    assert {client["works"] for client in java if client["exchange"] == "tgs"} == {"no"}


def test_without_kerberos_no_principal_logs_in(tmp_path: Path) -> None:
    change: Change = {"spark-defaults.conf": "spark.kerberos.principal etl@CORP.COM\n"}

    assert of_rules(ask(tmp_path, change, kerberos=False)) == []
