"""How does the repair look as a template of Resource Orchestration Service (ROS), in JSON?

Its resources are ALIYUN::ECS::SecurityGroupIngress, SecurityGroupEgress and Route. In a VPC NicType
must be "intranet"; without it ROS assumes "internet":
https://www.alibabacloud.com/help/ros/developer-reference/aliyun-ecs-securitygroupingress
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from diagnose.output.clean import clean
from diagnose.output.sentences import sentences, series
from diagnose.remedies.console import edit_words
from diagnose.remedies.ecs_fields import description, parties
from diagnose.remedies.model import Direction, Edit, SuggestedRule
from diagnose.remedies.terraform import name, route_name
from diagnose.remedies.vpc_fields import route_fields
from probes.language import tr

VERSION = "2015-09-01"
TYPES: Mapping[Direction, str] = {
    "ingress": "ALIYUN::ECS::SecurityGroupIngress",
    "egress": "ALIYUN::ECS::SecurityGroupEgress",
}


def emit(rules: Sequence[SuggestedRule], edits: Sequence[Edit], notes: Sequence[str] = ()) -> str:
    """Return a template. It has no resources if nothing is to be added.

    A template cannot change what exists: its description says those edits in words, after `notes`.
    """
    said = [
        tr("Rules that a DataWorks resource group needs to reach an EMR cluster.")
        if rules
        else tr("No rule is to be added.")
    ]
    said += notes
    routes = {route_name(route): route for edit in edits if (route := route_fields(edit)) is not None}
    said += [tr("Routes to be added: {count}.", count=len(routes))] if routes else []
    named: dict[str, list[str]] = {}
    for rule in rules:
        named.setdefault(rule.finding.code, []).append(_camel(name(rule)))
    for edit in edits:
        if (route := route_fields(edit)) is not None:
            named.setdefault(edit.finding.code, []).append(_camel(route_name(route)))
    said += [
        tr("[{code}] is repaired by {names}.", code=clean(code), names=series(names)) for code, names in named.items()
    ]
    by_hand = [edit for edit in edits if route_fields(edit) is None]
    if by_hand:
        said += [tr("Not part of this template, to be done by hand:")]
        said += [f"[{clean(edit.finding.code)}] {edit_words(edit)}" for edit in by_hand]
    template = {
        "ROSTemplateFormatVersion": VERSION,
        "Description": sentences(said),
        "Resources": {_camel(name(rule)): _resource(rule) for rule in rules}
        | {_camel(ident): _route(route) for ident, route in routes.items()},
    }
    return json.dumps(template, ensure_ascii=False, indent=2) + "\n"


def _resource(rule: SuggestedRule) -> dict[str, Any]:
    return {
        "Type": TYPES[rule.direction],
        "Properties": {
            "SecurityGroupId": clean(rule.security_group_id),
            "IpProtocol": rule.ip_protocol.lower(),
            "PortRange": clean(rule.port_range),
            **parties(rule),
            "NicType": "intranet",
            "Policy": rule.policy,
            "Priority": rule.priority,
            "Description": description(rule),
        },
    }


def _route(route: Mapping[str, str]) -> dict[str, Any]:
    """Return https://www.alibabacloud.com/help/en/ros/developer-reference/aliyun-ecs-route, which
    takes the API's fields."""
    return {"Type": "ALIYUN::ECS::Route", "Properties": dict(route)}


def _camel(snake: str) -> str:
    """Return the name in letters and digits alone, because ROS takes no others."""
    return "".join(part.capitalize() for part in snake.split("_"))
