"""Given what DataWorks and VPC say, then the resource group has its networks, and what is missing
is said."""

from __future__ import annotations

import re

import pytest

from diagnose.case import ResourceGroup, Skipped
from probes.rules.group_rule import Unresolved
from probes.rules.network_acl import describe
from tests.support.case_files import NETWORKS, VSWITCH, case_of, checks
from tests.support.factories import ranges


def test_networks_take_their_blocks_from_the_vswitches() -> None:
    case = case_of({"networks.json": NETWORKS, "vsw.json": VSWITCH})
    first, second = case.resource_group.networks
    assert (first.cidr, first.vpc, first.security_group, first.status) == (
        "192.168.10.0/24",
        "vpc-1",
        "sg-rg",
        "Running",
    )
    assert (second.cidr, second.status) == (None, "Deleted")
    assert case.resource_group.id == "rg-1"
    assert checks(case) == ["addresses of vsw-2"]


def test_without_list_networks_the_default_vswitch_is_used() -> None:
    group = {
        "ResourceGroup": {
            "Id": "rg-1",
            "Name": "main",
            "ResourceGroupType": "CommonV2",
            "DefaultVpcId": "vpc-1",
            "DefaultVswitchId": "vsw-1",
        }
    }
    case = case_of({"rg.json": group, "vsw.json": VSWITCH})
    assert (case.resource_group.name, case.resource_group.type) == ("main", "serverless")
    assert [(network.vswitch, network.cidr) for network in case.resource_group.networks] == [
        ("vsw-1", "192.168.10.0/24")
    ]


def test_a_default_vswitch_that_list_networks_does_not_have_leaves_the_networks_open() -> None:
    group = {"ResourceGroup": {"Id": "rg-1", "DefaultVswitchId": "vsw-1"}}
    none = {"PagingInfo": {"TotalCount": 0, "NetworkList": []}}

    case = case_of({"rg.json": group, "vsw.json": VSWITCH, "networks.json": none})

    (skip,) = [skip for skip in case.skipped if skip.about == "networks"]
    assert skip.hides
    assert "no answer of ListNetworks has a network of it" in skip.cause


def test_of_several_resource_groups_case_toml_picks_one() -> None:
    listed = {"PagingInfo": {"ResourceGroupList": [{"Id": f"rg-{n}", "DefaultVswicthId": f"vsw-{n}"} for n in (1, 2)]}}
    unclear = case_of({"rg.json": listed})
    assert unclear.resource_group == ResourceGroup()
    assert unclear.skipped == (
        Skipped(
            "networks of the resource group",
            "the answers are of 2 resource groups: rg-1, rg-2",
            "id under [resource_group] in case.toml",
            about="networks",
        ),
    )
    picked = case_of({"rg.json": listed, "case.toml": '[resource_group]\nid = "rg-2"\n'})
    assert [network.vswitch for network in picked.resource_group.networks] == ["vsw-2"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("CidrBlock", "10.0.0/24"),
        ("CidrBlock", "fd00::/64"),
        ("CidrBlock", "0.0.0.0/0"),
        ("CidrBlock", "10.0.0.0/7"),
        ("CidrBlock", "n/a"),
        ("Ipv6CidrBlock", "10.0.0.0/24"),
        ("Ipv6CidrBlock", "::/0"),
        ("Ipv6CidrBlock", "2000::/3"),
        ("Ipv6CidrBlock", "fd00::/47"),
    ],
)
def test_a_wrong_block_costs_its_own_vswitch(field: str, text: str) -> None:
    """Given two vSwitches, when the block of one is none, then it is left out and the other
    stays."""
    other = VSWITCH | {"VSwitchId": "vsw-2"}
    case = case_of({"vsw.json": VSWITCH | {field: text}, "other.json": other})
    odd = case.vswitches["vsw-1"]
    assert (odd.cidr if field == "CidrBlock" else odd.ipv6_cidr) is None
    assert case.vswitches["vsw-2"].cidr == VSWITCH["CidrBlock"]
    assert any(
        skip.check == f"{field} of vsw-1" and re.match(r"vsw\.json:\d+: found .*, expected a", skip.cause)
        for skip in case.skipped
    )


def test_acl_entries_keep_their_order_and_bind_their_vswitch() -> None:
    entries = [
        {
            "NetworkAclEntryId": f"e-{n}",
            "Policy": "Accept",
            "Protocol": "UDP",
            "Port": "88/88",
            "SourceCidrIp": "10.0.0.0/8",
        }
        for n in (2, 1)
    ]
    acl = {
        "NetworkAclId": "nacl-1",
        "Resources": {
            "Resource": [
                {"ResourceId": "vsw-1", "ResourceType": "VSwitch"},
                {"ResourceId": "vsw-9", "ResourceType": "VSwitch"},
            ]
        },
        "IngressAclEntries": {"IngressAclEntry": entries},
    }
    silent = {key: value for key, value in VSWITCH.items() if key != "NetworkAclId"}
    case = case_of({"acl.json": {"NetworkAclAttribute": acl}, "vsw.json": silent})
    read = case.network_acls["nacl-1"]
    assert [(entry.id, describe(entry)) for entry in read.ingress or ()] == [
        ("e-2", "accept UDP 88/88 from 10.0.0.0/8"),
        ("e-1", "accept UDP 88/88 from 10.0.0.0/8"),
    ]
    assert read.egress is None
    assert {name: switch.acl for name, switch in case.vswitches.items()} == {"vsw-1": "nacl-1", "vsw-9": "nacl-1"}


ACL_BY_LIST = {
    "NetworkAclAttribute": {
        "NetworkAclId": "nacl-1",
        "IngressAclEntries": {
            "IngressAclEntry": [{"Policy": "accept", "Protocol": "all", "Port": "-1/-1", "SourceCidrIp": "pl-1"}]
        },
        "EgressAclEntries": {"EgressAclEntry": []},
    }
}
"""A network ACL with one entry, for the blocks of a prefix list of the VPC."""


def blocks_of(*cidrs: str, **paging: object) -> dict[str, object]:
    return {"PrefixListEntry": [{"PrefixListId": "pl-1", "Cidr": cidr} for cidr in cidrs], "Count": 1, **paging}


def test_an_entry_of_an_acl_knows_the_blocks_of_a_prefix_list_of_the_vpc() -> None:
    pages = {"1.json": blocks_of("10.1.0.0/16", NextToken="t"), "2.json": blocks_of("10.2.0.0/16")}
    case = case_of({"acl.json": ACL_BY_LIST, **pages})

    assert case.network_acls["nacl-1"].rules("ingress")[0].party == ranges("10.1.0.0/16", "10.2.0.0/16")  # type: ignore[index]
    assert checks(case) == []


@pytest.mark.parametrize(
    ("file", "party"),
    [("GetVpcPrefixListEntries-pl-1.json", ()), ("list.json", Unresolved("prefix list", "pl-1"))],
)
def test_the_name_of_the_file_says_which_prefix_list_is_empty(file: str, party: object) -> None:
    case = case_of({"acl.json": ACL_BY_LIST, file: blocks_of()})
    assert case.network_acls["nacl-1"].rules("ingress")[0].party == party  # type: ignore[index]


def test_a_wrong_block_of_the_vpc_costs_its_prefix_list() -> None:
    case = case_of({"acl.json": ACL_BY_LIST, "list.json": blocks_of("10.0.0")})
    assert case.network_acls["nacl-1"].rules("ingress")[0].party == Unresolved("prefix list", "pl-1")  # type: ignore[index]


def test_a_route_table_says_which_of_the_known_vswitches_are_bound_to_it() -> None:
    listed = {"RouteTableId": "vtb-1", "VpcId": "vpc-1", "VSwitchIds": {"VSwitchId": ["vsw-1", "vsw-9"]}}
    tables = {"RouterTableList": {"RouterTableListType": [listed]}}

    case = case_of({"vsw.json": VSWITCH, "tables.json": tables})

    assert {name: switch.route_table for name, switch in case.vswitches.items()} == {"vsw-1": "vtb-1"}
    assert checks(case) == []
