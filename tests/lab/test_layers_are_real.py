"""Do the building blocks of the layers do what they say, seen with the lab's own prober and the
kernel's counters?
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import ipv6, names, paths
from .cases import MASTER_PORTS
from .cloud import acl_entry
from .diagnosis import serve_cluster
from .kdc import REALM, as_req
from .kdc_making import EVERYTHING, NOBODY, Place, bound_acl
from .netns import CLUSTER, RG, RG_ADDRESSES, ROUTER
from .scene import DOMAIN, Lab, Packet

SOURCE, MASTER, KDC = RG_ADDRESSES[0], CLUSTER["master"], CLUSTER["kdc"]
PORT = MASTER_PORTS["namenode"]
DELAY_SECONDS = 0.06


@pytest.fixture
def place(lab: Lab, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as undo:
        yield Place(lab, undo, tmp_path)


def _one(lab: Lab, destination: str = MASTER, quiet: float = 1.0) -> tuple[str, int]:
    seen = lab.send([Packet(SOURCE, "tcp", destination, PORT)], quiet)[0]
    return seen.state, seen.error


def _all_is_well(lab: Lab) -> bool:
    lab.filter(ROUTER, "")
    return _one(lab) == ("open", 0)


@pytest.mark.parametrize(
    ("block", "state", "error"),
    [
        (paths.own_route("unreachable"), "closed", errno.EHOSTUNREACH),
        (paths.own_route("prohibit"), "closed", errno.EACCES),
        (paths.own_route("blackhole"), "closed", errno.EINVAL),
        (paths.routed_nowhere("unreachable"), "closed", errno.ENETUNREACH),
        (paths.routed_nowhere("prohibit"), "closed", errno.EHOSTUNREACH),
        (paths.routed_nowhere("blackhole"), "dropped", 0),
        (paths.no_way_back(), "dropped", 0),
        (paths.docker_bridge("master"), "dropped", 0),
    ],
)
def test_a_route_fails_in_its_own_way_and_is_whole_again_afterwards(
    place: Place, block: paths.Block, state: str, error: int
) -> None:
    place.lab.serve("master", tcp=[PORT])
    block(place)
    assert _one(place.lab) == (state, error)
    place.undo.close()
    assert _all_is_well(place.lab)


def test_only_the_answers_are_lost_where_the_way_back_is(place: Place) -> None:
    """What an administrator brings then tells: a handshake half open at the node, the request in
    the KDC's log.
    """
    serve_cluster(place.lab)
    paths.no_way_back()(place)
    question = as_req(REALM, int.from_bytes(os.urandom(3)))
    asked = [Packet(SOURCE, "tcp", MASTER, PORT), Packet(SOURCE, "udp", KDC, 88, payload=question)]
    assert {seen.state for seen in place.lab.send(asked)} == {"dropped"}
    sockets = place.lab.evidence("master")["ss.txt"]
    assert re.search(rf"SYN-RECV.*{re.escape(MASTER)}\S*:{PORT}\s.*{re.escape(SOURCE)}", sockets), sockets
    logged = place.lab.evidence("kdc")["kdc.log"]
    assert re.search(rf"AS_REQ .*{re.escape(SOURCE)}", logged), logged
    assert "kdc.log" not in place.lab.evidence("master")


def test_the_packet_filter_of_a_host_is_among_its_records(place: Place) -> None:
    place.lab.host_firewall("master", f"tcp dport {PORT} drop")
    assert f"tcp dport {PORT} drop" in place.lab.evidence("master")["iptables.txt"]
    place.lab.reset()
    assert set(place.lab.evidence("kdc")) == {"ss.txt"}


@pytest.mark.parametrize(("tells", "arrives", "told"), [(True, True, True), (False, False, False)])
def test_a_narrow_path_takes_small_packets_and_tells_or_does_not(
    place: Place, tells: bool, arrives: bool, told: bool
) -> None:
    paths.narrow(tells=tells)(place)
    place.lab.enforce([])
    small = place.lab.host(RG).run("python3", "-Ic", _SEND, MASTER, str(PORT), "1200")
    large = place.lab.host(RG).run("python3", "-Ic", _SEND, MASTER, str(PORT), "1450")
    assert small.stdout.split() == ["sent"]
    assert large.stdout.split() == (["sent", str(paths.NARROW)] if told else ["sent"])
    # A transfer that must be cut to size gets through only where somebody says to what size.
    place.lab.serve("master", tcp={PORT: b"x" * 20_000})
    assert (_transferred(place.lab) > 10_000) is arrives


_SEND = """
import socket, sys, time
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.setsockopt(0, 10, 2)  # IP_MTU_DISCOVER, IP_PMTUDISC_DO
udp.setsockopt(0, 11, 1)  # IP_RECVERR
udp.connect((sys.argv[1], int(sys.argv[2])))
udp.send(bytes(int(sys.argv[3])))
print("sent")
time.sleep(0.2)
try:
    udp.recvmsg(9, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
except OSError:
    pass
else:
    mtu = udp.getsockopt(0, 14)  # IP_MTU
    if mtu < 1500:
        print(mtu)
"""

_READ = """
import socket, sys
tcp = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2)
tcp.sendall(b"?")
got = 0
try:
    while got < 20000 and (piece := tcp.recv(65536)):
        got += len(piece)
except TimeoutError:
    pass
print(got)
"""


def _transferred(lab: Lab) -> int:
    done = lab.host(RG).run("python3", "-Ic", _READ, MASTER, str(PORT))
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_every_nth_packet_is_lost_and_the_rest_is_not(place: Place) -> None:
    place.lab.serve("master", udp=[PORT])
    paths.every_nth_lost(20)(place)
    place.lab.enforce([])
    packets = [Packet(SOURCE, "udp", MASTER, PORT, 20_000 + number) for number in range(100)]
    states = [seen.state for seen in place.lab.send(packets, 1.0)]
    # A request and its answer are two packets; of 195 or so that pass the router, every 20th is
    # lost.
    assert 8 <= states.count("dropped") <= 11, states


def test_a_late_link_adds_its_delay_and_loses_nothing(place: Place) -> None:
    place.lab.serve("master", tcp=[PORT], udp=[PORT])
    paths.delayed(DELAY_SECONDS)(place)
    started = time.monotonic()
    assert _one(place.lab) == ("open", 0)
    assert time.monotonic() - started >= DELAY_SECONDS
    packets = [Packet(SOURCE, "udp", MASTER, PORT, 20_000 + number) for number in range(200)]
    assert {seen.state for seen in place.lab.send(packets, 1.0)} == {"open"}
    place.undo.close()
    assert _all_is_well(place.lab)


def _looked_up(lab: Lab, *words: str) -> str:
    return lab.host(RG).run("getent", *words).stdout


def test_the_resource_group_asks_the_name_server(place: Place) -> None:
    other = f"other.{DOMAIN}"
    records = names.zone(master=[names.forward(names_of("master"), MASTER), names.backward(MASTER, other)], core_1=[])
    names.by_name_server(place, records)
    assert _looked_up(place.lab, "ahostsv4", names_of("master")).startswith(MASTER)
    assert other in _looked_up(place.lab, "hosts", MASTER)
    assert names_of("kdc") in _looked_up(place.lab, "hosts", KDC)
    assert _looked_up(place.lab, "ahostsv4", names_of("core-1")) == ""
    place.undo.close()
    assert _looked_up(place.lab, "ahostsv4", names_of("core-1")).startswith(CLUSTER["core-1"])


def names_of(role: str) -> str:
    return next(name for name, of in names.full_names().items() if of == role)


def test_a_name_server_that_nobody_has_is_silent(place: Place) -> None:
    names.hosts(place, "127.0.0.1 localhost\n")
    place.resolver(NOBODY)
    done = place.lab.host(RG).run("python3", "-Ic", "import socket; socket.getaddrinfo('a.example', 1)")
    assert "Temporary failure in name resolution" in done.stderr


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ("accept", "open"),
        ("drop", "TimeoutError"),
        ("reject with icmpv6 type admin-prohibited", "PermissionError"),
        ("reject with tcp reset", "ConnectionRefusedError"),
    ],
)
def test_the_lab_speaks_ipv6_when_it_is_told_to(place: Place, rule: str, outcome: str) -> None:
    ipv6.arranged(place)
    place.lab.host_firewall("master", f"tcp dport {PORT} {rule}")
    assert _asked_over_ipv6(place.lab) == outcome


def test_security_groups_and_lists_are_enforced_for_ipv6_too(place: Place) -> None:
    case = ipv6.arranged(place)
    place.lab.enforce(case.documents.values())
    assert _asked_over_ipv6(place.lab) == "open"
    place.lab.enforce(case.without("sgr-namenode").documents.values())
    assert _asked_over_ipv6(place.lab) == "TimeoutError"
    everybody = acl_entry("nae-6", "::/0")
    for entry, outcome in ((EVERYTHING, "TimeoutError"), (everybody, "open")):
        place.lab.enforce(bound_acl([entry], [entry])(case).documents.values())
        assert _asked_over_ipv6(place.lab) == outcome


_CONNECT = """
import socket, sys
tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
# IPV6_RECVERR: without it Linux reports a rejected connect only after the second packet.
tcp.setsockopt(socket.IPPROTO_IPV6, 25, 1)
tcp.settimeout(1)
try:
    tcp.connect((sys.argv[1], int(sys.argv[2])))
    print("open")
except OSError as error:
    print(type(error).__name__)
"""


def _asked_over_ipv6(lab: Lab) -> str:
    return lab.host(RG).run("python3", "-Ic", _CONNECT, ipv6.ADDRESSES["master"], str(PORT)).stdout.strip()
