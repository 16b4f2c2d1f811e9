"""What is a suggested change?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class SuggestedRule(Struct, frozen=True):
    option: int
    security_group_id: str
    direction: Literal["ingress", "egress"]
    policy: Literal["accept"]
    ip_protocol: Literal["TCP", "UDP"]
    port_range: str
    source_cidr_ip: str | None
    dest_cidr_ip: str | None
    priority: int
    description: str
    fixes: list[str]


class SuggestedEdit(Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """before and after are "from" and "to" on the wire: the first is a word of Python."""

    option: int
    object: Literal[
        "security-group-rule", "network-acl", "krb5.conf", "hadoop-conf", "hosts", "service", "route", "resource-group"
    ]
    id: str
    action: Literal["remove", "narrow", "reprioritise", "set", "start"]
    before: str | None
    after: str | None
    why: str
    fixes: list[str]
