"""Does every state in which nothing answers end in STATE-CLUSTER, and a healthy one in nothing?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import BLOCK, CLUSTER, changed, healthy, report

RUNNING = {
    "NameNode": "i-a",
    "ResourceManager": "i-a",
    "HiveServer": "i-a",
    "HiveMetaStore": "i-a",
    "MRHistoryServer": "i-a",
    "Hue": "i-a",
    "DataNode": "i-b",
    "NodeManager": "i-b",
}
NAMES = {"i-a": "master-1-1", "i-b": "core-1-1"}
ADDRESSES = {"i-a": "192.168.20.11", "i-b": "192.168.20.21"}


def components(**states: str) -> str:
    """Return ListComponentInstances with node ids alone."""
    rows = [
        {"ComponentName": name, "NodeId": node, "ComponentInstanceState": states.get(name, "STARTED")}
        for name, node in RUNNING.items()
    ]
    return json.dumps({"ComponentInstances": rows}, indent=1)


def nodes(**states: str) -> str:
    rows = [
        {
            "NodeId": ident,
            "NodeName": name,
            "PrivateIp": ADDRESSES[ident],
            "NodeState": states.get(ident[2:], "RUNNING"),
        }
        for ident, name in NAMES.items()
    ]
    return json.dumps({"Nodes": rows}, indent=1)


def interface(state: str, vpc: str = "vpc-a") -> str:
    groups = {"SecurityGroupId": ["sg-emr"]}
    value = {"NetworkInterfaceId": "eni-1", "PrivateIpAddress": ADDRESSES["i-a"], "VpcId": vpc, "Status": state}
    return json.dumps({"NetworkInterfaceSets": {"NetworkInterfaceSet": [{**value, "SecurityGroupIds": groups}]}})


def vswitch(ident: str, block: str, state: str) -> str:
    return json.dumps({"VSwitchId": ident, "VpcId": "vpc-a", "CidrBlock": block, "Status": state})


def judged(folder: Path, *answers: str) -> tuple[int, list[tuple[str, str, str, int]]]:
    """Return the exit code, and each finding as code, severity, name and number of flows."""
    files = {f"{number}.json": text for number, text in enumerate((nodes(), components(), *answers))}
    if any('"ComponentInstances"' in answer for answer in answers):
        del files["1.json"]
    if any('"Nodes"' in answer for answer in answers):
        del files["0.json"]
    result: Any = report(folder, changed(healthy(), files))
    found = [
        (each["code"], each["severity"], each["params"].get("name", ""), len(each["flows"]))
        for each in result["findings"]
    ]
    return result["exit_code"], found


def test_healthy_states_say_nothing(tmp_path: Path) -> None:
    healthy_answers = (
        interface("InUse"),
        vswitch("vsw-emr", "192.168.20.0/24", "Available"),
        vswitch("vsw-rg", BLOCK, "Available"),
    )
    assert judged(tmp_path, *healthy_answers) == (0, [])


@pytest.mark.parametrize(
    ("answer", "severity", "name", "flows"),
    [
        (components(NameNode="STOPPED"), "error", "NameNode", 1),
        (components(MRHistoryServer="START_FAILED"), "error", "MRHistoryServer", 1),
        (components(NodeManager="STOPPED"), "error", "NodeManager", 1),
        (components(Hue="STOPPED"), "warning", "Hue", 0),
        (nodes(a="PENDING"), "error", "master-1-1", 5),
        (nodes(b="STOPPED"), "error", "core-1-1", 1),
        (interface("Detaching"), "error", "eni-1", 5),
        (interface("Available"), "error", "eni-1", 5),
    ],
)
def test_what_is_not_running_is_said_with_the_connections_that_need_it(
    tmp_path: Path, answer: str, severity: str, name: str, flows: int
) -> None:
    expected = [("STATE-CLUSTER", severity, name, flows)]
    assert judged(tmp_path, answer) == (1 if severity == "error" else 0, expected)


@pytest.mark.parametrize(("name", "block"), [("vsw-emr", "192.168.20.0/24"), ("vsw-rg", BLOCK)])
def test_a_vswitch_that_is_being_configured_is_said_and_leaves_the_answer_open(
    tmp_path: Path, name: str, block: str
) -> None:
    assert judged(tmp_path, vswitch(name, block, "Pending")) == (3, [("STATE-CLUSTER", "error", name, 6)])


def test_one_nodemanager_of_two_that_is_down_is_a_warning(tmp_path: Path) -> None:
    second = {"ComponentName": "NodeManager", "NodeName": "core-1-2", "ComponentInstanceState": "STARTED"}
    rows = [*json.loads(components(NodeManager="STOPPED"))["ComponentInstances"], second]
    exit_code, found = judged(tmp_path, json.dumps({"ComponentInstances": rows}))
    assert (exit_code, found) == (0, [("STATE-CLUSTER", "warning", "NodeManager", 1)])


def test_a_detached_interface_of_another_vpc_says_nothing(tmp_path: Path) -> None:
    assert judged(tmp_path, interface("Available", vpc="vpc-z")) == (0, [])


@pytest.mark.parametrize("state", ["Pending", "Deleted"])
def test_a_resource_group_without_a_running_network_is_said(tmp_path: Path, state: str) -> None:
    toml = str(healthy()["case.toml"]).replace('status = "Running"', f'status = "{state}"')
    result = report(tmp_path, changed(healthy(), {"case.toml": toml}))
    (finding,) = result["findings"]
    assert (finding["code"], finding["params"]["kind"], result["exit_code"]) == ("STATE-CLUSTER", "network", 1)
    assert finding["params"]["origin"]["file"] == "case.toml"  # and not --from, which gives the block again


@pytest.mark.parametrize(
    ("state", "is_released"),
    [("TERMINATED", True), ("TERMINATING", True), ("START_FAILED", False), ("TERMINATE_FAILED", False)],
)
def test_a_cluster_that_was_released_is_not_to_be_started(tmp_path: Path, state: str, is_released: bool) -> None:
    cluster = {"ClusterId": CLUSTER, "ClusterName": "emr", "ClusterState": state}
    result = report(tmp_path, changed(healthy(), {"GetCluster.json": json.dumps({"Cluster": cluster})}))
    advice = " ".join(each["text"] for each in result["findings"][0]["remedies"])

    assert result["findings"][0]["code"] == "STATE-CLUSTER"
    assert ("cannot be started" in advice, "Start " in advice) == (is_released, not is_released)
