"""Is an object that the cloud is just changing taken for one that certainly filters or fails?

An API that changes a network ACL, its binding or a route table returns before the work is done, and
the answer saved at that moment says so in its Status. Values: AssociateNetworkAcl,
UnassociateNetworkAcl and UpdateNetworkAclEntries of https://www.alibabacloud.com/help/en/vpc/, and
the SDKs, read on 2026-11-30.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import BLOCK, CLUSTER, Change, changed, gaps, healthy, report

OPEN, CLOSED, WAY_BACK = ("accept", "-1/-1"), ("drop", "-1/-1"), ("accept", "1024/65535")
NODES = "192.168.20.0/24"


def _entries(key: str, party: str, policy: str, ports: str) -> dict[str, Any]:
    entry = {"Policy": policy, "Protocol": "all" if ports == "-1/-1" else "tcp", "Port": ports, party: "0.0.0.0/0"}
    return {f"{key}AclEntries": {f"{key}AclEntry": [{**entry, "NetworkAclEntryId": f"nae-{key}"}]}}


def _acl(status: str, binding: str, ingress: tuple[str, str] = CLOSED) -> str:
    bound = {"ResourceId": "vsw-emr", "ResourceType": "VSwitch", "Status": binding}
    value = {
        "NetworkAclId": "nacl-1",
        "Status": status,
        "Resources": {"Resource": [bound]},
        **_entries("Ingress", "SourceCidrIp", *ingress),
        **_entries("Egress", "DestinationCidrIp", *WAY_BACK),
    }
    return json.dumps({"NetworkAclAttribute": value}, indent=1)


def _vswitch(acl: str, status: str = "Available") -> str:
    value = {"VSwitchId": "vsw-emr", "VpcId": "vpc-a", "CidrBlock": NODES, "NetworkAclId": acl, "Status": status}
    return json.dumps(value, indent=1)


def _missing(result: Any) -> str:
    required = [flow for flow in result["flows"] if flow["need"] == "required"]
    found = [part for flow in required for layer in flow["decisions"] for part in layer["deciding"]]
    return " ".join(part["why"] for part in found if part["verdict"] == "unknown")


def _certain(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"] if each["confidence"] != "inferred"]


@pytest.mark.parametrize("acl", ["nacl-1", ""])
@pytest.mark.parametrize("binding", ["BINDING", "UNBINDING"])
def test_an_acl_whose_binding_changes_perhaps_filters(tmp_path: Path, binding: str, acl: str) -> None:
    # Given an ACL that drops everything, and a vSwitch that names it already or still, or not
    result = report(tmp_path, changed(healthy(), {"acl.json": _acl("Available", binding), "v.json": _vswitch(acl)}))

    assert (result["exit_code"], _certain(result), result["suggested_edits"]) == (3, [], [])
    assert {flow["verdict"] for flow in result["flows"] if flow["need"] == "required"} == {"unknown"}
    assert "if the flow crosses it" in _missing(result)


def test_an_acl_that_is_bound_filters(tmp_path: Path) -> None:
    result = report(
        tmp_path, changed(healthy(), {"acl.json": _acl("Available", "BINDED"), "v.json": _vswitch("nacl-1")})
    )

    assert (result["exit_code"], _certain(result)) == (1, ["NACL-IN"])


@pytest.mark.parametrize("binding", ["BINDING", "UNBINDING"])
def test_an_acl_that_lets_everything_through_leaves_nothing_open_whether_it_is_bound(
    tmp_path: Path, binding: str
) -> None:
    result = report(tmp_path, changed(healthy(), {"acl.json": _acl("Available", binding, OPEN)}))

    assert (result["exit_code"], result["findings"], gaps(result)) == (0, [], [])


def test_the_binding_of_case_toml_is_no_other_if_it_names_the_same_acl(tmp_path: Path) -> None:
    def exit_code(folder: str, acl: str) -> int:
        start = '[[vswitches]]\nid = "vsw-emr"\n'
        toml = str(healthy()["case.toml"]).replace(start, f'{start}acl = "{acl}"\n')
        change: Change = {"acl.json": _acl("Available", "UNBINDING"), "case.toml": toml}
        return int(report(tmp_path / folder, changed(healthy(), change))["exit_code"])

    assert (exit_code("same", "nacl-1"), exit_code("none", "")) == (3, 0)


def test_a_new_acl_whose_binding_is_under_way_beside_an_old_one_is_either(tmp_path: Path) -> None:
    change: Change = {"acl.json": _acl("Available", "BINDING", OPEN), "v.json": _vswitch("nacl-2")}
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _certain(result)) == (3, [])
    assert "nacl-1 or nacl-2" in _missing(result)


@pytest.mark.parametrize("ingress", [OPEN, CLOSED])
def test_entries_that_change_are_unknown_whether_they_drop_or_accept(tmp_path: Path, ingress: tuple[str, str]) -> None:
    change: Change = {"acl.json": _acl("Modifying", "BINDED", ingress), "v.json": _vswitch("nacl-1")}
    result = report(tmp_path, changed(healthy(), change))

    (gap,) = gaps(result)
    assert (result["exit_code"], _certain(result), result["suggested_edits"]) == (3, [], [])
    assert "Status Modifying" in gap["cause"]
    assert "once its Status is Available" in gap["needs"]


def test_another_answer_does_not_settle_entries_that_change(tmp_path: Path) -> None:
    change: Change = {
        "a.json": _acl("Available", "BINDED", OPEN),
        "b.json": _acl("Modifying", "BINDED", CLOSED),
        "v.json": _vswitch("nacl-1"),
    }
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _certain(result)) == (3, [])


def test_a_vswitch_that_is_being_configured_perhaps_stops_everything(tmp_path: Path) -> None:
    # A vSwitch is Pending while its ACL or its route table changes, and passes packets meanwhile.
    result = report(tmp_path, changed(healthy(), {"v.json": _vswitch("", "Pending")}))
    (finding,) = result["findings"]

    assert (finding["code"], finding["confidence"], result["exit_code"]) == ("STATE-CLUSTER", "inferred", 3)
    assert "perhaps cannot answer" in finding["cause"]
    assert "Wait until vsw-emr is Available" in finding["remedies"][0]["text"]


def test_a_cluster_that_could_not_be_released_perhaps_runs_on(tmp_path: Path) -> None:
    cluster = {"ClusterId": CLUSTER, "ClusterName": "emr", "ClusterState": "TERMINATE_FAILED"}
    result = report(tmp_path, changed(healthy(), {"GetCluster.json": json.dumps({"Cluster": cluster})}))

    assert ([each["confidence"] for each in result["findings"]], result["exit_code"]) == (["inferred"], 3)


def test_a_resource_group_that_could_not_be_created_runs_nothing(tmp_path: Path) -> None:
    value = {"Id": "rg-1", "Name": "rg", "ResourceGroupType": "CommonV2", "Status": "CreateFailed"}
    result = report(tmp_path, changed(healthy(), {"rg.json": json.dumps({"ResourceGroup": value})}))

    assert ([each["code"] for each in result["findings"]], result["exit_code"]) == (["STATE-CLUSTER"], 1)


def _routes(status: str, table_status: str, hop: str) -> Change:
    """Return two VPCs whose tables lead to each other, of which one is being changed."""
    toml = str(healthy()["case.toml"]).replace(
        'id = "vsw-rg"\nvpc = "vpc-a"', 'id = "vsw-rg"\nvpc = "vpc-b"\nroute_table = "vtb-b"'
    )
    toml = toml.replace('id = "vsw-emr"\nvpc = "vpc-a"', 'id = "vsw-emr"\nvpc = "vpc-a"\nroute_table = "vtb-a"')
    toml = toml.replace('[[resource_group.networks]]\nvpc = "vpc-a"', '[[resource_group.networks]]\nvpc = "vpc-b"')
    files: Change = {"case.toml": toml}
    tables = []
    for name, other in (("a", BLOCK), ("b", NODES)):
        entries = [
            {"DestinationCidrBlock": "100.64.0.0/10", "Type": "System", "Status": "Available", "NextHops": {}},
            {
                "DestinationCidrBlock": other,
                "Type": "Custom",
                "Status": status if name == "b" else "Available",
                "NextHops": {"NextHop": [{"NextHopType": hop, "NextHopId": "pcc-1"}]},
            },
        ]
        rows = [{**entry, "RouteTableId": f"vtb-{name}"} for entry in entries]
        files = {**files, f"vtb-{name}.json": json.dumps({"RouteEntrys": {"RouteEntry": rows}}, indent=1)}
        tables.append({"RouteTableId": f"vtb-{name}", "VpcId": f"vpc-{name}", "Status": table_status})
    listed = {"RouterTableList": {"RouterTableListType": tables}}
    return {**files, "tables.json": json.dumps(listed, indent=1)}


@pytest.mark.parametrize(
    ("status", "table", "code", "certain"),
    [
        ("Available", "Available", 0, []),
        ("Pending", "Available", 3, []),
        ("Modifying", "Available", 3, []),
        ("Deleting", "Available", 1, ["NET-ROUTE"]),
        ("Available", "Pending", 3, []),
    ],
)
def test_a_route_or_a_table_that_changes_leaves_the_way_open(
    tmp_path: Path, status: str, table: str, code: int, certain: list[str]
) -> None:
    result = report(tmp_path, changed(healthy(), _routes(status, table, "VpcPeer")))

    assert (result["exit_code"], _certain(result)) == (code, certain)
