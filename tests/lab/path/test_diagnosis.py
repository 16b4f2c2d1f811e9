"""Faults of the path, made by real routers, and what a whole look at the case concludes from them:
the one cause, and no look-alike beside it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import IP
from scapy.utils import RawPcapReader

from diagnose.case import recorded
from diagnose.case.model import Recorded
from diagnose.engine import Diagnosis, diagnose
from diagnose.flows.model import FlowPlan
from diagnose.live.follow_up import ask_further
from diagnose.live.observe import LiveSettings, observe
from diagnose.scene.observed import CaseObservations, scene_of
from probes.network.raw import SNAP
from probes.vantage import Vantage
from tests.lab.kdc import REALM, Kdc
from tests.support.factories import (
    a_flow,
    a_group,
    a_kdc_flow,
    a_network,
    a_node,
    a_resource_group,
    a_rule,
    a_udp_rule,
    an_endpoint,
    an_origin,
    ranges,
)
from tests.support.scenes import the_case

from .net import FAR, NEAR, NOBODY, ROUTERS, SERVER, SERVER_ADDRESS, Net
from .services import RpcServer
from .test_sizes import hide_sizes

SOURCE = "10.77.1.0/24"
SETTINGS = LiveSettings(Vantage(patience=2.0))


FLOWS = (
    *(
        a_kdc_flow(
            transport,
            endpoint=an_endpoint(SERVER_ADDRESS, 88, transport=transport, address=SERVER_ADDRESS),
            realm=REALM,
            sources=ranges(SOURCE),
            origin=an_origin("krb5.conf", 8),
        )
        for transport in ("udp", "tcp")
    ),
    a_flow(endpoint=an_endpoint(SERVER_ADDRESS, 8020, address=SERVER_ADDRESS), sources=ranges(SOURCE)),
    a_flow(
        "resourcemanager-client",
        endpoint=an_endpoint(SERVER_ADDRESS, 8032, address=SERVER_ADDRESS),
        sources=ranges(SOURCE),
    ),
)
CASE = the_case(
    a_group(
        *(a_rule((port, port), SOURCE, id=f"tcp-{port}") for port in (88, 8020, 8032)),
        a_udp_rule(88, source=ranges(SOURCE)),
    ),
    nodes=[a_node(address=SERVER_ADDRESS, security_groups=("sg-bp1emr0001",))],
    resource_group=a_resource_group(a_network(SOURCE)),
)
PLAN = FlowPlan(FLOWS)


@pytest.fixture(scope="session")
def manager(path_net: Net) -> Iterator[RpcServer]:
    """Yield the ResourceManager."""
    with path_net.on(SERVER, lambda: RpcServer((SERVER_ADDRESS,), 8032)) as server:
        yield server


def looked(net: Net, uid: int | None = NOBODY) -> tuple[Diagnosis, CaseObservations]:
    """Do what `check` does, as an ordinary user of the client."""

    def see() -> CaseObservations:
        first = observe(FLOWS, SETTINGS)
        further = ask_further(scene_of(CASE, PLAN, CaseObservations(first.by_flow)), SETTINGS).notes
        return CaseObservations({key: (*further.get(key, ()), *many) for key, many in first.by_flow.items()})

    seen = net.on("client", see, uid=uid)
    return diagnose(CASE, seen, plan=PLAN), seen


def narrow(net: Net) -> None:
    net.mtu(1400)
    hide_sizes(net)


def fragments(net: Net) -> None:
    net.filter(FAR, "ip frag-off & 0x3fff != 0 drop")


def reset(net: Net) -> None:
    net.filter(NEAR, "tcp dport 8032 reject with tcp reset")


def closed(net: Net) -> None:
    net.filter(SERVER, "tcp dport 8032 reject with tcp reset", hook="input")


def drop(net: Net) -> None:
    net.filter(SERVER, "tcp dport 8032 drop", hook="input")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda net: None, None),
        (narrow, "NET-MTU-TCP"),
        (fragments, "KDC-FRAG"),
        (reset, "FW-VPC"),
        (closed, "SVC-DOWN"),
        (drop, "FW-OS-DROP"),
    ],
)
def test_one_fault_is_one_finding(
    net: Net, mit: Kdc, namenode: RpcServer, manager: RpcServer, fault: Callable[[Net], None], code: str | None
) -> None:
    # Given a path with one fault
    fault(net)
    # When an ordinary user looks at the case
    found, seen = looked(net)
    # Then that fault is the one finding
    assert [finding.code for finding in found.conclusion.findings] == ([] if code is None else [code])
    assert not found.bugs
    assert all(one.reason != "bug" for many in seen.by_flow.values() for one in many)
    # And its recording says the same
    entries = [Recorded(key, one) for key, many in seen.by_flow.items() for one in many]
    again: dict[str, tuple[object, ...]] = {}
    for entry in recorded.decode("observations.json", recorded.encode(entries)):
        again[entry.flow] = (*again.get(entry.flow, ()), entry.observation)
    replayed = diagnose(CASE, CaseObservations(again), plan=PLAN)  # type: ignore[arg-type]
    assert replayed.conclusion.findings == found.conclusion.findings


def test_a_loop_is_one_finding(net: Net, mit: Kdc, namenode: RpcServer, manager: RpcServer) -> None:
    with net.loop():
        found, _ = looked(net)
    assert [(finding.code, finding.confidence) for finding in found.conclusion.findings] == [("NET-ROUTE", "proven")]
    assert ROUTERS[0] in found.conclusion.findings[0].sentence
    assert len(found.conclusion.findings[0].flows) == len(FLOWS)


def test_who_may_read_packets_has_more_evidence_and_the_same_verdict(
    net: Net, mit: Kdc, namenode: RpcServer, manager: RpcServer
) -> None:
    reset(net)
    (user, _), (root, _) = looked(net), looked(net, uid=None)
    assert [f.code for f in user.conclusion.findings] == [f.code for f in root.conclusion.findings] == ["FW-VPC"]
    assert "3 hops away" in user.conclusion.findings[0].detail
    assert "TTL 64, the host's own packets with 62" in root.conclusion.findings[0].detail
    assert ["CAP_NET_RAW" in skip.needs for skip in user.skipped if "TTL" in skip.check] == [True]
    assert not [skip for skip in root.skipped if "TTL" in skip.check]


@pytest.mark.parametrize("privileged", [True, False])
def test_the_packets_of_a_run_are_kept_where_they_may_be_read(
    net: Net, mit: Kdc, tmp_path: Path, privileged: bool
) -> None:
    # Given a KDC behind a router that rejects TCP, and root with or without the one capability that
    # counts
    net.filter(FAR, "tcp dport 88 reject with icmp admin-prohibited")
    file, krb5 = tmp_path / "run.pcap", tmp_path / "krb5.conf"
    krb5.write_text(
        f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n"
        f"[realms]\n {REALM} = {{\n  kdc = {SERVER_ADDRESS}:88\n }}\n"
    )
    command = [sys.executable, "-m", "diagnose", "check", str(krb5), "--from", SOURCE, "--pcap", str(file)]
    drop = [] if privileged else ["setpriv", "--bounding-set=-net_raw"]
    done = net.hosts["client"].run(*drop, *command, "--format", "json")
    # Then the verdict is the same, and the file is there or the report says why not
    report = json.loads(done.stdout)
    assert (done.returncode, [f["code"] for f in report["findings"]]) == (1, ["FW-VPC"]), done.stderr
    missing = [skip for skip in report["skipped"] if skip["check"] == "the packets of this run"]
    assert (file.exists(), len(missing)) == ((True, 0) if privileged else (False, 1))
    if privileged:
        with RawPcapReader(str(file)) as reader:
            packets = [IP(content) for content, _ in reader]
        assert all(SERVER_ADDRESS in (packet.src, packet.dst) or packet.src in ROUTERS for packet in packets)
        assert {packet.src for packet in packets if packet.proto == 1} >= {ROUTERS[1]}
        assert max(len(packet) for packet in packets) <= SNAP


def test_a_reset_by_the_last_router_is_told_from_the_host_s_by_its_ttl_alone(
    net: Net, mit: Kdc, namenode: RpcServer, manager: RpcServer
) -> None:
    # Given a firewall on the router next to the host: a packet that reaches it could reach the host
    # as well
    net.filter(FAR, "tcp dport 8032 reject with tcp reset")
    (user, _), (root, _) = looked(net), looked(net, uid=None)
    # Then the user's report says what it lacks, and root's has the cause
    assert [f.code for f in user.conclusion.findings] == ["SVC-DOWN"]
    assert "the TTL of resets" in [skip.check for skip in user.skipped]
    assert [f.code for f in root.conclusion.findings] == ["FW-VPC"]
    assert "TTL 63, the host's own packets with 62" in root.conclusion.findings[0].detail


def test_silence_says_how_far_packets_were_seen(net: Net, mit: Kdc, namenode: RpcServer, manager: RpcServer) -> None:
    drop(net)
    (finding,) = looked(net)[0].conclusion.findings
    assert f"The last router that answered a trace is {ROUTERS[1]}, the last one before the host" in finding.detail


def test_a_narrow_path_says_what_fits_and_how_it_is_known(
    net: Net, mit: Kdc, namenode: RpcServer, manager: RpcServer
) -> None:
    narrow(net)
    (finding,) = looked(net)[0].conclusion.findings
    assert (finding.severity, finding.confidence) == ("error", "proven")
    assert "more than 1400 bytes (this host's own link carries 1500)" in finding.sentence
    assert "clamp the MSS to 1360 bytes" in " ".join(finding.advice)
    tcp = {flow.id for flow in FLOWS if flow.endpoint.transport == "tcp"}
    assert set(finding.flows) == tcp
