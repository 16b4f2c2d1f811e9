"""The repair as Terraform: one alicloud_security_group_rule for each rule.

https://registry.terraform.io/providers/aliyun/alicloud/latest/docs/resources/security_group_rule: in a VPC nic_type must be "intranet", the
protocol is in small letters, and cidr_ip is the other end in both directions. Rules that exist are changed where they are managed, so edits are comments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from diagnose.remedies.console import edit_words, party
from diagnose.remedies.permission import description
from diagnose.report.model import SuggestedEdit, SuggestedRule
from diagnose.report.untrusted import clean

ACTING = "# Terraform that does not manage an object cannot change it. By hand, or where it is managed:"


def emit(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit]) -> str:
    """Resources named after what they open, so the same report always gives the same names; then the edits as comments."""
    blocks = list({name(rule): _resource(rule) for rule in rules}.values())
    if edits:
        blocks.append("\n".join([ACTING, *(f"# - {edit_words(edit)}" for edit in edits)]))
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
    longest = max(map(len, arguments))
    lines = "\n".join(f"  {key.ljust(longest)} = {value}" for key, value in arguments.items())
    return f'resource "alicloud_security_group_rule" "{name(rule)}" {{\n{lines}\n}}'
