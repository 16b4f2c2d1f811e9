"""What `ip route`, `ip rule` and `ip addr` list, and the kernel that routes by it: do both send an
answer over the same link?
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

import pytest

from diagnose.scene.node_records.stray_answers import AnswerRoutes
from probes.addresses import parse_address
from probes.files.host_routes import HostRouting, read_routes, read_rules

from .netns import COMMAND_SECONDS, PREFIX, remove

OWN = "192.168.20.11"
LINKS = """
link add eth0 type veth peer name e0
link add docker0 type bridge
link add br-0123456789ab type bridge
link add down0 type veth peer name d0
link set eth0 up
link set e0 up
link set docker0 up
link set br-0123456789ab up
link set down0 up
link set lo up
address add 192.168.20.11/24 dev eth0
address add 172.17.0.1/16 dev docker0
address add 172.18.0.1/16 dev br-0123456789ab
address add 172.19.0.1/16 dev down0
route add default via 192.168.20.1
"""
ROUTES = """
route add 172.17.5.0/24 via 192.168.20.1 dev eth0
route add 172.17.6.0/24 via 192.168.20.1 dev eth0 metric 50
route add 172.17.6.0/24 dev docker0 metric 10
route add 172.19.4.0/22 via 192.168.20.1 metric 500
route add blackhole 10.1.0.0/16
route add unreachable 10.2.0.0/16
route add prohibit 10.3.0.0/16
route add throw 10.4.0.0/16
route add 10.5.0.0/16 dev docker0
route add 10.5.128.0/17 via 192.168.20.1 dev eth0 table 100
route add throw 10.5.64.0/18 table 100
route add default dev br-0123456789ab table 200
route add 10.8.0.0/16 dev docker0 table 200
"""
RULES = """
rule add from 192.168.20.11 to 10.5.0.0/16 lookup 100 pref 100
rule add from 192.168.20.12 lookup 200 pref 110
rule add to 10.6.0.0/16 prohibit pref 120
rule add to 10.7.0.0/16 iif eth0 prohibit pref 130
rule add not to 10.0.0.0/8 lookup main suppress_prefixlength 0 pref 140
rule add from 192.168.20.11 to 10.8.0.0/15 lookup 200 suppress_prefixlength 0 pref 150
rule add fwmark 0x7 to 10.9.0.0/16 lookup 200 pref 160
"""
ASKED = (
    *("192.168.10.7", "8.8.8.8", "172.17.0.1", "172.17.0.9", "172.17.5.9", "172.17.6.9", "172.18.3.3", "172.19.1.1"),
    *("172.19.4.9", "10.1.0.1", "10.2.0.1", "10.3.0.1", "10.4.0.1", "10.5.1.1", "10.5.70.1", "10.5.200.1"),
    *("10.6.0.1", "10.7.0.1", "10.8.0.1", "10.9.0.1", "192.168.20.21"),
)


class RoutingHost:
    """One namespace whose kernel is asked and whose listings are read. Nothing is sent."""

    def __init__(self) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-9100-hostroutes"

    def ip(self, *arguments: str) -> str:
        done = subprocess.run(
            ["ip", "-n", self.name, *arguments], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        return done.stdout

    def do(self, lines: str) -> None:
        for line in filter(None, lines.splitlines()):
            subprocess.run(["ip", "-n", self.name, *line.split()], timeout=COMMAND_SECONDS, check=True)

    def sysctl(self, setting: str) -> None:
        command = ["ip", "netns", "exec", self.name, "sysctl", "-qw", setting]
        subprocess.run(command, timeout=COMMAND_SECONDS, check=True)

    def kernel(self, target: str) -> str:
        """Return the link, or "" if the kernel sends nothing or keeps the packet for itself."""
        answer = self.ip("route", "get", target, "from", OWN).split()
        return "" if not answer or answer[0] == "local" else answer[answer.index("dev") + 1]

    def listed(self, *, is_all: bool, has_rules: bool = True) -> HostRouting:
        """Return what the listings of the host say."""
        routes = read_routes("routes.txt", self.ip("route", "show", *(("table", "all") if is_all else ())))
        rules = read_rules("rules.txt", self.ip("rule", "show")) if has_rules else None
        own = [("eth0", parse_address(OWN)), ("docker0", parse_address("172.17.0.1"))]
        return HostRouting(routes, rules, () if is_all else own)


def link(routing: HostRouting, target: str) -> str | None:
    """Return the link as the listings have it. None if they do not say."""
    way = routing.way(parse_address(target), parse_address(OWN))
    if not way.is_known:
        return None
    route = way.route
    return "" if route is None or route.kind != "unicast" or not route.devices else route.devices[0]


@pytest.fixture
def host(lab_machine: None) -> Iterator[RoutingHost]:
    made = RoutingHost()
    subprocess.run(["ip", "netns", "add", made.name], timeout=COMMAND_SECONDS, check=True)
    try:
        made.do(LINKS)
        yield made
    finally:
        with suppress(subprocess.SubprocessError):
            remove(made.name)


@pytest.mark.parametrize("is_all", [True, False], ids=["table all", "main alone"])
def test_a_plain_host_is_read_as_its_kernel_routes(host: RoutingHost, is_all: bool) -> None:
    routing = host.listed(is_all=is_all, has_rules=False)
    said = {target: link(routing, target) for target in ASKED}
    assert said == {target: host.kernel(target) for target in ASKED}
    assert {"eth0", "docker0", "br-0123456789ab", "down0", ""} == set(said.values())


def test_metrics_kinds_tables_and_rules_are_read_as_the_kernel_takes_them(host: RoutingHost) -> None:
    host.do(ROUTES)
    host.do(RULES)
    routing = host.listed(is_all=True)
    said = {target: link(routing, target) for target in ASKED}
    assert said.pop("10.9.0.1") is None  # a mark decides, and no list has it
    assert said == {target: host.kernel(target) for target in said}


def test_a_table_that_was_not_listed_leaves_the_way_unknown(host: RoutingHost) -> None:
    host.do(ROUTES)
    host.do(RULES)
    routing = host.listed(is_all=False)
    assert link(routing, "10.5.200.1") is None
    assert link(routing, "172.17.5.9") == host.kernel("172.17.5.9") == "eth0"


@pytest.mark.parametrize("ignores", [False, True])
def test_a_link_without_carrier_wins_unless_the_kernel_ignores_it(host: RoutingHost, ignores: bool) -> None:
    host.sysctl(f"net.ipv4.conf.all.ignore_routes_with_linkdown={int(ignores)}")
    routing = host.listed(is_all=True)
    assert link(routing, "172.19.1.1") == host.kernel("172.19.1.1") == ("eth0" if ignores else "down0")
    ways = routing.way(parse_address("172.19.1.1"), parse_address(OWN))
    assert ways.route is not None
    assert ways.route.has_no_carrier is not ignores


def test_every_piece_of_a_block_is_routed_as_each_of_its_addresses(host: RoutingHost) -> None:
    host.do(ROUTES)
    routing = host.listed(is_all=True)
    low, high = parse_address("172.16.0.0"), parse_address("172.31.255.255")
    pieces = list(routing.pieces(((low, high),)))
    assert pieces[0][0] == low
    assert pieces[-1][1] == high
    assert all(before[1] + 1 == after[0] for before, after in pairwise(pieces))
    chance = random.Random(20261130)
    for first, last in pieces:
        links = {routing.way(place, parse_address(OWN)) for place in (first, last, chance.randint(first, last))}
        assert len(links) == 1


@pytest.mark.parametrize("has_default", [True, False])
@pytest.mark.parametrize("kind", ["", "blackhole", "unreachable", "prohibit", "throw"])
def test_an_answer_is_lost_exactly_if_the_kernel_has_no_way_for_it(
    host: RoutingHost, kind: str, has_default: bool
) -> None:
    if not has_default:
        host.do("route del default")
    if kind:
        host.do(f"route add {kind} 10.66.0.0/16\nrule add to 10.67.0.0/16 prohibit pref 90")
    routes = read_routes("routes.txt", host.ip("route", "show", "table", "all"))
    answers = AnswerRoutes(routes, read_rules("rules.txt", host.ip("rule", "show")), None)
    for client in ("10.66.1.1", "10.67.1.1", "10.68.1.1", "192.168.20.9"):
        place = parse_address(client)
        found = answers.stray(((place, place),), OWN)
        assert any(answer.is_lost for answer in found) is (host.kernel(client) == ""), client
