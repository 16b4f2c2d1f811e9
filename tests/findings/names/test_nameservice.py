"""Is a nameservice that hdfs-site.xml does not define corrected to the one that it defines?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.incident_cases import MASTER, SECOND, SERVICE, Change, Settings, changed, healthy, report, site

CORE, HDFS, HIVE = "core-site.xml", "hdfs-site.xml", "hive-site.xml"
MISTYPED = f"{SERVICE}x"


def told(folder: Path, change: Change) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """Return the first finding, and key, old and new value of each suggested edit."""
    result = report(folder, changed(healthy(ha=True), change))
    edits = [(one["id"].split("(")[1].rstrip(")"), one["from"], one["to"]) for one in result["suggested_edits"]]
    return result["findings"][0], edits


def defining(service: str) -> Settings:
    return {
        "dfs.nameservices": f"{SERVICE},{service}",
        f"dfs.ha.namenodes.{service}": "nn1,nn2",
        f"dfs.namenode.rpc-address.{service}.nn1": f"{MASTER}:8020",
        f"dfs.namenode.rpc-address.{service}.nn2": f"{SECOND}:8020",
        f"dfs.client.failover.proxy.provider.{service}": "org.apache.hadoop.hdfs.server.namenode.ha."
        "ConfiguredFailoverProxyProvider",
    }


def test_a_mistyped_default_is_corrected_to_the_nameservice_of_the_files(tmp_path: Path) -> None:
    finding, edits = told(tmp_path, {CORE: {"fs.defaultFS": f"hdfs://{MISTYPED}"}})

    assert (finding["code"], finding["confidence"]) == ("HA-NAMESERVICE", "strong")
    assert f"defines {SERVICE}. Clients then look {MISTYPED} up as a host" in finding["cause"]
    assert "one is probably mistyped" in finding["cause"]
    assert "lack" not in finding["cause"], "the files have dfs.nameservices"
    assert ("fs.defaultFS", f"hdfs://{MISTYPED}", f"hdfs://{SERVICE}") in edits
    assert f"If {MISTYPED} is right, upload the hdfs-site.xml that defines it." in finding["remedies"][-1]["text"]


def test_every_key_with_the_mistyped_name_keeps_its_path(tmp_path: Path) -> None:
    warehouse = "hive.metastore.warehouse.dir"
    change: Change = {
        CORE: {"fs.defaultFS": f"hdfs://{MISTYPED}"},
        HIVE: {warehouse: f"hdfs://{MISTYPED}/user/hive"},
    }

    _, edits = told(tmp_path, change)

    assert (warehouse, f"hdfs://{MISTYPED}/user/hive", f"hdfs://{SERVICE}/user/hive") in edits


def test_another_name_may_be_of_another_cluster(tmp_path: Path) -> None:
    finding, edits = told(tmp_path, {CORE: {"fs.defaultFS": "hdfs://warehouse-fs"}})

    assert "the files are of two clusters" in finding["cause"]
    assert ("fs.defaultFS", "hdfs://warehouse-fs", f"hdfs://{SERVICE}") in edits


def test_of_two_other_nameservices_none_is_chosen(tmp_path: Path) -> None:
    finding, edits = told(tmp_path, {CORE: {"fs.defaultFS": "hdfs://warehouse-fs"}, HDFS: defining("backup-fs")})

    assert (finding["code"], edits) == ("HA-NAMESERVICE", [])
    assert f"one of {SERVICE} and backup-fs" in finding["remedies"][0]["text"]


def test_a_nameservice_of_which_settings_are_missing_is_still_told_so(tmp_path: Path) -> None:
    provider = f"dfs.client.failover.proxy.provider.{SERVICE}"
    settings = healthy(ha=True)[HDFS]
    assert isinstance(settings, dict)

    finding, edits = told(tmp_path, {HDFS: site({key: value for key, value in settings.items() if key != provider})})

    assert (finding["code"], finding["params"]["missing"], edits) == ("HA-NAMESERVICE", [provider], [])
    assert provider in finding["cause"]
