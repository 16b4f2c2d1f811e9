"""How does the kernel enforce these security groups? ECS and DataWorks answers in, an nftables
ruleset for the router out.

Written from Alibaba's pages alone and without a look at the product's evaluator: every
permission becomes one nft rule, and which of them decides a packet is left to nftables.
Semantics followed (https://www.alibabacloud.com/help/en/ecs/user-guide/security-group-rules and
the API reference):

* the rules of all groups of an interface are put in one list by priority, and of equal ones the
  dropping come first;
* stateful: a reply passes without a rule; what is dropped is dropped without a word;
* basic groups: inbound closed, outbound open where no rule matches; enterprise (advanced) groups:
  both closed;
* basic groups with the internal policy Accept: traffic between two members passes before any rule
  is asked.

Whatever cannot be enforced with certainty (a group without export, a list without content) is an
`EnforceError`, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Literal

from .cloud import Document

Direction = Literal["ingress", "egress"]
Network = IPv4Network | IPv6Network

L4_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "icmpv6": 58}
ANY_PORT = ("", "-1/-1", "0/65535")


class EnforceError(Exception):
    """These documents do not say what the packet filter would have to do."""


@dataclass
class Estate:
    """What the documents say together. kinds: group -> type; inner: group -> internal policy in
    lower case; attached: network -> its groups.
    """

    permissions: dict[str, list[Document]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    inner: dict[str, str] = field(default_factory=dict)
    attached: dict[Network, tuple[str, ...]] = field(default_factory=dict)
    prefixes: dict[str, list[Network]] = field(default_factory=dict)
    ports: dict[str, list[str]] = field(default_factory=dict)

    def members(self, group: str) -> list[Network]:
        return [network for network, groups in self.attached.items() if group in groups]


def ruleset(documents: Iterable[Document], hook: Literal["forward", "input"] = "forward") -> str:
    """Return the whole nftables text for the router, or, at `input`, for the one host with the
    addresses of all nodes.

    EnforceError if the documents leave anything open.
    """
    estate = read(documents)
    chains: list[str] = []
    jumps: list[str] = []
    for number, (network, groups) in enumerate(estate.attached.items()):
        for direction, side in (("egress", "saddr"), ("ingress", "daddr")):
            name = f"{direction}_{number}"
            body = "\n".join(f"    {line}" for line in _chain(estate, groups, direction))  # type: ignore[arg-type]
            chains.append(f"  chain {name} {{\n{body}\n  }}")
            jumps.append(f"    {_family(network)} {side} {network} jump {name}")
    jumps.sort(key=lambda line: "daddr" in line)
    forward = "\n".join(
        [f"    type filter hook {hook} priority 0; policy accept;", "    ct state established,related accept", *jumps]
    )
    return "table inet security_groups {\n" + "\n".join(chains) + f"\n  chain forward {{\n{forward}\n  }}\n}}\n"


def read(documents: Iterable[Document]) -> Estate:
    """Collect what matters; answers of other APIs are passed over."""
    estate = Estate()
    vswitches: dict[str, list[str]] = {}
    networks: list[Document] = []
    for document in documents:
        if "Permissions" in document and "SecurityGroupId" in document:
            group = document["SecurityGroupId"]
            estate.permissions.setdefault(group, []).extend(document["Permissions"]["Permission"])
            estate.inner[group] = str(document.get("InnerAccessPolicy") or "").lower()
        for row in document.get("SecurityGroups", {}).get("SecurityGroup", []):
            estate.kinds[row["SecurityGroupId"]] = row["SecurityGroupType"]
        for row in document.get("NetworkInterfaceSets", {}).get("NetworkInterfaceSet", []):
            for private in row["PrivateIpSets"]["PrivateIpSet"]:
                address = ip_network(private["PrivateIpAddress"])
                estate.attached[address] = tuple(row["SecurityGroupIds"]["SecurityGroupId"])
            for public in row.get("Ipv6Sets", {}).get("Ipv6Set", []):
                estate.attached[ip_network(public["Ipv6Address"])] = tuple(row["SecurityGroupIds"]["SecurityGroupId"])
        if "PrefixListId" in document:
            entries = document["Entries"]["Entry"]
            estate.prefixes[document["PrefixListId"]] = [ip_network(entry["Cidr"], strict=False) for entry in entries]
        if "PortRangeListId" in document:
            estate.ports[document["PortRangeListId"]] = [entry["PortRange"] for entry in document["Entries"]]
        for row in document.get("VSwitches", {}).get("VSwitch", []):
            vswitches[row["VSwitchId"]] = [block for block in (row["CidrBlock"], row.get("Ipv6CidrBlock")) if block]
        networks += document.get("PagingInfo", {}).get("NetworkList", [])
    for row in networks:
        if row.get("SecurityGroupId") and row["Status"] == "Running":
            for block in vswitches[row["VswitchId"]]:
                estate.attached[ip_network(block)] = (row["SecurityGroupId"],)
    _refuse_overlaps(estate.attached)
    return estate


def _refuse_overlaps(attached: Mapping[Network, object]) -> None:
    known = list(attached)
    for index, one in enumerate(known):
        for other in known[index + 1 :]:
            if one.version == other.version and one.overlaps(other):
                raise EnforceError(f"both {one} and {other} have groups of their own")


def _chain(estate: Estate, groups: tuple[str, ...], direction: Direction) -> Iterator[str]:
    kinds = {estate.kinds.get(group) for group in groups}
    if not groups or not kinds <= {"normal", "enterprise"} or len(kinds) != 1:
        raise EnforceError(f"groups {groups} are of kinds {kinds}: exactly one known kind can be enforced")
    enterprise = kinds == {"enterprise"}
    if not enterprise:
        yield from _inner_accept(estate, groups, direction)
    merged: list[tuple[int, bool, str, Document]] = []
    for group in groups:
        if group not in estate.permissions:
            raise EnforceError(f"no export of {group}")
        for permission in estate.permissions[group]:
            if permission["Direction"].lower() == direction:
                accepts = permission["Policy"].lower() == "accept"
                merged.append((int(permission["Priority"]), accepts, group, permission))
    for _priority, accepts, group, permission in sorted(merged, key=lambda row: row[:2]):
        for match in _matches(estate, permission, direction):
            verdict = "return" if accepts else "drop"
            yield f'{match} counter {verdict} comment "{group} {permission["SecurityGroupRuleId"]}"'.lstrip()
    closed = enterprise or direction == "ingress"
    yield f'counter {"drop" if closed else "return"} comment "default"'


def _inner_accept(estate: Estate, groups: tuple[str, ...], direction: Direction) -> Iterator[str]:
    for group in groups:
        policy = estate.inner.get(group, "")
        if policy not in ("accept", "drop"):
            raise EnforceError(f"InnerAccessPolicy of {group} is not known")
        if policy == "accept" and (members := estate.members(group)):
            for match in _addresses(members, "saddr" if direction == "ingress" else "daddr"):
                yield f'{match} counter return comment "{group} internal"'


def _matches(estate: Estate, permission: Document, direction: Direction) -> Iterator[str]:
    """Yield the nft matches of one permission: one; none if it can match nothing; or one a family
    if a list has both.
    """
    near, far = ("Dest", "Source") if direction == "ingress" else ("Source", "Dest")
    parties = _party(estate, permission, far, direction)
    if parties is None:
        raise EnforceError(f"{permission['SecurityGroupRuleId']} names no {far.lower()}")
    own = _party(estate, permission, near, direction)
    far_side, near_side = ("saddr", "daddr") if direction == "ingress" else ("daddr", "saddr")
    for there in _addresses(parties, far_side):
        for here in [""] if own is None else _addresses(own, near_side):
            if here and here.split()[0] != there.split()[0]:
                continue  # no packet is of both families
            yield " ".join(filter(None, (there, here, _layer4(estate, permission))))


def _party(estate: Estate, permission: Document, end: str, direction: Direction) -> list[Network] | None:
    """Addresses of one end; None if the permission does not speak of it. A CIDR beats a group, and
    a group beats a prefix list.
    """
    cidrs = [permission.get(f"{end}CidrIp"), permission.get(f"Ipv6{end}CidrIp")]
    if any(cidrs):
        return [ip_network(cidr, strict=False) for cidr in cidrs if cidr]
    if direction == ("ingress" if end == "Dest" else "egress"):
        return None  # a group or a list can only stand for the far end
    if group := permission.get(f"{end}GroupId"):
        return estate.members(group)
    if prefix := permission.get(f"{end}PrefixListId"):
        if prefix not in estate.prefixes:
            raise EnforceError(f"no content of {prefix}")
        return estate.prefixes[prefix]
    return None


def _addresses(networks: Iterable[Network], side: str) -> Iterator[str]:
    four = list(collapse_addresses(n for n in networks if isinstance(n, IPv4Network)))
    six = list(collapse_addresses(n for n in networks if isinstance(n, IPv6Network)))
    if four:
        yield f"ip {side} {{ {', '.join(map(str, four))} }}"
    if six:
        yield f"ip6 {side} {{ {', '.join(map(str, six))} }}"


def _layer4(estate: Estate, permission: Document) -> str:
    protocol = str(permission["IpProtocol"]).lower()
    if protocol == "all":
        return ""
    number = int(protocol) if protocol.isdigit() else L4_NUMBERS.get(protocol)
    if number is None:
        raise EnforceError(f"{permission['SecurityGroupRuleId']}: protocol {protocol} is not known")
    if number not in (6, 17):
        return f"meta l4proto {number}"
    name = "tcp" if number == 6 else "udp"
    parts = [f"meta l4proto {name}"]
    ranges = [permission["PortRange"]] if permission.get("PortRange") else []
    if not ranges and (port_list := permission.get("PortRangeListId")):
        if port_list not in estate.ports:
            raise EnforceError(f"no content of {port_list}")
        ranges = estate.ports[port_list]
    for keyword, wanted in (("dport", ranges), ("sport", [permission.get("SourcePortRange") or ""])):
        spelled = [text.replace("/", "-") for text in wanted if text not in ANY_PORT]
        if spelled and len(spelled) == len(wanted):
            parts.append(f"{name} {keyword} {{ {', '.join(spelled)} }}")
    return " ".join(parts)


def _family(network: Network) -> str:
    return "ip" if network.version == 4 else "ip6"
