"""Given two VPCs, tables and packets, then the one finding names what is missing, for which
network, and the " "entry that repairs it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.model import Case, Input, Skipped, Text
from diagnose.decisions.missing_routes import missing_routes
from diagnose.engine import diagnose
from diagnose.findings import conclude
from diagnose.findings.model import Blame
from diagnose.findings.network.routes import settled
from diagnose.findings.values import Statement
from diagnose.findings.wording import words
from diagnose.flows.model import Flow, FlowPlan, Source
from diagnose.remedies.model import FindingRef
from diagnose.remedies.plan import suggest
from diagnose.remedies.routes import route_edits
from diagnose.remedies.wording import suggested
from diagnose.scene.observed import CaseObservations
from diagnose.scene.outcome import Outcome
from probes.observation import Observation
from probes.rules.routes import NextHop, RouteTable
from tests.support.factories import (
    DOMAIN,
    EMR_CIDR,
    RG_CIDR,
    a_flow,
    a_group,
    a_kdc_flow,
    a_network,
    a_resource_group,
    a_route,
    a_route_table,
    a_rule,
    a_udp_rule,
    a_vswitch,
    an_endpoint,
    ranges,
)
from tests.support.host_records import LOST_ANSWERS
from tests.support.scenes import codes, saw, silence, the_case, the_conclusion, the_scene, the_source

PEER = NextHop("VpcPeer", "pcc-1")
AWAY = NextHop("NatGateway", "ngw-1")
LOCAL = NextHop("local", "")
DOWN = replace(PEER, enabled=False)
THERE = a_route(EMR_CIDR, PEER, table="vtb-rg")
BACK = a_route(RG_CIDR, PEER, table="vtb-emr")
FLOWS = [a_kdc_flow(), a_kdc_flow("tcp"), a_flow()]
OURS = the_source(vpc="vpc-rg")
OPEN = (a_rule((1, 65535)), a_udp_rule())


def system(block: str) -> Any:
    return a_route(block, LOCAL, kind="System")


def tables(there: RouteTable | None, back: RouteTable | None) -> dict[str, RouteTable]:
    return {table.id: table for table in (there, back) if table is not None}


def rg_table(*routes: Any, **changes: Any) -> RouteTable:
    return a_route_table(system(RG_CIDR), *routes, id="vtb-rg", **changes)


def emr_table(*routes: Any, **changes: Any) -> RouteTable:
    return a_route_table(system(EMR_CIDR), *routes, id="vtb-emr", **changes)


def two_vpcs(there: RouteTable | None, back: RouteTable | None, **changes: Any) -> Case:
    """Return a case with the resource group's network in vpc-rg, the cluster in vpc-bp1aaa, and all
    traffic let in.
    """
    vswitches = {
        "vsw-bp1emr": a_vswitch(route_table="vtb-emr"),
        "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr=RG_CIDR, vpc="vpc-rg", route_table="vtb-rg"),
    }
    given: dict[str, Any] = {"vswitches": vswitches, "route_tables": tables(there, back)}
    given["resource_group"] = a_resource_group(a_network(vpc="vpc-rg"))
    return the_case(a_group(*OPEN), **{**given, **changes})


def found(case: Case, seen: dict[str, Observation] | None = None, sources: list[Source] | None = None) -> list[Any]:
    conclusion = the_conclusion(case, FLOWS, seen, sources or [OURS])
    return [(finding.code, finding.confidence) for finding in conclusion.findings]


def test_routes_both_ways_are_no_finding_and_no_proof() -> None:
    case = two_vpcs(rg_table(THERE), emr_table(BACK))
    assert found(case) == []
    place = the_scene(case, FLOWS, None, [OURS])
    assert {outcome.verdict for outcome in place.outcomes} == {"allowed"}
    packets = {(d.packet, d.at, bool(d.assumed)) for o in place.outcomes for d in o.decisions if d.layer == "route"}
    assert packets == {("request", ("vtb-rg",), True), ("reply", ("vtb-emr",), True)}


@pytest.mark.parametrize("default", [(), (a_route("0.0.0.0/0", AWAY),)])
def test_two_whole_tables_without_a_way_and_silence_prove_another_vpc(default: tuple[Any, ...]) -> None:
    case = two_vpcs(rg_table(*default), emr_table())
    assert found(case, {flow.id: silence() for flow in FLOWS}) == [("NET-WRONG-VPC", "proven")]
    # Without packets the tables are a strong case, since an export may be old
    assert found(case) == [("NET-WRONG-VPC", "strong")]
    (finding,) = the_conclusion(case, FLOWS, None, [OURS]).findings
    assert (
        finding.settle_by
        == f"this check on a host in {RG_CIDR}: there without --offline, or here with --via ssh://HOST"
    )


def test_no_rule_is_blamed_or_suggested_while_nothing_connects_the_two() -> None:
    case = two_vpcs(rg_table(), emr_table())
    case = replace(case, security_groups={**case.security_groups, "sg-bp1emr0001": a_group()})
    place = the_scene(case, FLOWS, None, [OURS])
    conclusion = the_conclusion(case, FLOWS, None, [OURS])
    assert codes(conclusion) == ["NET-WRONG-VPC"]
    suggestions = suggest(place, conclusion.findings)
    assert suggestions.rules == ()
    (edit,) = map(suggested, suggestions.edits)
    assert (edit.object, edit.before, edit.after) == (
        "resource-group",
        f"vpc-rg vsw-bp1rg {RG_CIDR}",
        "a vSwitch of vpc-bp1aaa, for example vsw-bp1emr",
    )
    assert set(edit.fixes) == {flow.id for flow in FLOWS}


@pytest.mark.parametrize(
    ("there", "back", "expected"),
    [
        (rg_table(THERE), emr_table(), [("RET-ROUTE", "strong")]),
        (rg_table(), emr_table(BACK), [("NET-ROUTE", "strong")]),
        (rg_table(a_route(EMR_CIDR, DOWN)), emr_table(BACK), [("NET-ROUTE", "strong")]),
        (rg_table(THERE), emr_table(a_route(RG_CIDR, DOWN)), [("RET-ROUTE", "strong")]),
        (rg_table(THERE, a_route("192.168.20.11/32", DOWN)), emr_table(BACK), [("NET-ROUTE", "strong")]),
        (rg_table(THERE), None, [("RET-ROUTE", "inferred")]),
        (None, emr_table(BACK), [("NET-ROUTE", "inferred")]),
        (None, None, [("NET-WRONG-VPC", "inferred")]),
        (rg_table(), None, [("NET-WRONG-VPC", "strong")]),
        (rg_table(a_route("10.0.0.0/8", PEER)), None, [("NET-ROUTE", "strong")]),
        (None, emr_table(), [("NET-WRONG-VPC", "strong")]),
        (rg_table(THERE, gap="page two"), emr_table(BACK), [("NET-ROUTE", "inferred")]),
        (rg_table(a_route("192.168.16.0/20", AWAY)), emr_table(BACK), [("NET-SNAT", "inferred")]),
        (rg_table(system("192.168.20.0/25")), emr_table(BACK), [("NET-OVERLAP", "strong")]),
        (rg_table(THERE), emr_table(system("192.168.10.0/25"), BACK), [("NET-OVERLAP", "strong")]),
    ],
)
def test_each_fault_by_its_name(there: RouteTable | None, back: RouteTable | None, expected: list[Any]) -> None:
    assert found(two_vpcs(there, back)) == expected


def test_equal_blocks_overlap_even_where_no_table_was_exported() -> None:
    case = two_vpcs(None, None)
    twin = a_vswitch("vsw-twin", cidr="192.168.10.0/26")
    assert found(replace(case, vswitches={**case.vswitches, "vsw-twin": twin})) == [("NET-OVERLAP", "strong")]


def test_silence_where_no_way_leads_back_is_proof_and_no_firewall_is_blamed() -> None:
    case = two_vpcs(rg_table(THERE), emr_table())
    assert found(case, {flow.id: silence() for flow in FLOWS}) == [("RET-ROUTE", "proven")]


def test_silence_where_the_way_back_is_not_known_blames_no_firewall() -> None:
    case = two_vpcs(rg_table(THERE), None)
    assert found(case, {flow.id: silence() for flow in FLOWS}) == [("RET-ROUTE", "inferred")]


def test_an_answer_refutes_the_tables() -> None:
    seen = {
        FLOWS[0].id: saw("open", "kerberos-reply"),
        FLOWS[1].id: saw("open", "kerberos-reply"),
        FLOWS[2].id: saw("open", "syn-ack"),
    }
    assert found(two_vpcs(rg_table(THERE), emr_table()), seen) == [("INPUT-STALE", "strong")]
    assert found(two_vpcs(None, None), seen) == []


def test_a_router_that_reports_the_missing_way_is_evidence_and_no_second_finding() -> None:
    seen = {flow.id: saw("filtered", "net-unreachable", offender="192.168.10.1") for flow in FLOWS}
    case = two_vpcs(rg_table(), emr_table(BACK))
    assert [code for code, _ in found(case, seen)] == ["NET-ROUTE"]
    (finding,) = the_conclusion(case, FLOWS, seen, [OURS]).findings
    assert "router-unreachable" not in {blame.cause for blame in finding.blames}


def test_of_two_networks_the_one_that_fails_is_named() -> None:
    case = two_vpcs(rg_table(THERE), emr_table())
    near = the_source("192.168.30.0/24", vswitch="vsw-near", label="vsw-near 192.168.30.0/24")
    case = replace(
        case,
        security_groups={
            "sg-bp1emr0001": a_group(
                *(a_rule((1, 65535), source=b, id=f"sgr-{b}", protocol=None) for b in (RG_CIDR, "192.168.30.0/24"))
            ),
            "sg-bp1rg": case.security_groups["sg-bp1rg"],
        },
    )
    flows = [replace(flow, sources=ranges(RG_CIDR, "192.168.30.0/24")) for flow in FLOWS]
    conclusion = the_conclusion(case, flows, None, [OURS, near])
    (finding,) = conclusion.findings
    assert finding.code == "RET-ROUTE"
    assert RG_CIDR in finding.sentence
    assert "vsw-near 192.168.30.0/24 of the same resource group does not have this fault" in finding.sentence
    assert (
        finding.settle_by
        == f"this check on a host in {RG_CIDR}: there without --offline, or here with --via ssh://HOST"
    )
    place = the_scene(case, flows, None, [OURS, near])
    assert {outcome.verdict for outcome in place.outcomes} == {"partial"}


def test_inside_one_vpc_only_an_entry_that_takes_packets_away_matters() -> None:
    inside = the_source()
    vswitches = {
        "vsw-bp1emr": a_vswitch(route_table="vtb-emr"),
        "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr=RG_CIDR, route_table="vtb-rg"),
    }
    for there, expected in (
        (rg_table(system(EMR_CIDR)), []),
        (rg_table(), []),
        (rg_table(gap="page two"), []),
        (rg_table(system(EMR_CIDR), a_route("192.168.20.11/32", DOWN)), [("NET-ROUTE", "strong")]),
        (
            rg_table(system(EMR_CIDR), a_route("192.168.20.11/32", NextHop("Instance", "i-1"))),
            [("NET-ROUTE", "inferred")],
        ),
    ):
        case = two_vpcs(there, emr_table(), vswitches=vswitches)
        assert found(case, None, [inside]) == expected


def test_one_vswitch_has_no_routes() -> None:
    same = the_source(vpc="vpc-rg", vswitch="vsw-bp1emr")
    assert the_scene(two_vpcs(rg_table(), emr_table()), FLOWS, None, [same]).model.ways(FLOWS[0]) == ()


# --- repairs --------------------------------------------------------------------------------------
# --------------------------------


REF = FindingRef("NET-ROUTE", 1)


def repaired(case: Case) -> list[tuple[str, str, str | None]]:
    place = the_scene(case, FLOWS, None, [OURS])
    blames = the_conclusion(case, FLOWS, None, [OURS]).blames
    return [(edit.table, edit.destination, edit.hop) for edit in route_edits(place.model, blames, REF)]


def test_a_peering_of_the_other_direction_is_used_for_the_missing_one() -> None:
    assert repaired(two_vpcs(rg_table(THERE), emr_table())) == [("vtb-emr", RG_CIDR, "pcc-1")]
    assert repaired(two_vpcs(rg_table(), emr_table(BACK))) == [("vtb-rg", EMR_CIDR, "pcc-1")]


def test_a_transit_router_of_the_same_table_is_used_and_that_of_the_other_vpc_is_not() -> None:
    theirs, ours = NextHop("Attachment", "tr-attach-emr"), NextHop("Attachment", "tr-attach-rg")
    there = rg_table(a_route(EMR_CIDR, ours))
    joined = emr_table(a_route("10.0.0.0/8", theirs))
    assert repaired(two_vpcs(there, joined)) == [("vtb-emr", RG_CIDR, "tr-attach-emr")]
    # Without one in its own table, the kind is known and the id is not: words, and no command
    case = two_vpcs(there, emr_table())
    assert repaired(case) == []
    (lacking,) = missing_routes(case, FLOWS[0], the_scene(case, FLOWS, None, [OURS]).model.ways(FLOWS[0]))
    assert (lacking.hop, lacking.kind) == (None, "Attachment")
    (finding,) = the_conclusion(case, FLOWS, None, [OURS]).findings
    assert f"Add to vtb-emr a route to {RG_CIDR}, next hop of type Attachment" in finding.manual[0]


def test_an_entry_that_carries_nothing_is_replaced_and_said() -> None:
    case = two_vpcs(rg_table(THERE), emr_table(a_route(RG_CIDR, DOWN)))
    place = the_scene(case, FLOWS, None, [OURS])
    (edit,) = map(suggested, suggest(place, the_conclusion(case, FLOWS, None, [OURS]).findings).edits)
    assert (edit.object, edit.id, edit.after) == ("route", "vtb-emr", f"{RG_CIDR} via VpcPeer pcc-1")
    assert edit.before is not None
    assert "not enabled" in edit.before


def test_a_longer_prefix_in_the_way_is_what_gives_way_and_not_the_entry_that_works() -> None:
    # Given an entry for the vSwitch that works, and one for the KDC's address alone that does not
    case = two_vpcs(rg_table(THERE, a_route("192.168.20.11/32", DOWN)), emr_table(BACK))
    assert repaired(case) == [("vtb-rg", "192.168.20.11/32", "pcc-1")]
    (finding,) = the_conclusion(case, FLOWS, None, [OURS]).findings
    assert finding.advice[0].startswith(
        "In vtb-rg replace the Custom route 192.168.20.11/32 via VpcPeer pcc-1 (not enabled)"
    )
    # And so on the way back, where it takes away a part of the network
    part = a_route("192.168.10.64/26", NextHop("Ipv4Gateway", "ipv4gw-1"))
    case = two_vpcs(rg_table(THERE), emr_table(BACK, part))
    assert repaired(case) == [("vtb-emr", "192.168.10.64/26", "pcc-1")]
    (finding,) = the_conclusion(case, FLOWS, None, [OURS]).findings
    assert "192.168.10.0/24 via" not in " ".join((*finding.manual, *finding.advice))


@pytest.mark.parametrize(
    ("entry", "destination", "is_replaced"),
    [
        (a_route("0.0.0.0/0", AWAY), EMR_CIDR, False),
        (a_route("192.168.16.0/20", DOWN), EMR_CIDR, False),
        (a_route(EMR_CIDR, DOWN), EMR_CIDR, True),
        (a_route("192.168.20.0/25", DOWN), "192.168.20.0/25", True),
        (a_route("192.168.20.0/25", DOWN, status="Inactive"), "192.168.20.0/25", True),
        (a_route("192.168.20.128/25", DOWN), EMR_CIDR, False),
    ],
)
def test_an_entry_gives_way_if_it_is_for_the_vswitch_or_a_part_of_it_and_no_wider_one(
    entry: Any, destination: str, is_replaced: bool
) -> None:
    # Given a default route, for example, which must stay: other traffic takes it
    case = two_vpcs(rg_table(entry), emr_table(BACK))
    assert repaired(case) == [("vtb-rg", destination, "pcc-1")]
    (lacking,) = missing_routes(case, FLOWS[0], the_scene(case, FLOWS, None, [OURS]).model.ways(FLOWS[0]))
    assert lacking.replaces == (entry if is_replaced else None)


def test_no_entry_takes_the_place_of_a_system_route() -> None:
    case = two_vpcs(rg_table(system(EMR_CIDR)), emr_table(BACK))
    assert list(missing_routes(case, FLOWS[0], the_scene(case, FLOWS, None, [OURS]).model.ways(FLOWS[0]))) == []


def test_a_repair_that_would_not_do_is_not_shown() -> None:
    # Given no way back either, and no link of which the case knows the id
    case = two_vpcs(rg_table(a_route("192.168.20.11/32", replace(DOWN, id=""))), emr_table())
    assert repaired(case) == []


# --- targets that are not of this cluster
# --------------------------------------------------------------------------------------------


def listed(case: Case) -> Case:
    return replace(case, inputs=(*case.inputs, Input("ListNodes.json", "emr:ListNodes", "0")))


def a_gone_flow(host: str = f"master-1-9.{DOMAIN}", address: str | None = None) -> Flow:
    return a_flow(endpoint=an_endpoint(host, address=address))


@pytest.mark.parametrize(("name", "near"), [("mastr-1-1", "master-1-1"), ("master-1-9", None), ("worker-1-1", None)])
def test_a_host_that_is_nearly_called_as_a_node_may_be_mistyped(name: str, near: str | None) -> None:
    """Given another digit, then it is the name of another node."""
    case = listed(the_case(a_group(*OPEN)))
    (finding,) = the_conclusion(case, [a_gone_flow(f"{name}.{DOMAIN}"), *FLOWS]).findings

    assert (finding.code, finding.confidence, finding.params["near"]) == ("NET-NODE-GONE", "inferred", near)
    text = words(Statement(finding.params, finding.code, None))
    assert ("may be mistyped" in text.sentence) == (near is not None)
    assert text.advice[0].startswith(f"If it is mistyped, write {near} in ") == (near is not None)


def test_a_node_that_a_whole_listing_does_not_have_is_gone() -> None:
    case = the_case(a_group(*OPEN))
    (finding,) = the_conclusion(listed(case), [a_gone_flow(), *FLOWS]).findings
    assert (finding.code, finding.confidence) == ("NET-NODE-GONE", "inferred"), "a listing may have been filtered"
    # Without the listing, or with a page of it missing, nobody knows
    assert "NET-NODE-GONE" not in codes(the_conclusion(case, [a_gone_flow(), *FLOWS]))
    cut = replace(
        listed(case), skipped=(Skipped("nodes that were not exported", "page two", "it", hides=True, about="nodes"),)
    )
    assert "NET-NODE-GONE" not in codes(the_conclusion(cut, [a_gone_flow(), *FLOWS]))


def test_a_gone_node_is_no_dns_fault() -> None:
    flow = a_gone_flow()
    seen = {flow.id: saw("unresolved", "name-not-found", source=None, address=None)}
    case = listed(the_case(a_group(*OPEN)))
    answering = {each.id: saw("open", "kerberos-reply" if each.area == "kerberos" else "syn-ack") for each in FLOWS}
    (finding,) = the_conclusion(case, [flow, *FLOWS], {**seen, **answering}).findings
    assert (finding.code, finding.confidence) == ("NET-NODE-GONE", "strong")
    # Where no name of the cluster can be looked up, it is the names
    nameless = {each.id: next(iter(seen.values())) for each in FLOWS}
    assert "NET-NODE-GONE" not in codes(the_conclusion(case, [flow, *FLOWS], {**seen, **nameless}))


def test_a_name_server_that_fails_and_a_kdc_that_is_misspelt_are_no_gone_node() -> None:
    case, kdc = (
        listed(the_case(a_group(*OPEN))),
        a_kdc_flow(endpoint=an_endpoint(f"master-1-9.{DOMAIN}", 88, address=None, transport="udp")),
    )
    answering = {each.id: saw("open", "kerberos-reply" if each.area == "kerberos" else "syn-ack") for each in FLOWS}
    for flow, reason, code in (
        (a_gone_flow(), "resolver-failed", "DNS-TIMEOUT"),
        (kdc, "resolver-failed", "DNS-TIMEOUT"),
        (kdc, "name-not-found", "DNS-NX-KDC"),
    ):
        seen = {**answering, flow.id: saw("unresolved", reason, source=None, address=None)}
        assert codes(the_conclusion(case, [flow, *FLOWS], seen)) == [code]


def test_an_address_among_the_nodes_is_a_candidate_until_it_alone_is_silent() -> None:
    case, flow = listed(the_case(a_group(*OPEN))), a_gone_flow("192.168.20.99", "192.168.20.99")
    first = the_conclusion(case, [flow, *FLOWS]).findings[0]
    assert (first.code, first.confidence) == ("NET-NODE-GONE", "inferred")
    answering = {each.id: saw("open", "kerberos-reply" if each.area == "kerberos" else "syn-ack") for each in FLOWS}
    silent = {flow.id: silence(address="192.168.20.99"), **answering}
    (alone,) = [f for f in the_conclusion(case, [flow, *FLOWS], silent).findings if f.code == "NET-NODE-GONE"]
    assert alone.confidence == "strong"
    other = a_gone_flow("172.31.0.9", "172.31.0.9")
    assert "NET-NODE-GONE" not in codes(the_conclusion(case, [other, *FLOWS]))


def a_metastore(address: str = "10.30.0.7") -> Flow:
    return a_flow(
        "hive-metastore",
        service="Hive metastore",
        area="hive",
        endpoint=an_endpoint("hms.example.com", 9083, address=address),
    )


def test_a_metastore_elsewhere_is_a_finding_of_its_own() -> None:
    case, flow = listed(the_case(a_group(*OPEN))), a_metastore()
    assert [(f.code, f.confidence) for f in the_conclusion(case, [flow, *FLOWS]).findings] == [
        ("HMS-EXTERNAL", "inferred")
    ]
    (finding,) = the_conclusion(case, [flow], {flow.id: silence(address="10.30.0.7")}).findings
    assert (finding.code, finding.confidence) == ("HMS-EXTERNAL", "strong")


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        (a_metastore(), "HMS-EXTERNAL"),
        (a_kdc_flow(endpoint=an_endpoint("kdc.example.com", 88, transport="udp", address="10.20.0.5")), "KDC-EXTERNAL"),
    ],
)
def test_a_table_without_a_way_to_an_external_host_makes_it_sure(flow: Flow, code: str) -> None:
    case = two_vpcs(rg_table(THERE, a_route("0.0.0.0/0", AWAY)), emr_table(BACK))
    (finding,) = the_conclusion(case, [flow], None, [OURS]).findings
    assert (finding.code, finding.confidence) == (code, "strong")
    assert "route table does not lead there" in finding.sentence
    reachable = two_vpcs(rg_table(THERE, a_route("10.0.0.0/8", PEER)), emr_table(BACK))
    (finding,) = the_conclusion(reachable, [flow], None, [OURS]).findings
    assert (finding.code, finding.confidence) == (code, "inferred")
    assert "does not lead there" not in finding.sentence


def test_a_network_of_no_known_vpc_is_said_not_to_be_checked() -> None:
    case = two_vpcs(rg_table(), emr_table(), resource_group=a_resource_group(a_network(vpc=None, vswitch=None)))
    causes = {
        skip.check: skip.cause for skip in diagnose(case, CaseObservations(), plan=FlowPlan(tuple(FLOWS))).skipped
    }
    assert causes["routes to the cluster"] == f"no file says in which VPC {RG_CIDR} is"
    known = diagnose(two_vpcs(rg_table(), emr_table()), CaseObservations(), plan=FlowPlan(tuple(FLOWS)))
    assert "routes to the cluster" not in {skip.check for skip in known.skipped}


@pytest.mark.parametrize(
    ("there", "back", "title", "cause", "advice"),
    [
        (
            rg_table(THERE),
            None,
            "The way back from the cluster is not known",
            "the route table of vsw-bp1emr",
            "Add to the case every page",
        ),
        (
            rg_table(gap="page two"),
            emr_table(BACK),
            "The way to the cluster is not known",
            "depends on page two",
            "Add to the case every page",
        ),
        (
            rg_table(),
            None,
            "another VPC than the cluster: vpc-rg, not vpc-bp1aaa",
            "no entry of vtb-rg leads to 192.168.20.11.",
            "Bind the resource group",
        ),
        (
            rg_table(THERE),
            emr_table(),
            "does not lead back",
            f"no entry of vtb-emr leads to {RG_CIDR}.",
            f"Add to vtb-emr a route to {RG_CIDR}, next hop VpcPeer pcc-1.",
        ),
        (
            rg_table(a_route(EMR_CIDR, DOWN)),
            emr_table(BACK),
            "does not lead to the cluster",
            "pcc-1 (not enabled)",
            "if that link is down, bring it up first",
        ),
    ],
)
def test_what_a_finding_says_is_as_sure_as_it_is(
    there: RouteTable, back: RouteTable | None, title: str, cause: str, advice: str
) -> None:
    (finding,) = the_conclusion(two_vpcs(there, back), [FLOWS[2]], None, [OURS]).findings
    assert title in finding.title
    assert cause in finding.sentence
    assert advice in " ".join((*finding.manual, *finding.advice))


@pytest.mark.parametrize(
    ("there", "back", "expected"),
    [
        (None, None, [("RET-ROUTE", "strong")]),
        (rg_table(THERE), None, [("RET-ROUTE", "strong")]),
        (rg_table(THERE), emr_table(BACK), [("RET-ROUTE", "strong")]),
        (rg_table(THERE), emr_table(), [("RET-ROUTE", "proven")]),
    ],
    ids=["no tables", "one table", "both ways there", "no way back"],
)
def test_a_log_that_has_the_request_leaves_the_way_back(
    there: RouteTable | None, back: RouteTable | None, expected: list[tuple[str, str]]
) -> None:
    log = Text("log:kdc", "master-1-1/krb5kdc.log", LOST_ANSWERS)
    case = replace(two_vpcs(there, back), texts=(log,))
    seen = {FLOWS[0].id: silence()}
    place = the_scene(case, FLOWS[:1], seen, [OURS])
    findings = [(f.code, f.confidence) for f in conclude(place).findings if FLOWS[0].id in f.flows]
    assert findings == expected


def test_the_link_of_another_network_is_no_link_for_this_one() -> None:
    # Given two networks in two VPCs, of which only the other has a way back, over its own peering
    theirs = the_source("192.168.12.0/24", label="other", vpc="vpc-other", vswitch="vsw-other")
    back = a_route("192.168.12.0/24", NextHop("VpcPeer", "pcc-other"), table="vtb-emr")
    case = two_vpcs(rg_table(), emr_table(back))
    flow = replace(FLOWS[2], sources=ranges(RG_CIDR, "192.168.12.0/24"))
    ways = the_scene(case, [flow], None, [OURS, theirs]).model.ways(flow)
    # Then nothing tells which link this network could use
    lacking = {(each.table, each.hop, each.is_reply) for each in missing_routes(case, flow, ways)}
    assert ("vtb-rg", None, False) in lacking


def test_another_vpc_is_no_guess_while_a_rule_surely_stops_the_flow() -> None:
    # Given no table at all, and a group that lets nobody in
    case = two_vpcs(None, None)
    assert ("NET-WRONG-VPC", "inferred") in found(case)
    closed = replace(case, security_groups={**case.security_groups, "sg-bp1emr0001": a_group()})
    assert found(closed) == [("SG-SVC", "strong")]


def test_a_rule_is_blamed_beside_one_missing_route_but_not_while_nothing_connects_the_two() -> None:
    # Given a group that lets nobody in, and only the way there missing
    case = two_vpcs(rg_table(), emr_table(BACK))
    closed = replace(case, security_groups={**case.security_groups, "sg-bp1emr0001": a_group()})
    assert {code for code, _ in found(closed)} == {"NET-ROUTE", "SG-SVC"}


def test_no_entry_is_missing_to_a_machine_outside_or_in_a_table_that_is_not_whole() -> None:
    # Given a table without a way to a metastore outside the cluster
    outside = a_flow("hive-metastore", endpoint=an_endpoint("10.9.0.1", 9083, address="10.9.0.1"))
    ways = the_scene(two_vpcs(rg_table(), emr_table()), [outside], None, [OURS]).model.ways(outside)
    assert [way.decision.verdict for way in ways] == ["denied"]
    assert list(missing_routes(two_vpcs(rg_table(), emr_table()), outside, ways)) == []
    # And between the two VPCs, only the whole table lacks one
    cut = two_vpcs(rg_table(gap="the last page"), emr_table())
    ways = the_scene(cut, FLOWS, None, [OURS]).model.ways(FLOWS[2])
    assert [each.table for each in missing_routes(cut, FLOWS[2], ways)] == ["vtb-emr"]


def test_a_metastore_elsewhere_that_another_host_finds_silent_stays_uncertain() -> None:
    case, flow = listed(the_case(a_group(*OPEN))), a_metastore()
    elsewhere = silence(address="10.30.0.7", source="10.77.0.5")

    (finding,) = the_conclusion(case, [flow], {flow.id: elsewhere}).findings

    assert (finding.code, finding.confidence) == ("HMS-EXTERNAL", "inferred")


# --- an answer, and what it proves for the tables
# --------------------------------------------------------------------------------------------


HALF_BACK = a_route("192.168.10.0/25", PEER, table="vtb-emr")


@pytest.mark.parametrize(
    ("back", "source", "expected"),
    [
        (emr_table(), "192.168.10.7", ["INPUT-STALE"]),
        (emr_table(HALF_BACK), "192.168.10.7", ["RET-ROUTE"]),
        # It answers an address that the table has no way to: the table is old
        (emr_table(HALF_BACK), "192.168.10.200", ["INPUT-STALE"]),
        (emr_table(BACK), "192.168.10.7", []),
    ],
)
def test_an_answer_clears_the_tables_but_for_addresses_without_a_way(
    back: RouteTable, source: str, expected: list[str]
) -> None:
    flow = FLOWS[2]
    seen = {flow.id: saw("open", "syn-ack", source=source)}
    assert codes(the_conclusion(two_vpcs(rg_table(THERE), back), [flow], seen, [OURS])) == expected


def test_the_way_of_what_is_optional_is_not_told() -> None:
    case = two_vpcs(rg_table(THERE), emr_table())
    assert codes(the_conclusion(case, [FLOWS[2]], None, [OURS])) == ["RET-ROUTE"]
    assert codes(the_conclusion(case, [replace(FLOWS[2], need="optional")], None, [OURS])) == []


# --- what the tables between two VPCs leave
# --------------------------------------------------------------------------------------------


UNSEEN_RG, UNSEEN_EMR = rg_table(gap="page two"), emr_table(gap="page two")
BY_HALVES = (a_route("192.168.10.0/25", AWAY), a_route("192.168.10.128/25", PEER))


@pytest.mark.parametrize(
    ("there", "back", "is_silent", "expected"),
    [
        (rg_table(), emr_table(), False, [("NET-WRONG-VPC", "strong")]),
        (rg_table(), emr_table(), True, [("NET-WRONG-VPC", "proven")]),
        (rg_table(), UNSEEN_EMR, True, [("NET-WRONG-VPC", "strong")]),
        # A table with any link in use may lead there by another entry
        (rg_table(a_route("10.0.0.0/8", PEER, DOWN)), UNSEEN_EMR, False, [("NET-ROUTE", "strong")]),
        (rg_table(a_route("10.0.0.0/8", DOWN)), UNSEEN_EMR, False, [("NET-WRONG-VPC", "strong")]),
        (rg_table(a_route("10.0.0.0/8", PEER, status="Inactive")), UNSEEN_EMR, False, [("NET-WRONG-VPC", "strong")]),
        # An entry for a part of the addresses was meant for them
        (
            rg_table(),
            emr_table(a_route("192.168.10.0/25", DOWN)),
            False,
            [("NET-ROUTE", "strong"), ("RET-ROUTE", "strong")],
        ),
        (rg_table(THERE), emr_table(*BY_HALVES), False, [("NET-SNAT", "inferred")]),
        (UNSEEN_RG, emr_table(BACK), False, [("NET-ROUTE", "inferred")]),
        (rg_table(THERE), UNSEEN_EMR, False, [("RET-ROUTE", "inferred")]),
    ],
)
def test_what_is_known_of_both_tables_decides_what_is_told(
    there: RouteTable, back: RouteTable, is_silent: bool, expected: list[tuple[str, str]]
) -> None:
    seen = {FLOWS[2].id: silence()} if is_silent else None
    conclusion = the_conclusion(two_vpcs(there, back), [FLOWS[2]], seen, [OURS])
    assert [(each.code, each.confidence) for each in conclusion.findings] == expected


@pytest.mark.parametrize(
    ("there", "back", "block", "vpc"),
    [
        (UNSEEN_RG, emr_table(BACK), "192.168.20.0/25", "vpc-rg"),
        (rg_table(THERE), UNSEEN_EMR, "192.168.10.0/25", "vpc-bp1aaa"),
    ],
)
def test_a_table_that_nobody_saw_keeps_packets_for_a_block_of_its_own_vpc(
    there: RouteTable, back: RouteTable, block: str, vpc: str
) -> None:
    case = two_vpcs(there, back)
    case = replace(case, vswitches={**case.vswitches, "vsw-more": a_vswitch("vsw-more", cidr=block, vpc=vpc)})
    (finding,) = the_conclusion(case, [FLOWS[2]], None, [OURS]).findings
    assert finding.code == "NET-OVERLAP"


ROUTER, SECOND = NextHop("Attachment", "tr-1"), NextHop("Attachment", "tr-2")
WITHIN = a_route("192.168.20.64/26", PEER)


@pytest.mark.parametrize(
    ("routes", "link"),
    [
        ([], None),
        ([a_route("10.0.0.0/8", PEER)], None),
        ([a_route("10.0.0.0/8", AWAY)], None),
        ([a_route("10.0.0.0/8", ROUTER)], "tr-1"),
        ([a_route("10.0.0.0/8", replace(ROUTER, enabled=False))], None),
        ([a_route("10.0.0.0/8", ROUTER, status="Inactive")], None),
        ([a_route("10.0.0.0/8", ROUTER), a_route("172.16.0.0/12", SECOND)], None),
        ([a_route("10.0.0.0/8", ROUTER), a_route("172.16.0.0/12", ROUTER)], "tr-1"),
        ([a_route("10.0.0.0/8", ROUTER), a_route("172.16.0.0/12", PEER)], "tr-1"),
        ([a_route("10.0.0.0/8", replace(ROUTER, id=""))], None),
        # A link that leads to a part of the other VPC leads to all of it
        ([WITHIN], "pcc-1"),
        ([WITHIN, a_route("10.0.0.0/8", ROUTER)], "pcc-1"),
        ([a_route("192.168.20.64/26", DOWN)], None),
        ([a_route("192.168.0.0/16", replace(PEER, enabled=False))], None),
    ],
)
def test_the_link_for_a_missing_entry_is_one_that_surely_leads_there(routes: list[Any], link: str | None) -> None:
    case = two_vpcs(rg_table(*routes), emr_table())
    ways = the_scene(case, FLOWS, None, [OURS]).model.ways(FLOWS[2])
    (there,) = (each for each in missing_routes(case, FLOWS[2], ways) if not each.is_reply)
    assert (there.hop and there.hop.id) == link


# --- what blames of other checks become
# --------------------------------------------------------------------------------------------


def outcome_between(back: RouteTable, *rules: Any, flow: Flow = FLOWS[2]) -> Outcome:
    """Return a flow with a way there, and these tables and rules for the rest."""
    case = two_vpcs(rg_table(THERE), back)
    case = replace(case, security_groups={**case.security_groups, "sg-bp1emr0001": a_group(*rules)})
    return the_scene(case, [flow], None, [OURS]).outcomes[0]


NO_WAY = outcome_between(emr_table(), *OPEN)
CLOSED_TOO = outcome_between(emr_table())
CLOSED_ALONE = outcome_between(emr_table(BACK))
HALF_A_WAY = outcome_between(emr_table(HALF_BACK))


def a_blame(code: str, outcome: Outcome = NO_WAY, **changes: Any) -> Blame:
    return Blame(**{"code": code, "key": code, "outcome": outcome, "confidence": "strong", **changes})


REPORTED = a_blame("NET-ROUTE", cause="router-unreachable")
OTHER = outcome_between(emr_table(), *OPEN, flow=FLOWS[1])


@pytest.mark.parametrize(
    ("beside", "is_kept"),
    [
        (a_blame("RET-ROUTE"), False),
        (a_blame("NET-OVERLAP", confidence="proven"), False),
        (a_blame("NET-ROUTE", cause="route-table"), False),
        (a_blame("RET-ROUTE", confidence="inferred"), True),
        (a_blame("RET-ROUTE", OTHER), True),
        (a_blame("SG-SVC"), True),
        (replace(REPORTED, key="again"), True),
    ],
)
def test_a_router_that_reports_what_a_table_lacks_is_no_fault_of_its_own(beside: Blame, is_kept: bool) -> None:
    assert settled([REPORTED, beside]) == [REPORTED] * is_kept + [beside]


@pytest.mark.parametrize("apart", ["NET-WRONG-VPC", "NET-ROUTE"])
@pytest.mark.parametrize(
    ("blame", "is_hidden"),
    [
        (a_blame("SG-SVC", CLOSED_TOO), True),
        (a_blame("NACL-IN", CLOSED_TOO), True),
        (a_blame("FW-OS-DROP", CLOSED_TOO), False),
        (a_blame("SG-SVC", CLOSED_TOO, cause="rules-contradicted"), False),
        (a_blame("SG-SVC", CLOSED_ALONE), False),
        (a_blame("SG-SVC", HALF_A_WAY), False),
    ],
)
def test_a_rule_is_hidden_by_two_vpcs_that_are_apart_if_they_stop_all_that_it_stops(
    apart: str, blame: Blame, is_hidden: bool
) -> None:
    surely = a_blame(apart, blame.outcome, cause="route-table")
    kept = [blame] if not is_hidden or apart == "NET-ROUTE" else []
    assert settled([blame, surely]) == [*kept, surely]
    # A guess hides nothing, and neither does what is sure of another flow
    perhaps, elsewhere = replace(surely, confidence="inferred"), replace(surely, outcome=OTHER)
    assert settled([blame, perhaps]) == [blame, perhaps]
    assert settled([blame, elsewhere]) == [blame, elsewhere]


def test_a_metastore_outside_is_no_kdc() -> None:
    metastore = outcome_between(emr_table(), flow=a_metastore())
    codes_of = [
        blame.code
        for blame in settled([a_blame(code, at) for code in ("KDC-EXTERNAL", "SVC-DOWN") for at in (NO_WAY, metastore)])
    ]
    assert codes_of == ["KDC-EXTERNAL", "HMS-EXTERNAL", "SVC-DOWN", "SVC-DOWN"]
