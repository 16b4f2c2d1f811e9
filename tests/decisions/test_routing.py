"""Which route tables decide between a network and a target, and what do they leave open?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.model import Case
from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from probes.rules.network_acl import Acl
from probes.rules.routes import NextHop, RouteTable
from tests.support.factories import (
    EMR_CIDR,
    EMR_GROUP,
    RG_CIDR,
    a_case,
    a_cluster,
    a_flow,
    a_group,
    a_node,
    a_route,
    a_route_table,
    a_rule,
    a_vswitch,
    an_endpoint,
)
from tests.support.scenes import the_source

VPC, OURS = "vpc-bp1aaa", "vpc-rg"
AWAY = a_route(EMR_CIDR, NextHop("Ipv4Gateway", "ipv4gw-1"), table="vtb-rg")
ABSENT = "the route table of {} (DescribeVSwitchAttributes names it, DescribeRouteEntryList lists it)"


def case_of(*tables: RouteTable, vpc: str = VPC, **changes: Any) -> Case:
    """Return a case with the resource group in this VPC, and the cluster in vpc-bp1aaa."""
    known = {table.id for table in tables}
    vswitches = {
        "vsw-bp1emr": a_vswitch(route_table="vtb-emr" if "vtb-emr" in known else None),
        "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr=RG_CIDR, vpc=vpc, route_table="vtb-rg" if "vtb-rg" in known else None),
    }
    groups = {EMR_GROUP: a_group(a_rule())}
    given: dict[str, Any] = {"route_tables": {table.id: table for table in tables}, "vswitches": vswitches}
    return a_case(security_groups=groups, **{**given, **changes})


def ways(case: Case, flow: Flow | None = None, vpc: str | None = VPC, **changes: Any) -> list[tuple[Any, ...]]:
    """Return table, position and verdict of each way, and what it depends on."""
    model = Model(case, [the_source(vpc=vpc, **changes)])
    return [
        (way.table.id, way.where, way.decision.verdict, way.decision.missing) for way in model.ways(flow or a_flow())
    ]


def rg(*routes: Any, **changes: Any) -> RouteTable:
    return a_route_table(*routes, id="vtb-rg", **changes)


def test_inside_one_vpc_a_whole_table_decides_and_one_with_a_gap_is_left_out() -> None:
    assert ways(case_of(rg())) == [("vtb-rg", "within", "allowed", ())]
    assert ways(case_of(rg(AWAY))) == [("vtb-rg", "within", "denied", ())]
    assert ways(case_of(rg(AWAY, gap="page two"))) == []


def test_inside_one_vpc_exports_that_differ_on_an_entry_in_the_way_leave_it_unknown() -> None:
    differ = rg(gap="two exports differ", exports=((), (AWAY,)))
    assert ways(case_of(differ)) == [("vtb-rg", "within", "unknown", ("two exports differ",))]
    # One that takes nothing away in either export changes nothing
    same = rg(gap="two exports differ", exports=((), (a_route("10.0.0.0/8"),)))
    assert ways(case_of(same)) == []


@pytest.mark.parametrize(
    ("vswitches", "owners"),
    [(("vsw-bp1rg", "vsw-bp1emr"), ("vsw-bp1rg", "vsw-bp1emr")), ((None, None), (OURS, VPC))],
)
def test_between_two_vpcs_a_table_that_no_file_has_leaves_its_direction_unknown(
    vswitches: tuple[str | None, str | None], owners: tuple[str, str]
) -> None:
    case = case_of(vpc=OURS, nodes=(a_node(vswitch=vswitches[1], security_groups=(EMR_GROUP,)),))
    assert ways(case, vpc=OURS, vswitch=vswitches[0]) == [
        (owner, "across", "unknown", (ABSENT.format(owner),)) for owner in owners
    ]


def test_nothing_is_routed_inside_one_vswitch_or_from_a_network_of_no_known_vpc() -> None:
    case = case_of(rg(AWAY))
    assert ways(case, vswitch="vsw-bp1emr") == []
    assert ways(case, vpc=None) == []
    assert ways(case, a_flow(sources=())) == []


def test_a_node_is_in_the_vpc_of_its_vswitch_or_in_that_of_the_cluster() -> None:
    node = a_node(security_groups=(EMR_GROUP,))
    for vswitches, vpc in (
        ({"vsw-bp1emr": a_vswitch(vpc="vpc-x")}, "vpc-x"),
        ({"vsw-bp1emr": a_vswitch(vpc=None)}, VPC),
        ({}, VPC),
    ):
        model = Model(case_of(vswitches=vswitches, nodes=(node,)), [the_source(vpc=OURS)])
        assert {way.theirs for way in model.ways(a_flow())} == {vpc}


def test_a_target_that_no_list_has_is_in_the_vpc_of_the_cluster_if_its_groups_are_known() -> None:
    unlisted = a_flow(endpoint=an_endpoint("somewhere", address=None))
    way_there = (OURS, "across", "unknown", ("the address of the target",))
    case = case_of(vpc=OURS, nodes=(), vswitches={})
    assert ways(case, unlisted, OURS, vswitch=None)[0] == way_there
    # Given no group for it, nothing tells its network
    nameless = replace(case, cluster=a_cluster(security_group=None), security_groups={})
    assert ways(nameless, unlisted, OURS, vswitch=None) == []


def test_only_the_way_to_a_target_outside_of_the_cluster_is_checked() -> None:
    outside = a_flow(endpoint=an_endpoint("metastore.example.com", address="10.9.0.9"))
    assert ways(case_of(rg(a_route("10.9.0.0/16"))), outside) == [("vtb-rg", "anywhere", "allowed", ())]
    assert ways(case_of(rg()), outside) == [("vtb-rg", "anywhere", "denied", ())]
    assert ways(case_of(), outside) == []
    assert ways(case_of(rg()), replace(outside, endpoint=replace(outside.endpoint, address=None))) == []
    # An interface that is no node is outside as well
    member = case_of(rg(), members={"10.9.0.9": (EMR_GROUP,)})
    assert ways(member, outside) == [("vtb-rg", "anywhere", "denied", ())]


@pytest.mark.parametrize(
    ("address", "vswitch", "at"),
    [
        ("192.168.20.11", "vsw-bp1emr", True),
        ("192.168.20.11", None, True),
        (None, None, True),
        ("10.9.0.9", None, False),
    ],
)
def test_an_acl_may_be_crossed_if_its_vswitch_may_hold_the_target(
    address: str | None, vswitch: str | None, at: bool
) -> None:
    # Given the ACL of the cluster's vSwitch, which drops everything
    vswitches = {"vsw-bp1emr": a_vswitch(acl="nacl-1"), "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr=RG_CIDR)}
    node = a_node(address=address, vswitch=vswitch, security_groups=(EMR_GROUP,))
    case = case_of(vswitches=vswitches, network_acls={"nacl-1": Acl("nacl-1", (), ())}, nodes=(node,))
    flow = a_flow(endpoint=an_endpoint(address=address))
    decided = [each for each in Model(case, [the_source()]).decisions(flow) if each.layer == "network-acl"]
    assert bool(decided) is at
    # It is sure to stop the flow only if a file says where the target is
    assert {each.verdict for each in decided} <= {"denied" if vswitch else "unknown"}
    assert all(bool(each.missing) is (vswitch is None) for each in decided)


def test_the_assumption_about_the_groups_of_a_target_belongs_to_their_inbound_rules() -> None:
    model = Model(case_of(rg()), [the_source()])
    assumed = {(each.layer, each.direction): each.assumed for each in model.decisions(a_flow())}
    (text,) = assumed.pop(("security-group", "ingress"))
    assert text == f"{EMR_GROUP}, the cluster's security group, is the one on each node"
    assert not any(text in others for others in assumed.values())
    assert len(assumed) == 2
