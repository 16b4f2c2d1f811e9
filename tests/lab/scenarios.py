"""Which security groups are worth comparing? Hypothesis strategies for estates of real-shaped ECS
answers, and all the flows between their ends.

Few distinct values on purpose: ties, overlaps and shadowing come from priorities, ranges and
addresses that meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from hypothesis import strategies as st

from . import cloud
from .netns import CLUSTER, RG_ADDRESSES
from .scene import Packet, Transport

TARGETS = ("master", "core-1", "core-2")
PORTS = (88, 1088, 8020, 9866)
CLIENT_PORTS = (1023, 30500)

NODE_GROUPS = ("sg-a", "sg-b", "sg-c")
CLIENT_GROUPS = ("sg-rg", "sg-rg2")

PREFIX_LISTS = {
    "pl-half": ("192.168.10.0/25", "192.168.20.0/28"),
    "pl-some": ("192.168.10.200/32", "192.168.11.0/24", "192.168.20.21/32"),
    "pl-empty": (),
}
PORT_LISTS = {"prl-kdc": ("88/88", "1088/1088"), "prl-hdfs": ("8000/8999", "9866/9866")}

PORT_RANGES = ("88/88", "88/88", "1088/1088", "8020/8020", "9866/9866", "88/1088", "1/65535", "8000/9000", "89/8019")
SOURCE_PORT_RANGES = ("", "", "", "", "1/1023", "1024/65535", "30500/30500", "1/65535")

RG_CIDRS = (
    *(
        "192.168.10.0/24",
        "192.168.10.0/25",
        "192.168.10.128/25",
        "192.168.10.10/32",
        "192.168.10.77",
        "192.168.10.8/30",
    ),
    *("192.168.11.0/24", "192.168.10.77/24", "192.168.10.0/23", "0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/8"),
)
CLUSTER_CIDRS = (
    "192.168.20.0/24",
    "192.168.20.11",
    "192.168.20.16/28",
    "192.168.20.21/32",
    "0.0.0.0/0",
    "172.16.0.0/12",
)


@dataclass(frozen=True)
class Scenario:
    """One estate: the answers that describe it, by file name."""

    documents: dict[str, cloud.Document]

    def __repr__(self) -> str:
        """Return what a falsifying example needs: who is in which group, and the fields that are
        set in every rule.
        """
        return "\n".join(["Scenario:", *(line for document in self.documents.values() for line in _shown(document))])


def _shown(document: cloud.Document) -> Iterator[str]:
    for row in document.get("NetworkInterfaceSets", {}).get("NetworkInterfaceSet", []):
        yield f"{row['PrivateIpAddress']} in {row['SecurityGroupIds']['SecurityGroupId']}"
    for row in document.get("SecurityGroups", {}).get("SecurityGroup", []):
        yield f"{row['SecurityGroupId']} is {row['SecurityGroupType']}"
    if "Permissions" in document:
        yield f"{document['SecurityGroupId']}, InnerAccessPolicy {document['InnerAccessPolicy']}:"
        for rule in document["Permissions"]["Permission"]:
            yield f"  { {key: value for key, value in rule.items() if value and key not in ('NicType', 'CreateTime')} }"


def flows() -> list[Packet]:
    """Every source address and client port to every port of every target, over both transports."""
    transports: tuple[Transport, ...] = ("tcp", "udp")
    return [
        Packet(source, transport, CLUSTER[target], port, client_port)
        for source, target, transport, port, client_port in product(
            RG_ADDRESSES, TARGETS, transports, PORTS, CLIENT_PORTS
        )
    ]


@st.composite
def scenarios(draw: st.DrawFn, nodes_kind: str, clients_kind: str) -> Scenario:
    """Draw an estate in which every group, list and membership is known.

    The kinds of groups at either end are "normal" or "enterprise".
    """
    kinds = dict.fromkeys(NODE_GROUPS, nodes_kind) | dict.fromkeys(CLIENT_GROUPS, clients_kind)
    attached = {CLUSTER[target]: draw(_some(NODE_GROUPS)) for target in TARGETS}
    for address in RG_ADDRESSES:
        # A client may be in a group of the nodes too, as a gateway host would be; an interface has
        # groups of one kind only.
        pool = CLIENT_GROUPS + (NODE_GROUPS[:2] if clients_kind == nodes_kind else ())
        attached[address] = draw(_some(pool, most=2))
    basic = [group for group, kind in kinds.items() if kind == "normal"]
    documents = {
        "DescribeNetworkInterfaces.json": cloud.interfaces(attached),
        **{f"{name}.json": cloud.prefix_list(name, cidrs) for name, cidrs in PREFIX_LISTS.items()},
        **{f"{name}.json": cloud.port_list(name, ranges) for name, ranges in PORT_LISTS.items()},
    }
    for group, kind in kinds.items():
        references = basic if kind == "normal" else []
        ingress = draw(st.lists(_permission("ingress", references), max_size=8)) if group in NODE_GROUPS else []
        egress = draw(st.lists(_permission("egress", references), max_size=4)) if group in CLIENT_GROUPS else []
        if kind == "enterprise" and group in CLIENT_GROUPS:
            # What the console puts into a new enterprise group; without it nothing would ever
            # leave.
            egress.append(_number_later(IpProtocol="ALL", Direction="egress", DestCidrIp="0.0.0.0/0", Priority="100"))
        rules = [{**rule, "SecurityGroupRuleId": f"sgr-{group}-{n}"} for n, rule in enumerate(ingress + egress)]
        documents[f"{group}.json"] = cloud.attribute(group, rules, draw(st.sampled_from(["Drop", "Drop", "Accept"])))
    return Scenario(
        {**documents, "DescribeSecurityGroups.json": cloud.security_groups(kinds, cloud.rule_counts(documents))}
    )


def _some(groups: tuple[str, ...], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(groups), min_size=1, max_size=most, unique=True)


def _number_later(**fields: object) -> cloud.Document:
    return cloud.permission("", **fields)


@st.composite
def _permission(draw: st.DrawFn, direction: str, references: list[str]) -> cloud.Document:
    ingress = direction == "ingress"
    far, near = ("Source", "Dest") if ingress else ("Dest", "Source")
    far_cidrs, near_cidrs = (RG_CIDRS, CLUSTER_CIDRS) if ingress else (CLUSTER_CIDRS, RG_CIDRS)
    fields: dict[str, object] = {
        "Direction": direction,
        "Policy": draw(st.sampled_from(["Accept", "Accept", "accept", "Drop", "drop"])),
        "Priority": draw(st.sampled_from(["1", "2", 2, "10", "10", "100", 110])),
        **draw(_PROTOCOLS),
        **draw(_far(far, far_cidrs, references)),
    }
    if draw(st.integers(0, 3)) == 0:
        fields[f"{near}CidrIp"] = draw(st.sampled_from(near_cidrs))
    if fields["IpProtocol"] not in ("ALL", "ICMP", "GRE"):
        fields["SourcePortRange"] = draw(st.sampled_from(SOURCE_PORT_RANGES))
    return _number_later(**fields)


_PORT_FIELDS = st.one_of(
    st.sampled_from(PORT_RANGES).map(lambda ports: {"PortRange": ports}),
    st.sampled_from(PORT_RANGES).map(lambda ports: {"PortRange": ports}),
    st.sampled_from(sorted(PORT_LISTS)).map(lambda name: {"PortRange": "", "PortRangeListId": name}),
    # Both: the list is not looked at.
    st.builds(lambda ports: {"PortRange": ports, "PortRangeListId": "prl-kdc"}, st.sampled_from(PORT_RANGES)),
)
_PROTOCOLS = st.one_of(
    st.builds(
        lambda protocol, ports: {"IpProtocol": protocol, **ports},
        st.sampled_from(["TCP", "UDP", "udp", "tcp", "17", "6"]),
        _PORT_FIELDS,
    ),
    st.sampled_from(["ALL", "ALL", "ICMP", "GRE"]).map(lambda protocol: {"IpProtocol": protocol, "PortRange": "-1/-1"}),
)


def _far(end: str, cidrs: tuple[str, ...], references: list[str]) -> st.SearchStrategy[dict[str, object]]:
    """Draw the end that a rule must name, in each form of the API, and in the doubled forms of
    which one wins.
    """
    cidr = st.sampled_from(cidrs)
    prefix = st.sampled_from(sorted(PREFIX_LISTS))
    forms: list[st.SearchStrategy[dict[str, object]]] = [
        cidr.map(lambda text: {f"{end}CidrIp": text}),
        cidr.map(lambda text: {f"{end}CidrIp": text}),
        cidr.map(lambda text: {f"{end}CidrIp": text}),
        prefix.map(lambda name: {f"{end}PrefixListId": name}),
        st.builds(lambda text, name: {f"{end}CidrIp": text, f"{end}PrefixListId": name}, cidr, prefix),
        st.just({f"Ipv6{end}CidrIp": "::/0"}),
    ]
    if references:
        group = st.sampled_from(references)
        forms += [
            group.map(lambda name: {f"{end}GroupId": name}),
            st.builds(lambda text, name: {f"{end}CidrIp": text, f"{end}GroupId": name}, cidr, group),
            st.builds(lambda listed, name: {f"{end}PrefixListId": listed, f"{end}GroupId": name}, prefix, group),
        ]
    return st.one_of(forms)
