"""Where no group of an interface takes a rule, the repair is one more group, given whole."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose.findings import conclude
from diagnose.remedies import aliyun_cli, console, ros, terraform
from diagnose.remedies.further_group import NAME, further_group
from diagnose.remedies.model import FurtherGroup
from diagnose.remedies.plan import Suggestions, suggest
from diagnose.remedies.quota import MOST_GROUPS
from tests.support import reports
from tests.support.acl_cases import ALL_TCP, FLOWS
from tests.support.factories import EMR_GROUP, RG_CIDR, a_group, a_node, a_rule, a_udp_rule
from tests.support.scenes import attached, the_case, the_scene
from tests.support.shell_commands import NASTY, REGION, options

MANAGED = a_group(*ALL_TCP, managed_by="cbs.aliyuncs.com", vpc="vpc-bp1aaa")


def repaired(case: Any) -> Suggestions:
    place = the_scene(case, FLOWS)
    return suggest(place, conclude(place).findings)


def test_a_managed_group_gets_a_further_one_with_its_rules_and_members() -> None:
    plan = repaired(the_case(MANAGED))

    assert plan.rules == ()
    (edit,) = plan.edits
    assert isinstance(edit, FurtherGroup)
    assert (edit.finding.code, edit.option, edit.type, edit.vpc) == ("SG-KDC-UDP", 1, "normal", "vpc-bp1aaa")
    assert [(rule.ip_protocol, rule.port_range, rule.source_cidr_ip) for rule in edit.rules] == [
        ("UDP", "88/88", RG_CIDR)
    ]
    assert edit.nodes == ["master-1-1 (192.168.20.11)"]
    assert "managed by cbs.aliyuncs.com" in plan.notes[1]


def test_the_group_lets_the_flows_in_when_the_nodes_have_joined_it() -> None:
    place = the_scene(the_case(a_group(managed_by="x", vpc="vpc-bp1aaa")), FLOWS)
    joined = further_group(place.model, FLOWS)

    assert joined is not None
    assert {node.name for node in joined.nodes} == {"master-1-1", "core-1-1", "core-1-2"}
    assert [d for flow in FLOWS for d in joined.model.decisions(flow) if d.denied] == []
    before = [d for flow in FLOWS for d in place.model.decisions(flow) if d.denied]
    assert len(before) == len(FLOWS)


@pytest.mark.parametrize(
    "case",
    [
        # A drop of priority 1 wins over every accept, in whichever group
        the_case(replace(MANAGED, rules=(*MANAGED.rules, a_udp_rule(id="sgr-drop", accept=False)))),
        # The interface is in as many groups as it may be
        the_case(
            MANAGED,
            *(a_group(id=f"sg-{n}", managed_by="x") for n in range(MOST_GROUPS - 1)),
            nodes=attached(EMR_GROUP, *(f"sg-{n}" for n in range(MOST_GROUPS - 1))),
        ),
        # The interface holds as many rules as it may
        the_case(replace(MANAGED, rule_count=1000)),
        # An interface mixes no types, so the two groups contradict each other
        the_case(MANAGED, a_group(id="sg-x", kind="enterprise", managed_by="x"), nodes=attached(EMR_GROUP, "sg-x")),
    ],
)
def test_no_group_is_suggested_that_would_not_help(case: Any) -> None:
    assert not [edit for edit in repaired(case).edits if isinstance(edit, FurtherGroup)]


def test_the_group_has_the_type_of_those_beside_it() -> None:
    enterprise = a_group(*ALL_TCP, managed_by="x", kind="enterprise", inner_accept=None, vpc="vpc-bp1aaa")
    node = a_node(security_groups=(EMR_GROUP,))
    joined = further_group(the_scene(the_case(enterprise, nodes=(node,)), FLOWS[:1]).model, FLOWS[:1])

    assert joined is not None
    assert joined.type == "enterprise"
    assert further_group(the_scene(the_case(a_group(*ALL_TCP, a_rule((88, 88)))), FLOWS[1:2]).model, FLOWS[1:2]) is None


def calls(script: str, cwd: Path) -> list[list[str]]:
    """Run the script in /bin/sh with an `aliyun` that answers as CreateSecurityGroup does, and
    return the words of each call."""
    stub = (
        'aliyun() { { printf "call\\0"; printf "%s\\0" "$@"; } >>words; '
        'printf \'{\\n\\t"RequestId": "1",\\n\\t"SecurityGroupId": "sg-new"\\n}\\n\'; }\n'
    )
    environment = {"PATH": "/usr/bin:/bin", "INSTANCES": "i-1 i-2"}
    subprocess.run(
        ["/bin/sh", "-c", stub + script], check=True, cwd=cwd, env=environment, timeout=20, capture_output=True
    )
    found: list[list[str]] = []
    for word in (cwd / "words").read_text().split("\0")[:-1]:
        if word == "call":
            found.append([])
        else:
            found[-1].append(word)
    return found


def test_the_commands_create_the_group_fill_it_and_let_every_instance_join(tmp_path: Path) -> None:
    created, added, first, second = calls(aliyun_cli.emit([], [reports.a_further_group()], REGION), tmp_path)

    assert created[:2] == ["ecs", "CreateSecurityGroup"]
    assert options(created) == {
        "--RegionId": REGION,
        "--VpcId": "vpc-bp1aaa",
        "--SecurityGroupName": NAME,
        "--SecurityGroupType": "normal",
    }
    assert added[1] == "AuthorizeSecurityGroup"
    assert options(added)["--SecurityGroupId"] == "sg-new"
    assert [(call[1], options(call)["--InstanceId"]) for call in (first, second)] == [
        ("JoinSecurityGroup", "i-1"),
        ("JoinSecurityGroup", "i-2"),
    ]
    assert {options(call)["--SecurityGroupId"] for call in (first, second)} == {"sg-new"}


def test_hostile_names_of_nodes_run_nothing(tmp_path: Path) -> None:
    edit = reports.a_further_group(name=NASTY, vpc=NASTY, nodes=[NASTY], rules=[reports.a_rule(description=NASTY)])
    calls(aliyun_cli.emit([], [edit], REGION), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["words"]


def test_without_a_vpc_and_in_the_other_forms_the_group_is_told_in_words() -> None:
    edit = reports.a_further_group()
    texts = (
        aliyun_cli.emit([], [reports.a_further_group(vpc=None)], REGION),
        console.emit([], [edit], REGION),
        terraform.emit([], [edit]),
        json.loads(ros.emit([], [edit]))["Description"],
    )
    for text in texts:
        flat = " ".join(text.replace("#", " ").split())
        assert f"Create security group {NAME}: a basic group" in flat
        assert f"accept UDP 88/88 from {RG_CIDR}, priority 1" in flat
        assert "joined by the interfaces of master-1-1 (192.168.20.11)" in flat
        assert "aliyun" not in flat


@pytest.mark.parametrize(("count", "fits"), [(9, True), (10, False)])
def test_an_interface_is_in_at_most_ten_groups(count: int, fits: bool) -> None:
    # Given two nodes with a managed group, of which one is in so many groups
    more = [f"sg-{number}" for number in range(count - 1)]
    nodes = (
        a_node(security_groups=(EMR_GROUP,)),
        a_node("core-1-1", "192.168.20.21", security_groups=(EMR_GROUP, *more)),
    )
    group = a_group(managed_by="x", vpc="vpc-bp1aaa")
    case = the_case(group, *(a_group(id=ident, managed_by="x", vpc="vpc-bp1aaa") for ident in more), nodes=nodes)
    assert (further_group(the_scene(case, FLOWS[:4]).model, FLOWS[:4]) is not None) is fits
