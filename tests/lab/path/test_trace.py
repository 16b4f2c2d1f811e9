"""Traces over two real routers, as an ordinary user: hops, refusals, silence, loops, rate limits.
The oracle is scapy's own trace, which needs root.
"""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from probes.endpoint import Endpoint
from probes.kerberos.as_req import as_req, fresh_nonce
from probes.path.trace import Trace, trace
from probes.vantage import HERE, Vantage
from tests.lab.kdc import REALM, Kdc

from .net import CLIENT, FAR, NEAR, NOBODY, ROUTERS, ROUTERS_6, SERVER, SERVER_ADDRESS, SERVER_ADDRESS_6, Net
from .services import RpcServer

SHORT = 1.6
"""Seconds: one repeated SYN."""

BOTH = [(SERVER_ADDRESS, ROUTERS), (SERVER_ADDRESS_6, ROUTERS_6)]

SCAPY = """
import json, sys
from scapy.all import IP, IPv6, TCP, conf, sr
conf.verb = 0
found = {}
for address in sys.argv[1:]:
    v6 = ":" in address
    probe = IPv6(dst=address, hlim=(1, 4)) if v6 else IP(dst=address, ttl=(1, 4))
    answers, _ = sr(probe / TCP(dport=8020, flags="S"), timeout=3)
    found[address] = [a.src for q, a in sorted(answers, key=lambda qa: qa[0].hlim if v6 else qa[0].ttl)]
print(json.dumps(found))
"""


def to(address: str, port: int = 8020) -> Endpoint:
    return Endpoint("server", port, "tcp", address)


def both(net: Net, port: int = 8020, patience: float = SHORT) -> list[tuple[Trace, tuple[str, str]]]:
    """One trace of each family, at once."""

    async def ask() -> list[Trace]:
        return await asyncio.gather(*(trace(to(address, port), Vantage(patience=patience)) for address, _ in BOTH))

    return list(zip(net.ask(ask), (routers for _, routers in BOTH), strict=True))


@pytest.mark.parametrize("uid", [None, NOBODY])
@pytest.mark.parametrize(("address", "routers"), BOTH)
@pytest.mark.parametrize(("port", "answer"), [(8020, "syn-ack"), (1, "rst")])
def test_hops_of_a_port_that_answers(
    net: Net, namenode: RpcServer, address: str, routers: tuple[str, str], port: int, answer: str, uid: int | None
) -> None:
    found = net.ask(lambda: trace(to(address, port), HERE), uid=uid)
    assert [(hop.ttl, hop.address) for hop in found.hops] == list(enumerate(routers, start=1))
    assert (found.reached, found.distance, found.last, found.loop) == (True, 3, routers[-1], ())
    assert found.answer is not None
    assert found.answer.reason == answer


def test_the_same_hops_as_scapy_sees(net: Net, namenode: RpcServer) -> None:
    done = net.hosts[CLIENT].run(sys.executable, "-c", SCAPY, SERVER_ADDRESS, SERVER_ADDRESS_6, seconds=120)
    theirs = json.loads(done.stdout)
    for found, (address, _) in zip((found for found, _ in both(net)), BOTH, strict=True):
        assert [*(hop.address for hop in found.hops), address] == theirs[address][:3]


@pytest.mark.parametrize(("role", "hook"), [(FAR, "forward"), (SERVER, "input")])
def test_a_drop_behind_the_last_router_looks_the_same_wherever_it_is(
    net: Net, namenode: RpcServer, role: str, hook: str
) -> None:
    net.filter(role, "tcp dport 8020 drop", hook=hook)
    for found, routers in both(net):
        assert (found.last, found.reached, found.distance, found.answer) == (routers[1], False, None, None)


def test_a_drop_at_the_first_router(net: Net, namenode: RpcServer) -> None:
    net.filter(NEAR, "tcp dport 8020 drop")
    for found, routers in both(net):
        assert [hop.address for hop in found.hops] == [routers[0]]
        assert (found.last, found.reached) == (routers[0], False)


def test_a_reject_at_the_second_router_is_its_answer(net: Net, namenode: RpcServer) -> None:
    net.filter(FAR, "tcp dport 8020 reject with icmpx admin-prohibited")
    for found, routers in both(net):
        assert found.answer is not None
        assert (found.answer.reason, found.answer.offender) == ("admin-prohibited", routers[1])
        assert (found.reached, found.last) == (False, routers[1])


def test_a_router_that_never_answers_leaves_a_gap(net: Net, namenode: RpcServer) -> None:
    net.filter(NEAR, "icmp type time-exceeded drop", "icmpv6 type time-exceeded drop", hook="output")
    for found, routers in both(net):
        assert [(hop.ttl, hop.address) for hop in found.hops] == [(2, routers[1])]
        assert (found.reached, found.distance) == (True, 3)


def test_a_loop_is_noticed(net: Net, namenode: RpcServer) -> None:
    with net.loop():
        for found, routers in both(net, patience=3.5):
            assert set(found.loop) & set(routers)
            # A router that forwards what came back answers an IPv6 sender from either side of the
            # link
            assert set(found.loop) <= {*routers, "10.77.2.1", "fd77:2::1"}
            assert not found.reached


def test_rate_limits_of_routers_cost_no_hop(net: Net, namenode: RpcServer) -> None:
    # Given routers as Linux makes them: a handful of errors to one address, then one a second
    limit = net.hosts[NEAR].run("cat", "/proc/sys/net/ipv4/icmp_ratelimit").stdout
    assert limit.strip() == "1000"
    net.ip(CLIENT, "address replace 10.77.1.9/24 dev near")
    net.filter(SERVER, "tcp dport 8020 drop", hook="input")

    # When eight traces of a silent port run at once, from an address that no router has answered
    # yet
    async def ask() -> list[Trace]:
        return await asyncio.gather(*(trace(to(SERVER_ADDRESS), Vantage(source_address="10.77.1.9")) for _ in range(8)))

    # Then each has both routers: a SYN is repeated every second
    assert [[hop.address for hop in found.hops] for found in net.ask(ask)] == [list(ROUTERS)] * 8


def test_datagrams_that_the_service_answers_show_the_end(net: Net, mit: Kdc) -> None:
    endpoint = Endpoint("kdc", 88, "udp", SERVER_ADDRESS)
    found = net.ask(lambda: trace(endpoint, HERE, payload=lambda _: as_req(REALM, nonce=fresh_nonce())), uid=NOBODY)
    assert ([hop.address for hop in found.hops], found.distance) == (list(ROUTERS), 3)
    assert found.answer is not None
    assert found.answer.reason == "udp-reply"


def test_a_closed_udp_port_ends_a_trace(net: Net) -> None:
    found = net.ask(lambda: trace(Endpoint("server", 5, "udp", SERVER_ADDRESS_6), HERE))
    assert ([hop.address for hop in found.hops], found.reached) == (list(ROUTERS_6), True)


def test_without_a_route_nothing_is_sent(net: Net) -> None:
    found = net.on(SERVER, lambda: asyncio.run(trace(to("10.99.0.1"), HERE)))
    assert not found.reached
    net.ip(SERVER, "route del default")
    try:
        found = net.on(SERVER, lambda: asyncio.run(trace(to("10.99.0.1"), HERE)))
    finally:
        net.ip(SERVER, "route add default via 10.77.3.1")
    assert found.answer is not None
    assert (found.answer.reason, found.hops, found.reached) == ("no-route", (), False)
