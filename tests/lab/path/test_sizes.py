"""A narrow link between two real routers, with and without the messages that say so, and filters
that know sizes. The KDC is MIT's own.
"""

from __future__ import annotations

import pytest

from probes.endpoint import Endpoint
from probes.kerberos.kdc.udp_reply_size import udp_reply_limit
from probes.path.large_exchanges import Stalls, hadoop_dialogue, kerberos_dialogue, stalls
from probes.path.mtu import kdc_request, path_mtu
from probes.vantage import HERE, Vantage
from tests.lab.kdc import REALM, Kdc

from .net import FAR, NEAR, NOBODY, ROUTERS, ROUTERS_6, SERVER, SERVER_ADDRESS, SERVER_ADDRESS_6, Net
from .services import BusyKdc, EchoKdc, RpcServer

PATIENCE = 2.0
UDP = Endpoint("kdc", 88, "udp", SERVER_ADDRESS)
TCP = Endpoint("kdc", 88, "tcp", SERVER_ADDRESS)


def hide_sizes(net: Net) -> None:
    for role in (NEAR, FAR):
        net.filter(role, "icmp type destination-unreachable drop", "icmpv6 type packet-too-big drop", hook="output")


def stalled(net: Net, endpoint: Endpoint = TCP, realm: str = REALM) -> Stalls:
    found = net.ask(lambda: stalls(endpoint, kerberos_dialogue(realm), Vantage(patience=PATIENCE)), uid=NOBODY)
    assert found is not None
    return found


def test_a_good_path_carries_what_the_link_does(net: Net, mit: Kdc) -> None:
    carried = net.ask(lambda: path_mtu(UDP, kdc_request(REALM), HERE), uid=NOBODY)
    assert (carried.own, carried.passes, carried.lost, carried.told, carried.is_black_hole) == (
        1500,
        1500,
        None,
        None,
        False,
    )
    found = stalled(net)
    assert (found.small.answered, found.large.answered, found.is_black_hole) == (True, True, False)
    assert found.large.received > 2 * found.large.segment, "the KDC's answer fills segments as well"


def test_a_router_says_what_fits(net: Net, mit: Kdc) -> None:
    net.mtu(1400)
    carried = net.ask(lambda: path_mtu(UDP, kdc_request(REALM), HERE), uid=NOBODY)
    assert (carried.told, carried.told_by, carried.passes, carried.is_black_hole) == (1400, ROUTERS[0], 1400, False)
    assert not stalled(net).is_black_hole


def test_tcp_learns_what_fits_by_itself(net: Net, mit: Kdc) -> None:
    net.mtu(1400)
    found = stalled(net)
    assert (found.own, found.told, found.is_black_hole) == (1500, 1400, False)


def test_a_router_says_what_fits_over_ipv6(net: Net, kdc6: EchoKdc) -> None:
    net.mtu(1400)
    carried = net.ask(lambda: path_mtu(kdc6.endpoint("udp"), kdc_request(REALM), HERE), uid=NOBODY)
    assert (carried.told, carried.told_by, carried.passes) == (1400, ROUTERS_6[0], 1400)


def test_a_black_hole_is_measured_without_any_router_s_help(net: Net, mit: Kdc) -> None:
    net.mtu(1400)
    hide_sizes(net)
    carried = net.ask(lambda: path_mtu(UDP, kdc_request(REALM), HERE), uid=NOBODY)
    assert (carried.is_black_hole, carried.passes, carried.lost, carried.told) == (True, 1400, 1420, None)
    found = stalled(net)
    assert (found.is_black_hole, found.is_outward, found.passes, found.lost) == (True, True, 1400, 1420)


def test_a_black_hole_over_ipv6(net: Net, kdc6: EchoKdc) -> None:
    net.mtu(1400)
    hide_sizes(net)
    found = stalled(net, kdc6.endpoint("tcp"))
    assert (found.is_black_hole, found.is_outward, found.passes) == (True, True, 1400)


def test_a_black_hole_on_the_way_back_only(net: Net, mit: Kdc) -> None:
    net.filter(FAR, f"ip saddr {SERVER_ADDRESS} meta length > 1400 drop")
    found = stalled(net)
    assert (found.is_black_hole, found.is_outward) == (True, False)
    # What is asked of the KDC is large and its answer small, so the other direction is clean
    assert net.ask(lambda: path_mtu(UDP, kdc_request(REALM), HERE)).passes == 1500


@pytest.mark.parametrize("address", [SERVER_ADDRESS, SERVER_ADDRESS_6])
def test_hadoop_rpc_shows_the_way_there_without_a_large_answer(net: Net, namenode: RpcServer, address: str) -> None:
    endpoint = Endpoint("master", 8020, "tcp", address)
    good = net.ask(lambda: stalls(endpoint, hadoop_dialogue(), Vantage(patience=PATIENCE)), uid=NOBODY)
    assert good is not None
    assert (good.small.answered, good.large.answered, good.is_black_hole) == (True, True, False)
    assert max(namenode.identifiers) > 2900, "the server read the long identifier as one"
    net.mtu(1400)
    hide_sizes(net)
    bad = net.ask(lambda: stalls(endpoint, hadoop_dialogue(), Vantage(patience=PATIENCE)), uid=NOBODY)
    assert bad is not None
    assert (bad.is_black_hole, bad.is_outward, bad.large.waiting > 2900) == (True, True, True)


def test_dropped_fragments_hurt_datagrams_alone(net: Net, mit: Kdc) -> None:
    net.filter(FAR, "ip frag-off & 0x3fff != 0 drop")
    assert not stalled(net).is_black_hole
    assert net.ask(lambda: path_mtu(UDP, kdc_request(REALM), HERE)).passes == 1500
    cliff = net.ask(lambda: udp_reply_limit(UDP, REALM, HERE))
    assert cliff.lost is not None
    assert cliff.lost <= 1480


def test_silence_is_no_black_hole(net: Net, mit: Kdc) -> None:
    net.filter(FAR, "meta l4proto udp drop")
    carried = net.ask(lambda: path_mtu(UDP, kdc_request(REALM), HERE))
    assert (carried.passes, carried.lost, carried.is_black_hole) == (None, None, False)
    assert carried.why


def test_a_service_that_hangs_on_large_requests_is_no_black_hole(net: Net) -> None:
    kdc = net.on(SERVER, BusyKdc(SERVER_ADDRESS).__enter__)
    try:
        found = stalled(net, kdc.endpoint("tcp"))
    finally:
        kdc.__exit__(None, None, None)
    assert (found.small.answered, found.large.has_stalled, found.narrow.has_stalled) == (True, True, True)
    assert not found.is_black_hole
