"""Which further situations can no file hold: the same kinds as in `live_rows`, with other faults?

Many of them look ill and are healthy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from . import names, paths
from .cases import DATANODE_PORT, MASTER_PORTS, LabCase, full_name
from .kdc import Kdc
from .kdc_making import HERE, KDC, OTHER_REALM, SECOND, Place, firewall, krb5, router
from .live_rows import Row
from .netns import CLUSTER, RG, RG_GATEWAY, ROUTER
from .paths import Block
from .scene import hosts_file

NO_ICMP: Final = """table inet quiet {
  chain through {
    type filter hook forward priority -20; policy accept;
    meta l4proto icmp drop
  }
  chain own {
    type filter hook output priority -20; policy accept;
    meta l4proto icmp drop
  }
}
"""
NO_DNS_OVER_TCP: Final = """table inet half {
  chain own {
    type filter hook input priority 0; policy accept;
    tcp dport 53 drop
  }
}
"""
INVALID_STATUS: Final = b"\x04\0\0\0\x11Invalid status 22"
"""What HiveServer2 without TLS answers to a handshake of TLS."""


def odd(role: str, mode: str, port: int, *arguments: str) -> Block:
    """Return a block that starts a server of another kind."""
    return lambda place: place.program(role, HERE / "odd_server.py", mode, str(port), *arguments)


def instead(name: str, mode: str, *arguments: str) -> Block:
    """Return a block that puts a server of another kind in place of one of the master's."""

    def make(place: Place) -> None:
        place.lab.serve("master", tcp=[port for port in MASTER_PORTS.values() if port != MASTER_PORTS[name]])
        odd("master", mode, MASTER_PORTS[name], *arguments)(place)

    return make


def _all_late(place: Place) -> None:
    """Let every service of the master take three seconds for its answer."""
    place.lab.serve("master")
    for port in MASTER_PORTS.values():
        odd("master", "late", port, "3")(place)


def _answers(name: str, answer: bytes) -> Block:
    """Return a block that has one server of the master answer in its own way."""
    served = {**dict.fromkeys(MASTER_PORTS.values()), MASTER_PORTS[name]: answer}
    return lambda place: place.lab.serve("master", tcp=served)


def _kdc_resets_tcp(place: Place) -> None:
    place.lab.kdc.start(88, None)
    odd("kdc", "reset", 88)(place)


def _second_kdc_over_tcp(place: Place) -> None:
    """Drop all to the first KDC, and let the second one serve TCP alone."""
    firewall("core-1", "meta l4proto { tcp, udp } th dport 88 drop")(place)
    place.lab.kdc.start(None, 88)


def _other_realm_on_master(place: Place) -> None:
    directory = place.directory / "kdc-master"
    directory.mkdir()
    other = Kdc(place.lab.host("master"), directory, OTHER_REALM)
    other.start()
    place.undo.callback(other.stop)


def _own_rules(*rules: str) -> Block:
    """Return a block that gives the client these output rules."""
    lines = "\n".join(f"    {rule}" for rule in rules)
    chain = f"  chain output {{\n    type filter hook output priority 0; policy accept;\n{lines}\n  }}\n"
    return lambda place: place.lab.filter(RG, f"table inet own {{\n{chain}}}\n")


def _name_server(mode: str, seconds: float = 0, *, without: str = "", beside: str = "") -> Block:
    """Return a block that has the client ask a name server that answers in its own way.

    without: role of the host that it does not know. beside: rules of the router.
    """

    def make(place: Place) -> None:
        known = [f"{full_name(role)}={address}" for role, address in CLUSTER.items() if role != without]
        place.program(ROUTER, HERE / "odd_name_server.py", RG_GATEWAY, mode, str(seconds), *known)
        names.hosts(place, "127.0.0.1 localhost\n")
        place.resolver(RG_GATEWAY)
        place.lab.host(RG).write_etc("resolv.conf", f"nameserver {RG_GATEWAY}\n")
        place.lab.beside(beside)

    return make


def _hosts_before(*lines: str) -> Block:
    """Return a block that puts lines before those of the client's hosts file."""
    return lambda place: names.hosts(place, "\n".join([*lines, hosts_file()]))


def _without_hosts(case: LabCase) -> LabCase:
    return replace(case, files={name: text for name, text in case.files.items() if name != "hosts"})


def _kdcs(*kdcs: str) -> Callable[[LabCase], LabCase]:
    """Return a change of krb5.conf: these KDCs, in this order."""
    return lambda case: replace(case, files={**case.files, "krb5.conf": krb5(*kdcs)})


def _wants_tls(case: LabCase) -> LabCase:
    """Let hive-site.xml say that HiveServer2 speaks TLS."""
    said = "  <property>\n    <name>hive.server2.use.SSL</name>\n    <value>true</value>\n  </property>\n"
    text = case.files["hive-site.xml"].replace("</configuration>", f"{said}</configuration>")
    return replace(case, files={**case.files, "hive-site.xml": text})


HEALTHY: Final = (
    Row("every fifth packet lost", 0, None, make=paths.every_nth_lost(5)),
    Row("no ICMP passes the router", 0, None, make=lambda place: place.lab.beside(NO_ICMP)),
    Row("services that take three seconds", 0, None, make=_all_late),
    Row(
        "an IPv6 address first, on a host without IPv6",
        0,
        None,
        make=_hosts_before(f"fd00:20::11 {full_name('master')}", f"fd00:20::12 {KDC}"),
        never=("DNS-STALE-IP",),
    ),
    Row("a name server that cuts off, over TCP too", 0, None, case=_without_hosts, make=_name_server("cut")),
    Row("a name server that takes a second", 0, None, case=_without_hosts, make=_name_server("known", 1)),
    # glibc asks again after five seconds, and takes the answer to its first question.
    Row("a name server that takes seven seconds", 0, None, case=_without_hosts, make=_name_server("known", 7)),
    Row(
        "a DataNode that no name server knows, dialled by its address",
        0,
        None,
        case=_without_hosts,
        make=_name_server("known", without="core-2"),
    ),
    Row(
        "the second of two KDCs serves another realm",
        0,
        None,
        case=_kdcs(KDC, full_name("master")),
        make=_other_realm_on_master,
    ),
    Row("a KDC that is four minutes fast", 0, None, make=lambda place: place.lab.kdc.start(ahead=240)),
)
"""What looks ill and is healthy: nothing may be found, and nothing suggested."""

ROWS: Final = (
    *HEALTHY,
    Row("a KDC that resets TCP", 1, "KDC-RESET", "proven", make=_kdc_resets_tcp, never=("KDC-TCP-OFF",)),
    Row(
        "a proxy before the metastore that resets",
        3,
        None,
        make=instead("metastore", "reset"),
        never=("SVC-DOWN",),
        not_working=(9083,),
    ),
    Row(
        "the second of two KDCs alone, over TCP alone",
        1,
        "KDC-UDP-OFF",
        "proven",
        case=_kdcs(SECOND, KDC),
        make=_second_kdc_over_tcp,
        also=("FW-OS-DROP", "KDC-FIRST-DEAD"),
    ),
    Row(
        "the first of two KDCs serves another realm",
        1,
        "KRB-WRONG-REALM",
        "proven",
        case=_kdcs(full_name("master"), KDC),
        make=_other_realm_on_master,
        says=("Remove krb5.conf:", OTHER_REALM),
    ),
    Row("a KDC six minutes slow", 1, "KRB-SKEW", "proven", make=lambda place: place.lab.kdc.start(ahead=-360)),
    Row(
        "the client drops its own packets",
        3,
        "FW-OS-DROP",
        "inferred",
        make=_own_rules("tcp dport 9083 drop"),
        not_working=(9083,),
        says=("iptables -vnL OUTPUT",),
    ),
    Row(
        "the client resets its own packets",
        1,
        "FW-VPC",
        "strong",
        make=_own_rules("tcp dport 9083 reject with tcp reset"),
        not_working=(9083,),
        says=("output rules of this host",),
    ),
    Row(
        "the client rejects its own packets",
        1,
        "NET-ROUTE",
        "proven",
        make=_own_rules("tcp dport 9083 reject with icmp type admin-prohibited"),
        not_working=(9083,),
    ),
    Row(
        "the router resets in the host's name",
        1,
        "FW-VPC",
        "strong",
        make=router("tcp dport 10000 reject with tcp reset"),
        not_working=(10000,),
        never=("SVC-DOWN",),
        silent_on=("Start service", "output rules of this host"),
    ),
    Row(
        "the router refuses a port of the KDC",
        1,
        "FW-VPC",
        "proven",
        make=router("meta l4proto { tcp, udp } th dport 88 reject with icmp type port-unreachable"),
        never=("KDC-DOWN",),
    ),
    Row(
        "answers of one service are lost",
        1,
        "FW-OS-DROP",
        "strong",
        make=router("tcp sport 9083 drop"),
        not_working=(9083,),
        says=("something else between the two", "tcpdump"),
    ),
    Row(
        "answers of one service are lost, with ss",
        1,
        "RET-ROUTE",
        "strong",
        make=router("tcp sport 9083 drop"),
        records=("master",),
        not_working=(9083,),
    ),
    Row(
        "a connection is lost after its handshake",
        3,
        "SVC-HMS",
        "inferred",
        make=router("tcp dport 9083 ct original packets > 2 drop"),
        not_working=(9083,),
        says=("No kernel acknowledged",),
    ),
    Row(
        "the master is away, and its neighbours answer",
        1,
        "NET-ROUTE",
        "strong",
        make=paths.routed_nowhere("unreachable", f"{CLUSTER['master']}/32"),
        says=("stopped or released",),
        silent_on=("Compare the route tables",),
    ),
    Row(
        "the router says of one port that there is no way",
        1,
        "NET-ROUTE",
        "strong",
        make=router("udp dport 88 reject with icmp type host-unreachable"),
        says=("No route depends on a port",),
        silent_on=("stopped or released", "Compare the route tables"),
    ),
    Row(
        "the master is away in silence",
        3,
        "FW-OS-DROP",
        "inferred",
        make=paths.routed_nowhere("blackhole", f"{CLUSTER['master']}/32"),
        says=("runs and has this address",),
    ),
    Row(
        "one DataNode drops and the other rejects",
        1,
        "FW-OS-REJECT",
        "proven",
        make=lambda place: (
            firewall("core-1", f"tcp dport {DATANODE_PORT} drop")(place),
            firewall("core-2", f"tcp dport {DATANODE_PORT} reject with icmp type admin-prohibited")(place),
        )[0],
        also=("FW-OS-DROP",),
        not_working=(DATANODE_PORT,),
        says=("core-1-2",),
    ),
    Row(
        "HiveServer2 without the TLS of the files",
        3,
        None,
        case=_wants_tls,
        make=_answers("hiveserver2", INVALID_STATUS),
        not_working=(10000,),
    ),
    Row("SSH on the port of HiveServer2", 1, "SVC-PORT", "proven", make=instead("hiveserver2", "words", "SSH-2.0-X")),
    *(
        Row(name, 1, "DNS-TIMEOUT", "proven", case=_without_hosts, make=made, says=(said,))
        for name, made, said in (
            ("a name server that refuses", _name_server("5"), "REFUSED"),
            ("a name server that fails", _name_server("2"), "SERVFAIL"),
            ("a name server that takes twenty seconds", _name_server("known", 20), "does not answer"),
            ("a name server that cuts off, TCP dropped", _name_server("cut", beside=NO_DNS_OVER_TCP), "TCP port 53"),
        )
    ),
)
