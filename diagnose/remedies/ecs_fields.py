"""Which parameters of the ECS API (2014-05-26) does a rule have: to add it, or to change it?"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.output.clean import clean
from diagnose.remedies.model import RULE_ID, Direction, RuleEdit, RuleFields, SuggestedRule

MOST_DESCRIPTION = 512
"""Characters that AuthorizeSecurityGroup takes as a description."""

ENDS: Mapping[Direction, str] = {"ingress": "Source", "egress": "Dest"}
"""How the names of the parameters begin that name the other end of a rule."""

NEAR_ENDS: Mapping[Direction, str] = {"ingress": "Dest", "egress": "Source"}
"""The same for the end on the side of the group itself."""


def added_fields(rule: SuggestedRule) -> dict[str, str]:
    """Return the parameters of AuthorizeSecurityGroup for one rule, or those of its egress twin."""
    return {
        "IpProtocol": rule.ip_protocol,
        "PortRange": clean(rule.port_range),
        **parties(rule),
        "Policy": rule.policy,
        "Priority": str(rule.priority),
        "Description": description(rule),
    }


def parties(rule: SuggestedRule) -> dict[str, str]:
    """Return the block at the other end of a rule, under the field of its direction and family."""
    return {} if rule.peer is None else _block(ENDS[rule.direction], rule.peer)


def description(rule: SuggestedRule) -> str:
    """Return the description of a rule, cut where the API ends."""
    return clean(rule.description)[:MOST_DESCRIPTION]


def changed_fields(edit: RuleEdit) -> dict[str, str] | None:
    """Return the parameters of ModifySecurityGroupRule, or those of its egress twin.

    They are all fields of the changed rule. The API gives a field that is left out its default
    value: a drop would become an accept. None if the rule is removed, has no id of the API, or has
    a field that one call cannot say.
    """
    new = edit.after
    if new is None or not is_known(edit):
        return None
    peer = _peer(edit.direction, new)
    near = _blocks(NEAR_ENDS[edit.direction], new.near)
    if peer is None or near is None:
        return None
    ports = {"PortRange": ",".join(new.port_ranges)} if new.port_list is None else {"PortRangeListId": new.port_list}
    optional = {"SourcePortRange": ",".join(new.source_ports), "Description": new.description}
    fields = {
        "IpProtocol": new.protocol,
        **ports,
        **peer,
        **near,
        "Policy": new.policy,
        "Priority": str(new.priority),
        **{name: value for name, value in optional.items() if value},
    }
    return {name: clean(value) for name, value in fields.items()}


def is_known(edit: RuleEdit) -> bool:
    """Return True if the rule has an id that ECS knows."""
    return edit.rule.startswith(RULE_ID)


def _peer(direction: Direction, rule: RuleFields) -> dict[str, str] | None:
    """Return the other end of a rule. None if one call cannot say it."""
    end = ENDS[direction]
    if rule.peer_list is not None:
        return {f"{end}PrefixListId": rule.peer_list}
    if rule.peer_group is None:
        return _blocks(end, rule.peers)
    if rule.peer_account is None:
        return {f"{end}GroupId": rule.peer_group}
    owner = "Id" if rule.peer_account.isdigit() else "Account"
    return {f"{end}GroupId": rule.peer_group, f"{end}GroupOwner{owner}": rule.peer_account}


def _blocks(end: str, blocks: list[str]) -> dict[str, str] | None:
    """Return one block under its field. A rule holds no second one."""
    if len(blocks) > 1:
        return None
    return _block(end, blocks[0]) if blocks else {}


def _block(end: str, block: str) -> dict[str, str]:
    family = "Ipv6" if ":" in block else ""
    return {f"{family}{end}CidrIp": clean(block)}
