"""A small cluster of which every API answers: the bundled healthy case, and what it lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.fake_cloud import CloudReply, CloudRequest, Special, always, in_pages
from tests.support.places import FIXTURES

CASE = FIXTURES / "healthy"
FILES: Mapping[str, bytes] = {path.name: path.read_bytes() for path in CASE.glob("*.json")}
"""The answers of the bundled case."""


def value(name: str) -> Any:
    """Return one of them, decoded."""
    return json.loads(FILES[f"{name}.json"])


CLUSTER = value("GetCluster")["Cluster"]["ClusterId"]
VPC = value("GetCluster")["Cluster"]["NodeAttributes"]["VpcId"]
GROUP = value("GetCluster")["Cluster"]["NodeAttributes"]["SecurityGroupId"]
RESOURCE_GROUP = value("GetResourceGroup")["ResourceGroup"]["Id"]
VSWITCHES = [value("DescribeVSwitchAttributes-emr"), value("DescribeVSwitchAttributes-rg")]
TABLE = VSWITCHES[0]["RouteTable"]["RouteTableId"]
INTERFACES = value("DescribeNetworkInterfaces")["NetworkInterfaceSets"]["NetworkInterfaceSet"]

INSTANCES = [
    {
        "InstanceId": each["InstanceId"],
        "HostName": node["NodeName"],
        "Status": "Running",
        "SecurityGroupIds": each["SecurityGroupIds"],
        "VpcAttributes": {
            "VpcId": VPC,
            "VSwitchId": each["VSwitchId"],
            "PrivateIpAddress": {"IpAddress": [each["PrivateIpAddress"]]},
        },
    }
    for each, node in zip(INTERFACES, value("ListNodes")["Nodes"], strict=True)
]
ROUTES = [
    {
        "RouteTableId": TABLE,
        "DestinationCidrBlock": block,
        "Status": "Available",
        "Type": "System",
        "NextHops": {"NextHop": [{"NextHopType": "local"}]},
    }
    for block in ("192.168.10.0/24", "192.168.20.0/24", "100.64.0.0/10")
]
CONFIGS = [
    {
        "ApplicationName": "HDFS",
        "ConfigFileName": "core-site.xml",
        "ConfigItemKey": f"k{number}",
        "ConfigItemValue": "v",
    }
    for number in range(3)
]
TABLES = [{"RouteTableId": TABLE, "VpcId": VPC, "VSwitchIds": {"VSwitchId": [each["VSwitchId"] for each in VSWITCHES]}}]
RESOURCE_GROUPS = [
    {
        "Id": RESOURCE_GROUP,
        "Name": "dw_prod",
        "ResourceGroupType": "CommonV2",
        "Status": "Normal",
        "DefaultVpcId": VPC,
        "DefaultVswicthId": VSWITCHES[1]["VSwitchId"],  # the API spells it so
    }
]
WORKSPACE = 10001
PROJECTS: list[dict[str, Any]] = [
    {
        "Id": WORKSPACE,
        "Name": "dw_sales",
        "DisplayName": "Sales",
        "DevEnvironmentEnabled": False,
        "DevRoleDisabled": False,
        "Owner": "1111111111111111",
        "PaiTaskEnabled": False,
        "Status": "Available",
    }
]
COMPUTE_RESOURCES: list[dict[str, Any]] = [
    {
        "Name": "emr_prod",
        "Type": "emr",
        "ComputeResource": [
            {
                "Id": 20001,
                "ConnectionPropertiesMode": "InstanceMode",
                "ConnectionProperties": {"clusterId": CLUSTER, "envType": "Prod", "regionId": "cn-hangzhou"},
                "WhetherDefault": True,
            }
        ],
    }
]
MEMBERS: list[dict[str, Any]] = [
    {
        "ProjectId": WORKSPACE,
        "UserId": "1111111111111111",
        "UserName": "owner",
        "Status": "Normal",
        "Roles": [{"Code": "role_project_owner", "Name": "Project Owner", "Type": "System"}],
    },
    {
        "ProjectId": WORKSPACE,
        "UserId": "2000000000000001",
        "UserName": "alice",
        "Status": "Normal",
        "Roles": [{"Code": "role_project_admin", "Name": "Workspace Administrator", "Type": "System"}],
    },
]
MAPPINGS: dict[str, Any] = {
    "RequestId": "A-1",
    "Success": True,
    "Data": {"HadoopAuthType": "ldap", "Accounts": [{"UserId": "2000000000000001", "Username": "alice"}]},
}


def project(request: CloudRequest) -> CloudReply | None:
    """Answer GetProject for each workspace of the list."""
    found = [each for each in PROJECTS if str(each["Id"]) == request.query.get("Id")]
    if request.action != "GetProject" or not found:
        return None
    return CloudReply(json.dumps({"RequestId": "A-1", "Project": found[0]}).encode())


def rest(size: int = 100) -> tuple[Special, ...]:
    """Return what answers the calls that the bundled case has no answer of, `size` items a page."""
    return (
        in_pages("DescribeInstances", ("Instances", "Instance"), INSTANCES, size, tokens=True),
        in_pages("DescribeVSwitches", ("VSwitches", "VSwitch"), VSWITCHES, size, tokens=False),
        in_pages("DescribeRouteTableList", ("RouterTableList", "RouterTableListType"), TABLES, size, tokens=False),
        in_pages("DescribeRouteEntryList", ("RouteEntrys", "RouteEntry"), ROUTES, size, tokens=True),
        in_pages("ListApplicationConfigs", ("ApplicationConfigs",), CONFIGS, size, tokens=True),
        in_pages("ListResourceGroups", ("PagingInfo", "ResourceGroupList"), RESOURCE_GROUPS, size, tokens=False),
        in_pages("ListProjects", ("PagingInfo", "Projects"), PROJECTS, size, tokens=False),
        in_pages("ListComputeResources", ("PagingInfo", "ComputeResources"), COMPUTE_RESOURCES, size, tokens=False),
        in_pages("ListProjectMembers", ("PagingInfo", "ProjectMembers"), MEMBERS, size, tokens=False),
        always("GetComputeResourceAuthUserMappings", CloudReply(json.dumps(MAPPINGS).encode())),
        project,
    )
