"""The files of a small cluster, as its APIs and hosts export them, and the case that they make."""

from __future__ import annotations

import json
from typing import Any

from diagnose.case import Case, directory
from diagnose.case.tree import Tree

Content = str | bytes | dict[str, Any] | list[Any]


def case_of(files: dict[str, Content]) -> Case:
    return directory.of_tree(Tree("case", {name: as_bytes(content) for name, content in files.items()}))


def as_bytes(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content, indent=1).encode()


def checks(case: Case) -> list[str]:
    return [entry.check for entry in case.skipped]


CLUSTER = {
    "Cluster": {
        "ClusterId": "c-1",
        "ClusterType": "DataLake",
        "SecurityMode": "KERBEROS",
        "NodeAttributes": {"VpcId": "vpc-1", "SecurityGroupId": "sg-emr"},
    }
}
NODE = {
    "NodeId": "i-1",
    "NodeName": "master-1-1",
    "NodeGroupId": "ng-1",
    "NodeGroupType": "master",
    "NodeState": "RUNNING",
    "PrivateIp": "10.0.0.1",
}
NODES = {"Nodes": [NODE], "TotalCount": 1}
NODE_GROUPS = {
    "NodeGroups": [{"NodeGroupId": "ng-1", "VSwitchIds": ["vsw-ng"], "AdditionalSecurityGroupIds": ["sg-more"]}]
}
INTERFACE = {
    "NetworkInterfaceId": "eni-1",
    "VSwitchId": "vsw-eni",
    "VpcId": "vpc-1",
    "SecurityGroupIds": {"SecurityGroupId": ["sg-eni"]},
    "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": "10.0.0.1", "Primary": True}]},
}
INSTANCE = {
    "InstanceId": "i-1",
    "HostName": "master-1-1.c-1.cn-hangzhou.emr.aliyuncs.com",
    "SecurityGroupIds": {"SecurityGroupId": ["sg-ecs"]},
    "VpcAttributes": {"VpcId": "vpc-1", "VSwitchId": "vsw-ecs", "PrivateIpAddress": {"IpAddress": ["10.0.0.1"]}},
}
INTERFACES = {"NetworkInterfaceSets": {"NetworkInterfaceSet": [INTERFACE]}}
INSTANCES = {"Instances": {"Instance": [INSTANCE]}}
NETWORKS = {
    "PagingInfo": {
        "NetworkList": [
            {
                "Id": 1,
                "ResourceGroupId": "rg-1",
                "VpcId": "vpc-1",
                "VswitchId": "vsw-1",
                "SecurityGroupId": "sg-rg",
                "Status": "Running",
            },
            {"Id": 2, "ResourceGroupId": "rg-1", "VpcId": "vpc-2", "VswitchId": "vsw-2", "Status": "Deleted"},
        ]
    }
}
VSWITCH = {"VSwitchId": "vsw-1", "CidrBlock": "192.168.10.0/24", "VpcId": "vpc-1", "NetworkAclId": ""}
REALMS = "[realms]\n A = {\n  kdc = h\n }\n"


def xml(**settings: str) -> str:
    return (
        "<configuration>"
        + "".join(f"<property><name>{k}</name><value>{v}</value></property>" for k, v in settings.items())
        + "</configuration>"
    )
