"""Is a failover provider that no client can load the cause, and its right name the repair?"""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.flows.failover import USUAL_PROVIDER
from tests.support.incident_cases import MASTER, SERVICE, changed, healthy, report

KEY = f"dfs.client.failover.proxy.provider.{SERVICE}"


@pytest.mark.parametrize("value", [USUAL_PROVIDER.replace("Proxy", "Poxy"), f'"{USUAL_PROVIDER}"', "${provider}"])
def test_a_class_that_does_not_exist_stops_all_namenodes(tmp_path: Path, value: str) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {"hdfs-site.xml": {KEY: value}}))

    (finding,) = result["findings"]
    assert (result["exit_code"], finding["code"], finding["confidence"]) == (1, "HA-NAMESERVICE", "strong")
    assert {flow.partition("/")[0] for flow in finding["flows"]} == {"namenode-rpc"}
    (edit,) = result["suggested_edits"]
    assert (edit["object"], edit["to"]) == ("hadoop-conf", USUAL_PROVIDER)
    assert result["suggested_rules"] == []


@pytest.mark.parametrize("value", [f" {USUAL_PROVIDER} ", "com.example.hdfs.OwnProvider"])
def test_a_class_that_may_be_there_is_no_fault(tmp_path: Path, value: str) -> None:
    result = report(tmp_path, changed(healthy(ha=True), {"hdfs-site.xml": {KEY: value}}))

    assert (result["exit_code"], result["findings"]) == (0, [])


def test_a_class_that_a_patched_hadoop_may_have_is_no_sure_cause(tmp_path: Path) -> None:
    value = USUAL_PROVIDER.replace("Configured", "Adaptive")

    result = report(tmp_path, changed(healthy(ha=True), {"hdfs-site.xml": {KEY: value}}))

    (finding,) = result["findings"]
    assert (result["exit_code"], finding["code"], finding["confidence"]) == (3, "HA-NAMESERVICE", "inferred")


def test_a_nameservice_of_one_namenode_is_stopped_as_well(tmp_path: Path) -> None:
    one = {
        f"dfs.ha.namenodes.{SERVICE}": None,
        f"dfs.namenode.rpc-address.{SERVICE}": f"{MASTER}:8020",
        KEY: "${provider}",
    }
    settings = {**healthy(ha=True)["hdfs-site.xml"], **one}  # type: ignore[dict-item]
    files = {**healthy(ha=True), "hdfs-site.xml": {key: value for key, value in settings.items() if value is not None}}

    (finding,) = report(tmp_path, files)["findings"]

    assert [flow.partition("/")[0] for flow in finding["flows"]] == ["namenode-rpc"]


def test_another_nameservice_keeps_its_namenodes(tmp_path: Path) -> None:
    other = {
        "dfs.nameservices": f"{SERVICE},other",
        "dfs.ha.namenodes.other": "nn1",
        "dfs.namenode.rpc-address.other.nn1": "192.168.20.99:8020",
        "dfs.client.failover.proxy.provider.other": "${provider}",
    }
    result = report(tmp_path, changed(healthy(ha=True), {"hdfs-site.xml": other}))

    assert not [flow for finding in result["findings"] if finding["severity"] == "error" for flow in finding["flows"]]
