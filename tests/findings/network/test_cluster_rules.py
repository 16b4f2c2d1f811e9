"""Which rules of the nodes' groups hurt the cluster itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest

from diagnose.findings.network.cluster_rules import findings
from diagnose.scene.scene import with_outcomes
from probes.rules.group_rule import TCP, UDP, GroupRef, Rule
from probes.rules.security_group import compile_rules, decide_compiled
from tests.support.factories import EMR_GROUP, a_flow, a_group, a_node, a_rule, an_endpoint, ranges
from tests.support.scenes import attached, the_case, the_scene

CONTROL = "100.64.0.0/10"
ALL: Mapping[str, Any] = {"ports": (0, 65535), "protocol": None}


def drop(source: Any = CONTROL, **changes: Any) -> Rule:
    return a_rule(**{**ALL, "source": source, "accept": False, "id": "sgr-drop", "priority": 5, **changes})


def accept(source: Any = CONTROL, **changes: Any) -> Rule:
    return a_rule(**{**ALL, "source": source, "id": "sgr-accept", "priority": 4, **changes})


OUT = {"direction": "egress", "source": ranges("0.0.0.0/0")}


@pytest.mark.parametrize(
    ("rules", "is_told"),
    [
        ([drop()], True),
        ([drop("100.100.0.0/16")], True),
        ([drop("100.0.0.0/8")], True),
        ([drop("10.0.0.0/8")], False),
        ([drop(GroupRef("sg-x"))], False),
        # What is denied by default is not denied by a drop of everything
        ([drop("0.0.0.0/0")], False),
        ([drop(**{**OUT, "dest": ranges("0.0.0.0/0")})], True),
        ([drop(**{**OUT, "dest": ranges("10.0.0.0/8")})], False),
        ([drop(**{**OUT, "dest": GroupRef("sg-x")})], False),
        # An accept that comes first lets it in, if it is for all of it
        ([drop(), accept()], False),
        ([drop(), accept("0.0.0.0/0")], False),
        ([drop(), accept("100.64.0.0/11")], True),
        ([drop(), accept(GroupRef("sg-x"))], True),
        ([drop(), accept(priority=5)], True),
        ([drop(), accept(priority=6)], True),
        ([drop(), accept(ports=(1, 65535))], True),
        ([drop(), accept(protocol=TCP)], True),
        ([drop(protocol=TCP), accept(protocol=TCP)], False),
        ([drop(protocol=TCP), accept()], False),
        ([drop(protocol=TCP), accept(protocol=UDP)], True),
        ([drop(), accept(**{**OUT, "dest": ranges(CONTROL)})], True),
        ([drop(**{**OUT, "dest": ranges(CONTROL)}), accept(**{**OUT, "dest": ranges(CONTROL)})], False),
        ([drop(**{**OUT, "dest": ranges(CONTROL)}), accept()], True),
        ([drop(), accept(accept=False, source="10.0.0.0/8")], True),
        ([accept()], False),
    ],
)
def test_a_drop_that_covers_the_control_range_is_told_unless_an_accept_comes_first(
    rules: list[Rule], is_told: bool
) -> None:
    place = the_scene(the_case(a_group(*rules), nodes=()), [a_flow()])
    nodes = the_scene(the_case(a_group(*rules), nodes=[a_node(security_groups=(EMR_GROUP,))]), [])
    unused = the_scene(the_case(a_group(*rules), nodes=[a_node(security_groups=("sg-other",))]), [])
    for scene, told in ((place, is_told), (nodes, is_told), (unused, False)):
        found = [each for each in findings(scene) if each.code == "SG-CTRL"]
        assert [[one.ref for one in each.evidence] for each in found] == [["sgr-drop"]] * told


CORE = a_node("core-1-1", "192.168.20.21", security_groups=("sg-core",))
MASTER = a_node(security_groups=(EMR_GROUP,))


@pytest.mark.parametrize(
    ("rules", "changes", "is_told"),
    [
        ([], {}, True),
        ([a_rule(source="192.168.20.0/24")], {}, False),
        ([a_rule(source="192.168.20.21/32")], {}, False),
        ([a_rule(source="192.168.20.22/32")], {}, True),
        ([a_rule((8021, 8021), source="192.168.20.0/24")], {}, True),
        ([a_rule(source=GroupRef("sg-core"))], {}, False),
        ([a_rule(source=GroupRef(EMR_GROUP))], {}, True),
        # It is asked only for what tasks need, and only between nodes whose groups are known
        ([], {"need": "optional"}, False),
        ([], {"endpoint": an_endpoint("hms.example.com", address="10.0.0.1")}, False),
    ],
)
def test_nodes_of_two_groups_must_reach_what_tasks_need(
    rules: list[Rule], changes: Mapping[str, Any], is_told: bool
) -> None:
    case = the_case(a_group(*rules), a_group(id="sg-core"), nodes=[MASTER, CORE])
    found = [each for each in findings(the_scene(case, [a_flow(**changes)])) if each.code == "SG-INTRA"]
    assert [each.params["pairs"] for each in found] == [
        [{"from": ("sg-core",), "to": (EMR_GROUP,), "by_address": []}]
    ] * is_told


def test_a_node_reaches_itself_and_an_enterprise_group_is_let_in_by_address() -> None:
    alone = the_case(a_group(inner_accept=False), nodes=[MASTER])
    assert [each.code for each in findings(the_scene(alone, [a_flow()]))] == []
    two = the_case(a_group(inner_accept=False), nodes=attached()[:2])
    assert [each.code for each in findings(the_scene(two, [a_flow()]))] == ["SG-INTRA"]
    strict = the_case(a_group(kind="enterprise"), nodes=attached()[:2])
    (found,) = findings(the_scene(strict, [a_flow()]))
    blocks = ["192.168.20.11/32", "192.168.20.21/32"]
    assert found.params["pairs"] == [{"from": (EMR_GROUP,), "to": (EMR_GROUP,), "by_address": blocks}]


def test_an_enterprise_group_is_to_let_in_the_addresses_of_those_that_ask() -> None:
    case = the_case(a_group(kind="enterprise"), a_group(id="sg-core"), nodes=[MASTER, CORE])
    (found,) = findings(the_scene(case, [a_flow()]))
    assert found.params["pairs"] == [{"from": ("sg-core",), "to": (EMR_GROUP,), "by_address": ["192.168.20.21/32"]}]


def told(case: Any, flows: list[Any]) -> list[Any]:
    return [each for each in findings(the_scene(case, flows)) if each.code == "SG-INTRA"]


def a_transfer(node: Any) -> Any:
    return a_flow("datanode-transfer", endpoint=an_endpoint(node.name, 9866, address=node.address))


def test_a_rule_for_one_node_does_not_let_others_in_to_the_node_beside_it() -> None:
    # Given two nodes of one group, of which the rule names the first as destination
    cores = [CORE, a_node("core-1-2", "192.168.20.22", security_groups=("sg-core",))]
    first = a_rule((9866, 9866), "192.168.20.0/24", group="sg-core", dest=ranges("192.168.20.21/32"))
    case = the_case(a_group(), a_group(first, id="sg-core", inner_accept=False), nodes=[MASTER, *cores])
    flows = [a_transfer(node) for node in cores]
    for order in (flows, flows[::-1]):
        assert [each.flows for each in told(case, order)] == [(flows[1].id,)]


def test_an_outbound_drop_of_the_sending_node_is_told_as_its_own() -> None:
    stops = drop("0.0.0.0/0", group="sg-core", direction="egress", dest=ranges("192.168.20.11/32"))
    case = the_case(a_group(a_rule(source="192.168.20.0/24")), a_group(stops, id="sg-core"), nodes=[MASTER, CORE])
    (finding,) = told(case, [a_flow()])
    assert str(finding.params["why"]).startswith("egress of sg-core: ")


def test_at_most_six_reasons_are_shown() -> None:
    # Given eight nodes, each in a group of its own that lets nobody in
    nodes = [a_node(f"core-1-{n}", f"192.168.20.2{n}", security_groups=(f"sg-{n}",)) for n in range(8)]
    case = the_case(*(a_group(id=f"sg-{n}") for n in range(8)), nodes=nodes)
    (finding,) = told(case, [a_transfer(node) for node in nodes])
    assert len(finding.flows) == 8
    assert len(finding.evidence) == 6


def test_what_nodes_may_reach_of_each_other_is_decided_once_for_all_scenes_of_one_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decide = Mock(wraps=decide_compiled)
    monkeypatch.setattr("diagnose.findings.network.cluster_rules.decide_compiled", decide)
    scene = the_scene(the_case(a_group(), nodes=attached()), [a_flow()])
    first, asked = list(findings(scene)), decide.call_count

    assert list(findings(with_outcomes(scene, scene.outcomes))) == first

    assert decide.call_count == asked > 0


def test_the_rules_of_both_sides_are_read_once_for_all_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given two services of the master, and a second node
    compiled = Mock(wraps=compile_rules)
    monkeypatch.setattr("diagnose.findings.network.cluster_rules.compile_rules", compiled)
    nodes = (*attached(), a_node("core-1-1", "192.168.20.21", security_groups=(EMR_GROUP,)))
    two = [a_flow(), a_flow("namenode-http", endpoint=an_endpoint(port=9870))]
    (finding,) = findings(the_scene(the_case(a_group(inner_accept=False), nodes=nodes), two))
    assert len(finding.flows) == 2
    assert [call.args[1] for call in compiled.call_args_list] == ["egress", "ingress"]
