"""How does the kernel enforce these network ACLs? DescribeNetworkAclAttributes in, an nftables
table for the router out.

Written from Alibaba's pages alone, like `enforce`: an ACL is bound to vSwitches and sees each
packet that crosses their border, in each direction by itself; it keeps no state, so an answer
needs an entry of its own; the first entry that fits decides, and where none fits the packet is
dropped; the VPC's name and metadata servers are never filtered
(https://www.alibabacloud.com/help/en/vpc/user-guide/overview-of-network-acls, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .cloud import Document

SIDES = {
    "egress": ("EgressAclEntries", "EgressAclEntry", "saddr"),
    "ingress": ("IngressAclEntries", "IngressAclEntry", "daddr"),
}
SYSTEM = "100.100.2.112/28, 100.100.2.128/28, 100.100.100.200/32"
FAMILIES = {"ip": "CidrBlock", "ip6": "Ipv6CidrBlock"}
"""nft's word for a family -> the field of a vSwitch that has its block of that family."""


@dataclass
class Lists:
    """What the answers say together. blocks: vSwitch -> nft family -> block; prefixes: list -> its
    CIDRs.
    """

    blocks: dict[str, dict[str, str]] = field(default_factory=dict)
    prefixes: dict[str, list[str]] = field(default_factory=dict)
    bound: list[tuple[str, Document]] = field(default_factory=list)


def ruleset(documents: Iterable[Document]) -> str:
    """One table with two chains for each vSwitch that has an ACL, "" where none has. It never asks
    connection tracking.
    """
    lists = _read(documents)
    if not lists.bound:
        return ""
    chains, jumps = [], []
    for number, (vswitch, attribute) in enumerate(lists.bound):
        for side, (outer, inner, border) in SIDES.items():
            lines = "\n".join(f"    {line}" for line in _entries(attribute[outer][inner], side, lists.prefixes))
            chains.append(f"  chain {side}_{number} {{\n{lines}\n  }}\n")
            far = "daddr" if border == "saddr" else "saddr"
            jumps += [
                f"    {family} {border} {block} {family} {far} != {block} jump {side}_{number}\n"
                for family, block in lists.blocks[vswitch].items()
            ]
    head = "    type filter hook forward priority -10; policy accept;\n"
    exempt = "".join(f"    ip {side} {{ {SYSTEM} }} accept\n" for side in ("saddr", "daddr"))
    forward = f"  chain forward {{\n{head}{exempt}{''.join(sorted(jumps))}  }}\n"
    return f"table inet network_acls {{\n{''.join(chains)}{forward}}}\n"


def _read(documents: Iterable[Document]) -> Lists:
    lists = Lists()
    for answer in documents:
        for row in answer.get("VSwitches", {}).get("VSwitch", []):
            lists.blocks[row["VSwitchId"]] = {family: row[key] for family, key in FAMILIES.items() if row.get(key)}
        if "PrefixListId" in answer:
            lists.prefixes[answer["PrefixListId"]] = [entry["Cidr"] for entry in answer["Entries"]["Entry"]]
        if attribute := answer.get("NetworkAclAttribute"):
            lists.bound += [(resource["ResourceId"], attribute) for resource in attribute["Resources"]["Resource"]]
    return lists


def _entries(entries: Iterable[dict[str, Any]], side: str, prefixes: dict[str, list[str]]) -> Iterator[str]:
    key, far = ("DestinationCidrIp", "daddr") if side == "egress" else ("SourceCidrIp", "saddr")
    for entry in entries:
        match = ""
        protocol = entry["Protocol"].lower()
        if protocol != "all":
            match += f" meta l4proto {'ipv6-icmp' if protocol == 'icmpv6' else protocol}"
        if protocol in ("tcp", "udp") and entry["Port"] != "-1/-1":
            match += f" {protocol} dport {entry['Port'].replace('/', '-')}"
        verdict = "return" if entry["Policy"].lower() == "accept" else "drop"
        for cidr in prefixes[entry[key]] if entry[key].startswith("pl-") else [entry[key]]:
            yield f"{'ip6' if ':' in cidr else 'ip'} {far} {cidr}{match} counter {verdict}"
    yield "counter drop"
