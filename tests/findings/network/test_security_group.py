"""Which fault of the rules is it? One case for each code, and one fault, one finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from diagnose.decisions.model import Model
from diagnose.findings.network import security_group
from diagnose.findings.network.security_group import blames
from diagnose.flows.model import Flow
from diagnose.remedies.acls import changed_lists
from diagnose.scene.scene import with_outcomes
from probes.rules.group_rule import UDP, GroupRef, Rule, Unresolved
from probes.rules.network_acl import AclRule
from tests.support.acl_cases import ALL_TCP, FLOWS, IN, KDC, NAMENODE, OUT, acl_entry, with_acl
from tests.support.factories import (
    EMR_GROUP,
    RG_CIDR,
    a_flow,
    a_group,
    a_kdc_flow,
    a_node,
    a_rule,
    a_udp_rule,
    an_endpoint,
    ranges,
)
from tests.support.scenes import (
    RG_GROUP,
    attached,
    codes,
    saw,
    silence,
    the_case,
    the_conclusion,
    the_scene,
    the_source,
)

DATANODE = next(flow for flow in FLOWS if flow.component == "datanode-transfer")
KYUUBI = a_flow("kyuubi", service="Kyuubi", area="kyuubi", endpoint=an_endpoint(port=10009))
ANSWERS = {
    "kerberos": saw("open", "kerberos-reply", detail={"error_code": 25}),
    "hdfs": saw("open", "syn-ack"),
    "kyuubi": saw("open", "syn-ack"),
}


def concluded(*rules: Rule, flows: Any = FLOWS, **changes: Any) -> list[str]:
    return codes(the_conclusion(the_case(a_group(*rules, **changes)), flows))


def test_everything_open_is_no_finding() -> None:
    assert concluded(*ALL_TCP, a_udp_rule()) == []


def test_udp_missing_while_tcp_is_open() -> None:
    assert concluded(*ALL_TCP) == ["SG-KDC-UDP"]


def test_tcp_missing_while_udp_is_open() -> None:
    assert concluded(*ALL_TCP[:2], a_udp_rule()) == ["SG-KDC-TCP"]


def test_both_transports_of_the_kdc_missing_is_one_fault() -> None:
    assert concluded(*ALL_TCP[:2]) == ["SG-KDC-UDP"]


def test_nothing_open_at_all_is_one_fault() -> None:
    found = the_conclusion(the_case(a_group()), FLOWS)
    assert codes(found) == ["SG-SVC"]
    assert len(found.findings[0].flows) == len(FLOWS)


def test_datanodes_alone() -> None:
    assert concluded(ALL_TCP[0], ALL_TCP[2], a_udp_rule()) == ["SG-DATANODE"]


def test_one_service_alone() -> None:
    assert concluded(*ALL_TCP[1:], a_udp_rule()) == ["SG-SVC"]


def test_one_datanode_alone_is_no_group_without_any_rule() -> None:
    assert concluded(flows=(DATANODE,)) == ["SG-DATANODE"]


def test_two_connections_that_are_all_that_is_needed_are_one_fault() -> None:
    assert concluded(flows=(KDC[0], NAMENODE)) == ["SG-SVC"]
    assert concluded(flows=KDC) == ["SG-KDC-UDP"]


def test_hdfs_without_a_rule_is_one_fault_beside_an_open_kdc() -> None:
    assert concluded(a_rule((88, 88)), a_udp_rule()) == ["SG-SVC"]


def test_an_open_page_that_nobody_needs_does_not_split_the_one_fault() -> None:
    page = a_flow("page", need="optional", endpoint=an_endpoint(port=8088))
    assert concluded(a_rule((8088, 8088)), flows=(*FLOWS, page)) == ["SG-SVC"]


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        ((KDC[0],), ["SG-KDC-UDP"]),
        ((KDC[1],), ["SG-KDC-TCP"]),
        ((DATANODE,), ["SG-DATANODE"]),
        ((NAMENODE,), ["SG-SVC"]),
        ((NAMENODE, KYUUBI), ["SG-SVC"]),
        ((KDC[0], NAMENODE, KYUUBI), ["SG-SVC", "SG-KDC-UDP"]),
    ],
)
def test_silence_without_an_export_names_the_rule_that_may_be_missing(
    silent: tuple[Flow, ...], expected: list[str]
) -> None:
    flows = (*FLOWS, KYUUBI)
    said = {flow: silence() if flow in silent else ANSWERS[flow.area] for flow in flows}
    seen = {flow.id: replace(answer, address=flow.endpoint.address) for flow, answer in said.items()}
    case = replace(the_case(nodes=()), security_groups={}, cluster=replace(the_case().cluster, security_group=None))
    found = the_conclusion(case, flows, seen, sources=[the_source(groups=None)])
    assert [(f.code, f.confidence) for f in found.findings] == [(code, "inferred") for code in expected]


@pytest.mark.parametrize("opened", [88, 464])
def test_rule_opens_another_kdc_port(opened: int) -> None:
    # Given krb5.conf says 1088, or 88, and a rule made for the vSwitch opens another port
    flows = (a_kdc_flow("udp", 1088), a_kdc_flow("tcp", 1088), NAMENODE)
    rules = (a_udp_rule(opened), a_rule((opened, opened)), ALL_TCP[0])
    # Then 88 is taken for the KDC's, and the port of another well-known service is not
    assert concluded(*rules, flows=flows) == (["SG-KDC-PORT"] if opened == 88 else ["SG-KDC-UDP"])


def test_port_88_wanted_and_another_opened() -> None:
    assert concluded(*ALL_TCP, a_udp_rule(8888)) == ["SG-KDC-PORT"]


@pytest.mark.parametrize("source", ["0.0.0.0/0", "10.0.0.0/8"])
def test_vswitch_as_destination(source: str) -> None:
    dead = a_udp_rule(source=ranges(source), dest=ranges(RG_CIDR))
    found = the_conclusion(the_case(a_group(*ALL_TCP, dead)), FLOWS)
    assert codes(found) == ["SG-DIRECTION"]
    assert "Destination" in found.findings[0].sentence


def test_quintuple_with_the_node_as_destination_is_right() -> None:
    assert concluded(*ALL_TCP, a_udp_rule(dest=ranges("192.168.20.11/32"))) == []


def test_outbound_rule_in_place_of_an_inbound_one() -> None:
    wrong = a_udp_rule(direction="egress", source=None, dest=ranges(RG_CIDR))
    assert concluded(*ALL_TCP, wrong) == ["SG-DIRECTION"]


@pytest.mark.parametrize("block", ["192.168.10.0/25", "192.168.10.7/32"])
def test_source_covers_a_part(block: str) -> None:
    found = the_conclusion(the_case(a_group(*ALL_TCP, a_udp_rule(source=ranges(block)))), FLOWS)
    assert codes(found) == ["SG-SOURCE"]


def test_source_is_an_old_vswitch() -> None:
    assert concluded(*ALL_TCP, a_udp_rule(source=ranges("192.168.77.0/24"))) == ["SG-SOURCE"]


def test_rule_for_the_cluster_itself_is_not_taken_for_the_resource_groups() -> None:
    assert concluded(*ALL_TCP, a_udp_rule(source=ranges("192.168.20.0/24"))) == ["SG-KDC-UDP"]


def test_second_network_not_covered() -> None:
    flows = tuple(replace(flow, sources=ranges(RG_CIDR, "192.168.30.0/24")) for flow in FLOWS)
    sources = [the_source(), the_source("192.168.30.0/24", vswitch="vsw-2")]
    found = the_conclusion(the_case(a_group(*ALL_TCP, a_udp_rule())), flows, sources=sources)
    assert codes(found) == ["SG-SOURCE"]
    assert "192.168.30.0/24" in found.findings[0].sentence


def test_rule_in_a_group_that_is_not_attached() -> None:
    other = a_group(a_udp_rule(group="sg-other"), id="sg-other")
    found = the_conclusion(the_case(a_group(*ALL_TCP), other), FLOWS)
    assert codes(found) == ["SG-WRONG-GROUP"]


@pytest.mark.parametrize(
    ("accept", "drop", "code"), [(5, 5, "SG-SHADOWED"), (10, 2, "SG-SHADOWED"), (2, 10, None), (1, 100, None)]
)
def test_drop_against_accept(accept: int, drop: int, code: str | None) -> None:
    against = a_udp_rule(id="sgr-drop", accept=False, priority=drop, source=ranges("0.0.0.0/0"))
    assert concluded(*ALL_TCP, a_udp_rule(priority=accept), against) == ([code] if code else [])


def test_a_closing_drop_of_everything_is_not_shadowing() -> None:
    # Given an explicit deny-all at the end, and no accept for UDP
    deny_all = a_rule((0, 65535), id="sgr-deny", accept=False, priority=100, protocol=None, source=ranges("0.0.0.0/0"))
    # Then the missing rule is the fault, not the drop
    assert concluded(*ALL_TCP, deny_all) == ["SG-KDC-UDP"]


def test_wrong_protocol() -> None:
    # UDP 8020 serves nothing, so the rule was meant to be TCP; TCP 88 is needed, so it is no slip
    # unless it says so
    assert concluded(*ALL_TCP[1:], a_udp_rule(), a_udp_rule(8020)) == ["SG-PROTO"]
    said = replace(ALL_TCP[2], description="KDC udp")
    assert concluded(*ALL_TCP[:2], said) == ["SG-PROTO"]


def test_enterprise_group() -> None:
    assert concluded(kind="enterprise", inner_accept=None) == ["SG-ENTERPRISE"]


def test_group_as_source_when_the_resource_group_is_elsewhere() -> None:
    assert concluded(*ALL_TCP, a_udp_rule(source=GroupRef("sg-ecs"))) == ["SG-GROUPREF"]


@pytest.mark.parametrize(
    "rule",
    [
        # The cluster's own group, which lets its nodes talk to each other
        a_rule((0, 65535), id="own", protocol=None, source=GroupRef(EMR_GROUP)),
        a_udp_rule(source=GroupRef(EMR_GROUP)),
        a_udp_rule(source=GroupRef("sg-nodes")),
        # All protocols or many ports of another group: not made for this port
        a_rule((0, 65535), id="all", protocol=None, source=GroupRef("sg-ecs")),
        a_rule((1, 65535), id="udp", protocol=UDP, source=GroupRef("sg-ecs")),
        # Another port
        a_udp_rule(53, source=GroupRef("sg-ecs")),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_rule_with_a_group_that_was_not_meant_for_this_port_is_no_fault(rule: Rule, known: bool) -> None:
    more = a_node("task-1-1", "192.168.20.31", security_groups=("sg-nodes",))
    case = the_case(a_group(*ALL_TCP, rule, inner_accept=False), nodes=(*attached(), more))
    source = the_source() if known else the_source(groups=None)
    found = codes(the_conclusion(case, (*KDC, NAMENODE), sources=[source]))
    assert "SG-GROUPREF" not in found
    assert ("SG-KDC-UDP" in found) is (known or rule.ports == ((53, 53),))


def test_no_group_in_a_rule_of_an_enterprise_group_counts() -> None:
    # Given a rule that lets in the group which the resource group is in
    rule = a_udp_rule(source=GroupRef(RG_GROUP))
    assert concluded(*ALL_TCP, rule) == []
    assert set(concluded(*ALL_TCP, rule, kind="enterprise", inner_accept=None)) == {"SG-KDC-UDP", "SG-INTRA"}


def test_no_internal_access_policy_is_offered_for_an_enterprise_group() -> None:
    found = the_conclusion(the_case(a_group(*ALL_TCP, kind="enterprise", inner_accept=None)), FLOWS)
    (inner,) = (finding for finding in found.findings if finding.code == "SG-INTRA")
    assert "internal access policy of" not in inner.advice[0]
    assert "by their addresses (192.168.20.11/32, " in inner.advice[0]
    assert "takes no group in a rule" in inner.advice[0]


def test_group_as_source_when_nobody_knows() -> None:
    found = the_conclusion(
        the_case(a_group(*ALL_TCP, a_udp_rule(source=GroupRef("sg-ecs")), inner_accept=False)),
        (*KDC, NAMENODE),
        sources=[the_source(groups=None)],
    )
    assert "SG-GROUPREF" in codes(found)
    assert found.findings[-1].confidence == "inferred" or found.findings[0].confidence == "inferred"


def test_egress_of_the_resource_group() -> None:
    closed = a_group(id=RG_GROUP, kind="enterprise", inner_accept=None)
    case = the_case(a_group(*ALL_TCP, a_udp_rule()))
    case = replace(case, security_groups={**case.security_groups, RG_GROUP: closed})
    found = the_conclusion(case, FLOWS)
    assert codes(found) == ["SG-RG-EGRESS"]
    assert len(found.findings[0].flows) == len(FLOWS)


def test_unresolved_list_is_not_a_verdict() -> None:
    found = the_conclusion(the_case(a_group(*ALL_TCP, a_udp_rule(source=Unresolved("prefix list", "pl-1")))), FLOWS)
    assert codes(found) == ["SG-UNRESOLVED"]
    assert found.findings[0].confidence == "inferred"
    assert "pl-1" in (found.findings[0].settle_by or "")


def test_nodes_that_may_not_talk_to_each_other() -> None:
    nodes = (
        a_node(security_groups=("sg-master",)),
        a_node("core-1-1", "192.168.20.21", security_groups=("sg-core",)),
    )
    master = a_group(*ALL_TCP, a_udp_rule(), id="sg-master")
    found = the_conclusion(the_case(master, a_group(id="sg-core"), nodes=nodes), (*KDC, NAMENODE))
    assert codes(found) == ["SG-INTRA"]


def test_control_range_dropped() -> None:
    drop = a_rule((0, 65535), id="sgr-ctl", accept=False, protocol=None, source=ranges("100.64.0.0/10"), priority=5)
    found = the_conclusion(the_case(a_group(*ALL_TCP, a_udp_rule(), drop)), FLOWS)
    assert codes(found) == ["SG-CTRL"]
    assert found.findings[0].severity == "warning"


def test_a_rule_that_only_an_optional_flow_misses_is_no_finding() -> None:
    kyuubi = a_flow("kyuubi", service="Kyuubi", area="kyuubi", need="optional", endpoint=an_endpoint(port=10009))
    found = the_conclusion(the_case(a_group(*ALL_TCP, a_udp_rule())), (*FLOWS, kyuubi))
    assert found.findings == ()


def test_assumed_attachment_is_said() -> None:
    # Given no file says which node has which group, and one group in the case
    case = replace(the_case(a_group(*ALL_TCP), nodes=()), cluster=replace(the_case().cluster, security_group=None))
    found = the_conclusion(case, FLOWS)
    assert found.findings[0].confidence == "strong"
    assert EMR_GROUP in (found.findings[0].settle_by or "")


def test_silence_where_the_rules_deny_is_proof() -> None:
    found = the_conclusion(the_case(a_group(*ALL_TCP)), FLOWS, {KDC[0].id: silence()})
    assert [(f.code, f.confidence, f.settle_by) for f in found.findings] == [("SG-KDC-UDP", "proven", None)]


def test_two_faults_stay_two() -> None:
    # Given the KDC's UDP is missing and a drop shadows the NameNode's rule
    drop = a_rule((8020, 8020), id="sgr-drop", accept=False)
    assert sorted(concluded(*ALL_TCP, drop)) == ["SG-KDC-UDP", "SG-SHADOWED"]


def test_interface_in_two_groups_is_judged_as_one() -> None:
    more = a_group(a_udp_rule(group="sg-more"), id="sg-more")
    case = the_case(a_group(*ALL_TCP), more, nodes=attached(EMR_GROUP, "sg-more"))
    assert codes(the_conclusion(case, FLOWS)) == []


def test_udp_number_17_is_udp() -> None:
    assert concluded(*ALL_TCP, a_udp_rule(protocol=UDP)) == []


# --- network ACLs ---------------------------------------------------------------------------------
# --------------------------------


def test_acl_that_lets_everything_through_is_no_finding() -> None:
    assert codes(the_conclusion(with_acl(IN, OUT), FLOWS)) == []


def test_acl_without_an_inbound_entry() -> None:
    found = the_conclusion(with_acl(OUT), FLOWS)
    assert codes(found) == ["NACL-IN"]
    assert len(found.findings[0].flows) == len(FLOWS)


def test_acl_that_drops_the_answers() -> None:
    assert codes(the_conclusion(with_acl(IN), FLOWS)) == ["NACL-RETURN"]
    only_tcp = replace(OUT, protocol=6)
    found = the_conclusion(with_acl(IN, only_tcp), FLOWS, {KDC[0].id: silence()})
    assert [(f.code, f.confidence, len(f.flows)) for f in found.findings] == [("NACL-RETURN", "proven", 1)]


def test_acl_for_some_of_the_ports_that_linux_chooses_is_a_fault_with_a_repair() -> None:
    narrow = acl_entry("egress", (32768, 50000), RG_CIDR)
    place = the_scene(with_acl(IN, narrow), FLOWS)
    found = the_conclusion(with_acl(IN, narrow), FLOWS)
    assert [(f.code, f.confidence) for f in found.findings] == [("NACL-EPHEMERAL", "strong")]
    assert {o.verdict for o in place.outcomes} == {"unknown"}
    (edit,) = changed_lists(place.model, found.blames)
    changed = place.model.with_acls({edit.after.id: edit.after})
    assert all(d.verdict == "allowed" for f in FLOWS for d in changed.decisions(f) if d.layer == "network-acl")


def test_acl_for_all_the_ports_that_linux_chooses_is_none() -> None:
    narrow = acl_entry("egress", (32768, 60999), RG_CIDR)
    assert codes(the_conclusion(with_acl(IN, narrow), FLOWS)) == []
    noted = [d for o in the_scene(with_acl(IN, narrow), FLOWS).outcomes for d in o.decisions if d.assumed]
    assert {d.packet for d in noted} == {"reply"}


def test_acl_does_not_filter_inside_one_vswitch() -> None:
    assert codes(the_conclusion(with_acl(nodes_in="vsw-bp1rg"), FLOWS)) == []


def test_acl_of_which_nothing_was_exported_keeps_the_flow_unknown() -> None:
    case = replace(with_acl(IN, OUT), network_acls={})
    assert {o.verdict for o in the_scene(case, FLOWS).outcomes} == {"unknown"}
    assert codes(the_conclusion(case, FLOWS)) == ["SG-UNRESOLVED"]


@pytest.mark.parametrize(
    "entries", [(OUT,), (IN,), (), (acl_entry("ingress", (88, 88), RG_CIDR, accept=False), IN, OUT)]
)
def test_new_acl_list_repairs_keeps_every_entry_and_lets_in_nobody_else(entries: tuple[AclRule, ...]) -> None:
    place = the_scene(with_acl(*entries), FLOWS)
    found = changed_lists(place.model, the_conclusion(with_acl(*entries), FLOWS).blames)
    changed = place.model.with_acls({**place.model.acls, **{edit.after.id: edit.after for edit in found}})
    assert found
    for edit in found:
        before, after = edit.before.rules(edit.direction) or (), edit.after.rules(edit.direction) or ()
        assert after[len(after) - len(before) :] == before
    both = {edit.after.id: edit.after for edit in found}
    assert len(both) == 1
    for flow in FLOWS:
        assert all(d.verdict == "allowed" for d in changed.decisions(flow) if d.layer == "network-acl")
    stranger = tuple(replace(flow, sources=ranges("192.168.99.0/24")) for flow in FLOWS)
    for flow in stranger:
        other = Model(place.case, [the_source("192.168.99.0/24")], acls=changed.acls)
        assert any(d.denied for d in other.decisions(flow) if d.layer == "network-acl")


def test_evidence_shows_what_denies_and_not_what_is_unknown_beside_it() -> None:
    # Given the resource group's own group was not exported, and the cluster's lets no UDP in
    case = the_case(a_group(*ALL_TCP))
    case = replace(case, security_groups={EMR_GROUP: case.security_groups[EMR_GROUP]})
    found = the_conclusion(case, FLOWS)
    texts = [one.text for one in found.findings[0].evidence if one.kind == "decision"]
    assert found.findings[0].code == "SG-KDC-UDP"
    assert len(texts) == 1
    assert texts[0].startswith("inbound")


def test_a_kdc_with_a_wrong_udp_rule_and_no_tcp_rule_has_one_fault() -> None:
    found = the_conclusion(the_case(a_group(*ALL_TCP[:2], a_udp_rule(8888))), FLOWS)
    assert codes(found) == ["SG-KDC-PORT"]
    assert set(found.findings[0].flows) == {flow.id for flow in KDC}


def test_nodes_that_may_not_talk_to_each_other_hear_of_the_denial_and_not_of_what_is_let_in() -> None:
    # Given a group of two core nodes, of which the master lets in only one
    nodes = (
        a_node(security_groups=("sg-master",)),
        a_node("core-1-1", "192.168.20.21", security_groups=("sg-core",)),
        a_node("core-1-2", "192.168.20.22", security_groups=("sg-core",)),
    )
    half = a_rule((8020, 8020), "192.168.20.21/32", id="sgr-half")
    master = a_group(*ALL_TCP, a_udp_rule(), half, id="sg-master", inner_accept=False)
    (finding,) = the_conclusion(the_case(master, a_group(id="sg-core"), nodes=nodes), (NAMENODE,)).findings
    assert finding.params["why"] == "ingress of sg-master: no rule matches, and inbound traffic is denied by default"
    assert finding.settle_by == f"a connection to {NAMENODE.endpoint} from a node in sg-core"


@pytest.mark.parametrize("groups", [("sg-task",), None])
def test_the_control_range_is_looked_for_in_the_groups_of_all_nodes(groups: tuple[str, ...] | None) -> None:
    # Given a node that no flow goes to, with such a drop on its interface or with an unknown group
    task = a_node("task-1-1", "192.168.20.31", security_groups=groups)
    drop = a_rule((0, 65535), id="sgr-ctl", accept=False, protocol=None, source=ranges("100.64.0.0/10"))
    case = the_case(a_group(*ALL_TCP, a_udp_rule()), a_group(drop, id="sg-task"), nodes=(*attached(), task))
    assert ("SG-CTRL" in codes(the_conclusion(case, (NAMENODE,)))) is (groups is not None)


HALVES = {"here": "192.168.10.0/25", "elsewhere": "192.168.10.128/25", "nowhere": "10.1.0.0/16"}
"""Which half of the vSwitch the rule for the NameNode lets in. The probe is sent from the first."""


@pytest.mark.parametrize(
    ("source", "answered", "silent"),
    [
        # Only part of the network may pass, and the answer came to that part
        (ranges(HALVES["here"]), {"SG-SOURCE"}, set()),
        # The answer shows that the rules of the case are not those in force
        (ranges(HALVES["elsewhere"]), set(), {"SG-SOURCE"}),
        (ranges(HALVES["nowhere"]), set(), {"SG-SOURCE"}),
        # What is not known needs no search if the packets pass
        (Unresolved("prefix list", "pl-1"), set(), {"SG-UNRESOLVED"}),
        (ranges(RG_CIDR), set(), set()),
    ],
)
def test_an_answer_clears_the_rules_unless_they_are_known_to_stop_another_part(
    source: Any, answered: set[str], silent: set[str]
) -> None:
    case = the_case(a_group(a_rule(source=source)))
    for observation, found in (
        (saw("open", "syn-ack"), answered),
        (saw("closed", "rst"), answered),
        (silence(), silent),
    ):
        place = the_scene(case, [NAMENODE], {NAMENODE.id: observation})
        assert {blame.code for blame in blames(place)} == found, observation.state


def test_an_answer_to_a_host_outside_the_resource_group_clears_nothing() -> None:
    place = the_scene(the_case(a_group()), [NAMENODE], {NAMENODE.id: saw("open", "syn-ack", source="192.168.20.7")})
    assert [blame.flow for blame in blames(place)] == [NAMENODE]


@pytest.mark.parametrize(
    ("kind", "packets", "asked"), [("normal", {}, 0), ("normal", {NAMENODE.id: silence()}, 1), ("enterprise", {}, 2)]
)
def test_a_flow_that_an_undoing_leaves_alone_is_blamed_once_unless_others_tell_more(
    monkeypatch: pytest.MonkeyPatch, kind: str, packets: dict[str, Any], asked: int
) -> None:
    # Given two flows that no rule lets in
    before = the_scene(the_case(a_group(kind=kind), nodes=attached()), [NAMENODE, KDC[0]], packets)
    found = blames(before)
    alone = Mock(wraps=security_group._blame)
    monkeypatch.setattr(security_group, "_blame", alone)
    assert blames(with_outcomes(before, before.outcomes)) == found
    assert alone.call_count == asked
