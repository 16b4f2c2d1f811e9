"""Which situations can no file hold: a service, or a device before it, that takes a connection and
gives nothing for it, and clocks near the limit?

The right answer is often that it cannot be known who does so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from . import names
from .cases import DATANODE_PORT, MASTER_PORTS, NODE_GROUP, LabCase, full_name
from .cloud import permission
from .kdc_making import NOBODY, Place, firewall
from .live_rows import Row
from .netns import RG, RG_CIDR, RG_GATEWAY, ROUTER
from .paths import Block
from .wire_rows import instead, odd

PORTAL: Final = "HTTP/1.1 503 Service Unavailable\\nContent-Length: 0\\n\\n"
"""What a proxy says to whatever is not HTTP, or has nowhere to go."""

READ_ONLY: Final = "Zookeeper version: 3.8.4-x, built on 2024\\nLatency min/avg/max: 0/0/0\\nMode: read-only\\n"
"""What a ZooKeeper server without a quorum answers where readonlymode.enabled is set."""


def _kdc_closes_tcp(place: Place) -> None:
    place.lab.kdc.start(88, None)
    odd("kdc", "close", 88)(place)


def _clock(ahead: int) -> Block:
    """Return a block that sets the clock of the KDC, in seconds before that of the client."""
    return lambda place: place.lab.kdc.start(ahead=ahead)


def _with_discovery(case: LabCase) -> LabCase:
    """Let clients find HiveServer2 through a ZooKeeper server on the master."""
    said = "".join(
        f"  <property>\n    <name>{name}</name>\n    <value>{value}</value>\n  </property>\n"
        for name, value in (
            ("hive.server2.support.dynamic.service.discovery", "true"),
            ("hive.zookeeper.quorum", full_name("master")),
        )
    )
    text = case.files["hive-site.xml"].replace("</configuration>", f"{said}</configuration>")
    rule = permission("sgr-zookeeper", PortRange="2181/2181", SourceCidrIp=RG_CIDR)
    case = replace(case, files={**case.files, "hive-site.xml": text})
    return case.with_rules(NODE_GROUP, [*case.rules(NODE_GROUP), rule])


def _device(mode: str, *arguments: str) -> Block:
    """Return a block that has the router take every connection of the resource group itself."""

    def make(place: Place) -> None:
        odd(ROUTER, mode, 7777, *arguments)(place)
        hook = "type nat hook prerouting priority -100; policy accept;"
        rule = f"iif {RG} tcp dport != 53 redirect to :7777"
        place.lab.beside(f"table ip taker {{\n  chain pre {{\n    {hook}\n    {rule}\n  }}\n}}\n")

    return make


def _dead_servers_first(place: Place) -> None:
    """Name two silent name servers before the good one, each with the five seconds of glibc."""
    names.by_name_server(place, names.zone())
    servers = (NOBODY, "192.168.20.98", RG_GATEWAY)
    text = "".join(f"nameserver {server}\n" for server in servers)
    place.lab.host(RG).write_etc("resolv.conf", f"{text}options attempts:1\n")


ROWS: Final = (
    Row(
        "two dead name servers first, with the usual seconds",
        0,
        None,
        case=lambda case: replace(case, files={key: text for key, text in case.files.items() if key != "hosts"}),
        make=_dead_servers_first,
    ),
    *(
        Row(
            f"a device that takes every connection and {name}",
            1,
            "FW-VPC",
            "strong",
            make=_device(*words),
            not_working=(DATANODE_PORT, *MASTER_PORTS.values()),
            says=("in place of the hosts", said),
        )
        for name, words, said in (
            ("answers in HTTP", ("answers", PORTAL), "answers in HTTP"),
            ("closes it", ("close",), "ends it without an answer"),
            ("says nothing", ("mute",), "says nothing"),
        )
    ),
    Row("a KDC that is 4:40 fast", 0, None, make=_clock(280)),
    Row("a KDC that is 5:20 fast", 1, "KRB-SKEW", "proven", make=_clock(320)),
    Row("a KDC in another time zone", 1, "KRB-SKEW", "proven", make=_clock(-8 * 3600)),
    Row(
        "a KDC's port that closes TCP without a byte",
        1,
        "KDC-RESET",
        "strong",
        make=_kdc_closes_tcp,
        never=("KDC-NOT-KRB",),
        says=("Cannot get a KDC reply", "load balancer"),
    ),
    Row(
        "a process that accepts nobody, its queue full, without ss",
        1,
        "FW-OS-DROP",
        "strong",
        make=instead("hiveserver2", "full"),
        not_working=(10000,),
        says=("Recv-Q",),
    ),
    Row(
        "a process that accepts nobody, its queue full, with ss",
        1,
        "SVC-HANG",
        "strong",
        make=instead("hiveserver2", "full"),
        records=("master",),
        not_working=(10000,),
        never=("FW-OS-DROP",),
        says=("its queue is full", "jstack"),
    ),
    Row(
        "a DataNode that says of itself that it cannot be reached",
        1,
        "FW-OS-REJECT",
        "strong",
        make=firewall("core-2", f"tcp dport {DATANODE_PORT} reject with icmp type host-unreachable"),
        never=("NET-ROUTE",),
        says=("core-1-2",),
    ),
    Row(
        "a ZooKeeper server without a quorum that still answers reads",
        3,
        None,
        case=_with_discovery,
        make=odd("master", "answers", 2181, READ_ONLY),
        not_working=(2181,),
    ),
)
