"""Does the answer hold for interfaces, and for odd rules, lists and routes between two networks?

Situations of public reports and of vendors' pages, rebuilt with hosts and addresses of ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    BLOCK,
    PORTS,
    Change,
    changed,
    group,
    group_of_nodes,
    healthy,
    report,
    rule,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
TOML, HOSTS = str(healthy()["case.toml"]), str(healthy()["hosts"])
WORLD, NODES = "0.0.0.0/0", "192.168.20.0/24"
NEEDED = [8032, 9000, 9083, 9866, 10000, 10020]
"""Ports that the healthy cluster has to open."""


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _added(result: Any, group_id: str = "sg-emr") -> list[int]:
    rules = [each for each in result["suggested_rules"] if each["security_group_id"] == group_id]
    return sorted(int(each["port_range"].partition("/")[0]) for each in rules if each["option"] == 1)


IPV6 = {"SourceCidrIp": "", "Ipv6SourceCidrIp": "::/0"}
NO_TCP = [rule("ICMP", "-1/-1", source=WORLD), rule("GRE", "-1/-1", source=WORLD), rule("ALL", "-1/-1", **IPV6)]
DROPS = [{**each, "Policy": "Drop"} for each in (*NO_TCP, rule("ICMPv6", "-1/-1", **IPV6))]


def test_drops_of_other_protocols_and_of_ipv6_stop_nothing(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), group_of_nodes([*ALL, *DROPS])))

    assert (result["exit_code"], _codes(result)) == (0, [])


def test_rules_for_other_protocols_and_for_ipv6_open_nothing(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), group_of_nodes(NO_TCP)))

    assert (result["exit_code"], _codes(result), _added(result)) == (1, ["SG-SVC"], NEEDED)


def test_rules_for_a_group_of_another_account_open_nothing(tmp_path: Path) -> None:
    fields = {"SourceCidrIp": "", "SourceGroupId": "sg-elsewhere", "SourceGroupOwnerAccount": "other@example.com"}

    result = report(tmp_path, changed(healthy(), group_of_nodes([{**each, **fields} for each in ALL])))

    assert (result["exit_code"], _codes(result), _added(result)) == (1, ["SG-GROUPREF"], NEEDED)


def test_rules_for_a_group_decide_nothing_while_that_of_the_resource_group_is_unknown(tmp_path: Path) -> None:
    toml = {"case.toml": TOML.replace('security_group = "sg-rg"\n', "")}
    rules = group_of_nodes([{**each, "SourceCidrIp": "", "SourceGroupId": "sg-rg"} for each in ALL])

    result = report(tmp_path, changed(healthy(), {**toml, **rules}))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (3, ["SG-GROUPREF"], [])


def test_a_list_of_ports_that_is_not_in_the_case_decides_its_ports_alone(tmp_path: Path) -> None:
    listed = {"PortRange": "", "PortRangeListId": "prl-1"}
    rules = [{**each, **listed} if each["PortRange"] == "9083/9083" else each for each in ALL]

    result = report(tmp_path, changed(healthy(), group_of_nodes(rules)))

    needed = [flow for flow in result["flows"] if flow["need"] == "required"]
    unknown = {flow["port"] for flow in needed if flow["verdict"] == "unknown"}
    assert (result["exit_code"], _codes(result), unknown) == (3, ["SG-UNRESOLVED"], {9083})


def test_a_drop_of_a_part_of_the_network_stops_that_part(tmp_path: Path) -> None:
    drop = rule("ALL", "-1/-1", source="192.168.10.64/26", Policy="Drop", SecurityGroupRuleId="sgr-part")

    result = report(tmp_path, changed(healthy(), group_of_nodes([*ALL, drop])))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["SG-SHADOWED"], [])
    assert {flow["verdict"] for flow in result["flows"] if flow["need"] == "required"} == {"partial"}


def test_two_pages_of_one_group_are_one_group(tmp_path: Path) -> None:
    page = json.loads(group("sg-emr", ALL[:7]))
    change: Change = {
        "sg-emr.json": json.dumps({**page, "NextToken": "AAAA"}),
        "sg-emr-2.json": group("sg-emr", ALL[7:]),
    }

    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result)) == (0, [])


def _interface(address: str, *further: str, sg: str = "sg-emr", instance: str = "i-m", second: bool = False) -> Any:
    addresses = [{"PrivateIpAddress": each, "Primary": each == address} for each in (address, *further)]
    return {
        "NetworkInterfaceId": f"eni-{address.replace('.', '-')}",
        "Type": "Secondary" if second else "Primary",
        "Status": "InUse",
        "InstanceId": instance,
        "VpcId": "vpc-a",
        "VSwitchId": "vsw-emr",
        "PrivateIpAddress": address,
        "SecurityGroupIds": {"SecurityGroupId": [sg]},
        "PrivateIpSets": {"PrivateIpSet": addresses},
    }


def _interfaces(*interfaces: Any) -> Change:
    answer = {"TotalCount": len(interfaces), "NetworkInterfaceSets": {"NetworkInterfaceSet": interfaces}}
    return {"interfaces.json": json.dumps(answer)}


LISTED: Change = {
    "case.toml": TOML[: TOML.index("[[cluster.nodes]]")] + TOML[TOML.index("[resource_group]") :],
    "nodes.json": json.dumps(
        {
            "TotalCount": 2,
            "NextToken": "",
            "Nodes": [
                {"NodeName": "master-1-1", "NodeGroupType": "MASTER", "PrivateIp": "192.168.20.11"},
                {"NodeName": "core-1-1", "NodeGroupType": "CORE", "PrivateIp": "192.168.20.21"},
            ],
        }
    ),
}
CORE = _interface("192.168.20.21", instance="i-c")


@pytest.mark.parametrize("nodes", [{}, LISTED], ids=["case.toml", "ListNodes"])
def test_a_hosts_file_may_have_a_further_address_of_the_same_interface(tmp_path: Path, nodes: Change) -> None:
    master = _interface("192.168.20.11", "192.168.20.99")
    change = {**nodes, **_interfaces(master, CORE), "hosts": HOSTS.replace("192.168.20.11", "192.168.20.99")}

    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result)) == (0, [])


@pytest.mark.parametrize("nodes", [{}, LISTED], ids=["case.toml", "ListNodes"])
def test_a_second_interface_that_nobody_dials_opens_and_stops_nothing(tmp_path: Path, nodes: Change) -> None:
    second = _interface("192.168.20.77", sg="sg-second", second=True)
    drop = rule("ALL", "-1/-1", source=WORLD, Policy="Drop")
    change = {
        **nodes,
        **_interfaces(_interface("192.168.20.11"), second, CORE),
        "sg-2.json": group("sg-second", [drop]),
    }

    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result)) == (0, [])


def _route(block: str, hop: str, ident: str = "", kind: str = "Custom", status: str = "Available") -> Any:
    hops = {"NextHop": [{"NextHopType": hop, "NextHopId": ident, "Enabled": 1}]}
    return {"DestinationCidrBlock": block, "Type": kind, "Status": status, "NextHops": hops}


THERE, BACK = _route(NODES, "VpcPeer", "pcc-1"), _route(BLOCK, "VpcPeer", "pcc-1")


def _two_vpcs(clients: Sequence[Any], nodes: Sequence[Any] = (BACK,)) -> Change:
    """Return a resource group in a VPC of its own, with the entries of both tables."""
    toml = TOML.replace('vpc = "vpc-a"\nvswitch = "vsw-rg"', 'vpc = "vpc-b"\nvswitch = "vsw-rg"')
    toml = toml.replace('id = "vsw-rg"\nvpc = "vpc-a"', 'id = "vsw-rg"\nvpc = "vpc-b"\nroute_table = "vtb-b"')
    toml = toml.replace('id = "vsw-emr"\nvpc = "vpc-a"', 'id = "vsw-emr"\nvpc = "vpc-a"\nroute_table = "vtb-a"')
    files = {"case.toml": toml, "sg-rg.json": json.dumps({**json.loads(group("sg-rg", [])), "VpcId": "vpc-b"})}
    for table, own, routes in (("vtb-a", NODES, nodes), ("vtb-b", BLOCK, clients)):
        entries = [{"RouteTableId": table, **each} for each in (_route(own, "local", kind="System"), *routes)]
        files[f"{table}.json"] = json.dumps({"NextToken": "", "RouteEntrys": {"RouteEntry": entries}})
    return files


@pytest.mark.parametrize(
    ("clients", "exit_code", "codes"),
    [
        ([{**THERE, "NextHops": {"NextHop": [THERE["NextHops"]["NextHop"][0]] * 2}}], 0, []),
        # A block of the resource group's own VPC comes before every other entry
        ([_route(NODES, "local", kind="System"), _route("192.168.0.0/16", "VpcPeer", "pcc-1")], 1, ["NET-OVERLAP"]),
        ([_route(NODES, "GatewayEndpoint", "ep-1")], 1, ["NET-ROUTE"]),
        ([_route(NODES, "VpcPeer", "pcc-1", status="Pending")], 3, ["NET-ROUTE"]),
        ([_route(NODES, "Cen", "cen-1", kind="CEN")], 3, ["NET-ROUTE"]),
    ],
    ids=["two-hops", "overlap", "endpoint", "pending", "unknown-hop"],
)
def test_an_entry_leads_to_the_cluster_or_not(
    tmp_path: Path, clients: list[Any], exit_code: int, codes: list[str]
) -> None:
    result = report(tmp_path, changed(healthy(), _two_vpcs(clients)))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (exit_code, codes, [])


def test_a_nat_gateway_of_one_side_alone_connects_nothing(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), _two_vpcs([_route(WORLD, "NatGateway", "ngw-1")], [])))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["NET-WRONG-VPC"], [])


def _entry(protocol: str, ports: str, block: str, policy: str = "accept", kind: str = "custom") -> Any:
    return {
        "NetworkAclEntryId": f"nae-{protocol}-{ports.partition('/')[0]}-{policy}",
        "Policy": policy,
        "Protocol": protocol,
        "Port": ports,
        "SourceCidrIp": block,
        "DestinationCidrIp": block,
        "IpVersion": "IPv4",
        "EntryType": kind,
    }


OPEN, END = _entry("all", "-1/-1", WORLD), _entry("all", "-1/-1", WORLD, "drop", "system")
OWN, CLOUD = _entry("all", "-1/-1", "192.168.0.0/16"), _entry("all", "-1/-1", "100.64.0.0/10", kind="service")
PINGS = [_entry("icmp", "-1/-1", WORLD, "drop"), _entry("gre", "-1/-1", WORLD, "drop")]


@pytest.mark.parametrize(
    ("ingress", "egress", "codes"),
    [
        ([OWN, END], [OWN, END], []),
        ([CLOUD, OWN, END], [CLOUD, OWN, END], []),
        ([*PINGS, OPEN], [*PINGS, OPEN], []),
        ([CLOUD, _entry("tcp", "443/443", WORLD), END], [OPEN], ["NACL-IN"]),
        ([], [], ["NACL-IN", "NACL-RETURN"]),
    ],
    ids=["own-network", "services-of-the-cloud", "icmp-and-gre", "https-alone", "no-entries"],
)
def test_a_list_of_both_vswitches_lets_their_own_network_through(
    tmp_path: Path, ingress: list[Any], egress: list[Any], codes: list[str]
) -> None:
    bound = ("vsw-emr",) if codes else ("vsw-emr", "vsw-rg")
    toml = TOML
    for name in ("vsw-emr", "vsw-rg"):
        start = f'[[vswitches]]\nid = "{name}"\n'
        toml = toml.replace(start, f'{start}acl = "{"nacl-1" if name in bound else ""}"\n')
    value = {
        "NetworkAclId": "nacl-1",
        "Resources": {"Resource": [{"ResourceId": each, "ResourceType": "VSwitch"} for each in bound]},
        "IngressAclEntries": {"IngressAclEntry": ingress},
        "EgressAclEntries": {"EgressAclEntry": egress},
    }
    change: Change = {"case.toml": toml, "acl.json": json.dumps({"NetworkAclAttribute": value})}

    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1 if codes else 0, codes, [])
