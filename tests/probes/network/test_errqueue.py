"""Control messages of the error queue read as the kernel writes them, and, on a small network of
namespaces, the whole table from firewall verdict to observation.

The network: client - router - server, IPv4 and IPv6. Each port stands for one verdict, so that one
run of the product's own runner asks for all of them at once.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from probes.network import errqueue, udp
from probes.network.errqueue import IcmpError
from tests.support.needs import LAB_NETWORK
from tests.support.places import PROJECT

IP, V6 = (socket.IPPROTO_IP, 11), (socket.IPPROTO_IPV6, 25)


def control(origin: int, kind: int, code: int, name: bytes = b"", number: int = 113, info: int = 0) -> bytes:
    """struct sock_extended_err and the address behind it."""
    return struct.pack("=IBBBBII", number, origin, kind, code, 0, info, 0) + name


def name4(address: str) -> bytes:
    return struct.pack("=HH", socket.AF_INET, 0) + socket.inet_aton(address) + bytes(8)


def name6(address: str) -> bytes:
    return struct.pack("=HHI", socket.AF_INET6, 0, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)


def test_an_icmp_error_has_type_code_and_sender() -> None:
    error = errqueue.parse(*IP, control(2, 3, 10, name4("192.0.2.1")))

    assert error == IcmpError(v6=False, type=3, code=10, errno=113, offender="192.0.2.1")
    assert error.reason == "host-prohibited"
    assert error.detail() == {"icmp_type": 3, "icmp_code": 10}


def test_an_icmpv6_error_has_type_code_and_sender() -> None:
    error = errqueue.parse(*V6, control(3, 1, 5, name6("2001:db8::1"), 13))

    assert error == IcmpError(v6=True, type=1, code=5, errno=13, offender="2001:db8::1")
    assert error.reason == "policy-failed"


@pytest.mark.parametrize(("kind", "data"), [(IP, control(2, 3, 4, info=1400)), (V6, control(3, 2, 0, info=1400))])
def test_too_big_says_what_fits_and_is_no_refusal(kind: tuple[int, int], data: bytes) -> None:
    error = errqueue.parse(*kind, data)

    assert error is not None
    assert (error.is_too_big, error.mtu) == (True, 1400)


@pytest.mark.parametrize("data", [control(2, 3, 4), control(2, 3, 1, info=1400)])
def test_no_size_is_made_up(data: bytes) -> None:
    error = errqueue.parse(*IP, data)

    assert error is not None
    assert error.mtu is None


@pytest.mark.parametrize(
    ("name", "what"), [(b"", "none"), (bytes(16), "AF_UNSPEC"), (name4("192.0.2.1")[:6], "cut"), (b"\x02", "one byte")]
)
def test_a_sender_that_is_not_told_is_none(name: bytes, what: str) -> None:
    error = errqueue.parse(*IP, control(2, 3, 1, name))

    assert error is not None, what
    assert error.offender is None


@pytest.mark.parametrize(
    ("level", "kind", "data"),
    [
        (*IP, control(1, 0, 0)),  # this host's own
        (*IP, control(2, 3, 1)[:15]),
        (*IP, b""),
        (socket.SOL_SOCKET, 29, control(2, 3, 1)),  # a timestamp
    ],
)
def test_other_control_messages_are_no_icmp_errors(level: int, kind: int, data: bytes) -> None:
    assert errqueue.parse(level, kind, data) is None


def test_every_code_without_a_word_is_other() -> None:
    words = {
        (v6, kind, code): IcmpError(v6, kind, code, 0, None).reason
        for v6 in (False, True)
        for kind in range(256)
        for code in range(256)
    }

    assert sum(word != "icmp-other" for word in words.values()) == 17
    assert words[False, 11, 0] == words[True, 3, 0] == "ttl-exceeded"
    assert words[False, 11, 1] == words[True, 3, 1] == "icmp-other"  # fragments that never met again
    assert words[False, 1, 4] == words[True, 3, 3] == "icmp-other"  # the families do not mix


def test_packet_too_big_is_no_refusal() -> None:
    assert IcmpError(False, 3, 4, 90, None).is_too_big
    assert IcmpError(True, 2, 0, 90, None).is_too_big
    assert not IcmpError(True, 3, 4, 90, None).is_too_big


def test_an_empty_queue_is_read_without_waiting() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        errqueue.enable(sock)

        assert errqueue.read(sock) is None


# The network

CLIENT, ROUTER, SERVER = "10.77.1.10", "10.77.1.1", "10.77.2.10"
CLIENT6, ROUTER6, SERVER6 = "fd77:1::10", "fd77:1::1", "fd77:2::10"
OPEN, CLOSED, DROPPED, RESET, BY_HOST, HOST_PORT, OWN_DROP = 1001, 1002, 1003, 1004, 1005, 1006, 1007
ICMP = {
    2003: ("port-unreachable", "port-unreachable"),
    2001: ("host-unreachable", "host-unreachable"),
    2000: ("net-unreachable", "net-unreachable"),
    2002: ("prot-unreachable", "proto-unreachable"),
    2009: ("net-prohibited", "net-prohibited"),
    2010: ("host-prohibited", "host-prohibited"),
    2013: ("admin-prohibited", "admin-prohibited"),
}
"""Port -> nft's word for the ICMP code, ours."""

ICMP6 = {
    2000: ("no-route", "net-unreachable"),
    2001: ("admin-prohibited", "admin-prohibited"),
    2003: ("addr-unreachable", "host-unreachable"),
    2004: ("port-unreachable", "port-unreachable"),
    2005: ("policy-fail", "policy-failed"),
    2006: ("reject-route", "reject-route"),
}

ROUTER_RULES = "\n".join(
    [
        "table inet lab { chain forward { type filter hook forward priority 0;",
        f"th dport {DROPPED} drop",
        f"tcp dport {RESET} reject with tcp reset",
        *(f"meta nfproto ipv4 th dport {port} reject with icmp type {word}" for port, (word, _) in ICMP.items()),
        *(f"meta nfproto ipv6 th dport {port} reject with icmpv6 type {word}" for port, (word, _) in ICMP6.items()),
        "}",
        "}",
    ]
)
SERVER_RULES = f"""table inet lab {{ chain input {{ type filter hook input priority 0;
th dport {BY_HOST} reject with icmp type host-prohibited
th dport {HOST_PORT} reject with icmp type port-unreachable
}}
}}"""
CLIENT_RULES = f"table inet lab {{ chain output {{ type filter hook output priority 0; th dport {OWN_DROP} drop; }}\n}}"

DRIVER = """
import dataclasses, json, sys
from probes.endpoint import Endpoint
from probes.network import runner, tcp, udp
from probes.vantage import Vantage

LAB = Vantage(patience=4.0)

async def ask_udp(endpoint, vantage):
    return (await udp.exchange(endpoint, b"ping", vantage))[0]

ASK = {"tcp": tcp.connect, "udp": ask_udp}

def jobs(rows):
    return [runner.Job(f"{t} {a} {p}", Endpoint("lab", p, t, a), LAB, ASK[t]) for t, a, p in rows]

at_once, in_turn = json.load(sys.stdin)
seen = dict(runner.run(jobs(at_once)).observations)
seen.update(runner.run(jobs(in_turn), in_flight=1).observations)
print(json.dumps({key: dataclasses.asdict(value) for key, value in seen.items()}))
"""

LISTENER = f"""
import socket, sys
tcp = socket.create_server(("::", {OPEN}), family=socket.AF_INET6, dualstack_ipv6=True)
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.bind(("::", {OPEN}))
print("ready", flush=True)
while True:
    data, sender = udp.recvfrom(2048)
    udp.sendto(b"pong", sender)
"""

Expected = tuple[str, str, str, int, str, str, str | None]
"""What it stands for, transport, address, port -> state, reason, offender."""


def _expected() -> Iterator[Expected]:
    for address, router, table in ((SERVER, ROUTER, ICMP), (SERVER6, ROUTER6, ICMP6)):
        yield "a listener", "tcp", address, OPEN, "open", "syn-ack", None
        yield "a server", "udp", address, OPEN, "open", "udp-reply", None
        yield "nothing listens", "tcp", address, CLOSED, "closed", "rst", None
        yield "nothing listens", "udp", address, CLOSED, "closed", "port-unreachable", address
        yield "the router drops", "tcp", address, DROPPED, "filtered", "no-response", None
        yield "the router drops", "udp", address, DROPPED, "open|filtered", "no-response", None
        yield "the router resets", "tcp", address, RESET, "closed", "rst", None
        for port, (word, reason) in table.items():
            for transport in ("tcp", "udp"):
                yield f"the router rejects, {word}", transport, address, port, "filtered", reason, router
        yield "this host drops", "tcp", address, OWN_DROP, "filtered", "no-response", None
        yield "this host drops", "udp", address, OWN_DROP, "filtered", "local-prohibited", None
    yield "the host rejects", "tcp", SERVER, BY_HOST, "filtered", "host-prohibited", SERVER
    yield "the host rejects", "udp", SERVER, BY_HOST, "filtered", "host-prohibited", SERVER
    yield "the host rejects as if closed", "tcp", SERVER, HOST_PORT, "filtered", "port-unreachable", SERVER
    yield "the host rejects as if closed", "udp", SERVER, HOST_PORT, "closed", "port-unreachable", SERVER
    yield "the router cannot reach it", "tcp", "10.77.4.1", 80, "filtered", "host-unreachable", ROUTER
    yield "the router may not", "tcp", "10.77.5.1", 80, "filtered", "admin-prohibited", ROUTER
    for transport in ("tcp", "udp"):
        silent = "filtered" if transport == "tcp" else "open|filtered"
        yield "the router has a blackhole", transport, "10.77.3.1", 80, silent, "no-response", None
        yield "the router has no route", transport, "10.77.6.1", 80, "filtered", "net-unreachable", ROUTER
        yield "a dead host on the server's link", transport, "10.77.2.99", 80, "filtered", "host-unreachable", ROUTER
        yield "a dead host on this link", transport, "10.77.1.99", 80, "filtered", "host-unreachable", CLIENT
        yield "no route here", transport, "198.51.100.1", 80, "filtered", "no-route", None
        yield "an unreachable route here", transport, "10.78.1.1", 80, "filtered", "no-route", None
        yield "a prohibited route here", transport, "10.78.2.1", 80, "filtered", "local-prohibited", None
        yield "a blackhole route here", transport, "10.78.3.1", 80, "filtered", "no-route", None
        yield "no IPv6 route here", transport, "2001:db8::1", 80, "filtered", "no-route", None


TABLE = tuple(_expected())
IN_TURN = ("10.77.4.1", "10.77.5.1", "10.77.6.1")
"""A Linux router tells a sender of its own routing errors five times and then once a second, and
no namespace may change that; so these are asked one by one."""


def _run(*command: str, stdin: str = "") -> str:
    return subprocess.run(command, input=stdin, text=True, check=True, capture_output=True, timeout=60).stdout


def _wire(client: str, router: str, server: str) -> None:
    for host in (client, router, server):
        _run("ip", "netns", "add", host)
    _run("ip", "link", "add", "eth0", "netns", client, "type", "veth", "peer", "name", "left", "netns", router)
    _run("ip", "link", "add", "eth0", "netns", server, "type", "veth", "peer", "name", "right", "netns", router)
    plans = {
        client: (
            ("eth0", f"{CLIENT}/24", f"{CLIENT6}/64"),
            [
                "10.77.0.0/16 via 10.77.1.1",
                "unreachable 10.78.1.0/24",
                "prohibit 10.78.2.0/24",
                "blackhole 10.78.3.0/24",
            ],
        ),
        router: (
            ("left", f"{ROUTER}/24", f"{ROUTER6}/64", "right", "10.77.2.1/24", "fd77:2::1/64"),
            ["blackhole 10.77.3.0/24", "unreachable 10.77.4.0/24", "prohibit 10.77.5.0/24"],
        ),
        server: (("eth0", f"{SERVER}/24", f"{SERVER6}/64"), ["default via 10.77.2.1"]),
    }
    for host, (links, routes) in plans.items():
        lines = ["link set lo up"]
        device = ""
        for word in links:
            if "/" in word:
                lines.append(f"address add {word} dev {device} {'nodad' if ':' in word else ''}")
            else:
                device = word
                lines.append(f"link set {device} up")
        lines += [f"route add {route}" for route in routes]
        _run("ip", "-n", host, "-batch", "-", stdin="\n".join(lines))
    _run("ip", "-n", client, "route", "add", "fd77:2::/64", "via", ROUTER6)
    _run("ip", "-n", server, "route", "add", "default", "via", "fd77:2::1")
    # Every error is told, not one a second: that limit is the subject of other tests.
    limits = "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit"
    for host in (client, router, server):
        _run("ip", "netns", "exec", host, "sh", "-c", limits)
    forward = "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"
    _run("ip", "netns", "exec", router, "sh", "-c", forward)
    for host, rules in ((router, ROUTER_RULES), (server, SERVER_RULES), (client, CLIENT_RULES)):
        _run("ip", "netns", "exec", host, "nft", "-f", "-", stdin=rules)


@pytest.fixture(scope="module")
def observations() -> Iterator[dict[str, Any]]:
    """Everything in TABLE, asked from the client."""
    plan = ([row[1:4] for row in TABLE if row[2] not in IN_TURN], [row[1:4] for row in TABLE if row[2] in IN_TURN])
    client, router, server = hosts = tuple(f"emrprobe-{os.getpid()}-{role}" for role in ("client", "router", "server"))
    try:
        _wire(client, router, server)
        command = ["ip", "netns", "exec", server, sys.executable, "-I", "-c", LISTENER]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as listener:
            try:
                assert listener.stdout is not None
                assert listener.stdout.readline() == b"ready\n"
                # As nobody: what is told here is told to every user.
                asked = subprocess.run(
                    [
                        "ip",
                        "netns",
                        "exec",
                        client,
                        "setpriv",
                        "--reuid=65534",
                        "--clear-groups",
                        sys.executable,
                        "-c",
                        DRIVER,
                    ],
                    input=json.dumps(plan),
                    cwd=PROJECT,
                    text=True,
                    check=False,
                    capture_output=True,
                    timeout=60,
                )
                assert asked.returncode == 0, asked.stderr
                yield json.loads(asked.stdout)
            finally:
                listener.kill()
    finally:
        for host in hosts:
            with suppress(subprocess.SubprocessError):
                _run("ip", "netns", "delete", host)


@pytest.mark.needs(*LAB_NETWORK)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[1]} {row[2]}:{row[3]} {row[0]}")
def test_every_verdict_has_its_observation(observations: dict[str, Any], row: Expected) -> None:
    _, transport, address, port, state, reason, offender = row

    seen = observations[f"{transport} {address} {port}"]

    assert (seen["state"], seen["reason"], seen["offender"]) == (state, reason, offender)
    own = CLIENT6 if ":" in address else CLIENT
    if reason not in ("no-route", "local-prohibited"):
        assert seen["source"] == own


@pytest.mark.needs(*LAB_NETWORK)
def test_silence_takes_several_attempts_and_an_answer_one(observations: dict[str, Any]) -> None:
    assert observations[f"tcp {SERVER} {DROPPED}"]["attempts"] >= 3  # four where the kernel begins with even steps
    assert observations[f"udp {SERVER} {DROPPED}"]["attempts"] == len(udp.RESEND)
    assert observations[f"tcp {SERVER} {OPEN}"]["attempts"] == 1
