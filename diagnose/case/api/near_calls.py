"""Is this the answer of a call beside the one that is read? Then the report names the right one.

People save the list of objects where the attributes of one are needed, or the attributes where the
list is. Keys: SDKs ecs 2014-05-26, vpc 2016-04-28, emr 2021-03-20 and dataworks-public 2024-05-18,
read on 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diagnose.case.api.calls import command
from probes.frozen import frozen
from probes.language import tr


@frozen
class NearCall:
    """A call whose answer is not read."""

    name: str
    """Its name: "vpc:DescribeNetworkAcls"."""
    right: str
    """The call to save instead, a key of `calls.CALLS`."""
    keys: frozenset[str]
    """Top-level keys of its answer, in lower case. All of them are there."""


def _near(name: str, right: str, *keys: str) -> NearCall:
    return NearCall(name, right, frozenset(key.lower() for key in keys))


NEAR_CALLS = (
    _near("vpc:DescribeNetworkAcls", "vpc:DescribeNetworkAclAttributes", "NetworkAcls"),
    _near("vpc:DescribeVpcs", "vpc:DescribeVSwitches", "Vpcs"),
    _near("vpc:DescribeVpcAttribute", "vpc:DescribeVSwitches", "VpcId", "VRouterId", "VSwitchIds"),
    _near("vpc:DescribeVRouters", "vpc:DescribeRouteTableList", "VRouters"),
    _near("vpc:DescribeRouteTables", "vpc:DescribeRouteEntryList", "RouteTables"),
    _near("vpc:ListPrefixLists", "vpc:GetVpcPrefixListEntries", "PrefixLists", "TotalCount"),
    _near("ecs:DescribePrefixLists", "ecs:DescribePrefixListAttributes", "PrefixLists"),
    _near("ecs:DescribePortRangeLists", "ecs:DescribePortRangeListEntries", "PortRangeLists"),
    _near("ecs:DescribeSecurityGroupReferences", "ecs:DescribeSecurityGroupAttribute", "SecurityGroupReferences"),
    _near("ecs:DescribeInstanceStatus", "ecs:DescribeInstances", "InstanceStatuses"),
    _near("ecs:DescribeNetworkInterfaceAttribute", "ecs:DescribeNetworkInterfaces", "NetworkInterfaceId", "MacAddress"),
    _near("ecs:DescribeInstanceAttribute", "ecs:DescribeInstances", "InstanceId", "VpcAttributes"),
    _near("emr:ListClusters", "emr:GetCluster", "Clusters"),
    _near("emr:GetNodeGroup", "emr:ListNodeGroups", "NodeGroup"),
    _near("emr:ListComponents", "emr:ListComponentInstances", "Components"),
    _near("emr:GetApplication", "emr:ListComponentInstances", "Application"),
    _near("emr:ListApplications", "emr:ListComponentInstances", "Applications"),
    _near("dataworks-public:GetNetwork", "dataworks-public:ListNetworks", "Network"),
    _near("dataworks-public:ListRoutes", "dataworks-public:ListNetworks", "PagingInfo.RouteList"),
    _near("dataworks-public:GetComputeResource", "dataworks-public:ListComputeResources", "ComputeResource"),
)
"""The first whose keys an answer has is the one."""


def of_answer(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what an answer is, and the command that saves the right one. None if it is none of
    these."""
    paging = value.get("PagingInfo")
    inner = (f"PagingInfo.{key}" for key in paging) if isinstance(paging, Mapping) else ()
    keys = _folded((*value, *inner))
    near = next((each for each in NEAR_CALLS if each.keys <= keys), None)
    if near is None:
        return None
    cause = tr("an answer of {name}, which is not read", name=near.name)
    return cause, tr("the answer of {call}: {command}", call=near.right, command=command(near.right))


def _folded(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key.replace("_", "").lower() for key in keys)
