"""Does an answer of a call beside the right one name the right one?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.case.api import documents, near_calls
from diagnose.case.api.calls import CALLS, command

PAGE = {"TotalCount": 1, "PageNumber": 1, "PageSize": 10, "RequestId": "1"}
ANSWERS: list[tuple[dict[str, Any], str, str]] = [
    ({"NetworkAcls": {"NetworkAcl": [{"NetworkAclId": "nacl-1"}]}, **PAGE}, "DescribeNetworkAcls", "NetworkAclAttr"),
    ({"Vpcs": {"Vpc": [{"VpcId": "vpc-a", "CidrBlock": "10.0.0.0/8"}]}, **PAGE}, "DescribeVpcs", "DescribeVSwitches"),
    (
        {"VpcId": "v", "VRouterId": "r", "VSwitchIds": {"VSwitchId": ["s"]}, "CidrBlock": "10.0.0.0/8"},
        "DescribeVpcAttribute",
        "DescribeVSwitches",
    ),
    ({"RouteTables": {"RouteTable": [{"RouteTableId": "vtb-1"}]}, **PAGE}, "RouteTables", "DescribeRouteEntryList"),
    ({"VRouters": {"VRouter": []}, **PAGE}, "DescribeVRouters", "DescribeRouteTableList"),
    ({"PrefixLists": {"PrefixList": []}, "NextToken": ""}, "ecs:DescribePrefixLists", "DescribePrefixListAttributes"),
    ({"PrefixLists": [], "TotalCount": 1}, "vpc:ListPrefixLists", "GetVpcPrefixListEntries"),
    ({"PortRangeLists": [], "NextToken": ""}, "DescribePortRangeLists", "DescribePortRangeListEntries"),
    (
        {"SecurityGroupReferences": {"SecurityGroupReference": []}},
        "DescribeSecurityGroupReferences",
        "DescribeSecurityGroupAttribute",
    ),
    ({"InstanceStatuses": {"InstanceStatus": []}, **PAGE}, "DescribeInstanceStatus", "DescribeInstances"),
    (
        {"InstanceId": "i", "VpcAttributes": {"VpcId": "v"}, "SecurityGroupIds": {"SecurityGroupId": ["sg"]}},
        "DescribeInstanceAttribute",
        "DescribeInstances",
    ),
    (
        {"NetworkInterfaceId": "e", "MacAddress": "0", "VSwitchId": "v", "PrivateIpAddress": "10.0.0.1"},
        "DescribeNetworkInterfaceAttribute",
        "DescribeNetworkInterfaces",
    ),
    ({"Clusters": [{"ClusterId": "c-1", "ClusterState": "RUNNING"}], "TotalCount": 1}, "ListClusters", "GetCluster"),
    ({"NodeGroup": {"NodeGroupId": "ng"}}, "GetNodeGroup", "ListNodeGroups"),
    ({"Components": [], "TotalCount": 0}, "ListComponents", "ListComponentInstances"),
    ({"Applications": [{"ApplicationName": "HDFS"}]}, "ListApplications", "ListComponentInstances"),
    ({"Success": True, "Network": {"Id": 1}}, "GetNetwork", "ListNetworks"),
    ({"Success": True, "PagingInfo": {"RouteList": [], **PAGE}}, "ListRoutes", "ListNetworks"),
    ({"ComputeResource": {"Id": 1}}, "GetComputeResource", "ListComputeResources"),
]


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize(("answer", "name", "right"), ANSWERS)
def test_the_right_call_is_named(answer: dict[str, Any], name: str, right: str, wrap: bool) -> None:
    text = json.dumps({"statusCode": 200, "body": answer} if wrap else answer)
    found, (skip,) = documents.read("a.json", text.encode())

    assert found == []
    assert name in skip.cause
    assert right in skip.needs
    assert ": aliyun " in skip.needs


def test_every_right_call_has_a_command_and_is_no_near_call() -> None:
    for near in near_calls.NEAR_CALLS:
        assert command(near.right)
        assert near.name not in CALLS
