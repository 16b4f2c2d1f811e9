"""Each repair hangs on one finding, and the repairs of all findings fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.api.permissions import port_ranges, protocol_of
from diagnose.case.model import Case
from diagnose.decisions.model import Model
from diagnose.findings import Conclusion, conclude
from diagnose.flows.model import Flow
from diagnose.remedies.model import (
    AclEdit,
    AclEntry,
    Edit,
    FileEdit,
    FindingRef,
    LinesEdit,
    RuleEdit,
    ServiceStart,
    SuggestedRule,
)
from diagnose.remedies.plan import Suggestions, suggest
from diagnose.remedies.rules import with_rules
from probes.addresses import parse, union
from probes.rules.group_rule import Group, Rule
from probes.rules.network_acl import AclRule
from tests.support.acl_cases import ALL_TCP, FLOWS, KDC, OUT, with_acl
from tests.support.factories import (
    EMR_GROUP,
    RG_CIDR,
    a_flow,
    a_group,
    a_krb5conf,
    a_rule,
    a_udp_rule,
    a_vswitch,
    an_endpoint,
)
from tests.support.scenes import RG_GROUP, saw, the_case, the_scene, the_source


def repairs(case: Case, flows: Sequence[Flow] = FLOWS) -> tuple[Conclusion, Suggestions]:
    place = the_scene(case, flows)
    conclusion = conclude(place)
    return conclusion, suggest(place, conclusion.findings)


def entries(suggestions: Suggestions) -> list[SuggestedRule | Edit]:
    return [*suggestions.rules, *suggestions.edits]


CLOSED_RG = a_group(id=RG_GROUP, kind="enterprise", inner_accept=None)
DROP = a_rule((8020, 8020), id="sgr-drop", accept=False)
CASES: dict[str, Any] = {
    "one rule": the_case(a_group(*ALL_TCP), krb5=a_krb5conf()),
    "a rule and a drop": the_case(a_group(*ALL_TCP, DROP), krb5=a_krb5conf()),
    "outbound and inbound": replace(
        the_case(a_group(*ALL_TCP)), security_groups={RG_GROUP: CLOSED_RG, EMR_GROUP: a_group(*ALL_TCP)}
    ),
    "both lists": with_acl(),
    "a list and a rule": replace(with_acl(OUT), security_groups=the_case(a_group(*ALL_TCP)).security_groups),
    "a limit of 0": the_case(a_group(*ALL_TCP), krb5=a_krb5conf(libdefaults="  udp_preference_limit = 0\n")),
}


@pytest.mark.parametrize("name", CASES)
def test_every_entry_hangs_on_a_finding_and_repairs_only_its_flows(name: str) -> None:
    conclusion, suggestions = repairs(CASES[name])

    assert entries(suggestions)
    for entry in entries(suggestions):
        finding = conclusion.findings[entry.finding.rank - 1]
        assert finding.code == entry.finding.code
        assert set(entry.fixes) <= set(finding.flows)


@pytest.mark.parametrize("name", CASES)
def test_the_options_of_each_finding_are_counted_from_1(name: str) -> None:
    _, suggestions = repairs(CASES[name])

    options: dict[FindingRef, set[int]] = {}
    for entry in entries(suggestions):
        options.setdefault(entry.finding, set()).add(entry.option)
    assert all(numbers == set(range(1, len(numbers) + 1)) for numbers in options.values())


def test_two_missing_things_are_two_findings_with_a_repair_each() -> None:
    conclusion, suggestions = repairs(CASES["a rule and a drop"])

    assert {f.code for f in conclusion.findings} == {"SG-KDC-UDP", "SG-SHADOWED"}
    (rule,) = suggestions.rules
    assert (rule.finding.code, rule.port_range) == ("SG-KDC-UDP", "88/88")
    assert {edit.finding.code for edit in suggestions.edits if not isinstance(edit, FileEdit)} == {"SG-SHADOWED"}


def test_each_side_of_a_flow_is_repaired_under_its_own_finding() -> None:
    _, suggestions = repairs(CASES["outbound and inbound"])

    sides = {(rule.finding.code, rule.direction) for rule in suggestions.rules}
    assert ("SG-RG-EGRESS", "egress") in sides
    assert all((code == "SG-RG-EGRESS") is (direction == "egress") for code, direction in sides)
    assert len(sides) == 2


def test_each_list_of_an_acl_is_repaired_under_its_own_finding() -> None:
    _, suggestions = repairs(CASES["both lists"])

    edits = [edit for edit in suggestions.edits if isinstance(edit, AclEdit)]
    assert {(edit.finding.code, edit.direction) for edit in edits} == {
        ("NACL-IN", "ingress"),
        ("NACL-RETURN", "egress"),
    }


def test_a_list_that_two_findings_change_keeps_what_the_first_added() -> None:
    # Given one ACL on both vSwitches: its inbound list stops requests there and replies here
    case = with_acl(OUT, replace(OUT, id="e-out", ports=((1, 65535),)))
    both = {**case.vswitches, "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr=RG_CIDR, acl="nacl-1")}
    _, suggestions = repairs(replace(case, vswitches=both))

    inbound = [edit for edit in suggestions.edits if isinstance(edit, AclEdit) and edit.direction == "ingress"]
    assert len({edit.finding for edit in inbound}) == len(inbound) == 2
    first, second = inbound
    # Then the second list, which replaces the first, has its entries too
    assert second.before == first.after
    assert second.after[-len(first.after) :] == first.after


@pytest.mark.parametrize("name", CASES)
def test_option_1_of_all_findings_together_repairs_the_network(name: str) -> None:
    place = the_scene(CASES[name], FLOWS)
    plan = suggest(place, conclude(place).findings)
    # When every first option is done, finding by finding, from what the report says alone
    model = place.model
    for rank in range(1, len(FLOWS) + 1):
        model = after(model, [entry for entry in entries(plan) if (entry.finding.rank, entry.option) == (rank, 1)])
    # Then no layer denies a flow, unless a setting makes the flow needless
    settings = [edit for edit in plan.edits if isinstance(edit, LinesEdit) and edit.option == 1]
    needless = {flow for edit in settings for flow in edit.fixes}
    denied = {flow.id for flow in FLOWS for decision in model.decisions(flow) if decision.denied}
    assert denied <= needless


def after(model: Model, done: Sequence[SuggestedRule | Edit]) -> Model:
    """Return the model after these changes."""
    groups, acls = dict(model.groups), dict(model.acls)
    for entry in done:
        match entry:
            case SuggestedRule():
                groups = with_rules(groups, [added(entry)])
            case RuleEdit():
                groups[entry.group] = changed(groups[entry.group], entry)
            case AclEdit():
                rules = tuple(listed(entry, each) for each in entry.after)
                old = acls[entry.acl]
                is_in = entry.direction == "ingress"
                acls[entry.acl] = replace(old, ingress=rules) if is_in else replace(old, egress=rules)
            case _:
                pass
    return model.with_groups(groups).with_acls(acls)


def added(rule: SuggestedRule) -> Rule:
    source, dest = ((parse(block),) if block else None for block in (rule.source_cidr_ip, rule.dest_cidr_ip))
    protocol, ports = protocol_of(rule.ip_protocol), port_ranges(rule.port_range)
    ident = f"new {rule.direction} {rule.ip_protocol} {rule.port_range}"
    return Rule(ident, rule.security_group_id, rule.direction, True, rule.priority, protocol, ports, source, dest)


def changed(group: Group, edit: RuleEdit) -> Group:
    kept = [rule for rule in group.rules if rule.id != edit.rule]
    (old,) = (rule for rule in group.rules if rule.id == edit.rule)
    if edit.after is not None:
        ports = union(port for text in edit.after.port_ranges for port in port_ranges(text))
        source = tuple(parse(block) for block in edit.after.peers)
        kept.append(replace(old, priority=edit.after.priority, ports=ports, source=source))
    return replace(group, rules=tuple(kept))


def listed(edit: AclEdit, entry: AclEntry) -> AclRule:
    assert entry.protocol is not None
    assert entry.port_range is not None
    assert entry.peer is not None
    accept, protocol = entry.policy == "accept", protocol_of(entry.protocol)
    return AclRule(
        entry.id or "new",
        edit.acl,
        edit.direction,
        accept,
        protocol,
        port_ranges(entry.port_range),
        (parse(entry.peer),),
    )


def test_nothing_is_suggested_if_only_what_is_optional_is_closed() -> None:
    page = a_flow(id="page", need="optional", endpoint=an_endpoint("master-1-1", 8088, address="192.168.20.11"))
    conclusion, suggestions = repairs(the_case(a_group(*ALL_TCP, a_udp_rule())), (*FLOWS, page))

    assert [f for f in conclusion.findings if f.severity == "error"] == []
    assert entries(suggestions) == []


def test_a_setting_that_was_meant_to_need_no_udp_is_told_before_the_rule_for_udp() -> None:
    conclusion, suggestions = repairs(CASES["a limit of 0"])

    assert [(f.code, f.severity) for f in conclusion.findings] == [("KDC-UDP-ZERO", "error"), ("SG-KDC-UDP", "error")]
    assert conclusion.findings[0].flows == (KDC[0].id,)
    (edit,) = suggestions.edits
    assert isinstance(edit, LinesEdit)
    limit = "  udp_preference_limit = "
    assert (edit.finding.code, edit.line) == ("KDC-UDP-ZERO", 4)
    assert (edit.before, edit.after) == ([f"{limit}0"], [f"{limit}1"])
    # And the rule is the whole repair of its own finding
    assert [(rule.finding.code, rule.option) for rule in suggestions.rules] == [("SG-KDC-UDP", 1)]


@pytest.mark.parametrize(
    "rules",
    [
        # UDP passes, so the setting breaks nothing here
        (*ALL_TCP, a_udp_rule()),
        # TCP does not pass either, so another value would not help
        (),
    ],
)
def test_the_setting_alone_is_a_risk_where_another_value_changes_nothing(rules: tuple[Rule, ...]) -> None:
    krb5 = a_krb5conf(libdefaults="  udp_preference_limit = 0\n")
    conclusion, suggestions = repairs(the_case(a_group(*rules), krb5=krb5))

    (setting,) = (f for f in conclusion.findings if f.code == "KDC-UDP-ZERO")
    assert (setting.severity, setting.flows) == ("warning", ())
    assert [entry for entry in entries(suggestions) if entry.finding.code == "KDC-UDP-ZERO"] == []


def test_a_warning_is_repaired_if_a_required_flow_is_broken_by_it() -> None:
    place = the_scene(CASES["one rule"], FLOWS)
    (finding,) = conclude(place).findings
    assert suggest(place, [replace(finding, severity="warning")]).rules
    assert not suggest(place, [replace(finding, severity="warning", flows=())]).rules


def test_new_entries_of_a_list_hold_neighbouring_ports_together_and_no_port_between() -> None:
    # Given a list that lets in nothing, and services at 8020, 8021 and 8023
    flows = [a_flow(f"service-{port}", endpoint=an_endpoint(port=port)) for port in (8020, 8021, 8023)]
    case = replace(with_acl(OUT), security_groups=the_case(a_group(a_rule((8020, 8023)))).security_groups)
    _, suggestions = repairs(case, flows)

    (edit,) = suggestions.edits
    assert isinstance(edit, AclEdit)
    assert [(entry.policy, entry.port_range, entry.peer) for entry in edit.after] == [
        ("accept", "8020/8021", RG_CIDR),
        ("accept", "8023/8023", RG_CIDR),
    ]


def test_a_rule_says_only_the_flows_of_its_own_transport() -> None:
    # Given a KDC of which neither port 88 is open
    _, found = repairs(the_case(a_group(a_rule((8020, 8020)), a_rule((9866, 9866)))))

    transports = {flow.id: flow.endpoint.transport for flow in FLOWS}
    fixed = {(rule.ip_protocol, transports[flow]) for rule in found.rules for flow in rule.fixes}
    assert fixed == {("UDP", "udp"), ("TCP", "tcp")}


def test_two_networks_with_groups_of_their_own_each_get_the_outbound_rule() -> None:
    # Given a resource group with two networks, whose interfaces have an enterprise group each
    closed = [a_group(id=ident, kind="enterprise", inner_accept=None) for ident in ("sg-one", "sg-two")]
    case = the_case(a_group(*ALL_TCP), *closed)
    sources = [
        the_source("192.168.10.0/24", groups=frozenset({"sg-one"})),
        the_source("192.168.11.0/24", groups=frozenset({"sg-two"})),
    ]
    flow = replace(FLOWS[2], sources=union(piece for source in sources for piece in source.ranges))
    place = the_scene(case, [flow], None, sources)

    found = suggest(place, conclude(place).findings)

    outbound = [rule for rule in found.rules if rule.direction == "egress"]
    assert {rule.security_group_id for rule in outbound} == {"sg-one", "sg-two"}
    assert {(tuple(rule.fixes), rule.description) for rule in outbound} == {
        ((flow.id,), "DataWorks resource group to NameNode RPC")
    }


def test_a_service_that_refuses_is_to_be_started_on_its_host_and_one_that_may_run_elsewhere_is_not() -> None:
    refused = saw("closed", "rst")
    for assumed, started in ((None, [("NameNode RPC", "master-1-1")]), ("one of them runs it", [])):
        flow = replace(a_flow(), assumed=assumed)
        place = the_scene(the_case(a_group(a_rule())), [flow], {flow.id: refused})
        findings = conclude(place).findings
        edits = suggest(place, findings).edits
        assert [finding.code for finding in findings] == ["SVC-DOWN"]
        assert [(edit.service, edit.host) for edit in edits if isinstance(edit, ServiceStart)] == started
        assert len(edits) == len(started)


def test_a_rule_says_only_the_flows_of_its_own_ports() -> None:
    _, found = repairs(the_case(a_group(a_udp_rule())))

    ports = {flow.id: f"{flow.endpoint.port}/{flow.endpoint.port}" for flow in FLOWS}
    assert {rule.port_range for rule in found.rules} == {"88/88", "8020/8020", "9866/9866"}
    assert all({ports[flow] for flow in rule.fixes} == {rule.port_range} for rule in found.rules)


def test_a_description_is_cut_to_what_a_security_group_keeps() -> None:
    flow = replace(a_flow(), service="NameNode " * 100)
    _, found = repairs(the_case(a_group()), [flow])
    assert [len(rule.description) for rule in found.rules] == [512]
