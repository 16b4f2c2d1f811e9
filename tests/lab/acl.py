"""How does the kernel enforce these network ACLs? DescribeNetworkAclAttributes in, an nftables table for the router out.

Written from Alibaba's pages alone, like `enforce`: an ACL is bound to vSwitches and sees each packet that crosses their border, in each direction by
itself; it keeps no state, so an answer needs an entry of its own; the first entry that fits decides, and where none fits the packet is dropped
(https://www.alibabacloud.com/help/en/vpc/user-guide/overview-of-network-acls).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .cloud import Document

SIDES = {
    "egress": ("EgressAclEntries", "EgressAclEntry", "saddr"),
    "ingress": ("IngressAclEntries", "IngressAclEntry", "daddr"),
}


def ruleset(documents: Iterable[Document]) -> str:
    """One table with two chains for each vSwitch that has an ACL, "" where none has. It never asks connection tracking."""
    answers = list(documents)
    blocks = {
        row["VSwitchId"]: row["CidrBlock"]
        for answer in answers
        for row in answer.get("VSwitches", {}).get("VSwitch", [])
    }
    bound = [
        (blocks[resource["ResourceId"]], attribute)
        for answer in answers
        if (attribute := answer.get("NetworkAclAttribute"))
        for resource in attribute["Resources"]["Resource"]
    ]
    if not bound:
        return ""
    chains, jumps = [], []
    for number, (block, attribute) in enumerate(bound):
        for side, (outer, inner, border) in SIDES.items():
            lines = "\n".join(f"    {line}" for line in _entries(attribute[outer][inner], side))
            chains.append(f"  chain {side}_{number} {{\n{lines}\n  }}\n")
            far = "daddr" if border == "saddr" else "saddr"
            jumps.append(f"    ip {border} {block} ip {far} != {block} jump {side}_{number}\n")
    forward = (
        f"  chain forward {{\n    type filter hook forward priority -10; policy accept;\n{''.join(sorted(jumps))}  }}\n"
    )
    return f"table inet network_acls {{\n{''.join(chains)}{forward}}}\n"


def _entries(entries: Iterable[dict[str, Any]], side: str) -> Iterator[str]:
    key, far = ("DestinationCidrIp", "daddr") if side == "egress" else ("SourceCidrIp", "saddr")
    for entry in entries:
        match = f"ip {far} {entry[key]}"
        protocol = entry["Protocol"].lower()
        if protocol != "all":
            match += f" meta l4proto {protocol}"
        if protocol in ("tcp", "udp") and entry["Port"] != "-1/-1":
            match += f" {protocol} dport {entry['Port'].replace('/', '-')}"
        yield f"{match} counter {'return' if entry['Policy'].lower() == 'accept' else 'drop'}"
    yield "counter drop"
