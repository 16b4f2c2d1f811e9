"""Every parameter of a command is one that the vendor's own SDK sends in the same call."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from diagnose.remedies import aliyun_cli
from diagnose.remedies.model import Edit, SuggestedRule
from tests.support import reports
from tests.support.needs import require
from tests.support.sdk_names import is_known, sent
from tests.support.shell_commands import REGION, options, run

BLOCK4, BLOCK6 = "192.168.0.0/17", "2001:db8:0:1::/64"
PEERS: tuple[dict[str, Any], ...] = (
    {"peers": [BLOCK4], "near": [BLOCK4]},
    {"peers": [BLOCK6], "near": [BLOCK6]},
    {"peers": [], "peer_list": "pl-1"},
    {"peers": [], "peer_group": "sg-x", "peer_account": "1234"},
    {"peers": [], "peer_group": "sg-x", "peer_account": "someone"},
    {"port_ranges": [], "port_list": "prl-1", "source_ports": ["1024/65535"], "description": "guards"},
)
RULES: tuple[SuggestedRule, ...] = (
    reports.a_rule(),
    reports.a_rule(source_cidr_ip=BLOCK6),
    reports.an_egress_rule(),
    reports.an_egress_rule(dest_cidr_ip=BLOCK6),
)
EDITS: tuple[Edit, ...] = (
    *(
        reports.an_edit(direction=direction, action="reprioritise", after=reports.a_drop(priority=2, **fields))
        for direction in ("ingress", "egress")
        for fields in PEERS
    ),
    reports.an_edit(action="remove", after=None),
    reports.an_edit(action="remove", after=None, direction="egress"),
    reports.a_route_edit(),
    *(
        reports.an_acl_edit(
            reports.an_acl_entry(id="nae-9", name="kdc", description="login", peer="::/0", is_ipv6=True),
            direction=direction,
        )
        for direction in ("ingress", "egress")
    ),
)


@pytest.fixture(autouse=True)
def _sdk() -> None:
    require("alibaba-sdk")


SERVICES = {"ecs": "ecs20140526", "vpc": "vpc20160428"}


def test_every_parameter_of_every_call_is_one_of_the_sdk(tmp_path: Path) -> None:
    # Given one command for each kind of change, of both directions and families
    calls = run(aliyun_cli.emit(RULES, EDITS, REGION), tmp_path)

    # Then the SDK of the service knows the call and each of its parameters
    assert len(calls) == len(RULES) + len(EDITS)
    unknown = [
        (action, name)
        for service, action, *rest in calls
        for name in options([service, action, *rest])
        if not is_known(SERVICES[service], action, name.removeprefix("--"))
    ]
    assert unknown == []


def test_a_misspelt_parameter_is_found() -> None:
    assert not is_known("ecs20140526", "AuthorizeSecurityGroup", "SourceCidr")
    assert not is_known("vpc20160428", "UpdateNetworkAclEntries", "IngressAclEntries.1.DestinationCidrIp")
    assert is_known("vpc20160428", "UpdateNetworkAclEntries", "IngressAclEntries.1.SourceCidrIp")
    assert is_known("ecs20140526", "RevokeSecurityGroup", "SecurityGroupRuleId.1")


@pytest.mark.parametrize("action", ["CreateSecurityGroup", "JoinSecurityGroup"])
def test_the_parameters_of_a_further_group_are_known(action: str) -> None:
    script = aliyun_cli.emit([], [reports.a_further_group()], REGION).replace("\\\n", " ")
    (line,) = (line for line in script.splitlines() if f"ecs {action} " in line)
    names = re.findall(r"--(\w+)", line)
    assert len(names) >= 3
    assert [name for name in names if not is_known("ecs20140526", action, name)] == []


@pytest.mark.parametrize("action", ["ModifySecurityGroupRule", "ModifySecurityGroupEgressRule"])
def test_no_field_of_a_changed_rule_is_left_to_the_api(action: str, tmp_path: Path) -> None:
    # Given changes that together use every field that a rule can have
    given = {
        name.removeprefix("--")
        for call in run(aliyun_cli.emit([], EDITS, REGION), tmp_path)
        if call[1] == action
        for name in options(call)
    }

    # Then only these are never sent: who asks, a token, a network type that no call can change
    left = sent("ecs20140526", f"{action}Request") - given
    assert left == {"ClientToken", "NicType", "OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId"}
