"""Does the answer hold for security groups, network ACLs and routes as people have them?

Situations of public reports and of vendors' pages, rebuilt with hosts and addresses of ours: as
many healthy ones as faults, because a rule that nobody needs is as bad as a missing one.
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
    Content,
    changed,
    group,
    group_of_nodes,
    healthy,
    report,
    rule,
)

ALL = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
WORLD, NODES = "0.0.0.0/0", "192.168.20.0/24"
NEEDED = (8032, 9000, 9083, 9866, 10000, 10020)
"""Ports that the healthy cluster has to open."""


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _rules(result: Any) -> list[tuple[str, str, str]]:
    return [
        (each["security_group_id"], each["port_range"], each["source_cidr_ip"] or each["dest_cidr_ip"])
        for each in result["suggested_rules"]
        if each["option"] == 1
    ]


def _edits(result: Any) -> list[tuple[str, str, str]]:
    return [(each["object"], each["action"], each["to"]) for each in result["suggested_edits"] if each["option"] == 1]


def _without(*ports: int) -> list[Any]:
    return [each for each in ALL if int(each["PortRange"].partition("/")[0]) not in ports]


def _from(source: str, **fields: str) -> list[Any]:
    """Return the rules of a healthy cluster with another source."""
    return [{**each, "SourceCidrIp": source, **fields} for each in ALL]


def _counted(**groups: int | str) -> Change:
    """Return DescribeSecurityGroups: the number of rules of each group, or "enterprise"."""
    listed = [
        {
            "SecurityGroupId": name.replace("_", "-"),
            "SecurityGroupType": "normal" if isinstance(count, int) else count,
            "RuleCount": count if isinstance(count, int) else 0,
        }
        for name, count in groups.items()
    ]
    return {"groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": listed}})}


def _in_one_group(policy: str, *rules: Any) -> Change:
    """Return a resource group whose interfaces are in the group of the nodes."""
    answer = {**json.loads(group("sg-emr", list(rules))), "InnerAccessPolicy": policy}
    toml = str(healthy()["case.toml"]).replace('security_group = "sg-rg"', 'security_group = "sg-emr"')
    return {"case.toml": toml, "sg-emr.json": json.dumps(answer), **_counted(sg_emr=len(rules))}


def _second_group(*rules: Any, on: str = "") -> Change:
    """Return nodes that are in sg-more as well: all of them, or one."""
    head, name, tail = str(healthy()["case.toml"]).partition(f'name = "{on}"' if on else "[cluster]")
    both = 'security_groups = ["sg-emr", "sg-more"]'
    toml = head + name + tail.replace('security_groups = ["sg-emr"]', both, 1 if on else -1)
    counts = _counted(sg_rg=0, sg_emr=len(ALL), sg_more=len(rules))
    return {"case.toml": toml, "sg-more.json": group("sg-more", list(rules)), **counts}


DROP_ALL = rule("ALL", "-1/-1", source=WORLD, Policy="Drop", Priority="100", SecurityGroupRuleId="sgr-end")
LIST = {"SourcePrefixListId": "pl-1"}


def _prefix_list(*blocks: str) -> Change:
    entries = {"Entry": [{"Cidr": block} for block in blocks]}
    return {"pl.json": json.dumps({"PrefixListId": "pl-1", "MaxEntries": 10, "Entries": entries})}


@pytest.mark.parametrize(
    "change",
    [
        # https://github.com/alibaba/terraform-provider/issues/256: a rule that closes all the rest
        group_of_nodes([*ALL, DROP_ALL]),
        # https://github.com/alibaba/terraform-provider/issues/346: all ports are -1/-1
        group_of_nodes([rule("ALL", "-1/-1")]),
        group_of_nodes([rule("TCP", "-1/-1")]),
        group_of_nodes([rule("TCP", "1/65535", source=WORLD), rule("UDP", "1/65535", source=WORLD)]),
        # Protocols by number, small letters, and priorities that are no text
        group_of_nodes([{**each, "IpProtocol": "6", "Policy": "accept", "Priority": 1} for each in ALL[:-1]]),
        group_of_nodes(_from("192.168.0.0/16")),
        group_of_nodes(_from("", SourceGroupId="sg-rg")),
        {**group_of_nodes(_from("", **LIST)), **_prefix_list("192.168.10.0/25", "192.168.10.128/25")},
        _second_group(),
        # Within one basic group the drop does not count
        _in_one_group("Accept", DROP_ALL),
    ],
)
def test_rules_that_let_the_resource_group_in_however_they_are_written(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (0, [], [])


@pytest.mark.parametrize(
    ("change", "code", "ports"),
    [
        # https://github.com/nchammas/flintrock/issues/250: the rules name a public address, and
        # the packets come from the private one.
        (group_of_nodes(_from("47.98.12.34/32")), "SG-SOURCE", NEEDED),
        (group_of_nodes(_from("192.168.10.128/25")), "SG-SOURCE", NEEDED),
        # https://github.com/aliyun/terraform-provider-alicloud/issues/5981: rules for IPv6
        (group_of_nodes(_from("", Ipv6SourceCidrIp="2408:4004:1a0:7b00::/64")), "SG-SOURCE", NEEDED),
        (group_of_nodes(_from(NODES)), "SG-SVC", NEEDED),
        # "Set Destination to the vSwitch CIDR block", as a page says
        (group_of_nodes(_from(WORLD, DestCidrIp=BLOCK)), "SG-DIRECTION", NEEDED),
        ({**group_of_nodes(_from("", **LIST)), **_prefix_list("192.168.10.0/25")}, "SG-SOURCE", NEEDED),
        (_in_one_group("Drop", rule("ALL", "-1/-1", source=NODES)), "SG-SVC", NEEDED),
        # Rules of before 2020 have priority 110, which a rule of 100 precedes
        (group_of_nodes([*({**each, "Priority": "110"} for each in ALL), DROP_ALL]), "SG-SHADOWED", NEEDED),
    ],
)
def test_rules_that_do_not_let_it_in_are_completed(
    tmp_path: Path, change: Change, code: str, ports: Sequence[int]
) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result)) == (1, [code])
    assert sorted(_rules(result)) == sorted(("sg-emr", f"{port}/{port}", BLOCK) for port in ports)


def test_a_drop_of_the_same_priority_is_the_rule_to_decide_about(tmp_path: Path) -> None:
    drop = rule("TCP", "1/65535", source="192.168.8.0/22", Policy="Drop", SecurityGroupRuleId="sgr-deny")

    result = report(tmp_path, changed(healthy(), group_of_nodes([*ALL, drop])))

    # Then no accept rule is suggested, as none of them would win
    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["SG-SHADOWED"], [])
    assert "sgr-deny" in result["findings"][0]["cause"]


@pytest.mark.parametrize(
    ("on", "port", "blocked"), [("", 9083, 9083), ("core-1-1", 9866, 9866), ("core-1-1", 9083, None)]
)
def test_a_drop_in_a_further_group_of_a_node_stops_what_that_node_serves(
    tmp_path: Path, on: str, port: int, blocked: int | None
) -> None:
    # Given a group of a node group of its own, AdditionalSecurityGroupIds
    drop = rule("TCP", port, source=WORLD, Policy="Drop", SecurityGroupRuleId="sgr-baseline")

    result = report(tmp_path, changed(healthy(), _second_group(drop, on=on)))

    stopped = [flow["port"] for flow in result["flows"] if flow["verdict"] == "blocked" and flow["need"] == "required"]
    assert stopped == ([blocked] if blocked else [])
    assert (_codes(result), _rules(result)) == (["SG-SHADOWED"] if blocked else [], [])


CLOSED = rule("ALL", "-1/-1", source=WORLD, direction="egress", Policy="Drop", Priority="100")


@pytest.mark.parametrize(
    "change",
    [
        _counted(sg_rg="enterprise", sg_emr=len(ALL)),
        {
            "sg-rg.json": group("sg-rg", [rule("TCP", 443, source=WORLD, direction="egress"), CLOSED]),
            **_counted(sg_rg=2, sg_emr=len(ALL)),
        },
    ],
)
def test_a_resource_group_that_lets_nothing_out_gets_outbound_rules(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result)) == (1, ["SG-RG-EGRESS"])
    assert sorted(_rules(result)) == sorted(("sg-rg", f"{port}/{port}", NODES) for port in NEEDED)


def test_replies_need_no_outbound_rule_of_the_nodes(tmp_path: Path) -> None:
    # Given a group that lets nothing out: a security group keeps state
    result = report(tmp_path, changed(healthy(), group_of_nodes([*ALL, {**CLOSED, "Priority": "1"}])))

    assert (result["exit_code"], result["suggested_rules"]) == (0, [])
    assert [(each["code"], each["severity"]) for each in result["findings"]] == [("SG-CTRL", "warning")]


def test_an_export_of_one_direction_decides_nothing(tmp_path: Path) -> None:
    outbound = rule("ALL", "-1/-1", source=WORLD, direction="egress")

    result = report(tmp_path, changed(healthy(), {"sg-emr.json": group("sg-emr", [outbound])}))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (3, ["SG-UNRESOLVED"], [])


def test_rules_in_the_group_of_the_resource_group_open_nothing(tmp_path: Path) -> None:
    change = {"sg-emr.json": group("sg-emr", []), "sg-rg.json": group("sg-rg", ALL)}

    result = report(tmp_path, changed(healthy(), {**change, **_counted(sg_rg=len(ALL), sg_emr=0)}))

    assert (result["exit_code"], _codes(result)) == (1, ["SG-WRONG-GROUP"])
    assert {name for name, _, _ in _rules(result)} == {"sg-emr"}


def _entry(protocol: str, ports: str, block: str, policy: str = "accept", **fields: str) -> Any:
    return {
        "NetworkAclEntryId": f"nae-{protocol}-{ports.replace('/', '-')}",
        "Policy": policy,
        "Protocol": protocol,
        "Port": ports,
        "SourceCidrIp": block,
        "DestinationCidrIp": block,
        "IpVersion": "IPv6" if ":" in block else "IPv4",
        "EntryType": "custom",
        **fields,
    }


OPEN = _entry("all", "-1/-1", WORLD)
END = _entry("all", "-1/-1", WORLD, "drop", EntryType="system")


def _acl(ingress: list[Any], egress: list[Any], bound: str = "vsw-emr") -> Change:
    """Return an ACL that is bound to a vSwitch. The other vSwitch has none."""
    toml = str(healthy()["case.toml"])
    for name in ("vsw-emr", "vsw-rg"):
        start = f'[[vswitches]]\nid = "{name}"\n'
        toml = toml.replace(start, f'{start}acl = "{"nacl-1" if name == bound else ""}"\n')
    value = {
        "NetworkAclId": "nacl-1",
        "Resources": {"Resource": [{"ResourceId": bound, "ResourceType": "VSwitch"}]},
        "IngressAclEntries": {"IngressAclEntry": ingress},
        "EgressAclEntries": {"EgressAclEntry": egress},
    }
    return {"case.toml": toml, "acl.json": json.dumps({"NetworkAclAttribute": value})}


@pytest.mark.parametrize(
    "change",
    [
        _acl([OPEN, _entry("tcp", "9083/9083", WORLD, "drop")], [OPEN]),
        _acl([_entry("all", "-1/-1", "::/0", "drop"), OPEN], [_entry("all", "-1/-1", "::/0", "drop"), OPEN]),
        _acl([OPEN], [_entry("tcp", "32768/60999", WORLD), END]),
        _acl([END], [END], bound="vsw-other"),
    ],
    ids=["drop-below", "drop-of-ipv6", "ports-of-linux", "another-vswitch"],
)
def test_an_acl_that_stops_nothing_is_not_changed(tmp_path: Path, change: Change) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result), result["suggested_edits"]) == (0, [], [])


@pytest.mark.parametrize(
    ("change", "code", "first"),
    [
        # https://nectar.ibtisam-iq.com/cloud-infrastructure/aws/ephemeral-ports: answers go to the
        # ports of the client, and Linux takes them from another range than Windows.
        (_acl([_entry("tcp", "1/65535", BLOCK)], [END]), "NACL-RETURN", f"accept TCP 1024/65535 to {BLOCK}"),
        (
            _acl([OPEN], [_entry("tcp", "49152/65535", WORLD), END]),
            "NACL-EPHEMERAL",
            f"accept TCP 1024/65535 to {BLOCK}",
        ),
        (
            _acl([_entry("tcp", "22/22", WORLD), END], [OPEN], bound="vsw-rg"),
            "NACL-RETURN",
            f"accept TCP 1024/65535 from {NODES}",
        ),
        (
            _acl([_entry("tcp", "9083/9083", WORLD, "drop"), OPEN], [OPEN]),
            "NACL-IN",
            f"accept TCP 9083/9083 from {BLOCK}",
        ),
        (
            _acl([_entry("all", "-1/-1", "192.168.10.0/25"), END], [OPEN]),
            "NACL-IN",
            f"accept TCP 8032/8032 from {BLOCK}",
        ),
    ],
    ids=["inbound-alone", "ports-of-windows", "answers-at-the-client", "drop-above", "half-of-the-block"],
)
def test_an_entry_that_an_acl_lacks_is_put_before_the_others(
    tmp_path: Path, change: Change, code: str, first: str
) -> None:
    result = report(tmp_path, changed(healthy(), change))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, [code], [])
    ((kind, action, entries),) = _edits(result)
    assert (kind, action, entries.partition(";")[0]) == ("network-acl", "set", f"1 {first}")


@pytest.mark.parametrize(("entry", "blocked"), [(_entry("tcp", "22/22", WORLD), {9866}), (OPEN, set())])
def test_an_acl_of_the_core_nodes_alone_stops_what_they_serve(tmp_path: Path, entry: Any, blocked: set[int]) -> None:
    # Given core nodes in a vSwitch of their own
    change = _acl([entry, END], [OPEN], bound="vsw-core")
    head, name, tail = str(change["case.toml"]).partition('name = "core-1-1"')
    tail = tail.replace("vsw-emr", "vsw-core", 1).replace("192.168.20.21", "192.168.21.21", 1)
    block = '[[vswitches]]\nid = "vsw-core"\nvpc = "vpc-a"\ncidr = "192.168.21.0/24"\nacl = "nacl-1"\n'
    hosts = str(healthy()["hosts"]).replace("192.168.20.21", "192.168.21.21")

    result = report(tmp_path, changed(healthy(), {**change, "case.toml": head + name + tail + block, "hosts": hosts}))

    needed = [flow for flow in result["flows"] if flow["need"] == "required"]
    assert {flow["port"] for flow in needed if flow["verdict"] == "blocked"} == blocked
    assert _codes(result) == (["NACL-IN"] if blocked else [])


def test_answers_of_the_kdc_over_udp_need_an_entry_of_their_own(tmp_path: Path) -> None:
    egress = [_entry("tcp", "1024/65535", WORLD), END]
    files = healthy(kerberos=True)
    mode = 'security_mode = "KERBEROS"'
    toml = str(_acl([OPEN], egress)["case.toml"]).replace('security_mode = "NORMAL"', mode)

    result = report(tmp_path, changed(files, {**_acl([OPEN], egress), "case.toml": toml}))

    assert (result["exit_code"], _codes(result)) == (1, ["NACL-RETURN"])
    assert _edits(result)[0][2].startswith(f"1 accept UDP 1024/65535 to {BLOCK}")


def _route(block: str, kind: str, hop: str, ident: str = "") -> Any:
    hops = {"NextHop": [{"NextHopType": hop, "NextHopId": ident, "Enabled": 1}]}
    return {"DestinationCidrBlock": block, "Type": kind, "Status": "Available", "NextHops": hops}


def _tables(nodes: list[Any], clients: list[Any], block: str = BLOCK) -> Change:
    """Return a resource group in a VPC of its own, with the routes of both."""
    toml = str(healthy()["case.toml"]).replace(BLOCK, block)
    toml = toml.replace('vpc = "vpc-a"\nvswitch = "vsw-rg"', 'vpc = "vpc-b"\nvswitch = "vsw-rg"')
    toml = toml.replace('id = "vsw-rg"\nvpc = "vpc-a"', 'id = "vsw-rg"\nvpc = "vpc-b"\nroute_table = "vtb-b"')
    toml = toml.replace('id = "vsw-emr"\nvpc = "vpc-a"', 'id = "vsw-emr"\nvpc = "vpc-a"\nroute_table = "vtb-a"')
    local = {"vtb-a": _route(NODES, "System", "local"), "vtb-b": _route(block, "System", "local")}
    change: dict[str, Content] = {
        "case.toml": toml,
        "sg-rg.json": json.dumps({**json.loads(group("sg-rg", [])), "VpcId": "vpc-b"}),
    }
    for table, routes in (("vtb-a", nodes), ("vtb-b", clients)):
        entries = [{"RouteTableId": table, **entry} for entry in (local[table], *routes)]
        change[f"{table}.json"] = json.dumps({"NextToken": "", "RouteEntrys": {"RouteEntry": entries}})
    return change


THERE = _route(NODES, "Custom", "VpcPeer", "pcc-1")
BACK = _route(BLOCK, "Custom", "VpcPeer", "pcc-1")
OFF = {**BACK, "NextHops": {"NextHop": [{"NextHopType": "VpcPeer", "NextHopId": "pcc-1", "Enabled": 0}]}}
NAT = _route(WORLD, "Custom", "NatGateway", "ngw-1")


def test_two_vpcs_with_routes_both_ways_are_connected(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), _tables([BACK], [THERE])))

    assert (result["exit_code"], _codes(result)) == (0, [])


@pytest.mark.parametrize("back", [[], [OFF], [_route("192.168.10.0/25", "Custom", "VpcPeer", "pcc-1")]])
def test_a_route_back_for_no_client_or_for_half_of_them_is_added(tmp_path: Path, back: list[Any]) -> None:
    result = report(tmp_path, changed(healthy(), _tables(back, [THERE])))

    assert (result["exit_code"], _codes(result)) == (1, ["RET-ROUTE"])
    assert _edits(result) == [("route", "set", f"{BLOCK} via VpcPeer pcc-1")]


@pytest.mark.parametrize("towards", ["clients", "nodes"])
def test_a_longer_prefix_that_leads_to_a_vpn_is_not_taken_for_the_peering(tmp_path: Path, towards: str) -> None:
    back, there = [BACK], [THERE]
    vpn = _route("192.168.10.0/25" if towards == "clients" else "192.168.20.0/26", "Custom", "VpnGateway", "vpn-1")
    (back if towards == "clients" else there).append(vpn)

    result = report(tmp_path, changed(healthy(), _tables(back, there)))

    assert result["exit_code"] == 3
    assert {each["confidence"] for each in result["findings"]} == {"inferred"}
    assert "VpnGateway vpn-1" in str(result["findings"])


def test_a_prefix_list_of_an_acl_is_saved_by_the_call_of_vpc(tmp_path: Path) -> None:
    listed = _acl([_entry("all", "-1/-1", "pl-bp1x"), END], [OPEN])

    result = report(tmp_path, changed(healthy(), listed))
    known = {"NextToken": "", "PrefixListEntry": [{"PrefixListId": "pl-bp1x", "Cidr": BLOCK}]}
    complete = report(tmp_path / "complete", changed(healthy(), {**listed, "pl.json": json.dumps(known)}))

    assert (result["exit_code"], complete["exit_code"]) == (3, 0)
    assert "aliyun vpc GetVpcPrefixListEntries" in str(result["findings"])


def test_a_nat_gateway_on_both_sides_connects_nothing(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), _tables([NAT], [NAT])))

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (1, ["NET-WRONG-VPC"], [])


def test_two_peerings_of_which_one_may_lead_elsewhere_connect_nothing_surely(tmp_path: Path) -> None:
    back = _route(BLOCK, "Custom", "VpcPeer", "pcc-2")

    result = report(tmp_path, changed(healthy(), _tables([back], [THERE])))

    assert (result["exit_code"], result["suggested_rules"]) == (3, [])
    assert {each["confidence"] for each in result["findings"]} == {"inferred"}
    assert "VpcPeer pcc-2 leads to vpc-b" in result["findings"][0]["cause"]


@pytest.mark.parametrize("kind", ["Attachment", "RouterInterface"])
def test_each_vpc_has_its_own_attachment_of_what_connects_the_two(tmp_path: Path, kind: str) -> None:
    there, back = _route("192.168.0.0/16", "Custom", kind, "here"), _route("192.168.0.0/16", "Custom", kind, "there")

    result = report(tmp_path, changed(healthy(), _tables([back], [there])))

    assert (result["exit_code"], _codes(result)) == (0, [])
