"""Route tables: longest prefix against brute force, and what each kind of entry does to packets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.addresses import V6, cidrs, covers, parse, parse_address, size, union
from probes.rules.decision import Decision, Packet
from probes.rules.routes import (
    NextHop,
    Route,
    RouteTable,
    Share,
    Where,
    can_connect,
    decide,
    describe,
    diverted,
    lookup,
    with_route,
)
from tests.support.factories import a_route, a_route_table, ranges

BASE = parse_address("10.0.0.0")
RG = ranges("192.168.10.0/24")
TARGET = parse_address("10.20.0.11")


def fate_of(*routes: Route, address: str = "10.20.0.11", **changes: Any) -> Share:
    (share,) = lookup(a_route_table(*routes, **changes), ranges(address))
    return share


def verdict(*routes: Route, where: Where = "across", target: int = TARGET, gap: str = "") -> str:
    table = a_route_table(*routes, gap=gap)
    shares = [share._replace(addresses=RG) for share in lookup(table, ((target, target),))]
    return decide(table, shares, "request", where, "vpc-emr", target).verdict


blocks = st.integers(0, 4).flatmap(
    lambda bits: st.integers(0, (16 >> bits) - 1).map(lambda i: (BASE + (i << bits), BASE + ((i + 1) << bits) - 1))
)
hops = st.builds(
    NextHop,
    type=st.sampled_from(["VpcPeer", "local", "Ipv4Gateway", "NatGateway"]),
    id=st.just("h"),
    enabled=st.sampled_from([True, None, False]),
)
entries = st.builds(
    lambda block, hop, status: a_route(cidrs((block,))[0], hop, status=status),
    blocks,
    hops,
    st.sampled_from(["Available", "available", "Inactive"]),
)
FATES = {"VpcPeer": "carried", "local": "local", "Ipv4Gateway": "out", "NatGateway": "translated"}


def brute_force(routes: list[Route], address: int) -> str:
    """Return the fate of packets for one address.

    The enabled next hops of the longest prefix decide. An entry out of use drops its packets, or
    leaves them to a shorter prefix.
    """
    holding = [route for route in routes if route.block and route.block[0] <= address <= route.block[1]]
    if not holding:
        return "dead"
    smallest = min(size(ranges(route.destination)) for route in holding)
    longest = [route for route in holding if size(ranges(route.destination)) == smallest]
    in_use = [route for route in longest if route.status != "Inactive"]
    if not in_use:
        shorter = brute_force([route for route in holding if route not in longest], address)
        return "dead" if shorter == "dead" else "unknown"
    fates = {FATES[hop.type] for route in in_use for hop in route.hops if hop.enabled is not False} or {"dead"}
    return fates.pop() if len(fates) == 1 else "unknown"


@settings(max_examples=300, deadline=None)
@given(st.lists(entries, max_size=8))
def test_a_range_is_cut_as_each_address_by_itself_would_fare(routes: list[Route]) -> None:
    whole = ((BASE, BASE + 15),)
    shares = lookup(a_route_table(*routes), whole)
    assert union(piece for share in shares for piece in share.addresses) == whole
    assert sum(size(share.addresses) for share in shares) == 16
    for share in shares:
        for low, high in share.addresses:
            for address in range(low, high + 1):
                assert share.fate == brute_force(routes, address)


@settings(max_examples=100, deadline=None)
@given(st.lists(entries, max_size=6), st.randoms())
def test_the_order_of_entries_means_nothing(routes: list[Route], rng: Any) -> None:
    shuffled = list(routes)
    rng.shuffle(shuffled)

    def fates(given_routes: list[Route]) -> set[tuple[object, str]]:
        whole = lookup(a_route_table(*given_routes), ((BASE, BASE + 15),))
        return {(address, s.fate) for s in whole for low, high in s.addresses for address in range(low, high + 1)}

    assert fates(routes) == fates(shuffled)


@pytest.mark.parametrize(
    ("hop", "across", "within", "anywhere"),
    [
        ("VpcPeer", "allowed", "unknown", "allowed"),
        ("Attachment", "allowed", "unknown", "allowed"),
        ("RouterInterface", "allowed", "unknown", "allowed"),
        ("VpnGateway", "allowed", "unknown", "allowed"),
        ("NetworkInterface", "allowed", "unknown", "allowed"),
        ("local", "denied", "allowed", "allowed"),
        ("Ipv4Gateway", "denied", "denied", "denied"),
        ("GatewayEndpoint", "denied", "denied", "denied"),
        ("NatGateway", "unknown", "unknown", "unknown"),
        ("GatewayLoadBalancerEndpoint", "unknown", "unknown", "unknown"),
        ("SomethingNew", "unknown", "unknown", "unknown"),
    ],
)
def test_where_each_next_hop_leads(hop: str, across: str, within: str, anywhere: str) -> None:
    route = a_route("10.20.0.0/24", NextHop(hop, "x-1"))
    assert verdict(route) == across
    assert verdict(route, where="within") == within
    assert verdict(route, where="anywhere") == anywhere


def test_a_default_route_to_the_internet_leads_to_no_private_network() -> None:
    for hop in ("NatGateway", "Ipv4Gateway"):
        assert verdict(a_route("0.0.0.0/0", NextHop(hop, "x-1"))) == "denied"
        assert (
            verdict(a_route("0.0.0.0/0", NextHop(hop, "x-1")), where="anywhere", target=parse_address("8.8.8.8"))
            == "allowed"
        )


def test_no_entry_denies_between_two_vpcs_and_changes_nothing_inside_one() -> None:
    assert verdict() == "denied"
    assert verdict(where="within") == "allowed"
    for hop in ("NatGateway", "Ipv4Gateway", "VpcPeer"):
        assert verdict(a_route("0.0.0.0/0", NextHop(hop, "x-1")), where="within") == "allowed", "the system's is longer"


def test_a_link_is_never_proof_that_it_is_up() -> None:
    table = a_route_table(a_route("10.20.0.0/24"))
    decision = decide(table, lookup(table, ranges("10.20.0.0/24")), "reply", "across", "vpc-rg")
    assert decision.verdict == "allowed"
    assert decision.assumed == ("VpcPeer pcc-1 is up and leads to vpc-rg",)


def test_a_table_cut_short_answers_nothing() -> None:
    assert verdict(a_route("10.20.0.0/24"), gap="the next page") == "unknown"
    assert fate_of(gap="the next page").doubt == "the next page"


@pytest.mark.parametrize(
    ("status", "without", "with_shorter"),
    [
        ("Available", "carried", "carried"),
        ("available", "carried", "carried"),
        ("Inactive", "dead", "unknown"),
        ("Pending", "unknown", "unknown"),
        ("", "unknown", "unknown"),
    ],
)
def test_status(status: str, without: str, with_shorter: str) -> None:
    route = a_route("10.20.0.0/24", status=status)
    assert fate_of(route).fate == without
    assert fate_of(route, a_route("10.0.0.0/8")).fate == with_shorter


def test_hops_of_one_destination() -> None:
    up, down = NextHop("VpcPeer", "pcc-1"), NextHop("VpcPeer", "pcc-2", enabled=False)
    away, standby = NextHop("Ipv4Gateway", "ipv4gw-1"), NextHop("Ipv4Gateway", "ipv4gw-1", weight=0)
    assert fate_of(a_route("10.20.0.0/24", up, down)).fate == "carried"
    assert fate_of(a_route("10.20.0.0/24", down)).fate == "dead"
    assert fate_of(a_route("10.20.0.0/24", up, away)).fate == "unknown"
    assert fate_of(a_route("10.20.0.0/24", NextHop("VpcPeer", "pcc-1", weight=100), standby)).fate == "carried"
    assert fate_of(a_route("10.20.0.0/24", up), a_route("10.20.0.0/24", NextHop("VpcPeer", "pcc-3"))).fate == "carried"


def test_a_prefix_list_is_unknown_only_where_it_could_decide() -> None:
    listed = a_route("pl-1", block=None)
    assert fate_of(listed).fate == "unknown"
    assert "pl-1" in fate_of(listed).doubt
    assert fate_of(listed, a_route("10.20.0.0/24")).fate == "carried"
    assert fate_of(listed, a_route("10.20.0.0/24", NextHop("Ipv4Gateway", "x"))).fate == "unknown"


def test_both_families_on_one_line() -> None:
    table = a_route_table(a_route("::/0"), a_route("10.0.0.0/8", NextHop("local", "")))
    whole = ranges("10.1.0.0/16", "fd00::/64")
    fates = {share.fate: share.addresses for share in lookup(table, whole)}
    assert fates == {"local": ranges("10.1.0.0/16"), "carried": ranges("fd00::/64")}
    assert fates["carried"][0][0] >= V6


def test_a_new_entry_takes_the_place_of_one_with_its_destination() -> None:
    dead = a_route("10.20.0.0/24", NextHop("VpcPeer", "pcc-0", enabled=False))
    changed = with_route(a_route_table(dead, a_route("10.0.0.0/8")), a_route("10.20.0.0/24"))
    assert [route.destination for route in changed.routes].count("10.20.0.0/24") == 1
    assert lookup(changed, ranges("10.20.0.1"))[0].fate == "carried"


def test_many_entries_out_of_use_are_cut_in_bounded_time() -> None:
    low = parse("10.0.0.0/8")[0]
    some = [a_route(f"10.{n >> 8}.{n & 255}.0/24", status="Inactive") for n in range(1500)]
    shares = lookup(RouteTable("vtb-1", tuple(some)), ((low, low + (1 << 24) - 1),))
    assert covers(union(p for s in shares for p in s.addresses), parse("10.0.0.0/8") and ranges("10.0.0.0/8"))


def test_a_default_route_of_either_family_gives_way_to_the_system_s_inside_one_vpc() -> None:
    target = parse_address("2001:db8::11")
    away = NextHop("VpcPeer", "pcc-1")

    assert verdict(a_route("::/0", away), where="within", target=target) == "allowed"
    assert verdict(a_route("2001:db8::/32", away), where="within", target=target) != "allowed"


def test_an_entry_is_described_with_its_status_or_without_one() -> None:
    hop = NextHop("VpcPeer", "pcc-1")

    assert describe(a_route("10.0.0.0/8", hop, status="Pending")).endswith("via VpcPeer pcc-1, Pending")
    assert describe(a_route("10.0.0.0/8", hop, status="")).endswith("via VpcPeer pcc-1, status not stated")


def deciding(*routes: Route, where: Where = "across", packet: Packet = "request", **changes: Any) -> Decision:
    """Decide for the whole resource group on requests to TARGET, or on replies to it."""
    table = a_route_table(*routes, **changes)
    if packet == "reply":
        return decide(table, lookup(table, RG), packet, where, "vpc-rg")
    shares = [share._replace(addresses=RG) for share in lookup(table, ((TARGET, TARGET),))]
    return decide(table, shares, packet, where, "vpc-emr", TARGET)


def test_what_no_entry_leads_to_is_the_target_of_a_request_and_the_sources_of_a_reply() -> None:
    (request,) = deciding().deciding
    assert (request.owner, request.rule, request.verdict) == ("vtb-1", None, "denied")
    assert request.why == "no entry of vtb-1 leads to 10.20.0.11"
    (reply,) = deciding(packet="reply").deciding
    assert reply.why == "no entry of vtb-1 leads to 192.168.10.0/24"
    # And of many blocks three are named
    table = a_route_table(a_route("192.168.10.128/32"))
    named = decide(table, lookup(table, RG), "reply", "across", "vpc-rg").deciding[-1]
    assert named.verdict == "denied"
    assert named.why == "no entry of vtb-1 leads to 192.168.10.0/25, 192.168.10.129/32, 192.168.10.130/31"


def test_of_many_entries_for_one_destination_three_are_named() -> None:
    links = [a_route("10.20.0.0/24", NextHop("VpcPeer", f"pcc-{number}")) for number in range(4)]
    (part,) = deciding(*links).deciding
    assert (part.rule, part.verdict) == ("10.20.0.0/24", "allowed")
    assert part.why == (
        "; ".join(f"Custom route 10.20.0.0/24 via VpcPeer pcc-{n}, Available" for n in range(3)) + ", in vtb-1"
    )


@pytest.mark.parametrize(
    ("hop", "missing"),
    [
        ("NatGateway", "where the packets go, and under which source address: "),
        ("GatewayLoadBalancerEndpoint", "what becomes of packets under "),
    ],
)
def test_an_unknown_way_says_which_fact_is_missing(hop: str, missing: str) -> None:
    decision = deciding(a_route("10.20.0.0/24", NextHop(hop, "x-1")))
    assert decision.missing == (f"{missing}Custom route 10.20.0.0/24 via {hop} x-1, Available",)
    assert decision.unknown == RG


def test_a_detour_inside_one_vpc_says_that_its_next_hop_decides() -> None:
    links = [a_route("10.20.0.0/24", NextHop("Instance", f"i-{number}")) for number in range(4)]
    decision = deciding(*links, where="within")
    named = "; ".join(f"Custom route 10.20.0.0/24 via Instance i-{number}, Available" for number in range(3))
    assert decision.missing == (f"what the next hop does with the packets: {named}",)
    assert decision.assumed == ()


def test_what_is_assumed_names_each_link_that_may_carry_once() -> None:
    down = NextHop("VpcPeer", "pcc-0", enabled=False)
    links = [NextHop("VpcPeer", "pcc-1"), NextHop("Attachment", "tr-1"), NextHop("VpcPeer", "pcc-1"), down]
    decision = deciding(a_route("10.20.0.0/24", *links))
    assert (decision.verdict, decision.at) == ("allowed", ("vtb-1",))
    assert decision.assumed == ("VpcPeer pcc-1, Attachment tr-1 is up and leads to vpc-emr",)
    # A packet that stays or is lost needs no link
    assert deciding(a_route("10.20.0.0/24", NextHop("local", "")), where="within").assumed == ()
    assert deciding(a_route("10.20.0.0/24", NextHop("Ipv4Gateway", "ipv4gw-1"))).assumed == ()


def test_a_hop_that_is_not_enabled_is_marked_in_words_and_a_learned_entry_says_its_origin() -> None:
    off, plain = NextHop("VpcPeer", "pcc-1", enabled=False), NextHop("local", "")
    assert describe(a_route("10.0.0.0/8", off, plain, kind="", learned="cen-1")) == (
        "unnamed route 10.0.0.0/8 via VpcPeer pcc-1 (not enabled), local, Available, learned from cen-1"
    )
    assert describe(Route("vtb-1", "10.0.0.0/8", None, ())) == "Custom route 10.0.0.0/8 via no next hop, Available"


def test_only_a_private_network_can_be_connected_by_a_link_that_is_not_disabled() -> None:
    hops = [NextHop("VpcPeer", "x"), NextHop("vpcpeer", "x", enabled=True), NextHop("VpcPeer", "x", enabled=False)]
    assert [can_connect(hop) for hop in (*hops, NextHop("NatGateway", "x"))] == [True, True, False, False]


@pytest.mark.parametrize(
    ("weights", "fate"),
    [((100, 0), "carried"), ((0, 100), "out"), ((None, None), "unknown"), ((0, 0), "unknown"), ((1, 1), "unknown")],
)
def test_a_standby_counts_only_if_nothing_else_carries(weights: tuple[int | None, int | None], fate: str) -> None:
    peer, internet = NextHop("VpcPeer", "pcc-1", weight=weights[0]), NextHop("Ipv4Gateway", "gw", weight=weights[1])
    assert fate_of(a_route("10.20.0.0/24", peer, internet)).fate == fate


def test_a_system_entry_of_a_kind_that_nobody_knows_keeps_packets_inside() -> None:
    new = NextHop("SomethingNew", "x-1")
    system, own = a_route("10.20.0.0/24", new, kind="System"), a_route("10.20.0.0/24", new)
    assert fate_of(system).fate == "local"
    assert fate_of(own).fate == "unknown"
    assert fate_of(system, own).fate == "unknown"
    assert fate_of(a_route("10.20.0.0/24", NextHop("VpcPeer", "pcc-1"), kind="System")).fate == "carried"


def test_an_entry_whose_status_is_open_says_so_and_lists_what_may_take_its_packets() -> None:
    pending = a_route("10.20.0.0/24", status="Pending")
    share = fate_of(pending, a_route("10.0.0.0/8", NextHop("VpcPeer", "pcc-2")))
    assert share.doubt == "whether 10.20.0.0/24 of vtb-1 is in use: its status is Pending"
    assert [route.destination for route in share.routes] == ["10.20.0.0/24", "10.0.0.0/8"]
    unsaid = fate_of(a_route("10.20.0.0/24", status=""))
    assert unsaid.doubt == "whether 10.20.0.0/24 of vtb-1 is in use: its status is not stated"


def test_a_prefix_list_out_of_use_decides_nothing() -> None:
    off = a_route("pl-1", block=None, status="Inactive")
    assert fate_of(off, a_route("10.20.0.0/24", NextHop("Ipv4Gateway", "x"))).fate == "out"
    both = fate_of(
        a_route("pl-1", block=None), a_route("pl-2", block=None), a_route("10.20.0.0/24", NextHop("local", ""))
    )
    assert both.doubt == "; ".join(f"the entries of prefix list pl-{n}, used in vtb-1" for n in (1, 2))
    assert [route.destination for route in both.routes] == ["10.20.0.0/24", "pl-1", "pl-2"]


def test_a_new_entry_leaves_prefix_lists_and_other_destinations_alone() -> None:
    listed, other = a_route("pl-1", block=None), a_route("10.0.0.0/8")
    new = a_route("10.20.0.0/24")
    assert with_route(a_route_table(listed, other), new).routes == (listed, other, new)
    assert with_route(a_route_table(listed), a_route("pl-2", block=None)).routes[0] == listed


def test_nothing_is_asked_of_a_table_for_no_destination() -> None:
    assert lookup(a_route_table(a_route("10.0.0.0/8"), gap="page two"), ()) == ()


def test_an_entry_that_may_come_into_use_counts_beside_one_that_is_out_of_use() -> None:
    pending = a_route("10.20.0.0/24", status="Pending")
    for status in ("Inactive", "Blackhole"):
        assert fate_of(a_route("10.20.0.0/24", status=status), pending).fate == "unknown"
        assert fate_of(a_route("10.20.0.0/24", status=status)).fate == "dead"
    # Unless it could carry nothing
    off = NextHop("VpcPeer", "pcc-1", enabled=False)
    assert fate_of(a_route("10.20.0.0/24", off, status="Pending")).fate == "dead"


@pytest.mark.parametrize(
    ("entry", "shorter", "is_doubted"),
    [
        # A VPN takes packets that a shorter prefix leads back to the peering they came by
        (NextHop("VpnGateway", "vpn-1"), a_route("10.20.0.0/16"), True),
        # Another peering than that of the other direction, and the same one
        (NextHop("VpcPeer", "pcc-2"), a_route("10.20.0.0/16"), True),
        (NextHop("VpcPeer", "pcc-1"), a_route("10.20.0.0/16"), False),
        # Nothing else leads there
        (NextHop("VpnGateway", "vpn-1"), a_route("10.99.0.0/16"), False),
        (NextHop("VpnGateway", "vpn-1"), a_route("10.20.0.0/16", status="Inactive"), False),
        (NextHop("NatGateway", "ngw-1"), a_route("10.20.0.0/16"), False),
    ],
)
def test_a_longer_prefix_with_another_link_is_doubted(entry: NextHop, shorter: Route, is_doubted: bool) -> None:
    table = a_route_table(a_route("10.20.0.0/24", entry), shorter)
    (share,) = lookup(table, ranges("10.20.0.11"))
    (opposite,) = lookup(a_route_table(a_route("192.168.0.0/16", NextHop("VpcPeer", "pcc-1"))), RG)

    found = diverted(share, table, (opposite,), "vpc-rg")

    assert (found.fate == "unknown", found.doubt != "") == (is_doubted, is_doubted)
    assert diverted(share, table, (), "vpc-rg") == share


@pytest.mark.parametrize(("kind", "is_doubted"), [("VpcPeer", True), ("Attachment", False), ("RouterInterface", False)])
def test_two_peerings_may_lead_to_two_vpcs_and_each_vpc_has_an_attachment_of_its_own(
    kind: str, is_doubted: bool
) -> None:
    table = a_route_table(a_route("10.20.0.0/24", NextHop(kind, "one")))
    (share,) = lookup(table, ranges("10.20.0.11"))
    (opposite,) = lookup(a_route_table(a_route("192.168.0.0/16", NextHop(kind, "two"))), RG)

    assert (diverted(share, table, (opposite,), "vpc-rg").fate == "unknown") == is_doubted
