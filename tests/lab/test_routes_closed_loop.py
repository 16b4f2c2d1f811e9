"""Two VPCs in the lab: does `check` name the route that is missing while packets get lost, and does
the suggested entry bring the cluster back?

The router of the lab enforces the tables of the case with the kernel's own policy routing: a
packet from one VPC is looked up in the table of that VPC, where an entry over a live link leads
on to the lab's network and everything else is swallowed, as a VPC swallows it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from .cases import LabCase, healthy
from .cloud import VPC, Document
from .diagnosis import check, serve_cluster
from .netns import CLUSTER, CLUSTER_CIDR, RG, RG_CIDR, ROUTER
from .scene import Lab

OTHER_VPC = "vpc-bp1shared"
TABLES: Mapping[str, tuple[str, ...]] = {"vtb-rg": (RG,), "vtb-emr": tuple(CLUSTER)}
"""Route table -> the router's interfaces to the hosts that use it."""

NUMBERS = {"vtb-rg": "201", "vtb-emr": "202"}
"""Of the kernel's tables that stand for them."""

LINK = "pcc-bp1link"


def entry(table: str, block: str, kind: str, hop: str, ident: str = "", enabled: int = 1) -> Document:
    return {
        "RouteTableId": table,
        "DestinationCidrBlock": block,
        "Status": "Available",
        "Type": kind,
        "NextHops": {"NextHop": [{"NextHopType": hop, "NextHopId": ident, "Enabled": enabled}]},
    }


def listing(table: str, own: str, *custom: Document) -> Document:
    system = [entry(table, own, "System", "local"), entry(table, "100.64.0.0/10", "System", "service")]
    return {
        "RequestId": "5E1B7A30-0000-4000-8000-0000000000F0",
        "NextToken": "",
        "RouteEntrys": {"RouteEntry": [*system, *custom]},
    }


def over_link(table: str, block: str, **changes: Any) -> Document:
    return entry(table, block, "Custom", "VpcPeer", LINK, **changes)


THERE, BACK = over_link("vtb-rg", CLUSTER_CIDR), over_link("vtb-emr", RG_CIDR)


def in_two_vpcs(there: tuple[Document, ...], back: tuple[Document, ...]) -> LabCase:
    """Return the healthy case with the resource group's vSwitch in a VPC of its own."""
    case = healthy()
    documents = copy.deepcopy(case.documents)
    for row in documents["DescribeVSwitches.json"]["VSwitches"]["VSwitch"]:
        ours = row["VSwitchId"] == "vsw-rg"
        row["VpcId"] = OTHER_VPC if ours else VPC
        row["RouteTable"] = {"RouteTableId": "vtb-rg" if ours else "vtb-emr", "RouteTableType": "System"}
    documents["ListNetworks.json"]["PagingInfo"]["NetworkList"][0]["VpcId"] = OTHER_VPC
    documents["DescribeRouteEntryList-rg.json"] = listing("vtb-rg", RG_CIDR, *there)
    documents["DescribeRouteEntryList-emr.json"] = listing("vtb-emr", CLUSTER_CIDR, *back)
    return replace(case, documents=documents)


def routes_of(case: LabCase) -> list[Document]:
    return [r for d in case.documents.values() if "RouteEntrys" in d for r in d["RouteEntrys"]["RouteEntry"]]


def repaired(case: LabCase, report: Mapping[str, Any]) -> LabCase:
    """Return what the tables hold after a person has run every line about them.

    An entry replaces another one of the same destination.
    """
    documents = copy.deepcopy(case.documents)
    for edit in report["suggested_edits"]:
        assert (edit["object"], edit["action"]) == ("route", "set"), edit
        block, _, hop, ident = edit["to"].split(" ")
        name = "DescribeRouteEntryList-rg.json" if edit["id"] == "vtb-rg" else "DescribeRouteEntryList-emr.json"
        held = documents[name]["RouteEntrys"]
        held["RouteEntry"] = [r for r in held["RouteEntry"] if r["DestinationCidrBlock"] != block]
        held["RouteEntry"].append(entry(edit["id"], block, "Custom", hop, ident))
    return replace(case, documents=documents)


@pytest.fixture
def routed(lab: Lab) -> Iterator[Lab]:
    serve_cluster(lab)
    yield lab
    router = lab.host(ROUTER)
    for table in TABLES:
        router.run("ip", "route", "flush", "table", NUMBERS[table])
        for interface in TABLES[table]:
            router.run("ip", "rule", "del", "iif", interface, "lookup", NUMBERS[table])


def enforce(lab: Lab, case: LabCase) -> None:
    router = lab.host(ROUTER)
    for table, interfaces in TABLES.items():
        number = NUMBERS[table]
        router.run("ip", "route", "flush", "table", number)
        lines = [f"route add blackhole default table {number}"]
        for route in routes_of(case):
            (hop,) = route["NextHops"]["NextHop"]
            leads = hop["NextHopType"] == "local" or (hop["NextHopId"] == LINK and hop["Enabled"])
            kind = "throw" if leads else "blackhole"
            if route["RouteTableId"] == table:
                lines.append(f"route add {kind} {route['DestinationCidrBlock']} table {number}")
        for interface in interfaces:
            router.run("ip", "rule", "del", "iif", interface, "lookup", number)
            lines.append(f"rule add iif {interface} lookup {number}")
        done = router.run("ip", "-batch", "-", stdin="\n".join(lines))
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("there", "back", "code"),
    [
        ((THERE,), (), "RET-ROUTE"),
        ((), (BACK,), "NET-ROUTE"),
        ((THERE,), (over_link("vtb-emr", RG_CIDR, enabled=0),), "RET-ROUTE"),
    ],
    ids=["no way back", "no way there", "link off"],
)
def test_a_missing_route_is_named_and_its_repair_repairs(
    routed: Lab, tmp_path: Path, there: tuple[Document, ...], back: tuple[Document, ...], code: str
) -> None:
    case = in_two_vpcs(there, back)
    enforce(routed, case)
    found = check(routed, case, tmp_path)
    assert (found.exit_code, found.primary) == (1, code), found
    assert [(f["code"], f["confidence"]) for f in found.report["findings"]] == [(code, "proven")], found
    assert not found.report["suggested_rules"], found
    # When a person adds what is suggested, then every required connection works
    after = repaired(case, found.report)
    assert after != case
    enforce(routed, after)
    assert (again := check(routed, after, tmp_path)).exit_code == 0, again


def test_two_vpcs_with_nothing_between_them(routed: Lab, tmp_path: Path) -> None:
    case = in_two_vpcs((), ())
    enforce(routed, case)
    found = check(routed, case, tmp_path)
    assert (found.exit_code, [f["code"] for f in found.report["findings"]]) == (1, ["NET-WRONG-VPC"]), found
    assert found.report["findings"][0]["confidence"] == "proven"
