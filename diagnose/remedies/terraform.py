"""The repair as Terraform: one alicloud_security_group_rule for each rule.

https://registry.terraform.io/providers/aliyun/alicloud/latest/docs/resources/security_group_rule: in a VPC nic_type must be "intranet", the
protocol is in small letters, and cidr_ip is the other end in both directions. A new route is one alicloud_route_entry. What exists is changed where it is
managed, so other edits are comments; of a network ACL they give the blocks for its alicloud_network_acl.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from diagnose.output.clean import clean
from diagnose.remedies.console import edit_words, party
from diagnose.remedies.ecs_fields import description
from diagnose.remedies.model import SuggestedEdit, SuggestedRule
from diagnose.remedies.vpc_edits import AclFields, RouteFields, acl_fields, route_fields

ACTING = "# Terraform that does not manage an object cannot change it. By hand, or where it is managed:"


def emit(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit]) -> str:
    """Resources named after what they open, so the same report always gives the same names; then the edits as comments."""
    blocks = list({name(rule): _resource(rule) for rule in rules}.values())
    routes = [fields for edit in edits if (fields := route_fields(edit)) is not None]
    blocks += list({route_name(route): _route(route) for route in routes}.values())
    by_hand = [edit for edit in edits if route_fields(edit) is None]
    if by_hand:
        blocks.append("\n".join([ACTING, *(f"# - {edit_words(edit)}" for edit in by_hand)]))
    blocks += [_acl(acl) for edit in edits if (acl := acl_fields(edit)) is not None]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def name(rule: SuggestedRule) -> str:
    """ "emr_diagnose_ingress_udp_88_1a2b3c4d": direction, protocol, first port, and a digest of all that tells rules apart."""
    identity = json.dumps(
        [rule.security_group_id, rule.direction, rule.ip_protocol, rule.port_range, party(rule), rule.priority]
    )
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    first = "".join(digit for digit in rule.port_range.partition("/")[0] if digit in "0123456789") or "all"
    return f"emr_diagnose_{rule.direction}_{rule.ip_protocol.lower()}_{first}_{digest}"


def quoted(text: str) -> str:
    """An HCL string. JSON's escapes are HCL's too; what would start a template is doubled."""
    return json.dumps(clean(text), ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def route_name(route: RouteFields) -> str:
    """ "emr_diagnose_route_1a2b3c4d": a digest of all that tells routes apart."""
    identity = json.dumps([route.table, route.block, route.hop_type, route.hop_id])
    return f"emr_diagnose_route_{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def _route(route: RouteFields) -> str:
    """https://help.aliyun.com/zh/terraform/alicloud-route-entry"""
    arguments = {
        "route_table_id": quoted(route.table),
        "destination_cidrblock": quoted(route.block),
        "nexthop_type": quoted(route.hop_type),
        "nexthop_id": quoted(route.hop_id),
    }
    return f'resource "alicloud_route_entry" "{route_name(route)}" {{\n{_aligned(arguments, "  ")}\n}}'


ACL_ARGUMENTS = {
    "Policy": "policy",
    "Protocol": "protocol",
    "Port": "port",
    "SourceCidrIp": "source_cidr_ip",
    "DestinationCidrIp": "destination_cidr_ip",
    "IpVersion": "ip_version",
    "EntryType": "entry_type",
}


def _acl(acl: AclFields) -> str:
    """https://help.aliyun.com/zh/terraform/alicloud-network-acl, as comments: the resource of the list has more arguments than an export shows."""
    lines = [f"# In the alicloud_network_acl of {acl.acl}, instead of its {acl.direction.lower()}_acl_entries:"]
    for entry in acl.entries:
        arguments = {ACL_ARGUMENTS[key]: quoted(value) for key, value in entry.items() if key in ACL_ARGUMENTS}
        block = f"{acl.direction.lower()}_acl_entries {{\n{_aligned(arguments, '  ')}\n}}"
        lines += [f"# {line}" for line in block.splitlines()]
    return "\n".join(lines)


def _aligned(arguments: Mapping[str, str], indent: str) -> str:
    longest = max(map(len, arguments))
    return "\n".join(f"{indent}{key.ljust(longest)} = {value}" for key, value in arguments.items())


def _resource(rule: SuggestedRule) -> str:
    block = party(rule)
    arguments = {
        "security_group_id": quoted(rule.security_group_id),
        "type": quoted(rule.direction),
        "ip_protocol": quoted(rule.ip_protocol.lower()),
        "nic_type": quoted("intranet"),
        "policy": quoted(rule.policy),
        "port_range": quoted(rule.port_range),
        "priority": str(rule.priority),
        ("ipv6_cidr_ip" if ":" in block else "cidr_ip"): quoted(block),
        "description": quoted(description(rule)),
    }
    return f'resource "alicloud_security_group_rule" "{name(rule)}" {{\n{_aligned(arguments, "  ")}\n}}'
