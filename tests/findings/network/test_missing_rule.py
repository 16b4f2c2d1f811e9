"""Which rules were meant for a flow, and which only look like it?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.findings.network import missing_rule
from probes.rules.group_rule import UDP, GroupRef, Rule, Unresolved
from tests.support.acl_cases import ALL_TCP, FLOWS
from tests.support.factories import EMR_GROUP, RG_CIDR, a_group, a_rule, a_udp_rule, ranges
from tests.support.scenes import attached, codes, the_case, the_conclusion


def concluded(*rules: Rule) -> list[str]:
    return codes(the_conclusion(the_case(a_group(*ALL_TCP, *rules)), FLOWS))


@pytest.mark.parametrize("port", [53, 67, 68, 123, 137, 138, 161, 162, 464, 500, 514, 4500])
def test_a_udp_rule_for_another_known_service_was_not_meant_for_the_kdc(port: int) -> None:
    assert concluded(a_udp_rule(port)) == ["SG-KDC-UDP"]


@pytest.mark.parametrize("port", [8, 87, 89, 98, 188, 749, 750, 888, 8888])
def test_a_udp_rule_for_a_slip_of_88_was(port: int) -> None:
    assert concluded(a_udp_rule(port)) == ["SG-KDC-PORT"]


@pytest.mark.parametrize("port", [69, 1088, 1812, 4789, 5353, 8125, 8472, 51820])
def test_a_udp_rule_for_another_port_was_only_if_its_description_says_so(port: int) -> None:
    assert concluded(a_udp_rule(port)) == ["SG-KDC-UDP"]
    assert concluded(a_udp_rule(port, description="metrics of the nodes")) == ["SG-KDC-UDP"]
    for words in ("KDC", "Kerberos udp", "krb5", "for DataWorks"):
        assert concluded(a_udp_rule(port, description=words)) == ["SG-KDC-PORT"]


def test_a_udp_rule_for_ports_around_a_slip_of_88_was_not() -> None:
    assert concluded(a_rule((8880, 8890), RG_CIDR, protocol=UDP)) == ["SG-KDC-UDP"]


def test_a_drop_or_an_outbound_rule_for_a_wrong_port_was_not_meant_to_let_in() -> None:
    assert concluded(a_udp_rule(8888, accept=False)) == ["SG-KDC-UDP"]
    assert concluded(a_udp_rule(8888, direction="egress", source=None, dest=ranges("10.9.0.0/24"))) == ["SG-KDC-UDP"]


def test_a_source_that_is_too_small_names_the_rules_that_let_a_part_in_and_no_others() -> None:
    half, other = a_udp_rule(source=ranges("192.168.10.0/25"), id="sgr-half"), ranges("172.16.0.0/16")
    group = a_group(*ALL_TCP, half, a_udp_rule(source=other, id="sgr-other"))
    (finding,) = the_conclusion(the_case(group), FLOWS).findings
    assert finding.code == "SG-SOURCE"
    assert [rule.id for rule in finding.blames[0].rules] == ["sgr-half"]


def test_a_drop_in_the_way_names_itself_and_the_accept_behind_it() -> None:
    drop, accept = a_udp_rule(accept=False, id="sgr-drop"), a_udp_rule(priority=2, id="sgr-accept")
    elsewhere = a_udp_rule(priority=2, source=ranges("172.16.0.0/16"), id="sgr-other")
    (finding,) = the_conclusion(the_case(a_group(*ALL_TCP, drop, accept, elsewhere)), FLOWS).findings
    assert (finding.code, [rule.id for rule in finding.blames[0].rules]) == ("SG-SHADOWED", ["sgr-drop", "sgr-accept"])


def test_a_rule_of_16_ports_was_made_for_one_service_and_one_of_17_was_not() -> None:
    assert concluded(a_rule((80, 95), "192.168.77.0/24", protocol=17)) == ["SG-SOURCE"]
    assert concluded(a_rule((80, 96), "192.168.77.0/24", protocol=17)) == ["SG-KDC-UDP"]


def test_a_drop_that_may_not_apply_is_not_what_stands_in_the_way() -> None:
    # Given a drop of a prefix list that the case does not hold, and no rule that lets the KDC in
    listed = a_udp_rule(accept=False, source=Unresolved("prefix list", "pl-1"), id="sgr-drop")

    assert "SG-SHADOWED" not in concluded(listed, a_udp_rule(priority=2, source=ranges("172.16.0.0/16")))


def test_a_udp_rule_for_the_port_of_a_service_was_not_meant_for_the_kdc() -> None:
    assert concluded(a_udp_rule(8020)) == ["SG-KDC-UDP"]


@pytest.mark.parametrize("changes", [{"source": ranges("172.16.0.0/16")}, {"dest": ranges("192.168.20.21/32")}])
def test_a_rule_for_others_was_not_meant_for_the_resource_group(changes: dict[str, Any]) -> None:
    # Given a wrong port, and also another network or another node
    assert concluded(a_udp_rule(8888, **changes)) == ["SG-KDC-UDP"]


def test_a_rule_with_the_node_as_destination_does_not_take_the_network_for_a_node() -> None:
    # Given a rule for a part of the network that names both networks as destination
    wide = a_udp_rule(source=ranges("172.16.0.0/16"), dest=ranges("192.168.0.0/16"))
    assert concluded(wide) == ["SG-KDC-UDP"]
    narrow = a_udp_rule(source=ranges("172.16.0.0/16"), dest=ranges(RG_CIDR))
    assert concluded(narrow) == ["SG-DIRECTION"]


def test_the_clusters_own_group_is_its_own_if_no_node_is_in_it_as_well() -> None:
    # Given nodes in a group that lets in the group which the cluster was made with
    rules = (*(replace(rule, group="sg-x") for rule in ALL_TCP), a_udp_rule(group="sg-x", source=GroupRef(EMR_GROUP)))
    case = the_case(a_group(*rules, id="sg-x"), nodes=attached("sg-x"))
    assert codes(the_conclusion(case, FLOWS)) == ["SG-KDC-UDP"]


@pytest.mark.parametrize(
    ("ports", "source", "code"),
    [
        ((88, 88), RG_CIDR, "SG-WRONG-GROUP"),
        ((88, 88), "0.0.0.0/0", "SG-WRONG-GROUP"),
        ((1, 65535), RG_CIDR, "SG-WRONG-GROUP"),
        ((1, 65535), "0.0.0.0/0", "SG-KDC-UDP"),
    ],
)
def test_a_rule_of_another_group_was_meant_if_it_names_the_port_or_the_network(
    ports: tuple[int, int], source: str, code: str
) -> None:
    other = a_group(a_rule(ports, source, group="sg-other", protocol=UDP), id="sg-other")
    assert codes(the_conclusion(the_case(a_group(*ALL_TCP), other), FLOWS)) == [code]


def test_a_group_on_another_node_of_the_service_is_no_wrong_group() -> None:
    # Given two DataNodes with a group each, of which one lets the network in
    nodes = tuple(replace(node, security_groups=(f"sg-{node.name}",)) for node in attached())
    groups = {node.name: a_group(id=f"sg-{node.name}") for node in nodes}
    opened = a_rule((9866, 9866), group="sg-core-1-1")
    groups["core-1-1"] = a_group(opened, id="sg-core-1-1")
    datanodes = tuple(flow for flow in FLOWS if flow.component == "datanode-transfer")
    assert set(codes(the_conclusion(the_case(*groups.values(), nodes=nodes), datanodes))) == {"SG-INTRA", "SG-DATANODE"}


def test_flows_that_no_rule_tells_apart_are_asked_once_how_the_rules_miss_them(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given two DataNodes with the same group, and a KDC and a NameNode beside them
    asked: list[missing_rule.NeededRule] = []
    monkeypatch.setattr(missing_rule, "TESTS", (asked.append,))

    assert "SG-SVC" in codes(the_conclusion(the_case(a_group()), FLOWS))

    assert [question.outcome.flow.component for question in asked].count("datanode-transfer") == 1
    assert len({flow.endpoint.host for flow in FLOWS if flow.component == "datanode-transfer"}) > 1
