"""Answers about one security group, and its prefix lists."""

from __future__ import annotations

from typing import Any


def rule(name: str, direction: str = "ingress", **fields: Any) -> dict[str, Any]:
    return {
        "SecurityGroupRuleId": name,
        "Direction": direction,
        "IpProtocol": "TCP",
        "PortRange": "88/88",
        "Policy": "Accept",
        "Priority": "1",
        "SourceCidrIp": "192.168.10.0/24",
    } | fields


def page(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"SecurityGroupId": "sg-1", "Permissions": {"Permission": list(rules)}} | fields


def listing(count: int | None = None, **fields: Any) -> dict[str, Any]:
    group = {"SecurityGroupId": "sg-1", **({} if count is None else {"RuleCount": count}), **fields}
    return {"SecurityGroups": {"SecurityGroup": [group]}}


IN = rule("sgr-1")


OUT = rule("sgr-2", "egress", SourceCidrIp="", DestCidrIp="0.0.0.0/0")


def prefix_list(*cidrs: str, **fields: Any) -> dict[str, Any]:
    return {"PrefixListId": "pl-1", "Entries": {"Entry": [{"Cidr": cidr} for cidr in cidrs]}} | fields
