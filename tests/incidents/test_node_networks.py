"""Do routes and interfaces of the nodes, as people have them, give the right answer?

Situations of public reports, rebuilt with hosts and addresses of ours.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import PORTS, Change, changed, group, group_of_nodes, healthy, report, rule

HOME = "192.168.20.0/24 dev eth0 proto kernel scope link src 192.168.20.11\n"
DEFAULT = "default via 192.168.20.253 dev eth0\n"
USUAL = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n"


def _listed(routes: str, rules: str = USUAL) -> Change:
    return {"routes-master-1-1.txt": routes, "iprules-master-1-1.txt": rules}


def _judged(result: Any) -> list[tuple[str, str, int]]:
    return [(each["code"], each["confidence"], len(each["flows"])) for each in result["findings"]]


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        # https://ipfyi.com/scenario/missing-default-route/: a script or an ended lease took the
        # default route, and hosts of the same network still reach it.
        (HOME, "no route of the list"),
        # A script against attacks, and fail2ban, ban a block with a blackhole or unreachable route.
        (DEFAULT + HOME + "blackhole 192.168.10.0/24\n", "192.168.10.0/24 is blackhole"),
        (DEFAULT + HOME + "unreachable 192.168.0.0/20\n", "192.168.0.0/20 is unreachable"),
        (DEFAULT + HOME + "prohibit 192.168.0.0/16\n", "192.168.0.0/16 is prohibit"),
        (DEFAULT.replace("eth0", "eth0 dead linkdown") + HOME, "no route of the list"),
    ],
    ids=["no default", "blackhole", "unreachable", "prohibit", "dead default"],
)
def test_a_node_that_can_send_no_answer_is_the_fault(tmp_path: Path, routes: str, words: str) -> None:
    result = report(tmp_path, changed(healthy(), _listed(routes)))
    (finding,) = result["findings"]

    assert (_judged(result), result["exit_code"]) == ([("RET-ROUTE", "strong", 5)], 1)
    assert words in finding["cause"]
    assert result["suggested_rules"] == []
    assert "ip route" in finding["remedies"][0]["text"]


@pytest.mark.parametrize(
    "routes",
    [
        # https://oneuptime.com/blog/post/2026-03-20-fix-incorrect-subnet-mask-errors/view
        DEFAULT + HOME.replace("192.168.20.0/24", "192.0.0.0/8"),
        HOME + "default via 10.0.0.253 dev eth0 onlink\n",
    ],
    ids=["a mask of 8 bits", "a gateway of another network"],
)
def test_an_odd_network_of_a_node_leaves_the_answer_open(tmp_path: Path, routes: str) -> None:
    result = report(tmp_path, changed(healthy(), _listed(routes)))

    assert (_judged(result), result["exit_code"]) == ([("RET-ROUTE", "inferred", 5)], 3)
    assert "perhaps" in result["findings"][0]["title"]


@pytest.mark.parametrize(
    ("routes", "rules"),
    [
        (DEFAULT + HOME, USUAL),
        (DEFAULT + HOME + "blackhole 10.66.0.0/16\nunreachable 172.16.0.0/12\n", USUAL),
        (DEFAULT + HOME + "169.254.0.0/16 dev eth0 scope link metric 1002\n", USUAL),
        (HOME + "192.168.10.0/24 via 192.168.20.253 dev eth0\n", USUAL),
        # Policy routing of a second interface: the table of the rule is not in the list.
        (HOME, USUAL.replace("32766:", "1000:\tfrom 192.168.20.11 lookup 1001\n32766:")),
        # https://serverfault.com/questions/998212: a gateway outside of it, as a neighbour.
        (HOME + "10.0.0.253 dev eth0 scope link\ndefault via 10.0.0.253 dev eth0\n", USUAL),
        # The way out is another interface.
        (HOME + "default via 192.168.30.253 dev eth1\n", USUAL),
        # Calico: a blackhole for the block of the node's own pods.
        (DEFAULT + HOME + "blackhole 10.233.90.0/24 proto bird\n10.233.90.1 dev cali0123456789a scope link\n", USUAL),
        ("", USUAL),
    ],
)
def test_a_node_that_can_send_the_answers_has_no_fault(tmp_path: Path, routes: str, rules: str) -> None:
    result = report(tmp_path, changed(healthy(), _listed(routes, rules)))

    assert (result["findings"], result["exit_code"]) == ([], 0)


def test_a_rule_of_the_group_that_is_missing_is_named_beside_the_route(tmp_path: Path) -> None:
    files = changed(healthy(), group_of_nodes([rule("TCP", port) for port in PORTS if port != 9083]))
    result = report(tmp_path, changed(files, _listed(HOME)))

    assert sorted(each["code"] for each in result["findings"]) == ["RET-ROUTE", "SG-SVC"]
    assert [each["port_range"] for each in result["suggested_rules"]] == ["9083/9083"]


def _interfaces(groups: str, *, machine: str = "i-a", second: str = "192.168.20.31") -> Change:
    """Return two interfaces of master-1-1, the second with this group, and one of core-1-1."""
    rows = [
        {
            "NetworkInterfaceId": f"eni-{number}",
            "InstanceId": instance,
            "PrivateIpAddress": address,
            "VpcId": "vpc-a",
            "VSwitchId": "vsw-emr",
            "Status": "InUse",
            "SecurityGroupIds": {"SecurityGroupId": [group_id]},
        }
        for number, (address, instance, group_id) in enumerate(
            [("192.168.20.11", "i-a", "sg-emr"), (second, machine, groups), ("192.168.20.21", "i-b", "sg-emr")]
        )
    ]
    counts = {"sg-rg": 0, "sg-emr": len(PORTS) + 1, "sg-two": 1}
    listed = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": n} for name, n in counts.items()]
    return {
        "interfaces.json": json.dumps({"NetworkInterfaceSets": {"NetworkInterfaceSet": rows}}, indent=1),
        "sg-two.json": group("sg-two", [rule("TCP", 22)]),
        "groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": listed}}),
    }


SECOND = str(healthy()["hosts"]).replace("192.168.20.11", "192.168.20.31")


@pytest.mark.parametrize(
    ("groups", "code", "findings"), [("sg-emr", 0, []), ("sg-two", 1, [("SG-WRONG-GROUP", "strong", 5)])]
)
def test_the_interface_whose_address_clients_dial_decides(
    tmp_path: Path, groups: str, code: int, findings: list[tuple[str, str, int]]
) -> None:
    # Each interface has groups of its own, and may have other ones than the first.
    result = report(tmp_path, changed(healthy(), {**_interfaces(groups), "hosts": SECOND}))

    assert (result["exit_code"], _judged(result)) == (code, findings)
    assert {each["security_group_id"] for each in result["suggested_rules"]} == ({"sg-two"} if code else set())
    assert {flow["address"] for flow in result["flows"] if flow["need"] == "required"} == {
        "192.168.20.31",
        "192.168.20.21",
    }


def test_a_second_interface_that_nobody_dials_decides_nothing(tmp_path: Path) -> None:
    result = report(tmp_path, changed(healthy(), _interfaces("sg-two")))

    assert (result["exit_code"], result["findings"]) == (0, [])


@pytest.mark.parametrize("machine", ["i-z", ""])
def test_the_address_of_another_machine_is_no_second_interface(tmp_path: Path, machine: str) -> None:
    result = report(tmp_path, changed(healthy(), {**_interfaces("sg-emr", machine=machine), "hosts": SECOND}))

    assert (result["exit_code"], [each["code"] for each in result["findings"]]) == (3, ["DNS-STALE-IP"])


@pytest.mark.parametrize(("groups", "first"), [("sg-two", "SG-WRONG-GROUP"), ("sg-emr", "FW-OS-DROP")])
def test_the_interface_that_dns_gives_decides_where_it_is_silent(tmp_path: Path, groups: str, first: str) -> None:
    # Given packets to the second interface, which the resolver of the resource group gave
    case = changed(healthy(), _interfaces(groups))
    seen = {"vantage": "local", "source": "192.168.10.5", "address": "192.168.20.31", "attempts": 3}
    row = {"flow": "namenode-rpc/master-1-1:9000", "state": "filtered", "reason": "no-response", **seen}
    recorded = json.dumps({"schema_version": "1", "observations": [row]}, indent=1)
    result = report(tmp_path, changed(case, {"observations.json": recorded}))

    assert result["findings"][0]["code"] == first
    assert "DNS-STALE-IP" not in [each["code"] for each in result["findings"]]
