"""Do routes of a node that lead answers to a bridge of containers become the cause, and only they?

The tests go from the listings of master-1-1 to the findings.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.model import Case, Text
from diagnose.case.recognise import Kind, recognise
from diagnose.findings import Conclusion
from diagnose.scene.node_records.stray_answers import AnswerRoutes, read_links
from probes.addresses import parse
from probes.files.host_routes import read_routes
from probes.observation import Observation
from tests.support.factories import a_flow, a_group, a_kdc_flow, a_rule, a_udp_rule
from tests.support.scenes import codes, saw, silence, the_case, the_conclusion, the_scene, the_source

UDP_KDC, TCP_KDC, NAMENODE = a_kdc_flow("udp"), a_kdc_flow("tcp"), a_flow()
FLOWS = (UDP_KDC, TCP_KDC, NAMENODE)
OPEN = (a_rule(), a_rule((88, 88)), a_udp_rule())
ALL_SILENT = {flow.id: silence() for flow in FLOWS}

PLAIN = """\
default via 192.168.20.1 dev eth0 proto dhcp metric 100
192.168.20.0/24 dev eth0 proto kernel scope link src 192.168.20.11 metric 100
"""
DOCKER = "172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown\n"
POOL = "192.168.0.0/20 dev br-0a1b2c3d4e5f proto kernel scope link src 192.168.0.1\n"
BIP = "192.168.10.0/24 dev docker0 proto kernel scope link src 192.168.10.1\n"
TUNNEL = "192.168.0.0/16 dev tun0 scope link\n"
SECOND_CARD = "192.168.10.0/24 dev eth1 proto kernel scope link src 192.168.10.200\n"
USUAL_RULES = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n"


def with_lists(routes: str, rules: str = USUAL_RULES, case: Case | None = None) -> Case:
    texts = [Text("routes.txt", "routes-master-1-1.txt", routes)]
    texts += [Text("iprules.txt", "iprules-master-1-1.txt", rules)] if rules else []
    return replace(case or the_case(a_group(*OPEN)), texts=tuple(texts))


def concluded(routes: str, seen: dict[str, Observation] | None = None, rules: str = USUAL_RULES) -> Conclusion:
    return the_conclusion(with_lists(routes, rules), FLOWS, seen)


def said(found: Conclusion) -> list[tuple[str, str, str]]:
    return [(f.code, f.confidence, f.severity) for f in found.findings]


@pytest.mark.parametrize("bridge", [POOL, BIP], ids=["a network of Docker", "docker0"])
def test_a_bridge_that_holds_the_resource_group_is_the_cause_of_its_silence(bridge: str) -> None:
    found = concluded(PLAIN + bridge, ALL_SILENT)
    assert said(found) == [("NET-OVERLAP", "proven", "error")]
    first = found.findings[0]
    assert len(first.flows) == 3
    assert [(one.code, one.by) for one in first.excluded] == [("RET-ROUTE", "host-route")]
    assert "routes-master-1-1.txt:3" in first.sentence
    assert "192.168.10.0/24 of the resource group" in first.sentence


def test_without_the_policy_rules_it_is_no_proof_and_says_which_command_settles_it() -> None:
    found = concluded(PLAIN + POOL, ALL_SILENT, rules="")
    assert said(found) == [("NET-OVERLAP", "strong", "error")]
    assert "ip rule show" in (found.findings[0].settle_by or "")


@pytest.mark.parametrize(
    "routes",
    [
        PLAIN + DOCKER,
        PLAIN + POOL + "192.168.10.0/24 via 192.168.20.1 dev eth0\n",
        PLAIN + "192.168.10.0/24 via 192.168.20.1 dev eth0 metric 10\n" + BIP.rstrip() + " metric 200\n",
        PLAIN + POOL.rstrip() + " dead linkdown\n",
        PLAIN + SECOND_CARD,
        POOL,
        "",
        'Object "route" is unknown, try "ip help".\n',
    ],
    ids=["elsewhere", "longer prefix", "metric", "dead", "second card", "no own address", "empty", "an error"],
)
def test_routes_that_lead_the_answers_home_or_say_nothing_are_no_cause(routes: str) -> None:
    assert "NET-OVERLAP" not in codes(concluded(routes, ALL_SILENT))
    assert codes(concluded(routes)) == []


@pytest.mark.parametrize(
    ("rules", "is_cause"),
    [
        ("100:\tfrom 192.168.20.11 lookup main\n", True),
        ("100:\tfrom all to 192.168.10.0/24 lookup 7\n", False),
        ("100:\tfrom all fwmark 0x1 lookup 7\n", False),
        ("100:\tfrom 10.0.0.0/8 lookup 7\n", True),
        ("100:\tfrom all iif eth1 lookup 7\n", True),
        ("100:\tfrom all lookup main suppress_prefixlength 0\n", True),
        ("100:\tfrom all lookup main suppress_prefixlength 20\n", False),
    ],
)
def test_policy_rules_decide_which_table_counts(rules: str, is_cause: bool) -> None:
    # Given table 7, which leads everything to the usual gateway
    routes = PLAIN + POOL + "default via 192.168.20.1 dev eth0 table 7\nlocal 192.168.20.11 dev eth0 table local\n"
    if "suppress_prefixlength 20" in rules:
        rules += "200:\tfrom all lookup 7\n"
    first, rest = USUAL_RULES.split("\n", 1)
    found = concluded(routes, ALL_SILENT, f"{first}\n{rules}{rest}")
    assert ("NET-OVERLAP" in codes(found)) is is_cause


def test_a_link_that_is_down_takes_the_answers_all_the_same() -> None:
    found = concluded(PLAIN + POOL.rstrip() + " linkdown\n", ALL_SILENT)
    assert said(found) == [("NET-OVERLAP", "proven", "error")]
    assert "which is down" in found.findings[0].sentence


def test_a_link_without_carrier_is_blamed_whatever_its_name() -> None:
    routes = with_lists(PLAIN + "192.168.10.0/24 dev lan7 proto kernel scope link src 192.168.10.9\n")
    idle = "4: lan7: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500\n    inet 192.168.10.9/24 scope global lan7\n"
    listed = replace(routes, texts=(*routes.texts, Text("addresses.txt", "addresses-master-1-1.txt", idle)))
    assert "NET-OVERLAP" not in codes(the_conclusion(routes, FLOWS, ALL_SILENT))
    assert codes(the_conclusion(listed, FLOWS, ALL_SILENT)) == ["NET-OVERLAP"]


def test_a_tunnel_may_lead_anywhere_so_it_is_only_a_guess() -> None:
    found = concluded(PLAIN + TUNNEL, ALL_SILENT)
    assert said(found) == [("NET-OVERLAP", "inferred", "error")]
    assert "ip route get" in (found.findings[0].settle_by or "")
    assert codes(concluded(PLAIN + TUNNEL)) == []


def test_the_routes_alone_show_it_before_anything_is_sent() -> None:
    assert said(concluded(PLAIN + POOL)) == [("NET-OVERLAP", "strong", "error")]


def test_only_the_addresses_that_the_bridge_holds_are_named() -> None:
    # Given a bridge that holds a part of the vSwitch, and a check from the other part
    part = "192.168.10.128/26 dev docker0 proto kernel scope link src 192.168.10.129\n"
    answered = {
        NAMENODE.id: saw("open", "syn-ack"),
        **{f.id: saw("open", "kerberos-reply") for f in (UDP_KDC, TCP_KDC)},
    }
    for seen in (None, answered):
        found = concluded(PLAIN + part, seen)
        assert said(found) == [("NET-OVERLAP", "strong", "error")], seen
        assert "It holds 192.168.10.128/26 of the resource group" in found.findings[0].sentence


def test_an_answer_that_came_shows_that_the_list_of_routes_is_old() -> None:
    seen = {NAMENODE.id: saw("open", "syn-ack")}
    found = the_conclusion(with_lists(PLAIN + POOL), (NAMENODE,), seen)
    assert said(found) == [("INPUT-STALE", "strong", "warning")]


def test_a_missing_rule_is_named_before_the_route() -> None:
    case = with_lists(PLAIN + POOL, case=the_case(a_group(*OPEN[:2])))
    assert codes(the_conclusion(case, (UDP_KDC,), {UDP_KDC.id: silence()}))[0] == "SG-KDC-UDP"


def test_the_routes_of_another_node_say_nothing_of_this_one() -> None:
    case = with_lists(PLAIN.replace("20.11", "20.21") + POOL)
    moved = replace(case, texts=tuple(replace(t, file=t.file.replace("master-1-1", "core-1-1")) for t in case.texts))
    assert "NET-OVERLAP" not in codes(the_conclusion(moved, FLOWS, ALL_SILENT))


def test_a_host_is_known_by_the_address_that_its_own_routes_name() -> None:
    case = with_lists(PLAIN + POOL)
    unnamed = replace(case, texts=tuple(replace(t, file=t.file.replace("master-1-1", "iZbp")) for t in case.texts[:1]))
    assert the_scene(unnamed, FLOWS).far.of(NAMENODE.id).stray != ()


@pytest.mark.parametrize(
    ("bridge", "wanted", "unwanted"),
    [
        (POOL, ("ip route add 192.168.10.0/24 via 192.168.20.1 dev eth0", '"default-address-pools"'), '"bip"'),
        (BIP, ('"bip": "172.31.254.1/24"',), "ip route add"),
        ("192.168.0.0/16 dev cni0 proto kernel scope link src 192.168.0.1\n", ("ip route add",), "daemon.json"),
    ],
    ids=["narrower", "the same network", "pods"],
)
def test_the_repair_is_the_smallest_one_that_works(bridge: str, wanted: tuple[str, ...], unwanted: str) -> None:
    advice = "\n".join(concluded(PLAIN + bridge, ALL_SILENT).findings[0].advice)
    assert all(text in advice for text in wanted)
    assert unwanted not in advice


def test_the_suggested_route_undoes_the_fault() -> None:
    first = concluded(PLAIN + POOL, ALL_SILENT).findings[0]
    added = first.advice[0].partition("ip route add ")[2].partition(".  ")[0].partition(". ")[0]
    assert "NET-OVERLAP" not in codes(concluded(f"{PLAIN}{POOL}{added}\n", ALL_SILENT))


def test_a_free_network_is_one_that_nothing_known_uses() -> None:
    source: Any = the_source("192.168.10.0/24", "172.31.254.0/25")
    place = the_conclusion(with_lists(PLAIN + BIP + "10.0.0.0/8 dev cni0\n"), FLOWS, ALL_SILENT, [source])
    advice = "\n".join(place.findings[0].advice)
    assert '"192.168.254.1/24"' in advice


HOME_ALONE = PLAIN.splitlines()[1] + "\n"


@pytest.mark.parametrize(
    "routes",
    [
        HOME_ALONE,
        PLAIN + "blackhole 192.168.10.0/24\n",
        PLAIN + "unreachable 192.168.0.0/20 metric 4278198272\n",
        PLAIN + "prohibit default metric 50\n",
        PLAIN + "throw 192.168.10.0/24\n",
        PLAIN.replace("metric 100\n", "dead linkdown\n", 1),
    ],
    ids=["no default", "blackhole", "unreachable", "prohibit", "throw", "dead default"],
)
def test_a_host_that_can_send_no_answer_is_the_cause_of_its_silence(routes: str) -> None:
    assert said(concluded(routes, ALL_SILENT)) == [("RET-ROUTE", "proven", "error")]
    assert said(concluded(routes, ALL_SILENT, rules="")) == [("RET-ROUTE", "strong", "error")]
    assert said(concluded(routes)) == [("RET-ROUTE", "strong", "error")]


def test_a_policy_rule_that_drops_the_answers_is_the_cause() -> None:
    first, rest = USUAL_RULES.split("\n", 1)
    found = concluded(PLAIN, ALL_SILENT, f"{first}\n90:\tfrom all to 192.168.10.0/24 prohibit\n{rest}")
    assert said(found) == [("RET-ROUTE", "proven", "error")]
    assert "192.168.10.0/24 is prohibit (iprules-master-1-1.txt:2)" in found.findings[0].sentence


@pytest.mark.parametrize(
    "routes",
    [
        PLAIN + "blackhole 192.168.10.0/24 metric 9\n192.168.10.0/24 via 192.168.20.1 dev eth0 metric 1\n",
        PLAIN + "blackhole 10.0.0.0/8\nunreachable 192.168.11.0/24\n",
        HOME_ALONE + "192.168.10.0/24 via 192.168.20.1 dev eth0\n",
        HOME_ALONE + "default dev eth1\n",
    ],
    ids=["a better route", "another block", "a route of its own", "second card"],
)
def test_a_host_that_can_send_the_answer_is_not(routes: str) -> None:
    assert "RET-ROUTE" not in codes(concluded(routes))


@pytest.mark.parametrize(
    "routes",
    [
        PLAIN.replace("192.168.20.0/24", "192.0.0.0/8"),
        PLAIN.replace("via 192.168.20.1", "via 192.168.99.1").replace("metric 100\n", "onlink\n", 1),
    ],
    ids=["a mask of 8 bits", "a gateway of another network"],
)
def test_an_odd_network_or_gateway_is_only_suspected(routes: str) -> None:
    assert said(concluded(routes, ALL_SILENT)) == [("RET-ROUTE", "inferred", "error")]
    assert said(concluded(routes)) == [("RET-ROUTE", "inferred", "error")]
    assert "perhaps" in concluded(routes).findings[0].title


def test_a_network_that_is_as_wide_as_the_vswitch_is_right() -> None:
    case = the_case(a_group(*OPEN))
    wide = {name: replace(each, cidr="192.168.0.0/16") for name, each in case.vswitches.items()}
    routes = PLAIN.replace("192.168.20.0/24", "192.168.0.0/16")
    assert codes(the_conclusion(with_lists(routes, case=replace(case, vswitches=wide)), FLOWS)) == []
    assert codes(the_conclusion(with_lists(routes, case=replace(case, vswitches={})), FLOWS)) == []


def test_a_part_of_the_block_that_is_refused_is_named_alone() -> None:
    found = concluded(PLAIN + "blackhole 192.168.10.128/26\n")
    assert said(found) == [("RET-ROUTE", "strong", "error")]
    assert "192.168.10.128/26 is blackhole (routes-master-1-1.txt:3)" in found.findings[0].sentence
    assert any("ip route del blackhole 192.168.10.128/26" in line for line in found.findings[0].advice)


@pytest.mark.parametrize(("name", "kind"), [("routes-a.txt", "routes.txt"), ("iprules-a.txt", "iprules.txt")])
def test_the_listings_are_recognised(name: str, kind: str) -> None:
    assert recognise(name, b"") == Kind(kind)


def test_a_bridge_of_ipv6_gets_no_network_of_ipv4_instead() -> None:
    routes = read_routes(
        "routes.txt",
        "default via fd00:20::1 dev eth0 metric 100 pref medium\n"
        "fd00:20::/64 dev eth0 proto kernel src fd00:20::11 metric 100 pref medium\n"
        "fd00:10::/64 dev docker0 proto kernel src fd00:10::1 metric 256 pref medium\n",
    )
    links = read_links("2: eth0: <UP>\n    inet6 fd00:20::11/64 scope global\n")

    (answer,) = AnswerRoutes(routes, None, links).stray((parse("fd00:10::/64"),), "fd00:20::11")

    assert (answer.device, answer.free) == ("docker0", ())
