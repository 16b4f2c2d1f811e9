"""Given what the VPC says of route tables, then each table has its entries, and one that is not
whole says so."""

from __future__ import annotations

import re
from typing import Any

from probes.addresses import parse
from probes.rules.routes import NextHop
from tests.support.case_files import VSWITCH, case_of, checks


def an_entry(destination: str = "10.0.0.0/8", **fields: Any) -> dict[str, Any]:
    return {
        "RouteTableId": "vtb-1",
        "DestinationCidrBlock": destination,
        "Status": "Available",
        "Type": "Custom",
        "NextHops": {"NextHop": [{"NextHopId": "tr-1", "NextHopType": "Attachment"}]},
        **fields,
    }


SYSTEM = an_entry("100.64.0.0/10", Type="System", NextHops={"NextHop": [{"NextHopType": "service", "NextHopId": ""}]})


def a_listing(*entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"RouteEntrys": {"RouteEntry": list(entries)}, "NextToken": "", **fields}


def test_an_entry_keeps_all_that_decides() -> None:
    hop = {
        "NextHopId": "ri-1",
        "NextHopType": "RouterInterface",
        "Enabled": 0,
        "Weight": 100,
        "NextHopRelatedInfo": {"InstanceId": "vbr-1", "InstanceType": "VBR"},
    }
    entry = an_entry(Origin="RouteCreated", NextHops={"NextHop": [hop]})
    table = case_of({"routes.json": a_listing(SYSTEM, entry)}).route_tables["vtb-1"]
    assert table.gap == ""
    route = table.routes[1]
    assert (route.destination, route.block, route.status, route.kind, route.learned) == (
        "10.0.0.0/8",
        parse("10.0.0.0/8"),
        "Available",
        "Custom",
        "RouteCreated",
    )
    assert route.hops == (NextHop("RouterInterface", "ri-1", enabled=False, weight=100, related="vbr-1"),)
    assert route.origin is not None
    assert (route.origin.file, route.origin.line is not None) == ("routes.json", True)


def test_an_answer_of_the_older_call_has_its_hop_beside_the_destination() -> None:
    older = {**an_entry(NextHopType="VpcPeer", NextHopId="pcc-1"), "NextHops": {}}
    table = case_of({"routes.json": a_listing(SYSTEM, older)}).route_tables["vtb-1"]
    assert table.routes[1].hops == (NextHop("VpcPeer", "pcc-1"),)


def test_pages_of_one_table_are_one_table() -> None:
    first, last = a_listing(SYSTEM, NextToken="more"), a_listing(an_entry())
    case = case_of({"a.json": first, "b.json": last})
    assert [len(table.routes) for table in case.route_tables.values()] == [2]
    assert checks(case) == []


def test_a_table_cut_short_says_so_although_another_is_whole() -> None:
    other = [{**entry, "RouteTableId": "vtb-2"} for entry in (SYSTEM, an_entry())]
    case = case_of({"a.json": a_listing(SYSTEM, an_entry(), NextToken="more"), "b.json": a_listing(*other)})
    assert {ident: bool(table.gap) for ident, table in case.route_tables.items()} == {"vtb-1": True, "vtb-2": False}
    assert checks(case) == ["routes of vtb-1"]
    assert "NextToken" in case.skipped[0].cause


def test_a_filtered_listing_is_not_taken_for_the_whole_table() -> None:
    case = case_of({"a.json": a_listing(an_entry())})
    assert "no system route" in case.route_tables["vtb-1"].gap


def test_a_prefix_list_stays_a_list() -> None:
    table = case_of({"a.json": a_listing(SYSTEM, an_entry("pl-1"))}).route_tables["vtb-1"]
    assert table.routes[1].block is None


def test_a_destination_that_is_none_leaves_its_table_incomplete() -> None:
    case = case_of({"a.json": a_listing(SYSTEM, an_entry("10.0.0/33"))})
    (table,) = case.route_tables.values()
    assert len(table.routes) == 1
    assert re.search(r"a\.json:\d+: found '10\.0\.0/33', expected a CIDR", table.gap)


def test_a_vswitch_names_its_table_in_both_calls() -> None:
    single = {**VSWITCH, "RouteTable": {"RouteTableId": "vtb-1", "RouteTableType": "System"}}
    assert case_of({"vsw.json": single}).vswitches["vsw-1"].route_table == "vtb-1"
    listed = {"VSwitches": {"VSwitch": [{**single, "VSwitchId": "vsw-2"}]}, "TotalCount": 1}
    both = case_of({"vsw.json": VSWITCH, "list.json": listed}).vswitches
    assert {name: vswitch.route_table for name, vswitch in both.items()} == {"vsw-1": None, "vsw-2": "vtb-1"}
