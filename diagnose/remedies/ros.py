"""The repair as a template of Resource Orchestration Service: ALIYUN::ECS::SecurityGroupIngress and SecurityGroupEgress, in JSON.

https://www.alibabacloud.com/help/ros/developer-reference/aliyun-ecs-securitygroupingress. NicType is intranet in a VPC, and ROS would assume internet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from diagnose.remedies.console import edit_words
from diagnose.remedies.permission import description, parties
from diagnose.remedies.terraform import name
from diagnose.report.model import SuggestedEdit, SuggestedRule
from diagnose.report.untrusted import clean

VERSION = "2015-09-01"
TYPES = {"ingress": "ALIYUN::ECS::SecurityGroupIngress", "egress": "ALIYUN::ECS::SecurityGroupEgress"}


def emit(rules: Sequence[SuggestedRule], edits: Sequence[SuggestedEdit]) -> str:
    """A template, without resources where no rule is to be added. Edits of what exists are told in its description: a template cannot make them."""
    said = [
        "Rules that a DataWorks resource group needs to reach an EMR cluster." if rules else "No rule is to be added."
    ]
    if edits:
        said += ["Not part of this template, to be done by hand:", *(edit_words(edit) for edit in edits)]
    template = {
        "ROSTemplateFormatVersion": VERSION,
        "Description": " ".join(said),
        "Resources": {_camel(name(rule)): _resource(rule) for rule in rules},
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


def _camel(snake: str) -> str:
    """ROS takes letters and digits in the name of a resource."""
    return "".join(part.capitalize() for part in snake.split("_"))
