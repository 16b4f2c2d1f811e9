"""Is a setting named that leads to a node which does not run the service?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.incident_cases import (
    CORE,
    INSTANCES,
    MASTER,
    NODES,
    SECOND,
    SERVICE,
    Change,
    changed,
    healthy,
    report,
    with_instances,
)

NN2 = f"dfs.namenode.rpc-address.{SERVICE}.nn2"


@pytest.mark.parametrize(
    ("file", "key", "value", "right"),
    [
        ("core-site.xml", "fs.defaultFS", f"hdfs://{CORE}:9000", f"hdfs://{MASTER}:9000"),
        ("yarn-site.xml", "yarn.resourcemanager.hostname", CORE, MASTER),
        ("mapred-site.xml", "mapreduce.jobhistory.address", "192.168.20.21:10020", f"{MASTER}:10020"),
        ("hive-site.xml", "hive.metastore.uris", f"thrift://{CORE}:9083", f"thrift://{MASTER}:9083"),
    ],
)
def test_a_service_that_runs_elsewhere_is_named_with_its_node(
    tmp_path: Path, file: str, key: str, value: str, right: str
) -> None:
    result = report(tmp_path, with_instances(changed(healthy(), {file: {key: value}})))

    (finding,) = result["findings"]
    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("DW-FILES-STALE", "strong", 1)
    assert (finding["params"]["key"], finding["params"]["known"]) == (key, MASTER)
    assert [(each["from"], each["to"]) for each in result["suggested_edits"]] == [(value, right)]
    assert result["suggested_rules"] == []


def test_the_other_namenode_of_a_pair_is_not_stopped_by_it(tmp_path: Path) -> None:
    files = with_instances(changed(healthy(ha=True), {"hdfs-site.xml": {NN2: f"{CORE}:8020"}}))

    result = report(tmp_path, files)

    (finding,) = result["findings"]
    assert (finding["code"], finding["params"]["known"]) == ("DW-FILES-STALE", f"{MASTER}, {SECOND}")
    assert [flow for flow in finding["flows"] if MASTER in flow or SECOND in flow] == []
    assert result["suggested_edits"] == []


@pytest.mark.parametrize(
    "change",
    [
        # Given no list of instances, or a list that says nothing of this node or of the service
        {},
        {"case.toml": ('group = "MASTER"', 'group = "MASTER"\ncomponents = ["NameNode"]')},
        {"case.toml": ('group = "CORE"', 'group = "CORE"\ncomponents = ["DataNode"]')},
    ],
)
def test_a_node_of_which_nothing_is_known_may_run_it(tmp_path: Path, change: dict[str, tuple[str, str]]) -> None:
    files = changed(healthy(), {"core-site.xml": {"fs.defaultFS": f"hdfs://{CORE}:9000"}})
    toml = str(files["case.toml"])
    for before, after in change.values():
        toml = toml.replace(before, after)

    assert report(tmp_path, {**files, "case.toml": toml})["findings"] == []


def _instances(token: str) -> Change:
    """Return an answer with the instances of each node. A token says that a page is missing."""
    listed = [
        {"ComponentName": name, "NodeName": node, "ComponentInstanceState": "RUNNING"}
        for node, (_, kind) in NODES.items()
        for name in INSTANCES[kind]
    ]
    return {"instances.json": json.dumps({"ComponentInstances": listed, "NextToken": token, "MaxResults": 100})}


def test_a_list_of_instances_that_is_cut_proves_nothing(tmp_path: Path) -> None:
    nodes = [
        {"NodeId": f"i-{name}", "NodeName": name, "PrivateIp": address, "NodeGroupType": kind, "NodeState": "RUNNING"}
        for name, (address, kind) in NODES.items()
    ]
    files = changed(
        healthy(),
        {
            "core-site.xml": {"fs.defaultFS": f"hdfs://{CORE}:9000"},
            "nodes.json": json.dumps({"Nodes": nodes, "NextToken": "", "TotalCount": len(nodes)}),
        },
    )

    def stale(folder: str, token: str) -> bool:
        result = report(tmp_path / folder, changed(files, _instances(token)))
        return "DW-FILES-STALE" in [each["code"] for each in result["findings"]]

    assert (stale("whole", ""), stale("cut", "next")) == (True, False)
