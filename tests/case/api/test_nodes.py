"""Given what EMR, ECS and a hosts file say of a node, then the one that is nearest to the machine
has the say."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.case.errors import CaseError
from diagnose.decisions.model import Model
from diagnose.decisions.targets import Attachment
from diagnose.flows.names import names
from tests.support.case_files import (
    CLUSTER,
    INSTANCES,
    INTERFACE,
    INTERFACES,
    NODE,
    NODE_GROUPS,
    NODES,
    case_of,
    checks,
)
from tests.support.factories import a_flow, an_endpoint


@pytest.mark.parametrize(
    ("answers", "groups", "vswitch", "assumed"),
    [
        ([NODES], None, None, None),
        ([NODES, CLUSTER], ("sg-emr",), None, "the node has no security group besides sg-emr of the cluster"),
        (
            [NODES, CLUSTER, NODE_GROUPS],
            ("sg-emr", "sg-more"),
            "vsw-ng",
            "the interface still has the security groups that EMR gave the node",
        ),
        ([NODES, NODE_GROUPS], None, "vsw-ng", None),
        ([NODES, CLUSTER, NODE_GROUPS, INSTANCES], ("sg-ecs",), "vsw-ecs", None),
        ([NODES, CLUSTER, NODE_GROUPS, INSTANCES, INTERFACES], ("sg-eni",), "vsw-eni", None),
        ([NODES, CLUSTER, NODE_GROUPS, INTERFACES, INSTANCES], ("sg-eni",), "vsw-eni", None),
    ],
)
def test_the_interface_beats_the_instance_beats_emr(
    answers: list[dict[str, Any]], groups: tuple[str, ...] | None, vswitch: str | None, assumed: str | None
) -> None:
    (node,) = case_of({f"{index}.json": answer for index, answer in enumerate(answers)}).nodes
    assert (node.security_groups, node.vswitch, node.assumed) == (groups, vswitch, assumed)


def test_a_node_is_put_together_from_every_answer() -> None:
    running = [
        {"ComponentName": name, "NodeName": "master-1-1", "NodeId": node}
        for name, node in (("NameNode", "i-1"), ("KDC", "i-1"), ("X", "i-2"))
    ]
    case = case_of(
        {
            "cluster.json": CLUSTER,
            "nodes.json": {"Nodes": [NODE, NODE | {"NodeName": "core-1-9", "NodeState": "TERMINATED"}]},
            "components.json": {"ComponentInstances": running},
            "instances.json": INSTANCES,
            "hosts": "10.0.0.1 emr-header-1.cluster-1 emr-header-1 master-1-1\n10.0.0.1 alias\n",
        }
    )
    (node,) = case.nodes
    assert (node.name, node.address, node.group, node.components) == (
        "master-1-1",
        "10.0.0.1",
        "MASTER",
        ("KDC", "NameNode"),
    )
    assert node.hostnames == (
        "emr-header-1.cluster-1",
        "emr-header-1",
        "alias",
        "master-1-1.c-1.cn-hangzhou.emr.aliyuncs.com",
    )
    assert str(node.origin) == "nodes.json:3 (master-1-1)"
    assert case.members == {"10.0.0.1": ("sg-ecs",)}
    assert (case.cluster.type, case.cluster.security_mode, case.cluster.vpc) == ("DATALAKE", "KERBEROS", "vpc-1")


def test_every_address_of_an_interface_has_its_groups_and_is_the_node() -> None:
    """Given an interface with a second IPv4 address and two IPv6 ones, one of them written out,
    then all are known by their usual spelling."""
    more = {
        "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": "10.0.0.1"}, {"PrivateIpAddress": "10.0.0.9"}]},
        "Ipv6Sets": {
            "Ipv6Set": [
                {"Ipv6Address": "2408:4005:03CE:0:0:0:0:1"},
                {"Ipv6Address": "2408:4005:3ce::2"},
                {"Ipv6Address": ""},
                {"Ipv6Address": "fe80::1%eth0"},
                {"Ipv6Address": "no address"},
            ]
        },
    }
    interfaces = {"NetworkInterfaceSets": {"NetworkInterfaceSet": [INTERFACE | more]}}
    case = case_of({"nodes.json": NODES, "eni.json": interfaces})
    others = ("10.0.0.9", "2408:4005:3ce::1", "2408:4005:3ce::2")

    assert case.members == dict.fromkeys(("10.0.0.1", *others), ("sg-eni",))
    assert (case.nodes[0].address, case.nodes[0].beside) == ("10.0.0.1", others)
    place = names(case).place("[2408:4005:3ce:0::2]")
    assert (place.label, place.address, place.node) == ("2408:4005:3ce::2", "2408:4005:3ce::2", case.nodes[0])
    assert names(case).place("10.0.0.1").label == "master-1-1"


def test_the_groups_of_an_ipv6_target_come_from_the_answers_alone() -> None:
    interface = INTERFACE | {"Ipv6Sets": {"Ipv6Set": [{"Ipv6Address": "2408:4005:3ce::1"}]}}
    case = case_of(
        {
            "nodes.json": NODES,
            "eni.json": {"NetworkInterfaceSets": {"NetworkInterfaceSet": [interface]}},
            "hosts": "2408:4005:3ce::1 nn6.example\n",
        }
    )
    model = Model(case, ())
    for place in map(names(case).place, ("2408:4005:3ce::1", "nn6.example")):
        found = model.attachment(a_flow(endpoint=an_endpoint(place.host, 8020, address=place.address)))
        assert (place.address, found) == ("2408:4005:3ce::1", Attachment(("sg-eni",)))


def test_one_address_in_two_vpcs_is_that_of_the_cluster() -> None:
    other = INTERFACE | {
        "VpcId": "vpc-2",
        "NetworkInterfaceId": "eni-2",
        "SecurityGroupIds": {"SecurityGroupId": ["sg-other"]},
    }
    both = {"NetworkInterfaceSets": {"NetworkInterfaceSet": [other, INTERFACE]}}
    assert case_of({"eni.json": both, "cluster.json": CLUSTER}).members == {"10.0.0.1": ("sg-eni",)}
    unclear = case_of({"eni.json": both})
    assert unclear.members == {}
    assert checks(unclear) == ["security groups of 10.0.0.1"]


@pytest.mark.parametrize(
    ("answer", "check", "needs"),
    [
        (NODES | {"NextToken": "t"}, "nodes that were not exported", "the missing pages of emr:ListNodes"),
        (NODES | {"TotalCount": 9}, "nodes that were not exported", "the missing pages of emr:ListNodes"),
        (
            INSTANCES | {"TotalCount": 2},
            "instances that were not exported",
            "the missing pages of ecs:DescribeInstances",
        ),
        (
            {"PagingInfo": {"NetworkList": [{"Id": 1, "VswitchId": "v"}], "TotalCount": 2}},
            "networks of the resource group that were not exported",
            "the missing pages of dataworks-public:ListNetworks",
        ),
    ],
)
def test_a_listing_that_is_not_whole_is_said(answer: dict[str, Any], check: str, needs: str) -> None:
    skipped = case_of({"a.json": answer}).skipped
    assert (check, needs) in [(entry.check, entry.needs) for entry in skipped]


def test_two_clusters_are_no_case() -> None:
    with pytest.raises(
        CaseError, match=r"^b\.json:3: found cluster c-2, expected c-1 as in a\.json: a case is of one cluster$"
    ):
        case_of({"a.json": CLUSTER, "b.json": {"Cluster": {"ClusterId": "c-2"}}})


def test_two_answers_about_the_cluster_that_differ_are_unknown_and_said() -> None:
    secure = {"Cluster": {**CLUSTER["Cluster"], "SecurityMode": "KERBEROS"}}
    plain = {"Cluster": {**CLUSTER["Cluster"], "SecurityMode": "NORMAL"}}
    case = case_of({"a.json": secure, "b.json": plain})
    assert (case.cluster.security_mode, case.cluster.security_group) == (None, "sg-emr")
    assert [each.accounts for each in case.conflicts] == [("security_mode KERBEROS", "security_mode NORMAL")]
