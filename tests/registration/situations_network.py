"""Situations of the rules that the diagnosis decides: state, networks, security groups, ports."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tests.registration.situations import Situation, Table, answer_of_cluster
from tests.support.incident_cases import BLOCK, CLUSTER, PORTS, Change, case_toml, group, group_of_nodes, healthy, rule


def types(kind: str | None) -> Change:
    """Return the answer that states the type of both groups. None: of none of them."""
    names = () if kind is None else ("sg-emr", "sg-rg")
    listed = [{"SecurityGroupId": name, "SecurityGroupType": kind} for name in names]
    return {"groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": listed}})}


def state(word: str) -> Change:
    return {"cluster.json": answer_of_cluster(word)}


def stopped_component() -> Change:
    """Return the answer in which the NameNode is stopped."""
    instance = {
        "ApplicationName": "HDFS",
        "ComponentName": "NameNode",
        "NodeId": "i-1",
        "NodeName": "master-1-1",
        "ComponentInstanceState": "STOPPED",
    }
    return {"components.json": json.dumps({"ComponentInstances": [instance]})}


def rules(*but: tuple[str, int], source: str = BLOCK) -> Change:
    """Return the healthy rules without these: rules(("UDP", 88))."""
    wanted = [*(("TCP", port) for port in PORTS), ("UDP", 88)]
    return group_of_nodes([rule(*each, source=source) for each in wanted if each not in but])


def elsewhere() -> Change:
    """Return a resource group in a VPC of its own, from which no route leads to the cluster."""
    local = {
        "RouteTableId": "vtb-b",
        "DestinationCidrBlock": BLOCK,
        "Type": "System",
        "Status": "Available",
        "NextHops": {"NextHop": [{"NextHopType": "local", "NextHopId": "", "Enabled": 1, "Weight": 0}]},
    }
    text = case_toml()
    for table in ('[[resource_group.networks]]\nvpc = "{}"', '[[vswitches]]\nid = "vsw-rg"\nvpc = "{}"'):
        more = '\nroute_table = "vtb-b"' if "vswitches" in table else ""
        text = text.replace(table.format("vpc-a"), table.format("vpc-b") + more)
    return {"case.toml": text, "routes.json": json.dumps({"RouteEntrys": {"RouteEntry": [local]}})}


EVERYTHING = group("sg-emr", [rule("ALL", "-1/-1"), rule("ALL", "-1/-1", direction="egress", source="0.0.0.0/0")])
"""The export of a group that lets everything through, in both directions."""


def mode(word: str) -> Change:
    """Return an answer of GetCluster with this security mode."""
    return {"cluster.json": json.dumps({"Cluster": {"ClusterId": CLUSTER, "SecurityMode": word}})}


def clusters(**fields: tuple[str, str]) -> Change:
    """Return two answers of GetCluster that differ on fields: clusters(ClusterType=("A", "B"))."""
    said = [{"ClusterId": CLUSTER, **{name: pair[number] for name, pair in fields.items()}} for number in (0, 1)]
    return {f"cluster-{number}.json": json.dumps({"Cluster": each}) for number, each in enumerate(said)}


def groups(*kinds: str) -> Change:
    """Return an answer of GetResourceGroup a type, all of one group."""
    said = [{"Id": "rg", "Name": "rg", "ResourceGroupType": kind} for kind in kinds]
    return {f"rg-{number}.json": json.dumps({"ResourceGroup": each}) for number, each in enumerate(said)}


def network(status: str = "Running", of: int = 1) -> Change:
    """Return an answer of ListNetworks with one network. of: how many it announces."""
    bound = {"VpcId": "vpc-a", "VswitchId": "vsw-rg", "SecurityGroupId": "sg-rg", "Status": status}
    return {"networks.json": json.dumps({"PagingInfo": {"TotalCount": of, "NetworkList": [bound]}})}


CUT_NODES: Change = {"nodes.json": json.dumps({"TotalCount": 9, "Nodes": [{"NodeName": "core-1-1", "NodeId": "i-1"}]})}
NO_NETWORKS: Mapping[str, Table] = {"resource_group": {"networks": None}}
KRB5 = str(healthy(kerberos=True)["krb5.conf"])
NO_KDC = re.sub(r"kdc =", "admin_server =", KRB5)

SERVERLESS: Mapping[str, Table] = {"cluster": {"type": "EMR-SERVERLESS-SPARK", "nodes": None}}

SITUATIONS: Mapping[str, tuple[Situation, ...]] = {
    "cluster-runs": (
        Situation("passed", "RUNNING"),
        Situation("failed", "TERMINATED", files=state("TERMINATED"), code="STATE-CLUSTER"),
        Situation("passed", "RUNNING", files=stopped_component()),
        Situation("not-checkable", "emr:GetCluster", files={"cluster.json": None}),
        Situation("not-checkable", "EMR console", toml=SERVERLESS, files={"cluster.json": None}),
        Situation("not-checkable", "EMR console", files=state("ODD_WORD")),
    ),
    "resource-group-network": (
        Situation("passed", "vpc-a, the VPC of the cluster"),
        Situation("not-checkable", "ListNetworks", toml={"resource_group": {"networks": [{"cidr": BLOCK}]}}),
        Situation(
            "not-checkable",
            "emr:GetCluster",
            files={
                "case.toml": case_toml().replace('vpc = "vpc-a"\ncidr = "192.168.20', 'cidr = "192.168.20'),
                "sg-emr.json": None,
            },
        ),
        Situation("not-checkable", "DescribeRouteEntryList", files={"case.toml": elsewhere()["case.toml"]}),
        Situation("failed", "VPC", files=elsewhere(), code="NET-WRONG-VPC"),
        Situation("not-checkable", "ListNetworks", toml={"resource_group": {"networks": None}}),
        Situation("not-checkable", "initialization", toml=SERVERLESS),
        Situation("failed", "Failed", toml=NO_NETWORKS, files=network("Failed"), code="STATE-CLUSTER"),
    ),
    "security-group-type": (
        Situation("passed", "sg-emr: of the basic type"),
        Situation("passed", "no nodes of EMR on ECS", toml=SERVERLESS),
        Situation("not-checkable", "pages of emr:ListNodes", files=CUT_NODES),
        Situation(
            "failed",
            "advanced",
            files={
                **types("enterprise"),
                "sg-emr.json": EVERYTHING,
                "sg-rg.json": EVERYTHING.replace("sg-emr", "sg-rg"),
            },
            code="SG-ENTERPRISE",
        ),
        Situation("failed", "advanced", files=types("enterprise"), code="SG-ENTERPRISE"),
        Situation("not-checkable", "ecs:DescribeSecurityGroups", files=types(None)),
    ),
    "kerberos-inbound": (
        Situation("passed", "no Kerberos"),
        Situation("passed", "all 2 connections", kerberos=True),
        Situation("failed", "udp://master-1-1", kerberos=True, files=rules(("UDP", 88))),
        Situation("failed", "tcp://master-1-1", kerberos=True, files=rules(("TCP", 88))),
        Situation("failed", "udp://master-1-1", kerberos=True, files=rules(source="192.168.10.0/25")),
        Situation("not-checkable", "sg-emr", kerberos=True, files={"sg-emr.json": None}),
        Situation("not-checkable", "krb5.conf", kerberos=True, files={"krb5.conf": None}),
        Situation("not-checkable", "security_mode", toml={"cluster": {"security_mode": None}}),
        Situation("not-checkable", "ListNetworks", kerberos=True, toml=NO_NETWORKS, files=network(of=7)),
        Situation("not-checkable", "ListNetworks", kerberos=True, toml=NO_NETWORKS),
        Situation("not-checkable", "same path", kerberos=True, files={"krb5.conf": f"include /etc/krb5.extra\n{KRB5}"}),
        Situation("not-checkable", "a kdc entry", kerberos=True, files={"krb5.conf": NO_KDC}),
        Situation("not-checkable", "on a master", toml={"cluster": {"security_mode": None}}, files=mode("KRB-2")),
    ),
    "component-ports": (
        Situation("passed", "connections are allowed"),
        Situation("not-checkable", "initialization", toml=SERVERLESS),
        Situation("failed", ":9866", files=rules(("TCP", 9866))),
        Situation("not-checkable", "yarn-site.xml", files={"yarn-site.xml": None}),
        Situation("not-checkable", "sg-emr", files={"sg-emr.json": None}),
    ),
}
