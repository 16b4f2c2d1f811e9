"""Which faults does each layer have, how is each one brought about, and what does a user then know
of it?

One row a fault. A row arranges the lab and gives the case as it would be handed in: what was
exported, and from a row that says so what an administrator brought from a node after a first,
failing run. Rows without a code are healthy, and look less so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from . import ipv6, names, paths
from .cases import MASTER_PORTS, LabCase, healthy
from .cloud import Document, acl_entry
from .diagnosis import serve_cluster
from .kdc_making import (
    EVERYTHING,
    NOBODY,
    ONLY_TCP,
    Place,
    bound_acl,
    firewall,
    fragments_lost,
    no_route,
    no_rule,
    router,
)
from .names import by_name_server, zone
from .netns import CLUSTER, RG_CIDR
from .scene import DOMAIN, HOST_NAMES, hosts_file
from .two_vpcs import in_two_vpcs

Certainty = Literal["proven", "strong"]
Arrange = Callable[[Place], LabCase]


@dataclass(frozen=True)
class Row:
    """code: the primary, None where nothing is found. records: roles of the hosts whose records the
    case gets after a first run; certainty: None where either will do.
    """

    name: str
    code: str | None
    arrange: Arrange = field(repr=False)
    certainty: Certainty | None = None
    records: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def exit_code(self) -> int:
        return 0 if self.code is None else 1


def made(*blocks: paths.Block, case: Callable[[LabCase], LabCase] = lambda case: case) -> Arrange:
    """Return a healthy cluster with these blocks. `case` changes what was exported."""

    def arrange(place: Place) -> LabCase:
        serve_cluster(place.lab)
        for block in blocks:
            block(place)
        return case(healthy())

    return arrange


def acl(ingress: list[Document], egress: list[Document], vswitch: str = "vsw-emr", *blocks: paths.Block) -> Arrange:
    return made(*blocks, case=bound_acl(ingress, egress, vswitch))


def kdc(udp: int | None, tcp: int | None) -> paths.Block:
    def block(place: Place) -> None:
        place.lab.kdc.stop()
        if (udp, tcp) != (None, None):
            place.lab.kdc.start(udp, tcp)

    return block


def without(service: str) -> paths.Block:
    """Stop this service of the master."""
    ports = [port for name, port in MASTER_PORTS.items() if name != service]
    return lambda place: place.lab.serve("master", tcp=ports)


def asked(*records: str, **changed: list[str]) -> Arrange:
    """Names come from a name server; nobody thought of exporting a hosts file. records: instead of
    those of `names.zone`.
    """
    lines = records or zone(**changed)
    return made(lambda place: by_name_server(place, lines), case=_without_hosts)


def _without_hosts(case: LabCase) -> LabCase:
    return replace(case, files={name: text for name, text in case.files.items() if name != "hosts"})


def short_name_first(place: Place) -> LabCase:
    """Put the master's short name first in the hosts file of the resource group's host, and in the
    case.
    """
    serve_cluster(place.lab)
    master = HOST_NAMES["master"][0]
    text = hosts_file().replace(f"{master}.{DOMAIN} {master}", f"{master} {master}.{DOMAIN}")
    assert text != hosts_file()
    names.hosts(place, text)
    case = healthy()
    return replace(case, files={**case.files, "hosts": text})


def silent_resolver(place: Place) -> LabCase:
    serve_cluster(place.lab)
    names.hosts(place, "127.0.0.1 localhost\n")
    place.resolver(NOBODY)
    return _without_hosts(healthy())


def over_ipv6(*blocks: paths.Block, case: Callable[[LabCase], LabCase] = lambda case: case) -> Arrange:
    """As `made`, on a cluster whose names lead to IPv6 addresses."""

    def arrange(place: Place) -> LabCase:
        healthy_case = ipv6.arranged(place)
        for block in blocks:
            block(place)
        return case(healthy_case)

    return arrange


def rejects(how: str) -> paths.Block:
    """As the last rule of the master's own firewall would, for the metastore."""
    return firewall("master", f"tcp dport {MASTER_PORTS['metastore']} {how}")


def _answers_to(ports: str) -> list[Document]:
    """Entries for what comes back to the resource group:
    https://www.alibabacloud.com/help/en/vpc/network-acl-overview advises 1024/65535.
    """
    return [acl_entry(f"nae-{protocol}", RG_CIDR, protocol, ports) for protocol in ("tcp", "udp")]


MASTER: Final = f"{HOST_NAMES['master'][0]}.{DOMAIN}"
OLD_NAME: Final = "ip-192-168-20-11.internal"
BELOW_IT: Final = paths.client_ports(32768, 49151)
"""So that the row is the same in every run: a kernel left alone would meet the entry below now and
then.
"""


ROWS: Final = (
    # Healthy, and what looks ill.
    Row("healthy", None, made()),
    Row("every 20th packet lost", None, made(paths.every_nth_lost(20))),
    Row("60 ms of delay", None, made(paths.delayed(0.06))),
    Row("path of 1400 bytes that says so", None, made(paths.narrow(tells=True))),
    Row("names by DNS, both ways", None, asked()),
    Row("ACLs as Alibaba advises", None, acl([EVERYTHING], _answers_to("1024/65535"))),
    Row("two VPCs, routes both ways", None, made(case=lambda case: in_two_vpcs(case, there=True, back=True))),
    Row("IPv6", None, over_ipv6()),
    Row("healthy, records of every host", None, made(), records=tuple(CLUSTER)),
    # Security groups.
    Row("no rule for the KDC's UDP", "SG-KDC-UDP", made(case=no_rule("udp")), "proven"),
    Row("no rule for the metastore", "SG-SVC", made(case=lambda case: case.without("sgr-metastore")), "proven"),
    Row(
        "no rule for the metastore, records of the node",
        "SG-SVC",
        made(case=lambda case: case.without("sgr-metastore")),
        "proven",
        records=("master",),
    ),
    Row(
        "IPv6, no rule for the metastore",
        "SG-SVC",
        over_ipv6(case=lambda case: case.without("sgr-metastore")),
        "proven",
    ),
    # Network ACLs.
    Row("cluster's ACL lets no datagram in", "NACL-IN", acl([ONLY_TCP], [EVERYTHING]), "proven"),
    Row("clients' ACL lets no datagram out", "NACL-IN", acl([EVERYTHING], [ONLY_TCP], "vsw-rg"), "proven"),
    Row("cluster's ACL lets no answer out", "NACL-RETURN", acl([EVERYTHING], [ONLY_TCP]), "proven"),
    Row("clients' ACL lets no answer in", "NACL-RETURN", acl([ONLY_TCP], [EVERYTHING], "vsw-rg"), "proven"),
    Row(
        "answers to some client ports only",
        "NACL-EPHEMERAL",
        acl([EVERYTHING], _answers_to("50000/65535"), "vsw-emr", BELOW_IT),
    ),
    Row("no answer out, with the KDC's log", "NACL-RETURN", acl([EVERYTHING], [ONLY_TCP]), "proven", records=("kdc",)),
    Row(
        "IPv6, ACL that lets only IPv4 in",
        "NACL-IN",
        over_ipv6(case=bound_acl([EVERYTHING], [EVERYTHING, acl_entry("nae-6", "::/0")])),
        "proven",
    ),
    # Routes.
    Row("no route of this host's own", "NET-ROUTE", made(no_route), "proven"),
    Row("route unreachable here", "NET-ROUTE", made(paths.own_route("unreachable")), "proven"),
    Row("route prohibited here", "NET-ROUTE", made(paths.own_route("prohibit")), "proven"),
    Row("route into a black hole here", "NET-ROUTE", made(paths.own_route("blackhole")), "proven"),
    Row("the router knows no way", "NET-ROUTE", made(paths.routed_nowhere("unreachable")), "strong"),
    Row("half-open handshakes, ss of the node", "RET-ROUTE", made(paths.docker_bridge("master")), records=("master",)),
    Row("requests in the KDC's log", "RET-ROUTE", made(paths.docker_bridge("kdc")), records=("kdc",)),
    Row(
        "no way back in the route tables",
        "RET-ROUTE",
        made(paths.no_way_back(), case=lambda case: in_two_vpcs(case, there=True, back=False)),
    ),
    Row(
        "another VPC without a route",
        "NET-WRONG-VPC",
        made(
            paths.routed_nowhere("blackhole"),
            paths.no_way_back(),
            case=lambda case: in_two_vpcs(case, there=False, back=False),
        ),
    ),
    # Firewalls.
    Row("host drops the metastore", "FW-OS-DROP", made(rejects("drop")), "strong"),
    Row(
        "host rejects, host-prohibited",
        "FW-OS-REJECT",
        made(rejects("reject with icmp type host-prohibited")),
        "proven",
    ),
    Row(
        "host rejects, admin-prohibited",
        "FW-OS-REJECT",
        made(rejects("reject with icmp type admin-prohibited")),
        "proven",
    ),
    Row(
        "host rejects, port-unreachable",
        "FW-OS-REJECT",
        made(rejects("reject with icmp type port-unreachable")),
        "proven",
    ),
    Row("host resets, ss of the node", "FW-OS-REJECT", made(rejects("reject with tcp reset")), records=("master",)),
    Row(
        "IPv6, host rejects, admin-prohibited",
        "FW-OS-REJECT",
        over_ipv6(rejects("reject with icmpv6 type admin-prohibited")),
        "proven",
    ),
    Row(
        "router rejects, admin-prohibited",
        "FW-VPC",
        made(router("tcp dport 9083 reject with icmp type admin-prohibited")),
        "proven",
    ),
    Row(
        "router prohibits the way",
        "FW-VPC",
        made(paths.routed_nowhere("prohibit", f"{CLUSTER['master']}/32")),
        "proven",
    ),
    Row("host drops, its own records", "FW-OS-DROP", made(rejects("drop")), records=("master",)),
    Row(
        "host rejects all, few errors a second",
        "FW-OS-REJECT",
        made(paths.few_errors("master"), firewall("master", "tcp dport 1-65535 reject with icmp type host-prohibited")),
        "proven",
    ),
    # Sizes.
    Row("black hole for 1400 bytes and more", "NET-MTU-TCP", made(paths.narrow(tells=False))),
    Row("fragments lost", "KDC-FRAG", made(fragments_lost), "proven"),
    # Names.
    Row("KDC's name does not exist", "DNS-NX-KDC", asked(kdc=[]), "proven"),
    Row("cluster's names do not exist", "DNS-CLUSTER-NAME", asked("host-record=other.example,192.0.2.1"), "proven"),
    Row("name server silent", "DNS-TIMEOUT", silent_resolver, "proven"),
    Row(
        "reverse record of another name",
        "DNS-PTR-OTHER",
        asked(master=[names.forward(MASTER, CLUSTER["master"]), names.backward(CLUSTER["master"], OLD_NAME)]),
    ),
    Row("no reverse record", "DNS-NO-PTR", asked(master=[names.forward(MASTER, CLUSTER["master"])])),
    Row("short name first in the hosts file", "DNS-CANON", short_name_first),
    Row("record of an address that is gone", "DNS-STALE-IP", asked(master=[names.both_ways(MASTER, NOBODY)])),
    Row(
        "record of another node's address",
        "DNS-STALE-IP",
        asked(master=[names.forward(MASTER, CLUSTER["core-1"]), names.backward(CLUSTER["master"], MASTER)]),
    ),
    # Services.
    Row("KDC stopped", "KDC-DOWN", made(kdc(None, None)), "strong"),
    Row("KDC serves TCP only", "KDC-UDP-OFF", made(kdc(None, 88)), "proven"),
    Row("HiveServer2 stopped", "SVC-DOWN", made(without("hiveserver2")), "strong"),
    Row("HiveServer2 stopped, ss of the node", "SVC-DOWN", made(without("hiveserver2")), "proven", records=("master",)),
)
