"""Does the lab do what it says? Whatever is concluded from it rests on these."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from . import cloud, netns
from .kdc import NEEDED_PREAUTH, REALM, as_req, error_code
from .netns import CLUSTER, RG_ADDRESSES
from .scene import Lab, Packet

MASTER, KDC = CLUSTER["master"], CLUSTER["kdc"]
SOURCE = RG_ADDRESSES[0]


def _one_group(*permissions: cloud.Document, inner: str = "Drop", kind: str = "normal") -> list[cloud.Document]:
    return [
        cloud.attribute("sg-emr", permissions, inner),
        cloud.security_groups({"sg-emr": kind}),
        cloud.interfaces({address: ["sg-emr"] for address in CLUSTER.values()}),
    ]


def test_without_groups_served_ports_answer_and_others_refuse(lab: Lab) -> None:
    lab.serve("master", tcp=[8020], udp=[88])
    ports = [(transport, port) for transport in ("tcp", "udp") for port in (88, 8020)]
    seen = lab.send([Packet(SOURCE, transport, MASTER, port) for transport, port in ports])  # type: ignore[arg-type]
    assert [(s.state, s.error) for s in seen] == [
        ("closed", errno.ECONNREFUSED),
        ("open", 0),
        ("open", 0),
        ("closed", errno.ECONNREFUSED),
    ]


def test_every_source_address_reaches_every_host(lab: Lab) -> None:
    for role in CLUSTER:
        lab.serve(role, tcp=[8020])
    seen = lab.send([Packet(source, "tcp", address, 8020) for source in RG_ADDRESSES for address in CLUSTER.values()])
    assert {s.state for s in seen} == {"open"}


def test_an_address_that_nobody_has_is_silent(lab: Lab) -> None:
    assert [s.state for s in lab.send([Packet(SOURCE, "tcp", "192.168.20.99", 22)])] == ["dropped"]


def test_what_a_group_does_not_accept_is_dropped_without_a_word(lab: Lab) -> None:
    lab.serve("master", tcp=[8020, 9083], udp=[88])
    lab.enforce(_one_group(cloud.permission("sgr-1", PortRange="8020/8020", SourceCidrIp="192.168.10.0/25")))
    asked = [
        Packet(SOURCE, "tcp", MASTER, 8020),
        Packet(SOURCE, "tcp", MASTER, 9083),
        Packet(SOURCE, "udp", MASTER, 88),
    ]
    outside = Packet("192.168.10.130", "tcp", MASTER, 8020)
    assert [s.state for s in lab.send([*asked, outside], quiet=1.5)] == ["open", "dropped", "dropped", "dropped"]


def test_at_equal_priority_the_drop_wins_and_a_smaller_number_beats_it(lab: Lab) -> None:
    lab.serve("master", tcp=[1, 2])
    accept = cloud.permission("sgr-1", PortRange="1/2", SourceCidrIp="0.0.0.0/0", Priority="10")
    drop = cloud.permission("sgr-2", PortRange="1/2", SourceCidrIp="0.0.0.0/0", Priority="10", Policy="Drop")
    first = cloud.permission("sgr-3", PortRange="2/2", SourceCidrIp="0.0.0.0/0", Priority="2")
    lab.enforce(_one_group(accept, drop, first))
    assert [s.state for s in lab.send([Packet(SOURCE, "tcp", MASTER, port) for port in (1, 2)])] == ["dropped", "open"]


@pytest.mark.parametrize(("kind", "state"), [("normal", "open"), ("enterprise", "dropped")])
def test_only_a_basic_group_lets_everything_out(lab: Lab, kind: str, state: str) -> None:
    lab.serve("master", tcp=[8020])
    lab.enforce(
        [
            cloud.attribute("sg-rg", []),
            cloud.security_groups({"sg-rg": kind}),
            cloud.interfaces({SOURCE: ["sg-rg"]}),
        ]
    )
    assert lab.send([Packet(SOURCE, "tcp", MASTER, 8020)])[0].state == state


@pytest.mark.parametrize(("inner", "state"), [("Accept", "open"), ("Drop", "dropped")])
def test_the_internal_policy_overrides_the_rules_for_members(lab: Lab, inner: str, state: str) -> None:
    lab.serve("master", tcp=[8020])
    drop = cloud.permission("sgr-1", IpProtocol="ALL", SourceCidrIp="0.0.0.0/0", Policy="Drop")
    documents = _one_group(drop, inner=inner)
    documents[2] = cloud.interfaces({MASTER: ["sg-emr"], SOURCE: ["sg-emr"]})
    lab.enforce(documents)
    packets = [Packet(source, "tcp", MASTER, 8020) for source in RG_ADDRESSES[:2]]
    assert [s.state for s in lab.send(packets)] == [state, "dropped"]


def test_an_established_connection_outlives_the_rule_that_began_it_while_it_is_tracked(lab: Lab) -> None:
    lab.serve("master", tcp={8020: b"here"})
    accept = cloud.permission("sgr-1", PortRange="8020/8020", SourceCidrIp="0.0.0.0/0")
    lab.enforce(_one_group(accept))
    assert lab.conversation("connect", "talk", SOURCE, MASTER, 8020) == "ok"
    router = lab.host("router")
    # Given a drop that is loaded without forgetting tracked connections, the running one goes on
    # and a new one does not begin.
    added = router.run("nft", "insert", "rule", "inet", "security_groups", "ingress_0", "drop")
    assert added.returncode == 0, added.stderr
    assert bytes.fromhex(lab.conversation("ask", "talk")) == b"here"
    assert lab.send([Packet(SOURCE, "tcp", MASTER, 8020)])[0].state == "dropped"
    # When the connections are forgotten, as `enforce` does, it stalls too.
    lab.enforce(_one_group())
    assert lab.conversation("ask", "talk").startswith("error")
    assert lab.conversation("close", "talk") == "ok"


@pytest.mark.parametrize(
    ("rule", "transport", "state", "error"),
    [
        ("drop", "tcp", "dropped", 0),
        ("drop", "udp", "dropped", 0),
        ("reject with icmp type host-prohibited", "tcp", "closed", errno.EHOSTUNREACH),
        ("reject with icmp type host-prohibited", "udp", "closed", errno.EHOSTUNREACH),
        ("reject with icmp type admin-prohibited", "udp", "closed", errno.EHOSTUNREACH),
        ("reject with icmp type net-unreachable", "udp", "closed", errno.ENETUNREACH),
        ("reject with icmp type port-unreachable", "udp", "closed", errno.ECONNREFUSED),
        ("reject with tcp reset", "tcp", "closed", errno.ECONNREFUSED),
    ],
)
def test_a_host_firewall_answers_in_its_own_way(lab: Lab, rule: str, transport: str, state: str, error: int) -> None:
    lab.serve("kdc", tcp=[88], udp=[88])
    lab.host_firewall("kdc", f"{transport} dport 88 {rule}")
    seen = lab.send([Packet(SOURCE, transport, KDC, 88)])[0]  # type: ignore[arg-type]
    assert (seen.state, seen.error) == (state, error)


def _ask_kdc(lab: Lab, port: int = 88) -> list[tuple[str, int | None]]:
    udp, tcp = as_req(REALM, int.from_bytes(os.urandom(3))), as_req(REALM, int.from_bytes(os.urandom(3)))
    packets = [
        Packet(SOURCE, "udp", KDC, port, payload=udp),
        Packet(SOURCE, "tcp", KDC, port, payload=struct.pack(">I", len(tcp)) + tcp),
    ]
    overheads = (0, 4)
    seen = lab.send(packets, quiet=1.0)
    return [(one.state, error_code(one.reply[skip:])) for one, skip in zip(seen, overheads, strict=True)]


def test_a_real_kdc_answers_over_both_transports_until_it_is_stopped(lab: Lab) -> None:
    lab.kdc.start()
    assert _ask_kdc(lab) == [("open", NEEDED_PREAUTH)] * 2
    assert f"krbtgt/{REALM}" in lab.kdc.log
    lab.kdc.stop()
    assert _ask_kdc(lab) == [("closed", None)] * 2


def test_the_kdc_serves_the_ports_and_transports_it_is_told(lab: Lab) -> None:
    lab.kdc.start(udp=None, tcp=1088)
    assert _ask_kdc(lab, 1088) == [("closed", None), ("open", NEEDED_PREAUTH)]
    assert _ask_kdc(lab, 88) == [("closed", None)] * 2


def test_kinit_on_the_resource_group_host_gets_a_ticket_from_it(lab: Lab, tmp_path: Path) -> None:
    lab.kdc.start()
    config = (
        f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n"
        f"[realms]\n {REALM} = {{\n  kdc = master-1-2\n }}\n"
    )
    lab.host("rg").write_etc("krb5.conf", config)
    got = lab.host("rg").run(
        "kinit", "-c", str(tmp_path / "cc"), "hdfs", stdin="lab\n", env={"KRB5_CONFIG": "/etc/krb5.conf"}
    )
    assert got.returncode == 0, got.stderr
    assert (tmp_path / "cc").stat().st_size > 0


def test_nothing_in_the_lab_has_a_way_out(lab: Lab) -> None:
    for host in lab.hosts.values():
        interfaces = host.run("ip", "-brief", "link").stdout
        assert "@" not in interfaces.replace("@if", ""), (
            "every link but the loopback is one end of a veth pair of the lab"
        )
    assert lab.host("router").run("ip", "route", "get", "198.51.100.1").returncode != 0


def test_what_a_dead_session_left_behind_is_removed(lab: Lab) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stale, alive = f"{netns.PREFIX}-{ended.pid}-rg", lab.host("rg").name
    subprocess.run(["ip", "netns", "add", stale], check=True)
    netns.Host(stale, "rg", None).write_etc("hosts", "127.0.0.1 localhost\n")
    left = subprocess.Popen(["ip", "netns", "exec", stale, "sleep", "60"])
    removed = netns.remove_stale()
    assert stale in removed
    assert alive not in removed
    assert left.wait(5) < 0
    assert not (netns.PRIVATE_ETC / stale).exists()
    assert stale not in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
