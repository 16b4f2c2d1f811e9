"""The repair as a template of Resource Orchestration Service: ALIYUN::ECS::SecurityGroupIngress, SecurityGroupEgress and Route, in JSON.

https://www.alibabacloud.com/help/ros/developer-reference/aliyun-ecs-securitygroupingress. NicType is intranet in a VPC, and ROS would assume internet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from diagnose.output.clean import clean
from diagnose.remedies.console import edit_words
from diagnose.remedies.ecs_fields import description, parties
from diagnose.remedies.model import SuggestedEdit, SuggestedRule
from diagnose.remedies.terraform import name, route_name
from diagnose.remedies.vpc_edits import RouteFields, route_fields

VERSION = "2015-09-01"
TYPES = {"ingress": "ALIYUN::ECS::SecurityGroupIngress", "egress": "ALIYUN::ECS::SecurityGroupEgress"}


def emit(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit]) -> str:
    """A template, without resources where no rule is to be added. Edits of what exists are told in its description: a template cannot make them."""
    said = [
        "Rules that a DataWorks resource group needs to reach an EMR cluster." if rules else "No rule is to be added."
    ]
    routes = {route_name(route): route for edit in edits if (route := route_fields(edit)) is not None}
    said += [f"Routes to be added: {len(routes)}."] if routes else []
    by_hand = [edit for edit in edits if route_fields(edit) is None]
    if by_hand:
        said += ["Not part of this template, to be done by hand:", *(edit_words(edit) for edit in by_hand)]
    template = {
        "ROSTemplateFormatVersion": VERSION,
        "Description": " ".join(said),
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


def _route(route: RouteFields) -> dict[str, Any]:
    """https://www.alibabacloud.com/help/en/ros/developer-reference/aliyun-ecs-route"""
    return {
        "Type": "ALIYUN::ECS::Route",
        "Properties": {
            "RouteTableId": route.table,
            "DestinationCidrBlock": route.block,
            "NextHopType": route.hop_type,
            "NextHopId": route.hop_id,
        },
    }


def _camel(snake: str) -> str:
    """ROS takes letters and digits in the name of a resource."""
    return "".join(part.capitalize() for part in snake.split("_"))
