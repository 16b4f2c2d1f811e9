"""Does `check` tell what is the matter with a real Spark Thrift Server, and leave a healthy one
alone?

The servers are stopped last.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.files import FIRST, SECOND
from tests.lab.spark.case import looked, write_spark_case
from tests.lab.spark.server import HIVE, HTTP_PORTS, LOGIN, PORT, SparkThrift, client_settings

PORT_KEY, HTTP_PORT_KEY, MODE = f"{HIVE}.thrift.port", f"{HIVE}.thrift.http.port", f"{HIVE}.transport.mode"


def checked(spark: SparkThrift, directory: Path, master: str, **changes: str | None) -> Diagnosis:
    """Check the server of a master with its own files, and these settings changed. None removes
    one."""
    kerberos = master == FIRST
    settings = {**client_settings(master, kerberos=kerberos), **changes}
    left = {key: value for key, value in settings.items() if value is not None}
    return looked(spark, write_spark_case(directory / "case", master, left, kerberos=kerberos))


def errors(found: Diagnosis) -> list[str]:
    return [finding["code"] for finding in found.report["findings"] if finding["severity"] != "info"]


def flow_of(found: Diagnosis) -> dict[str, str]:
    """Return id and verdict of the only flow to Spark."""
    ((ident, verdict),) = {row["id"]: row["verdict"] for row in found.report["flows"] if "spark" in row["id"]}.items()
    return {ident: verdict}


@pytest.mark.parametrize("master", [FIRST, SECOND], ids=["kerberos", "simple"])
def test_a_healthy_server_works_without_any_finding(spark: SparkThrift, tmp_path: Path, master: str) -> None:
    found = checked(spark, tmp_path, master)

    assert (found.exit_code, errors(found)) == (0, []), found
    assert flow_of(found) == {f"spark-thrift/{master.partition('.')[0]}:{PORT}": "reachable"}


@pytest.mark.parametrize("master", [FIRST, SECOND], ids=["kerberos", "simple"])
def test_a_healthy_server_in_http_mode_works_without_any_finding(
    spark: SparkThrift, tmp_path: Path, master: str
) -> None:
    found = checked(spark, tmp_path, master, **{MODE: "http"})

    assert (found.exit_code, errors(found)) == (0, []), found
    ident = f"spark-thrift-http/{master.partition('.')[0]}:{HTTP_PORTS[master]}"
    assert flow_of(found) == {ident: "reachable"}


@pytest.mark.parametrize("master", [FIRST, SECOND], ids=["kerberos", "simple"])
def test_a_server_in_http_mode_where_the_files_say_binary_is_the_only_cause(
    spark: SparkThrift, tmp_path: Path, master: str
) -> None:
    found = checked(spark, tmp_path, master, **{PORT_KEY: str(HTTP_PORTS[master])})

    assert (found.exit_code, errors(found)) == (1, ["SVC-HS2-MODE"]), found
    ident = f"spark-thrift/{master.partition('.')[0]}:{HTTP_PORTS[master]}"
    assert found.report["findings"][0]["undone"]["repairs"] == [ident]


@pytest.mark.parametrize("master", [FIRST, SECOND], ids=["kerberos", "simple"])
def test_a_server_in_binary_mode_where_the_files_say_http_is_the_only_cause(
    spark: SparkThrift, tmp_path: Path, master: str
) -> None:
    found = checked(spark, tmp_path, master, **{MODE: "http", HTTP_PORT_KEY: str(PORT)})

    assert (found.exit_code, errors(found)) == (1, ["SVC-HS2-MODE"]), found
    ident = f"spark-thrift-http/{master.partition('.')[0]}:{PORT}"
    assert found.report["findings"][0]["undone"]["repairs"] == [ident]


def test_a_port_on_which_nothing_listens_is_the_only_cause(spark: SparkThrift, tmp_path: Path) -> None:
    found = checked(spark, tmp_path, FIRST, **{PORT_KEY: "10004"})

    assert (found.exit_code, errors(found)) == (1, ["SVC-DOWN"]), found
    assert found.report["findings"][0]["undone"]["repairs"] == ["spark-thrift/master-1-1:10004"]


def test_files_that_name_a_password_beside_a_server_with_kerberos_are_the_only_cause(
    spark: SparkThrift, tmp_path: Path
) -> None:
    found = checked(spark, tmp_path, FIRST, **{LOGIN: "NONE"})

    assert (found.exit_code, errors(found)) == (1, ["SVC-HS2-MECH"]), found
    undone = found.report["findings"][0]["undone"]
    assert (undone["repairs"], undone["remains"]) == ([f"spark-thrift/master-1-1:{PORT}"], [])
    (edit,) = found.report["suggested_edits"]
    assert (edit["from"], edit["to"]) == ("NONE", "KERBEROS")


def test_files_that_name_kerberos_beside_a_server_without_it_are_the_only_cause(
    spark: SparkThrift, tmp_path: Path
) -> None:
    found = checked(spark, tmp_path, SECOND, **{LOGIN: "KERBEROS"})

    assert (found.exit_code, errors(found)) == (1, ["SVC-HS2-MECH"]), found
    assert found.report["findings"][0]["undone"]["unclear"] == [f"spark-thrift/master-1-2:{PORT}"]
    assert found.report["suggested_edits"] == []


def test_a_server_that_is_frozen_hangs_and_then_works_again(spark: SparkThrift, tmp_path: Path) -> None:
    with spark.simple.frozen():
        found = checked(spark, tmp_path / "frozen", SECOND)
    again = checked(spark, tmp_path / "again", SECOND)

    assert (found.exit_code, errors(found)) == (1, ["SVC-HANG"]), found
    assert found.report["findings"][0]["undone"]["repairs"] == [f"spark-thrift/master-1-2:{PORT}"]
    assert (again.exit_code, errors(again)) == (0, []), again


@pytest.fixture
def stopped(spark: SparkThrift) -> Iterator[None]:
    """Stop the binary server without Kerberos for a test. The one in HTTP mode goes on."""
    spark.simple.stop("spark-thrift")
    yield
    spark.simple.start("spark-thrift")


def test_a_server_that_is_stopped_is_down(spark: SparkThrift, stopped: None, tmp_path: Path) -> None:
    found = checked(spark, tmp_path, SECOND)

    assert (found.exit_code, errors(found)) == (1, ["SVC-DOWN"]), found
    undone = found.report["findings"][0]["undone"]
    assert (undone["repairs"], undone["remains"]) == ([f"spark-thrift/master-1-2:{PORT}"], [])
    assert found.report["suggested_rules"] == []
