"""Which network ACLs are worth comparing? Hypothesis strategies for the lists of three vSwitches,
and flows on both sides of every border they draw.

Of the four crossings a flow makes, few are particular at a time: lists that all drop nearly
everything would show nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from hypothesis import strategies as st

from . import cloud, ipv6
from .netns import CLUSTER, CLUSTER_CIDR, RG_CIDR, RG_SECOND_CIDR, RG_STRANGER
from .scene import Packet, Transport

TARGETS: Final = {"master-1": CLUSTER["master"], "core-1": CLUSTER["core-1"]}
TARGETS_V6: Final = {"master-2": ipv6.ADDRESSES["master"]}
"""Node -> address."""

NAME_SERVER: Final = "100.100.2.136"
"""One of the VPC's own addresses, which no list filters; in the lab it is a second address of the
host below.
"""

NAME_SERVER_ROLE: Final = "core-2"
PORTS: Final = (88, 8020)
REQUEST_PORTS: Final = ("88/88", "88/88", "8020/8020", "1/1024", "89/8020", "-1/-1", "-1/-1", "-1/-1", "1/65535")

CLIENT_BORDERS: Final = ("1024/65535", "32768/60999", "32768/61000", "1024/39999", "40000/65535", "1/32767", "-1/-1")
"""Port ranges of entries for replies: what pages advise, what Linux uses, and halves of either."""

CLIENT_PORTS: Final = (1023, 1024, 32767, 32768, 39999, 40000, 60999, 61000, 61001)
"""Both sides of every border above."""

SOURCES: Final = (*(f"192.168.10.{host}" for host in (76, 77, 78, 127, 128, 191, 192)), RG_STRANGER)
"""Both sides of every border of the blocks below, and one of the other vSwitch."""

SOURCES_V6: Final = ("fd00:0:0:10::7f", "fd00:0:0:10::80")

RG_CIDRS: Final = (
    RG_CIDR,
    "192.168.10.0/25",
    "192.168.10.128/25",
    "192.168.10.77",
    "192.168.10.192/26",
    "192.168.11.0/24",
    "192.168.10.77/24",
    "192.168.10.77/24",
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "::/0",
    "fd00:0:0:10::/121",
    ipv6.RG_BLOCK,
)
CLUSTER_CIDRS: Final = (
    ipv6.CLUSTER_BLOCK,
    "fd00:0:0:20::/126",
    "::/0",
    CLUSTER_CIDR,
    "192.168.20.11/32",
    "192.168.20.16/28",
    "0.0.0.0/0",
    "0.0.0.0/0",
    "172.16.0.0/12",
)
EVERYTHING: Final = [cloud.acl_entry("", "0.0.0.0/0"), cloud.acl_entry("", "::/0")]
FOR_LINUX: Final = [
    cloud.acl_entry("", cidr, protocol, "32768/60999") for cidr in ("0.0.0.0/0", "::/0") for protocol in ("tcp", "udp")
]
"""What a careful person writes for answers: the ports that Linux uses, and no other client's."""

PREFIX_LISTS: Final = {
    "pl-half": ("192.168.10.0/25", "192.168.20.0/28"),
    "pl-some": ("192.168.10.192/26", "192.168.11.0/24", "192.168.20.21/32"),
    "pl-empty": (),
}
PROTOCOLS: Final = ("tcp", "udp", "all", "tcp", "udp", "TCP", "icmp", "icmp", "gre")

APART: Final = {"vsw-rg": RG_CIDR, "vsw-rg2": RG_SECOND_CIDR, "vsw-emr": CLUSTER_CIDR}
APART_V6: Final = {"vsw-rg": ipv6.RG_BLOCK, "vsw-rg2": "fd00:0:0:11::/64", "vsw-emr": ipv6.CLUSTER_BLOCK}
TOGETHER: Final = {"vsw-emr": "192.168.0.0/19"}
TOGETHER_V6: Final = {"vsw-emr": "fd00::/56"}
"""The resource group in the cluster's own vSwitch: nothing between them crosses a border."""


@dataclass(frozen=True)
class AclScenario:
    """One estate of lists: the answers that describe it, by file name."""

    documents: dict[str, cloud.Document]

    def __repr__(self) -> str:
        return "\n".join(["AclScenario:", *(line for document in self.documents.values() for line in _shown(document))])


def _shown(document: cloud.Document) -> Iterator[str]:
    attribute = document.get("NetworkAclAttribute")
    if not attribute:
        return
    yield f"{attribute['NetworkAclId']} at {[row['ResourceId'] for row in attribute['Resources']['Resource']]}"
    for side, outer, inner in (
        ("in", "IngressAclEntries", "IngressAclEntry"),
        ("out", "EgressAclEntries", "EgressAclEntry"),
    ):
        for entry in attribute[outer][inner]:
            yield f"  {side}: {entry['Policy']} {entry['Protocol']} {entry['Port']} {entry['SourceCidrIp']}"


def flows() -> list[Packet]:
    """Every source and client port to every port of every target of its family over both
    transports; to the name server by TCP.
    """
    transports: tuple[Transport, ...] = ("tcp", "udp")
    return [
        *(
            Packet(source, transport, target, port, client_port)
            for sources, targets in ((SOURCES, TARGETS), (SOURCES_V6, TARGETS_V6))
            for source, target, transport, port, client_port in product(
                sources, targets.values(), transports, PORTS, CLIENT_PORTS
            )
        ),
        *(Packet(source, "tcp", NAME_SERVER, 88, port) for source, port in product(SOURCES, CLIENT_PORTS[1:3])),
    ]


@st.composite
def acl_scenarios(draw: st.DrawFn) -> AclScenario:
    """Draw ACLs for every vSwitch, or for all but one.

    In one estate in five both ends share a vSwitch.
    """
    blocks, v6 = (TOGETHER, TOGETHER_V6) if draw(st.integers(0, 4)) == 0 else (APART, APART_V6)
    targets = TARGETS | TARGETS_V6
    networks = {vswitch: "" for vswitch in blocks if vswitch != "vsw-emr"} or {"vsw-emr": ""}
    bare = draw(st.sampled_from(["", "", *blocks]))
    documents = {
        "DescribeVSwitches.json": cloud.vswitches(blocks),
        "ListNetworks.json": cloud.networks(networks),
        "ListNodes.json": cloud.nodes(targets),
        "DescribeNetworkInterfaces.json": cloud.interfaces(dict.fromkeys(targets.values(), ())),
        **{f"{name}.json": cloud.prefix_list(name, cidrs) for name, cidrs in PREFIX_LISTS.items()},
    }
    for vswitch in blocks:
        if vswitch != bare:
            clients = vswitch != "vsw-emr"
            far = CLUSTER_CIDRS if clients else RG_CIDRS
            request, answer = draw(_entries(far, REQUEST_PORTS)), draw(_entries(far, CLIENT_BORDERS, FOR_LINUX))
            ingress, egress = (answer, request) if clients else (request, answer)
            documents[f"{vswitch}-acl.json"] = cloud.network_acl(f"nacl-{vswitch}", vswitch, ingress, egress)
    for row in documents["DescribeVSwitches.json"]["VSwitches"]["VSwitch"]:
        row["Ipv6CidrBlock"] = v6[row["VSwitchId"]]
        row["NetworkAclId"] = f"nacl-{row['VSwitchId']}" if row["VSwitchId"] != bare else ""
    return AclScenario(documents)


def _entries(
    far: tuple[str, ...], ports: tuple[str, ...], usual: list[cloud.Document] = EVERYTHING
) -> st.SearchStrategy[list[cloud.Document]]:
    """Draw a list of entries: one that accepts everything, an empty one, or some entries with or
    without last ones for all the rest. `usual` is another list that people write.
    """
    some = st.lists(_entry(far, ports), min_size=1, max_size=8)
    open_ended = some.map(lambda entries: [*entries, *EVERYTHING])
    lists = st.one_of(st.just(EVERYTHING), st.just(usual), open_ended, some, some, st.just([]))
    return lists.map(lambda entries: [{**entry, "NetworkAclEntryId": f"nae-{n}"} for n, entry in enumerate(entries)])


@st.composite
def _entry(draw: st.DrawFn, far: tuple[str, ...], ports: tuple[str, ...]) -> cloud.Document:
    protocol = draw(st.sampled_from(PROTOCOLS))
    return cloud.acl_entry(
        "",
        draw(st.sampled_from([*far, *PREFIX_LISTS, *PREFIX_LISTS])),
        protocol,
        draw(st.sampled_from(ports)) if protocol.lower() in ("tcp", "udp") else "-1/-1",
        draw(st.sampled_from(["accept", "Accept", "accept", "drop", "Drop"])),
    )
