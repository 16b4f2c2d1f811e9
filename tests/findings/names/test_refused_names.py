"""Is a name that Java refuses told, if a client of the metastore gets it from the hosts file?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import CORE, DOMAIN, MASTER, Change, changed, healthy, report

ODD = f"master_1.{DOMAIN}"


def hosts(first: str) -> Change:
    """Return a hosts file with this name first on the master's line."""
    return {"hosts": f"192.168.20.11 {first} {MASTER} master-1-1\n192.168.20.21 {CORE} core-1-1\n"}


def of_case(folder: Path, first: str, toml: tuple[str, str] = ("", ""), more: str = "") -> Any:
    files = healthy()
    text = str(files["case.toml"]).replace(*toml) if toml[0] else str(files["case.toml"])
    return report(folder, changed(files, {**hosts(first), "case.toml": text + more}))


def test_the_line_is_named_with_the_names_in_the_right_order(tmp_path: Path) -> None:
    result = of_case(tmp_path, ODD)

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("DNS-CANON", "error", "strong")
    assert f"hosts:1 calls 192.168.20.11 {ODD}" in finding["cause"]
    assert finding["settle_by"].startswith("getent hosts 192.168.20.11")
    assert [(e["object"], e["from"], e["to"]) for e in result["suggested_edits"]] == [
        ("hosts", ODD, f"192.168.20.11 {MASTER} master-1-1")
    ]
    assert (result["exit_code"], result["suggested_rules"]) == (1, [])


@pytest.mark.parametrize("first", [MASTER, "master-1-1", f"alias.{DOMAIN}"])
def test_a_name_that_java_takes_is_no_fault(tmp_path: Path, first: str) -> None:
    result = of_case(tmp_path, first)

    assert (result["exit_code"], result["findings"]) == (0, [])


def test_the_client_of_hive_2_keeps_the_host_as_it_is_written(tmp_path: Path) -> None:
    result = of_case(tmp_path, ODD, ("EMR-5.18.1", "EMR-3.50.0"))

    assert "DNS-CANON" not in [finding["code"] for finding in result["findings"]]


def test_without_a_known_release_it_is_inferred(tmp_path: Path) -> None:
    result = of_case(tmp_path, ODD, ('release = "EMR-5.18.1"\n', ""))

    assert [(f["code"], f["confidence"]) for f in result["findings"]] == [("DNS-CANON", "inferred")]
    assert result["exit_code"] == 3


def test_tasks_of_spark_alone_work_so_it_is_a_warning(tmp_path: Path) -> None:
    result = of_case(tmp_path, ODD, more='[registration]\nengines = ["spark"]\n')

    assert [(f["code"], f["severity"]) for f in result["findings"]] == [("DNS-CANON", "warning")]
    assert result["exit_code"] == 0


def test_a_host_that_no_metastore_is_on_may_be_called_anything(tmp_path: Path) -> None:
    lines = f"192.168.20.11 {MASTER} master-1-1\n192.168.20.21 core_1.{DOMAIN} {CORE} core-1-1\n"
    result = report(tmp_path, changed(healthy(), {"hosts": lines}))

    assert result["findings"] == []
