"""Does `check --authenticate` prove the keytab of a real Spark Thrift Server in each mode?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.files import FIRST
from tests.lab.spark.case import looked, write_spark_case
from tests.lab.spark.server import HIVE, SparkThrift, client_settings

CLIENT = "alice"
HTTP = {f"{HIVE}.transport.mode": "http"}


@pytest.fixture(scope="module")
def keytab(spark: SparkThrift, tmp_path_factory: pytest.TempPathFactory) -> Path:
    spark.kdc.admin(f"addprinc -randkey +requires_preauth {CLIENT}")
    file = tmp_path_factory.mktemp("user") / "alice.keytab"
    spark.kdc.keytab(file, CLIENT)
    return file


def logged_in(spark: SparkThrift, keytab: Path, directory: Path, more: dict[str, str]) -> Diagnosis:
    settings = {**client_settings(FIRST, kerberos=True), **more}
    case = write_spark_case(directory / "case", FIRST, settings, kerberos=True)
    return looked(spark, case, "--keytab", str(keytab), "--principal", CLIENT, "--authenticate")


def results(found: Diagnosis) -> dict[str, Any]:
    """Return what came of each login, by the component of its flow."""
    return {
        flow["id"].partition("/")[0]: seen["detail"]["service_login"]["result"]
        for flow in found.report["flows"]
        for seen in flow["observations"]
        if "service_login" in seen["detail"]
    }


@pytest.mark.parametrize(
    ("component", "more"), [("spark-thrift", {}), ("spark-thrift-http", HTTP)], ids=["binary", "http"]
)
def test_a_healthy_server_proves_its_keytab(
    spark: SparkThrift, keytab: Path, tmp_path: Path, component: str, more: dict[str, str]
) -> None:
    found = logged_in(spark, keytab, tmp_path, more)
    errors = [finding["code"] for finding in found.report["findings"] if finding["severity"] != "info"]

    assert (found.exit_code, errors, results(found)) == (0, [], {component: "accepted"}), found


def test_a_server_with_an_outdated_keytab_is_the_only_cause(spark: SparkThrift, keytab: Path, tmp_path: Path) -> None:
    """Its principal gets another key, as an export without -norandkey gives it. It is the last
    test that logs in."""
    spark.kdc.admin(f"cpw -randkey spark/{FIRST}")
    found = logged_in(spark, keytab, tmp_path, {})
    errors = [finding["code"] for finding in found.report["findings"] if finding["severity"] == "error"]

    assert (found.exit_code, errors, results(found)) == (1, ["KRB-SVC-KEY"], {"spark-thrift": "refused"}), found
