"""Repairs are sufficient, minimal and exact for any rules; a rule is changed if no accept helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from diagnose.case.api.answers import Permission
from diagnose.case.api.permissions import rule_of
from diagnose.decisions.model import Model
from diagnose.decisions.verdicts import configured_verdict
from diagnose.findings import conclude
from diagnose.flows.model import Flow
from diagnose.remedies import aliyun_cli, exact
from diagnose.remedies.edits import ChangedRule, Option, options, rule_edit, with_changes
from diagnose.remedies.model import FindingRef, RuleEdit
from diagnose.remedies.plan import suggest
from diagnose.remedies.rules import INBOUND, accept_rules, target_blocks, wishes, with_rules
from diagnose.remedies.wording import suggested
from probes.addresses import EVERYWHERE, Ranges, covers, parse, subtract, union
from probes.origin import Origin
from probes.rules.group_rule import TCP, UDP, Group, GroupRef, ListUse, Rule, Unresolved
from probes.rules.security_group import Traffic, compile_rules
from tests.support import reports
from tests.support.factories import (
    EMR_GROUP,
    RG_CIDR,
    a_flow,
    a_group,
    a_kdc_flow,
    a_node,
    a_rule,
    a_udp_rule,
    a_vswitch,
    an_endpoint,
    ranges,
)
from tests.support.scenes import attached, the_case, the_scene, the_source
from tests.support.shell_commands import options as options_of
from tests.support.shell_commands import words

PORTS = range(1, 12)
BLOCKS = [
    "192.168.10.0/24",
    "192.168.10.0/25",
    "192.168.10.128/25",
    "192.168.10.64/26",
    "192.168.0.0/16",
    "10.1.0.0/16",
    "0.0.0.0/0",
]

rules = st.builds(
    lambda number, group, accept, priority, protocol, ports, block: Rule(
        f"sgr-{number}", group, "ingress", accept, priority, protocol, (ports,), (parse(block),), None
    ),
    st.integers(1, 10**9),
    st.sampled_from(["sg-a", "sg-b"]),
    st.sampled_from([True, True, False]),
    st.sampled_from([1, 1, 2, 50, 100]),
    st.sampled_from([TCP, UDP, None]),
    st.tuples(st.integers(1, 12), st.integers(0, 4)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    st.sampled_from(BLOCKS),
)


def groups_of(some: Sequence[Rule]) -> list[Group]:
    unique = {rule.id: rule for rule in some}.values()
    return [
        a_group(*(rule for rule in unique if rule.group == ident), id=ident, inner_accept=False, rule_count=None)
        for ident in ("sg-a", "sg-b")
    ]


def flow_to(node: int, port: int, transport: str) -> Flow:
    end = an_endpoint(f"node-{node}", port, transport=transport, address=f"192.168.20.{node}")
    return a_flow(endpoint=end, id=f"{transport}/{node}/{port}", sources=ranges(RG_CIDR))


flows = st.lists(
    st.builds(flow_to, st.sampled_from([11, 21]), st.sampled_from(PORTS), st.sampled_from(["tcp", "udp"])),
    min_size=1,
    max_size=4,
    unique_by=lambda flow: flow.id,
)

NODES = (
    a_node("node-11", "192.168.20.11", security_groups=("sg-a",)),
    a_node("node-21", "192.168.20.21", security_groups=("sg-a", "sg-b")),
)


def the_model(some: Sequence[Rule]) -> Model:
    return Model(the_case(*groups_of(some), nodes=NODES), [the_source()])


def after(model: Model, option: Option, without: Rule | None = None) -> Model:
    kept = [rule for rule in option.rules if rule is not without]
    return model.with_groups(with_rules(with_changes(model.groups, option.changes), kept))


def works(model: Model, wanted: Sequence[Flow]) -> bool:
    return all(configured_verdict(model.decisions(flow), flow.sources) == "allowed" for flow in wanted)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(rules, max_size=6), flows)
def test_repairs_are_sufficient_minimal_and_no_wider(some: list[Rule], wanted: list[Flow]) -> None:
    # Given rules that stop some of the flows
    model = the_model(some)
    broken = [flow for flow in wanted if configured_verdict(model.decisions(flow), flow.sources) != "allowed"]
    assume(broken)
    for option in options(model, broken):
        # Then each option lets every flow in
        assert works(after(model, option), broken)
        # And needs each of its rules
        for rule in option.rules:
            assert not works(after(model, option, without=rule), broken)
        # And opens on every interface only the wanted ports for the vSwitch, and closes nothing
        assert_no_wider(model, after(model, option), broken)


def assert_no_wider(before: Model, changed: Model, broken: Sequence[Flow]) -> None:
    asked = {(TCP if flow.endpoint.transport == "tcp" else UDP, flow.endpoint.port) for flow in broken}
    for groups in (("sg-a",), ("sg-a", "sg-b")):
        for protocol in (TCP, UDP, 47):
            for port in range(18):
                old, new = (accepted(model, groups, protocol, port) for model in (before, changed))
                assert covers(new, old)
                allowed = ranges(RG_CIDR) if (protocol, port) in asked else ()
                assert covers(union((*old, *allowed)), new)


def accepted(model: Model, groups: tuple[str, ...], protocol: int, port: int) -> Ranges:
    traffic = Traffic(EVERYWHERE, None, frozenset(), frozenset(groups))
    return compile_rules([model.group(ident) for ident in groups], "ingress", traffic).accepted(protocol, port)


@settings(max_examples=60, deadline=None)
@given(st.lists(rules.filter(lambda rule: rule.accept), max_size=3), flows)
def test_no_smaller_set_of_such_rules_would_do(some: list[Rule], wanted: list[Flow]) -> None:
    # Given only accepts, so that rules alone can repair
    model = the_model(some)
    broken = [flow for flow in wanted if configured_verdict(model.decisions(flow), flow.sources) != "allowed"]
    assume(broken)
    (option,) = options(model, broken)
    # When every smaller set of whole-vSwitch rules over runs of the asked ports is tried
    ports = {(flow.endpoint.transport, flow.endpoint.port) for flow in broken}
    runs = [
        (transport, low, high)
        for transport in ("tcp", "udp")
        for low in PORTS
        for high in range(low, max(PORTS) + 1)
        if all((transport, port) in ports for port in range(low, high + 1))
    ]
    candidates = [
        Rule(
            f"new-{group}-{run}",
            group,
            "ingress",
            True,
            1,
            TCP if run[0] == "tcp" else UDP,
            (run[1:],),
            ranges(RG_CIDR),
            None,
        )
        for run in runs
        for group in ("sg-a", "sg-b")
    ]
    # Then none of them repairs
    for fewer in range(len(option.rules)):
        for chosen in combinations(candidates, fewer):
            assert not works(model.with_groups(with_rules(model.groups, chosen)), broken)


def only(model: Model, wanted: Sequence[Flow]) -> Option:
    return options(model, wanted)[0]


def test_contiguous_ports_become_one_rule_and_transports_stay_apart() -> None:
    model = the_model([])
    option = only(model, [flow_to(11, 5, "tcp"), flow_to(11, 6, "tcp"), flow_to(11, 8, "tcp"), flow_to(11, 6, "udp")])
    made = {(rule.protocol, rule.ports) for rule in option.rules}
    assert made == {(TCP, ((5, 6),)), (TCP, ((8, 8),)), (UDP, ((6, 6),))}


def test_rule_goes_to_the_group_that_exposes_fewest_nodes() -> None:
    # sg-b is on one node only, and that node is the target
    assert [rule.group for rule in only(the_model([]), [flow_to(21, 5, "tcp")]).rules] == ["sg-b"]
    assert [rule.group for rule in only(the_model([]), [flow_to(21, 5, "tcp"), flow_to(11, 5, "tcp")]).rules] == [
        "sg-a"
    ]


def test_each_network_gets_its_own_rule_and_a_covered_one_none() -> None:
    case = the_case(a_group(a_udp_rule()), nodes=attached())
    sources = [the_source(), the_source("192.168.30.0/24", vswitch="vsw-2")]
    flow = a_kdc_flow("udp", sources=ranges(RG_CIDR, "192.168.30.0/24"))
    option = only(Model(case, sources), [flow])
    assert [rule.source for rule in option.rules] == [ranges("192.168.30.0/24")]


def test_accept_beats_a_drop_of_lower_rank() -> None:
    drop = a_udp_rule(id="sgr-drop", accept=False, priority=2, source="0.0.0.0/0")
    option = only(Model(the_case(a_group(drop)), [the_source()]), [a_kdc_flow("udp")])
    assert [(rule.priority, option.changes) for rule in option.rules] == [(1, ())]


def edits_for(*some: Rule, flows: Sequence[Flow] = (a_kdc_flow("udp"),)) -> list[tuple[Any, ...]]:
    repairs = options(Model(the_case(a_group(*some)), [the_source()]), flows)
    return [
        (
            len(option.rules),
            *(
                (edit.action, edit.rule, suggested(edit).after)
                for edit in (rule_edit(change, reports.FIRST, 1, []) for change in option.changes)
            ),
        )
        for option in repairs
    ]


def test_drop_of_priority_1_that_guards_only_this_is_removed() -> None:
    drop = a_udp_rule(id="sgr-drop", accept=False)
    assert edits_for(drop, a_udp_rule(priority=5))[0] == (0, ("remove", "sgr-drop", None))
    # Without an accept below it, one has to be added too
    assert edits_for(drop)[0] == (1, ("remove", "sgr-drop", None))


def test_drop_of_priority_1_over_more_ports_is_narrowed() -> None:
    drop = a_rule((80, 88), id="sgr-drop", accept=False, protocol=UDP)
    assert edits_for(drop)[0] == (1, ("narrow", "sgr-drop", "port range 80/87"))


def test_drop_of_priority_1_over_everything_gives_way_by_rank() -> None:
    drop = a_rule((0, 65535), "0.0.0.0/0", id="sgr-drop", accept=False, protocol=None)
    assert edits_for(drop)[0] == (1, ("reprioritise", "sgr-drop", "priority 2"))


RANK, GONE = ("reprioritise", "priority 2"), ("remove", None)
HALF = replace(a_kdc_flow("udp", port=89), sources=ranges("192.168.10.0/25"))


@pytest.mark.parametrize(
    ("drop", "flows", "expected"),
    [
        (a_udp_rule(), [], [GONE, RANK]),
        (a_udp_rule(source="192.168.10.0/23"), [], [("narrow", "source 192.168.11.0/24"), RANK]),
        (a_udp_rule(source="192.168.8.0/22"), [], [RANK, GONE]),
        (a_udp_rule(source="0.0.0.0/0"), [], [RANK, GONE]),
        (a_rule((80, 88), protocol=UDP), [], [("narrow", "port range 80/87"), RANK]),
        (a_rule((80, 90), protocol=UDP), [], [RANK, GONE]),
        (a_rule((88, 90), "192.168.10.0/23", protocol=UDP), [], [RANK, GONE]),
        (a_rule((88, 89), protocol=UDP), [], [("narrow", "port range 89/89"), RANK]),
        # Another flow needs the other port from a part of the block alone: its drop guards the rest
        (a_rule((88, 89), protocol=UDP), [HALF], [RANK, GONE]),
        (a_udp_rule(protocol=None), [], [RANK, GONE]),
        (a_udp_rule(source=GroupRef("sg-bp1rg")), [], [RANK, GONE]),
        # A rule whose peers or ports are not known may not be the cause
        (a_udp_rule(source=Unresolved("prefix list", "pl-1")), [], []),
        (replace(a_udp_rule(), ports=Unresolved("port list", "prl-1")), [], []),
    ],
)
def test_at_most_two_changes_of_a_drop_are_offered_and_what_it_guards_decides_which_comes_first(
    drop: Rule, flows: list[Flow], expected: list[tuple[str, str | None]]
) -> None:
    flows = [a_kdc_flow("udp"), *flows]
    found = edits_for(replace(drop, id="sgr-drop", accept=False), flows=flows)
    changes: list[tuple[Any, ...]] = [(len(flows), (action, "sgr-drop", after)) for action, after in expected]
    assert found == (changes or [(1,)])


@pytest.mark.parametrize(("held", "note"), [(2, "by hand"), (999, "by hand"), (1000, "holds 1000 of 1000 rules")])
def test_where_every_edit_would_open_more_none_is_shown(held: int, note: str) -> None:
    # Given a drop of everything that also holds back an accept for the whole world
    drop = a_rule((0, 65535), "0.0.0.0/0", id="sgr-drop", accept=False, protocol=None)
    world = a_rule((22, 22), "0.0.0.0/0", id="sgr-ssh")
    place = the_scene(the_case(a_group(drop, world, rule_count=held)), [a_kdc_flow("udp")])
    suggestions = suggest(place, conclude(place).findings)
    assert (suggestions.rules, [edit for edit in suggestions.edits if isinstance(edit, RuleEdit)]) == ((), [])
    assert note in suggestions.notes[1]


def test_managed_or_full_groups_take_no_rule() -> None:
    for group, word in (
        (a_group(managed_by="cbs.aliyuncs.com"), "managed by"),
        (a_group(*(a_rule((n, n), id=f"r{n}") for n in range(1000, 2000))), "holds 1000 of 1000 rules"),
    ):
        place = the_scene(the_case(group), [a_kdc_flow("udp")])
        suggestions = suggest(place, conclude(place).findings)
        assert not suggestions.rules
        assert word in suggestions.notes[1]


def test_a_full_interface_with_a_managed_group_is_told_as_managed_alone() -> None:
    # Given an interface that is full, in two groups of which a service manages one
    full = (a_group(managed_by="cbs", rule_count=1), a_group(id="sg-more", rule_count=999))
    place = the_scene(the_case(*full, nodes=attached(EMR_GROUP, "sg-more")), [a_kdc_flow("udp")])
    (note,) = suggest(place, conclude(place).findings).notes.values()
    assert note == f"The rules cannot be added: {EMR_GROUP} is managed by cbs."


def test_egress_rule_names_the_targets_vswitch() -> None:
    closed = a_group(id="sg-bp1rg", kind="enterprise", inner_accept=None)
    case = replace(
        the_case(a_group(a_udp_rule())), security_groups={"sg-bp1rg": closed, "sg-bp1emr": a_group(a_udp_rule())}
    )
    place = the_scene(case, [a_kdc_flow("udp")])
    (rule,) = suggest(place, conclude(place).findings).rules
    assert (rule.direction, rule.security_group_id, rule.dest_cidr_ip, rule.port_range) == (
        "egress",
        "sg-bp1rg",
        "192.168.20.0/24",
        "88/88",
    )


def test_client_edit_is_an_alternative_only_where_tcp_is_open() -> None:
    from tests.support.factories import a_krb5conf

    both = [a_kdc_flow("udp"), a_kdc_flow("tcp")]
    open_tcp = the_scene(the_case(a_group(a_rule((88, 88))), krb5=a_krb5conf()), both)
    suggestions = suggest(open_tcp, conclude(open_tcp).findings)
    assert [(edit.option, edit.object, edit.after) for edit in map(suggested, suggestions.edits)] == [
        (2, "krb5.conf", "udp_preference_limit = 1")
    ]
    closed = the_scene(the_case(a_group(), krb5=a_krb5conf()), both)
    assert not suggest(closed, conclude(closed).findings).edits


def test_subtract_of_what_is_asked_leaves_nothing() -> None:
    # The brute-force check above rests on this
    assert subtract(ranges(RG_CIDR), ranges(RG_CIDR)) == ()


DROPPED = {
    RG_CIDR: [RG_CIDR, "192.168.10.0/23", "192.168.0.0/16", "192.168.10.0/25", "0.0.0.0/0"],
    "2001:db8:a::/64": ["2001:db8:a::/64", "2001:db8:a::/63", "2001:db8::/32", "2001:db8:a::/65", "::/0"],
}
"""Networks of a resource group, and blocks that a rule may drop."""


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([(source, block) for source, blocks in DROPPED.items() for block in blocks]),
    st.sampled_from([UDP, None]),
    st.sampled_from([(88, 88), (87, 88), (88, 90), (80, 95)]),
)
def test_every_change_of_a_rule_is_one_command_for_both_families(
    blocks: tuple[str, str], protocol: int | None, ports: tuple[int, int]
) -> None:
    # Given a drop of priority 1 that stops the KDC's flow, over IPv4 or IPv6
    source, dropped = blocks
    drop = a_rule(ports, dropped, id="sgr-drop", accept=False, protocol=protocol)
    flow = a_kdc_flow("udp", sources=ranges(source))
    model = Model(the_case(a_group(drop), nodes=attached()), [the_source(source)])
    assume(configured_verdict(model.decisions(flow), flow.sources) != "allowed")
    for option in options(model, [flow], most=8):
        for change in option.changes:
            # When the change is written for the aliyun CLI
            call = words(aliyun_cli.emit([], [rule_edit(change, reports.FIRST, 1, [flow])], "cn-hangzhou"))
            # Then it is one call, which gives the rule all that the model was tried with
            assert call.count("aliyun") == 1
            given_options = options_of(call[1:])
            assert given_options.pop("--SecurityGroupId") == drop.group
            assert given_options.pop("--RegionId") == "cn-hangzhou"
            if change.after is None:
                assert given_options == {"--SecurityGroupRuleId.1": "sgr-drop"}
                continue
            assert given_options.pop("--SecurityGroupRuleId") == "sgr-drop"
            sent = Permission(direction="ingress", **{WIRE[name]: value for name, value in given_options.items()})
            place = Origin("answer.json", 1)
            assert same(rule_of(sent, drop.group, {}, {}, place)) == same(change.after)


WIRE = {
    "--IpProtocol": "ip_protocol",
    "--PortRange": "port_range",
    "--SourceCidrIp": "source_cidr_ip",
    "--Ipv6SourceCidrIp": "ipv6_source_cidr_ip",
    "--Policy": "policy",
    "--Priority": "priority",
}
"""Parameters of the call, and the fields of an answer that has the same rule."""


def same(rule: Rule) -> Rule:
    """Return the rule without what is no part of a call."""
    return replace(rule, id="", origin=None)


def test_one_group_that_two_nodes_share_takes_the_rule_of_both() -> None:
    nodes = (
        a_node(security_groups=("sg-a", "sg-b")),
        a_node("core-1-1", "192.168.20.21", security_groups=("sg-b", "sg-c")),
    )
    flows = [a_flow(), a_flow(endpoint=an_endpoint("core-1-1", 8020, address="192.168.20.21"))]
    model = the_scene(the_case(*(a_group(id=f"sg-{one}") for one in "abc"), nodes=nodes), flows).model
    made = accept_rules(model, wishes(model, flows, INBOUND), flows)
    assert made is not None
    assert [(rule.group, rule.ports) for rule in made.rules] == [("sg-b", ((8020, 8020),))]


@pytest.mark.parametrize(("count", "found"), [(10, True), (11, False)])
def test_rules_in_at_most_ten_groups_are_tried(count: int, found: bool) -> None:
    # Given nodes of which each has two groups of its own
    pairs = [(f"sg-a{number:02}", f"sg-b{number:02}") for number in range(count)]
    nodes = [
        a_node(f"core-1-{number}", f"192.168.20.{30 + number}", security_groups=pair)
        for number, pair in enumerate(pairs)
    ]
    flows = [a_flow(endpoint=an_endpoint(node.name, 8020, address=node.address)) for node in nodes]
    groups = [a_group(id=ident) for pair in pairs for ident in pair]
    model = the_scene(the_case(*groups, nodes=nodes), flows).model
    assert (accept_rules(model, wishes(model, flows, INBOUND), flows) is not None) is found


@pytest.mark.parametrize(
    ("vswitch", "cidr", "block"),
    [
        ("vsw-bp1emr", "192.168.20.0/24", "192.168.20.0/24"),
        ("vsw-bp1emr", "192.168.77.0/24", "192.168.20.11/32"),
        ("vsw-bp1emr", None, "192.168.20.11/32"),
        (None, "192.168.20.0/24", "192.168.20.11/32"),
    ],
)
def test_an_outbound_rule_names_the_vswitch_that_holds_the_target_or_the_target_alone(
    vswitch: str | None, cidr: str | None, block: str
) -> None:
    nodes = (a_node(security_groups=("sg-a",), vswitch=vswitch),)
    case = the_case(a_group(id="sg-a"), nodes=nodes, vswitches={"vsw-bp1emr": a_vswitch(cidr=cidr)})
    model = Model(case, [the_source()])
    assert target_blocks(model, a_flow()) == [parse(block)]


def test_an_edit_of_a_rule_says_its_lists_in_place_of_their_entries() -> None:
    listed = a_rule((8020, 8021), lists=(ListUse("source", "pl-1"), ListUse("ports", "prl-1")))
    plain = a_rule((8020, 8021), protocol=None)
    grouped = a_rule(source=GroupRef("sg-x", "1234"))
    before = {
        name: rule_edit(ChangedRule("remove", rule, None), FindingRef("SG-SHADOWED", 1), 1, []).before
        for name, rule in (("listed", listed), ("plain", plain), ("grouped", grouped))
    }
    assert (before["listed"].peers, before["listed"].peer_list) == ([], "pl-1")
    assert (before["listed"].port_ranges, before["listed"].port_list) == ([], "prl-1")
    assert (before["plain"].peers, before["plain"].peer_list) == ([RG_CIDR], None)
    assert (before["plain"].port_ranges, before["plain"].port_list) == (["8020/8021"], None)
    assert (before["grouped"].peers, before["grouped"].peer_group) == ([], "sg-x")


@pytest.mark.parametrize(
    ("rule", "fixed"),
    [
        (a_rule((80, 90)), {"kdc-tcp"}),
        (a_rule((80, 90), protocol=None), {"kdc-tcp", "kdc-udp"}),
        (a_udp_rule(88), {"kdc-udp"}),
        (a_rule((89, 90)), set()),
        (replace(a_rule(), ports=Unresolved("port list", "prl-1")), set()),
    ],
)
def test_an_edit_fixes_the_flows_whose_protocol_and_port_the_rule_holds(rule: Rule, fixed: set[str]) -> None:
    flows = [a_kdc_flow("tcp"), a_kdc_flow("udp")]
    edit = rule_edit(ChangedRule("remove", rule, None), FindingRef("SG-SHADOWED", 1), 1, flows)
    assert {flow.partition("/")[0] for flow in edit.fixes} == fixed


def test_a_narrowed_rule_names_the_ports_that_are_left_and_keeps_its_other_list() -> None:
    # Given a drop for two listed ports from a listed block, and a rule that lets one of them in
    drop = a_rule((8020, 8021), accept=False, lists=(ListUse("source", "pl-1"), ListUse("ports", "prl-1")))
    case = the_case(a_group(drop, a_rule((8020, 8020), id="sgr-accept")), nodes=attached())
    found = options(the_scene(case, [a_flow()]).model, [a_flow()])
    narrowed = [change for option in found for change in option.changes if change.action == "narrow"]
    assert [(change.after and change.after.ports, change.after and change.after.lists) for change in narrowed] == [
        (((8021, 8021),), (ListUse("source", "pl-1"),))
    ]


@pytest.mark.parametrize(
    ("cidrs", "models"),
    [((RG_CIDR, "192.168.11.0/24"), 1), ((RG_CIDR, "192.168.10.0/25"), 3)],
    ids=["apart", "overlapping"],
)
def test_only_a_rule_that_shares_packets_with_another_is_tried_without_it(
    monkeypatch: pytest.MonkeyPatch, cidrs: tuple[str, str], models: int
) -> None:
    # Given two networks that no rule lets in
    model = Model(the_case(a_group(), nodes=attached()), [the_source(cidr) for cidr in cidrs])
    asked: list[object] = []
    with_groups = Model.with_groups

    def counted(made_from: Model, groups: Mapping[str, Group]) -> Model:
        asked.append(groups)
        return with_groups(made_from, groups)

    monkeypatch.setattr(Model, "with_groups", counted)
    (option,) = options(model, [a_flow(sources=union(map(parse, cidrs)))])
    assert option.rules
    assert len(asked) == models


@pytest.mark.parametrize(("drops", "tried"), [(1, 2), (3, 8), (6, 64), (7, 64)])
def test_at_most_64_ways_to_change_all_blocking_rules_are_tried(
    monkeypatch: pytest.MonkeyPatch, drops: int, tried: int
) -> None:
    # Given drops that also guard other protocols: each may be removed or come later
    numbers = range(1, drops + 1)
    rules = [a_rule((port, port), id=f"sgr-{port}", accept=False, protocol=None) for port in numbers]
    flows = [a_flow(f"service-{port}", endpoint=an_endpoint(port=port)) for port in numbers]
    model = Model(the_case(a_group(*rules)), [the_source()])
    asked: list[object] = []
    monkeypatch.setattr(exact, "is_exact", lambda *given: asked.append(given))
    assert options(model, flows) == []
    assert len(asked) == tried
