"""Which fields of the ECS API do a rule to add and a change of a rule have?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.output.clean import clean
from diagnose.remedies.model import Direction, RuleEdit, SuggestedRule

MOST_DESCRIPTION = 512
"""Characters that AuthorizeSecurityGroup takes as a description."""

ENDS: Mapping[Direction, str] = {"ingress": "Source", "egress": "Dest"}
"""How the names of the fields begin that name the other end of a rule."""


def parties(rule: SuggestedRule) -> dict[str, str]:
    """Return the block at the other end of a rule, under the field of its direction and family."""
    block = rule.source_cidr_ip if rule.direction == "ingress" else rule.dest_cidr_ip
    return {} if block is None else _block(rule.direction, block)


def description(rule: SuggestedRule) -> str:
    """Return the description of a rule, cut where the API ends."""
    return clean(rule.description)[:MOST_DESCRIPTION]


def changed_fields(edit: RuleEdit) -> dict[str, str]:
    """Return the fields of ModifySecurityGroupRule that change. Empty if the rule is removed."""
    old, new = edit.before, edit.after
    changed: dict[str, str] = {}
    if new is None:
        return changed
    if new.priority != old.priority:
        changed["Priority"] = str(new.priority)
    if new.port_ranges != old.port_ranges:
        changed["PortRange"] = clean(",".join(new.port_ranges))
    if new.peers != old.peers:
        changed |= _block(edit.direction, ",".join(new.peers))
    return changed


def _block(direction: Direction, block: str) -> dict[str, str]:
    family = "Ipv6" if ":" in block else ""
    return {f"{family}{ENDS[direction]}CidrIp": clean(block)}
