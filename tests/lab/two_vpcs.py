"""A case whose resource group is in a VPC of its own: both route tables as exported, with or
without the way there and the way back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from . import cloud
from .cases import CLIENT_GROUP, LabCase
from .netns import CLUSTER_CIDR, RG_CIDR

RG_VPC: Final = "vpc-bp1rg"
PEERING: Final = ("VpcPeer", "pcc-bp1lab")
TABLES: Final = {"vsw-rg": "vtb-rg", "vsw-emr": "vtb-emr"}


def in_two_vpcs(case: LabCase, *, there: bool, back: bool) -> LabCase:
    """there, back: do the two tables have a route by the peering connection?"""
    tables = {
        "DescribeRouteEntryList-rg.json": cloud.route_table(
            TABLES["vsw-rg"], RG_CIDR, {CLUSTER_CIDR: PEERING} if there else {}
        ),
        "DescribeRouteEntryList-emr.json": cloud.route_table(
            TABLES["vsw-emr"], CLUSTER_CIDR, {RG_CIDR: PEERING} if back else {}
        ),
    }
    case = replace(case, documents={**case.documents, **tables})
    case = case.with_document("DescribeVSwitches.json", _own_tables)
    case = case.with_document("ListNetworks.json", _own_vpc)
    if "DescribeSecurityGroups.json" in case.documents:
        case = case.with_document("DescribeSecurityGroups.json", _own_group)
    return case.with_document(f"{CLIENT_GROUP}.json", lambda document: document.update(VpcId=RG_VPC))


def _own_tables(document: cloud.Document) -> None:
    for row in document["VSwitches"]["VSwitch"]:
        row["RouteTable"] = {"RouteTableId": TABLES[row["VSwitchId"]], "RouteTableType": "System"}
        if row["VSwitchId"] == "vsw-rg":
            row["VpcId"] = RG_VPC


def _own_group(document: cloud.Document) -> None:
    for row in document["SecurityGroups"]["SecurityGroup"]:
        if row["SecurityGroupId"] == CLIENT_GROUP:
            row["VpcId"] = RG_VPC


def _own_vpc(document: cloud.Document) -> None:
    for row in document["PagingInfo"]["NetworkList"]:
        row["VpcId"] = RG_VPC
