"""Which calls does `collect` make, and how are their pages asked for? One row a call.

Source: the Python SDKs emr20210320 3.4.0, ecs20140526 7.11.8, vpc20160428 7.2.2 and
dataworks_public20240518 9.11.0 (versions, methods, parameters, 2026-11-29), and the pages "RAM
authorization" of each product below https://www.alibabacloud.com/help/en/ (actions, 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from probes.frozen import frozen

Query = Mapping[str, Any]
"""Parameters of a call, under the names that they have on the wire."""


@frozen
class CloudProduct:
    """One product, with the SDK that calls it."""

    module: str
    """Package of its SDK."""
    version: str
    """Version of its API."""
    method: str
    """Method of HTTP that its SDK uses for calls that read."""
    ram: str
    """Name of the product in actions of RAM."""


PRODUCTS: Mapping[str, CloudProduct] = {
    "emr": CloudProduct("alibabacloud_emr20210320", "2021-03-20", "POST", "emr"),
    "ecs": CloudProduct("alibabacloud_ecs20140526", "2014-05-26", "POST", "ecs"),
    "vpc": CloudProduct("alibabacloud_vpc20160428", "2016-04-28", "POST", "vpc"),
    "dataworks-public": CloudProduct("alibabacloud_dataworks_public20240518", "2024-05-18", "GET", "dataworks"),
}
"""Name in the command line client -> product."""


@frozen
class CloudCall:
    """One call, as a rule one that reads."""

    kind: str
    """"ecs:DescribeInstances", as `documents.KINDS` names the answer."""
    subject: str = ""
    """Parameter that has the id of what is asked about. Empty if there is none."""
    tokens: str = ""
    """Parameter for the size of a page, if the next page is asked for with NextToken."""
    numbers: str = ""
    """The same, if pages have numbers."""
    size: int = 0
    """Most elements that a page may have."""
    has_region: bool = True
    """Whether the call takes a RegionId."""
    fixed: Query = field(default_factory=lambda: MappingProxyType({}))
    """Parameters that every call has."""
    is_posted: bool = False
    """Whether it is made with POST where its product as a rule uses GET."""
    is_form: bool = False
    """Whether its parameters go into the body, as a form."""

    has_secrets: bool = False
    """Whether an answer may hold passwords, which are masked before it is stored."""

    @property
    def method(self) -> str:
        """The method of HTTP."""
        return "POST" if self.is_posted else self.product.method

    @property
    def product(self) -> CloudProduct:
        """The product that answers."""
        return PRODUCTS[self.kind.partition(":")[0]]

    @property
    def action(self) -> str:
        """The name of the call within its product."""
        return self.kind.partition(":")[2]

    @property
    def permission(self) -> str:
        """The action of RAM that allows it."""
        return f"{self.product.ram}:{self.action}"


GROUP_TYPES = '["CommonV2","ExclusiveScheduler","ExclusiveDataIntegration","ExclusiveDataService"]'
"""All types of resource groups. Without it, ListResourceGroups has the serverless ones alone."""

GET_CLUSTER = CloudCall("emr:GetCluster", "ClusterId")
LIST_NODES = CloudCall("emr:ListNodes", "ClusterId", tokens="MaxResults", size=100)
LIST_NODE_GROUPS = CloudCall("emr:ListNodeGroups", "ClusterId", tokens="MaxResults", size=100)
LIST_COMPONENTS = CloudCall("emr:ListComponentInstances", "ClusterId", tokens="MaxResults", size=100)
LIST_CONFIGS = CloudCall("emr:ListApplicationConfigs", "ClusterId", tokens="MaxResults", size=100)
INSTANCES = CloudCall("ecs:DescribeInstances", tokens="MaxResults", size=100)
INTERFACES = CloudCall("ecs:DescribeNetworkInterfaces", "VpcId", tokens="MaxResults", size=500)
GROUPS = CloudCall("ecs:DescribeSecurityGroups", "VpcId", tokens="MaxResults", size=100)
GROUP_RULES = CloudCall(
    "ecs:DescribeSecurityGroupAttribute", "SecurityGroupId", tokens="MaxResults", size=1000, fixed={"Direction": "all"}
)
PREFIX_LIST = CloudCall("ecs:DescribePrefixListAttributes", "PrefixListId")
PORT_LIST = CloudCall("ecs:DescribePortRangeListEntries", "PortRangeListId")
VSWITCHES = CloudCall("vpc:DescribeVSwitches", "VpcId", numbers="PageSize", size=50)
VSWITCH = CloudCall("vpc:DescribeVSwitchAttributes", "VSwitchId")
ACL = CloudCall("vpc:DescribeNetworkAclAttributes", "NetworkAclId")
VPC_PREFIX_LIST = CloudCall("vpc:GetVpcPrefixListEntries", "PrefixListId", tokens="MaxResults", size=100)
ROUTE_TABLES = CloudCall("vpc:DescribeRouteTableList", "VpcId", numbers="PageSize", size=50)
ROUTES = CloudCall("vpc:DescribeRouteEntryList", "RouteTableId", tokens="MaxResult", size=100)
RESOURCE_GROUP = CloudCall("dataworks-public:GetResourceGroup", "Id", has_region=False)
RESOURCE_GROUPS = CloudCall(
    "dataworks-public:ListResourceGroups",
    numbers="PageSize",
    size=100,
    has_region=False,
    fixed={"ResourceGroupTypes": GROUP_TYPES},
)
NETWORKS = CloudCall("dataworks-public:ListNetworks", "ResourceGroupId", numbers="PageSize", size=100, has_region=False)
PROJECT = CloudCall("dataworks-public:GetProject", "Id", has_region=False)
PROJECTS = CloudCall(
    "dataworks-public:ListProjects", numbers="PageSize", size=100, has_region=False, is_posted=True, is_form=True
)
COMPUTE_RESOURCES = CloudCall(
    "dataworks-public:ListComputeResources",
    "ProjectId",
    numbers="PageSize",
    size=100,
    has_region=False,
    is_posted=True,
    has_secrets=True,
)
MEMBERS = CloudCall(
    "dataworks-public:ListProjectMembers",
    "ProjectId",
    numbers="PageSize",
    size=100,
    has_region=False,
    is_posted=True,
    is_form=True,
)
MAPPINGS = CloudCall(
    "dataworks-public:GetComputeResourceAuthUserMappings",
    "ComputeResourceId",
    has_region=False,
    is_posted=True,
    has_secrets=True,
)

ALL = (
    *(GET_CLUSTER, LIST_NODES, LIST_NODE_GROUPS, LIST_COMPONENTS, LIST_CONFIGS),
    *(INSTANCES, INTERFACES, GROUPS, GROUP_RULES, PREFIX_LIST, PORT_LIST),
    *(VSWITCHES, VSWITCH, ACL, VPC_PREFIX_LIST, ROUTE_TABLES, ROUTES),
    *(RESOURCE_GROUP, RESOURCE_GROUPS, NETWORKS, PROJECT, PROJECTS, COMPUTE_RESOURCES, MEMBERS, MAPPINGS),
)
"""Every call. What `--show-policy` allows is exactly this."""
