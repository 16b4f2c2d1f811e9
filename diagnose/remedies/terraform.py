"""How does the repair look as Terraform?

- A rule to add is one alicloud_security_group_rule. In a VPC nic_type must be "intranet", the
  protocol is in small letters, and cidr_ip is the other end in both directions:
  https://registry.terraform.io/providers/aliyun/alicloud/latest/docs/resources/security_group_rule
- A new route is one alicloud_route_entry.
- Every other edit is a comment, because Terraform changes only objects that it manages. For a
  network ACL the comment holds the blocks for its alicloud_network_acl.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from diagnose.output.clean import clean
from diagnose.remedies.console import edit_words, party
from diagnose.remedies.ecs_fields import description
from diagnose.remedies.model import AclEdit, Edit, SuggestedRule
from diagnose.remedies.vpc_fields import SIDES, acl_fields, route_fields
from probes.language import marked, tr

BY_HAND = marked("Terraform that does not manage an object cannot change it. By hand, or where it is managed:")
ROUTE_ARGUMENTS = {
    "RouteTableId": "route_table_id",
    "DestinationCidrBlock": "destination_cidrblock",
    "NextHopType": "nexthop_type",
    "NextHopId": "nexthop_id",
}
"""Fields of CreateRouteEntry, and the arguments that
https://help.aliyun.com/zh/terraform/alicloud-route-entry has for them."""

ACL_ARGUMENTS = {
    "Policy": "policy",
    "Protocol": "protocol",
    "Port": "port",
    "SourceCidrIp": "source_cidr_ip",
    "DestinationCidrIp": "destination_cidr_ip",
    "IpVersion": "ip_version",
    "EntryType": "entry_type",
}
"""Fields of UpdateNetworkAclEntries, and the arguments that
https://help.aliyun.com/zh/terraform/alicloud-network-acl has for them."""


def emit(rules: Sequence[SuggestedRule], edits: Sequence[Edit]) -> str:
    """Return resources named after what they open, then the other edits as comments.

    The same report always gives the same names.
    """
    blocks = list({name(rule): _resource(rule) for rule in rules}.values())
    routes = [fields for edit in edits if (fields := route_fields(edit)) is not None]
    blocks += list({route_name(route): _route(route) for route in routes}.values())
    by_hand = [edit for edit in edits if route_fields(edit) is None]
    if by_hand:
        blocks.append("\n".join([f"# {tr(BY_HAND)}", *(f"# - {edit_words(edit)}" for edit in by_hand)]))
    blocks += [_acl(edit, entries) for edit in edits if isinstance(edit, AclEdit) and (entries := acl_fields(edit))]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def name(rule: SuggestedRule) -> str:
    """Return "emr_diagnose_ingress_udp_88_1a2b3c4d": direction, protocol, first port, and a digest
    of the whole rule."""
    identity = json.dumps(
        [rule.security_group_id, rule.direction, rule.ip_protocol, rule.port_range, party(rule), rule.priority]
    )
    first = "".join(digit for digit in rule.port_range.partition("/")[0] if digit in "0123456789") or "all"
    return f"emr_diagnose_{rule.direction}_{rule.ip_protocol.lower()}_{first}_{_digest(identity)}"


def _digest(identity: str) -> str:
    from hashlib import sha256  # loads OpenSSL, which most commands do not need

    return sha256(identity.encode()).hexdigest()[:8]


def quoted(text: str) -> str:
    """Return an HCL string. HCL has the escapes of JSON; a sign that would start a template is
    doubled."""
    return json.dumps(clean(text), ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def route_name(route: Mapping[str, str]) -> str:
    """Return "emr_diagnose_route_1a2b3c4d", with a digest of the whole route. `route`: the fields
    of CreateRouteEntry."""
    identity = json.dumps(list(route.values()))
    return f"emr_diagnose_route_{_digest(identity)}"


def _route(route: Mapping[str, str]) -> str:
    arguments = {ROUTE_ARGUMENTS[field]: quoted(value) for field, value in route.items()}
    return f'resource "alicloud_route_entry" "{route_name(route)}" {{\n{_aligned(arguments, "  ")}\n}}'


def _acl(edit: AclEdit, entries: Sequence[Mapping[str, str]]) -> str:
    """Return the blocks of a list as comments. The resource that holds them has more arguments than
    an export shows."""
    block_name = f"{SIDES[edit.direction].lower()}_acl_entries"
    words = tr("In the alicloud_network_acl of {acl}, instead of its {block}:", acl=clean(edit.acl), block=block_name)
    lines = [f"# {words}"]
    for entry in entries:
        arguments = {ACL_ARGUMENTS[key]: quoted(value) for key, value in entry.items() if key in ACL_ARGUMENTS}
        block = f"{block_name} {{\n{_aligned(arguments, '  ')}\n}}"
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
