"""What would the Alibaba Cloud APIs say of a lab? Answers as JSON documents, in the shape of the
ECS, VPC, EMR and DataWorks APIs.

The same documents go into a case directory (what the product reads) and into `enforce` (what the
kernel does).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]
"""One answer of one API, as parsed JSON."""

Documents = Mapping[str, Document]
"""File name in a case directory -> answer."""

REGION = "cn-hangzhou"
VPC = "vpc-bp1lab"

_ENDS = ["CidrIp", "GroupId", "GroupName", "GroupOwnerAccount", "PrefixListId", "PrefixListName"]
_UNSET = [
    *(f"{end}{part}" for end in ("Source", "Dest") for part in _ENDS),
    *("Ipv6SourceCidrIp", "Ipv6DestCidrIp", "SourcePortRange", "PortRangeListId", "PortRangeListName", "Description"),
]
_EMPTY_PERMISSION: Mapping[str, object] = dict.fromkeys(_UNSET, "")


def permission(rule_id: str, **fields: object) -> Document:
    """One rule of DescribeSecurityGroupAttribute: unset fields are empty strings, as the API sends
    them.
    """
    usual = {
        "SecurityGroupRuleId": rule_id,
        "Direction": "ingress",
        "IpProtocol": "TCP",
        "PortRange": "-1/-1",
        "Policy": "Accept",
        "Priority": "1",
        "NicType": "intranet",
        "CreateTime": "2026-03-01T07:28:38Z",
    }
    return {**_EMPTY_PERMISSION, **usual, **fields}


def attribute(group: str, permissions: Iterable[Document], inner: str = "Drop") -> Document:
    """DescribeSecurityGroupAttribute, complete in one page. inner: InnerAccessPolicy."""
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000001",
        "RegionId": REGION,
        "SecurityGroupId": group,
        "SecurityGroupName": f"name of {group}",
        "Description": "",
        "VpcId": VPC,
        "InnerAccessPolicy": inner,
        "NextToken": "",
        "Permissions": {"Permission": list(permissions)},
    }


def security_groups(kinds: Mapping[str, str], counts: Mapping[str, int] | None = None) -> Document:
    """DescribeSecurityGroups. kinds: group id -> "normal" or "enterprise"; counts: group id ->
    RuleCount.
    """
    rows = [
        {
            "SecurityGroupId": group,
            "SecurityGroupName": f"name of {group}",
            "SecurityGroupType": kind,
            "VpcId": VPC,
            "Description": "",
            "ServiceManaged": False,
            **({"RuleCount": counts[group]} if counts and group in counts else {}),
            "Tags": {"Tag": []},
        }
        for group, kind in kinds.items()
    ]
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000002",
        "RegionId": REGION,
        "PageNumber": 1,
        "PageSize": 100,
        "TotalCount": len(rows),
        "NextToken": "",
        "SecurityGroups": {"SecurityGroup": rows},
    }


def rule_counts(documents: Documents) -> dict[str, int]:
    """Group id -> number of its rules, as RuleCount of DescribeSecurityGroups says it; by it a
    reader knows that an export is complete.
    """
    exports = [document for document in documents.values() if "Permissions" in document]
    return {document["SecurityGroupId"]: len(document["Permissions"]["Permission"]) for document in exports}


def interfaces(groups: Mapping[str, Iterable[str]]) -> Document:
    """DescribeNetworkInterfaces. groups: private address -> ids of the security groups of its
    interface.
    """
    rows = [
        {
            "NetworkInterfaceId": f"eni-bp1{number:04d}",
            "InstanceId": f"i-bp1{number:04d}",
            "VpcId": VPC,
            "VSwitchId": "vsw-rg" if address.startswith(("192.168.10.", "192.168.11.")) else "vsw-emr",
            "Type": "Primary",
            "Status": "InUse",
            "PrivateIpAddress": address,
            "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": address, "Primary": True}]},
            "SecurityGroupIds": {"SecurityGroupId": list(ids)},
        }
        for number, (address, ids) in enumerate(groups.items())
    ]
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000003",
        "PageNumber": 1,
        "PageSize": 100,
        "TotalCount": len(rows),
        "NextToken": "",
        "NetworkInterfaceSets": {"NetworkInterfaceSet": rows},
    }


def vswitches(cidrs: Mapping[str, str]) -> Document:
    """DescribeVSwitches. cidrs: vSwitch id -> IPv4 block."""
    rows = [
        {
            "VSwitchId": vswitch,
            "VSwitchName": f"name of {vswitch}",
            "VpcId": VPC,
            "ZoneId": f"{REGION}-h",
            "CidrBlock": cidr,
            "Ipv6CidrBlock": "",
            "NetworkAclId": "",
            "Status": "Available",
        }
        for vswitch, cidr in cidrs.items()
    ]
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000006",
        "TotalCount": len(rows),
        "PageNumber": 1,
        "PageSize": 50,
        "VSwitches": {"VSwitch": rows},
    }


def networks(groups: Mapping[str, str]) -> Document:
    """ListNetworks of DataWorks. groups: vSwitch id -> security group of the resource group's
    interfaces in it.
    """
    rows = [
        {
            "Id": number,
            "ResourceGroupId": "Serverless_res_group_1",
            "VpcId": VPC,
            "VswitchId": vswitch,
            "SecurityGroupId": group,
            "Status": "Running",
        }
        for number, (vswitch, group) in enumerate(groups.items(), 1)
    ]
    paging = {"PageNumber": 1, "PageSize": 10, "TotalCount": len(rows), "NetworkList": rows}
    return {"RequestId": "5E1B7A30-0000-4000-8000-000000000007", "Success": True, "PagingInfo": paging}


def nodes(addresses: Mapping[str, str]) -> Document:
    """ListNodes of EMR. addresses: node name ("master-1-1") -> private address."""
    rows = [
        {
            "NodeId": f"i-bp1{number:04d}",
            "NodeName": name,
            "NodeGroupId": f"ng-{name.split('-')[0]}",
            "NodeGroupType": name.split("-", maxsplit=1)[0].upper(),
            "NodeState": "Running",
            "PrivateIp": address,
            "ZoneId": f"{REGION}-h",
        }
        for number, (name, address) in enumerate(addresses.items())
    ]
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000008",
        "NextToken": "",
        "MaxResults": 100,
        "TotalCount": len(rows),
        "Nodes": rows,
    }


def cluster(ident: str, group: str) -> Document:
    """GetCluster of EMR: a running DataLake cluster with Kerberos."""
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000009",
        "Cluster": {
            "ClusterId": ident,
            "ClusterName": "lab",
            "ClusterType": "DATALAKE",
            "ClusterState": "RUNNING",
            "DeployMode": "NORMAL",
            "ReleaseVersion": "EMR-5.18.1",
            "RegionId": REGION,
            "SecurityMode": "KERBEROS",
            "NodeAttributes": {"VpcId": VPC, "ZoneId": f"{REGION}-h", "SecurityGroupId": group},
        },
    }


def prefix_list(list_id: str, cidrs: Iterable[str]) -> Document:
    """DescribePrefixListAttributes of an IPv4 list."""
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000004",
        "PrefixListId": list_id,
        "PrefixListName": f"name of {list_id}",
        "AddressFamily": "IPv4",
        "MaxEntries": 20,
        "Description": "",
        "Entries": {"Entry": [{"Cidr": cidr, "Description": ""} for cidr in cidrs]},
    }


def port_list(list_id: str, ranges: Iterable[str]) -> Document:
    """DescribePortRangeListEntries. The API does not repeat the id of the list; here it stands in
    the answer, so that readers can tell lists apart.
    """
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000005",
        "PortRangeListId": list_id,
        "NextToken": "",
        "Entries": [{"PortRange": ports, "Description": ""} for ports in ranges],
    }


def network_acl(ident: str, vswitch: str, ingress: Iterable[Document], egress: Iterable[Document]) -> Document:
    """DescribeNetworkAclAttributes of a list that one vSwitch is bound to; entries by `acl_entry`,
    in the order in which they are asked.
    """
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000010",
        "NetworkAclAttribute": {
            "NetworkAclId": ident,
            "NetworkAclName": f"name of {ident}",
            "VpcId": VPC,
            "Status": "Available",
            "Resources": {"Resource": [{"ResourceId": vswitch, "ResourceType": "VSwitch", "Status": "BINDED"}]},
            "IngressAclEntries": {"IngressAclEntry": list(ingress)},
            "EgressAclEntries": {"EgressAclEntry": list(egress)},
        },
    }


def acl_entry(ident: str, cidr: str, protocol: str = "all", port: str = "-1/-1", policy: str = "accept") -> Document:
    """One entry for either direction: only the field of its own direction is read of the two
    addresses.
    """
    return {
        "NetworkAclEntryId": ident,
        "NetworkAclEntryName": "",
        "Policy": policy,
        "Protocol": protocol,
        "Port": port,
        "SourceCidrIp": cidr,
        "DestinationCidrIp": cidr,
        "EntryType": "custom",
    }


def route_table(ident: str, own_block: str, ways: Mapping[str, tuple[str, str]]) -> Document:
    """DescribeRouteEntryList, complete in one page: the local route, and of each way its
    destination -> type and id of the next hop.
    """
    local = ("local", "")
    rows = [
        {
            "RouteEntryId": f"rte-{ident}-{number}",
            "RouteTableId": ident,
            "DestinationCidrBlock": block,
            "IpVersion": "IPv4",
            "Status": "Available",
            "Type": "System" if hop is local else "Custom",
            "NextHops": {"NextHop": [{"NextHopType": hop[0], "NextHopId": hop[1], "Enabled": 1, "Weight": 0}]},
        }
        for number, (block, hop) in enumerate({own_block: local, **ways}.items())
    ]
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-000000000011",
        "MaxResults": 100,
        "NextToken": "",
        "RouteEntrys": {"RouteEntry": rows},
    }


def write(documents: Documents, directory: Path) -> None:
    """Into a case directory, one file an answer."""
    for name, document in documents.items():
        (directory / name).write_text(json.dumps(document, indent=1), encoding="utf-8")


def read(directory: Path) -> dict[str, Document]:
    """Every JSON file of a case directory that holds one object."""
    documents: dict[str, Document] = {}
    for file in sorted(directory.rglob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(document, dict):
            documents[file.relative_to(directory).as_posix()] = document
    return documents
