"""The evaluator against brute force on small universes.

The semantics that the ECS pages state have one test each.
"""

from __future__ import annotations

from itertools import accumulate, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.addresses import Range, Ranges, cidrs, intersect, parse, parse_address, subtract, union
from probes.rules.decision import Direction
from probes.rules.group_rule import ListUse, weight
from probes.rules.security_group import (
    ICMP,
    TCP,
    UDP,
    Group,
    GroupRef,
    Rule,
    Traffic,
    Unresolved,
    compile_rules,
    decide,
    describe,
    party_text,
)

BASE = parse_address("10.0.0.0")
VSWITCH: Ranges = (parse("10.0.0.0/28"),)
TARGET = parse_address("10.9.0.1")


def rule(**fields: object) -> Rule:
    """Return an inbound TCP accept of priority 1 from everywhere to every port, with `fields`."""
    given_fields: dict[str, object] = {
        "id": "sgr-1",
        "group": "sg-emr",
        "direction": "ingress",
        "accept": True,
        "priority": 1,
        "protocol": TCP,
        "ports": ((0, 65535),),
        "source": (parse("0.0.0.0/0"),),
        "dest": None,
    }
    return Rule(**(given_fields | fields))  # type: ignore[arg-type]


def group(*rules: Rule, **fields: object) -> Group:
    given_fields: dict[str, object] = {"id": "sg-emr", "kind": "normal", "inner_accept": False, "rules": rules}
    return Group(**(given_fields | fields))  # type: ignore[arg-type]


def traffic(
    sources: Ranges = VSWITCH, source_groups: frozenset[str] | None = frozenset({"sg-rg"}), **fields: object
) -> Traffic:
    given_fields: dict[str, object] = {"target": TARGET, "target_groups": frozenset({"sg-emr"})}
    return Traffic(sources, source_groups=source_groups, **(given_fields | fields))  # type: ignore[arg-type]


# --- brute force ---

blocks = st.integers(0, 3).flatmap(
    lambda bits: st.integers(0, (16 >> bits) - 1).map(lambda i: (BASE + (i << bits), BASE + ((i + 1) << bits) - 1))
)
ports = st.tuples(st.integers(1, 5), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
parties = st.one_of(
    st.lists(blocks, min_size=1, max_size=2).map(union),
    st.sampled_from([GroupRef("sg-rg"), GroupRef("sg-other"), Unresolved("prefix list", "pl-1")]),
)
dests = st.sampled_from([None, (parse("10.9.0.0/24"),), (parse("10.8.0.0/24"),)])
rules = st.builds(
    Rule,
    id=st.integers(1, 10**6).map(str),
    group=st.just("sg-emr"),
    direction=st.just("ingress"),
    accept=st.booleans(),
    priority=st.sampled_from([1, 2, 3, 110]),
    protocol=st.sampled_from([TCP, UDP, None]),
    ports=st.one_of(st.lists(ports, min_size=1, max_size=2).map(union), st.just(Unresolved("port list", "prl-1"))),
    source=parties,
    dest=dests,
    source_ports=st.sampled_from(
        [((0, 65535),), ((1024, 65535),), ((40000, 50000),), ((1, 80),), ((1024, 2000), (3000, 65535))]
    ),
)


def brute_force(rule_set: list[Rule], address: int, protocol: int, port: int, source_port: int) -> set[bool]:
    """Decide one address and one client port in every possible world.

    A world gives one content to each unknown list.
    """
    matching = [
        (r, may)
        for r in sorted(rule_set, key=lambda r: (r.priority, r.accept))
        if r.protocol in (None, protocol)
        and any(low <= source_port <= high for low, high in r.source_ports)
        and (r.dest is None or (isinstance(r.dest, tuple) and any(low <= TARGET <= high for low, high in r.dest)))
        and (may := _matches(r, address, port)) is not False
    ]
    unsure = [i for i, (_, may) in enumerate(matching) if may is None]
    outcomes = set()
    for world in product([False, True], repeat=len(unsure)):
        fits = dict(zip(unsure, world, strict=True))
        hits = [r.accept for i, (r, may) in enumerate(matching) if (may if may is not None else fits[i])]
        outcomes.add(hits[0] if hits else False)
    return outcomes


def _matches(r: Rule, address: int, port: int) -> bool | None:
    by_port = None if isinstance(r.ports, Unresolved) else any(low <= port <= high for low, high in r.ports)
    match r.source:
        case GroupRef(group=name):
            by_source: bool | None = name == "sg-rg"
        case Unresolved():
            by_source = None
        case ranges:
            by_source = any(low <= address <= high for low, high in ranges or ())
    if by_port is False or by_source is False:
        return False
    return None if by_port is None or by_source is None else True


@settings(max_examples=400, deadline=None)
@given(
    rule_set=st.lists(rules, max_size=7), protocol=st.sampled_from([TCP, UDP]), port=st.integers(1, 8), data=st.data()
)
def test_evaluator_equals_brute_force(rule_set: list[Rule], protocol: int, port: int, data: st.DataObject) -> None:
    # Given any rules, one client port, and every source address of a small vSwitch
    source_port = data.draw(st.sampled_from([1024, 1999, 2500, 45000, 65535]))
    # When the whole range is decided at once
    decision = decide([group(*rule_set)], "ingress", traffic(client_ports=(source_port, source_port)), protocol, port)
    # Then every address has the outcome that all possible worlds give
    for address in range(VSWITCH[0][0], VSWITCH[0][1] + 1):
        outcomes = brute_force(rule_set, address, protocol, port, source_port)
        held = [s for s in (True, False, None) if _holds(decision, s, address)]
        assert held == [outcomes.pop() if len(outcomes) == 1 else None]


def _holds(decision: object, accept: bool | None, address: int) -> bool:
    name = {True: "allowed", False: "denied", None: "unknown"}[accept]
    ranges: Ranges = getattr(decision, name)
    return any(low <= address <= high for low, high in ranges)


@settings(max_examples=200, deadline=None)
@given(rule_set=st.lists(rules, max_size=6), port=st.integers(1, 8))
def test_allowed_only_where_every_client_port_is(rule_set: list[Rule], port: int) -> None:
    # When no client port is given, all ports that a client may use count
    decision = decide([group(*rule_set)], "ingress", traffic(), TCP, port)
    # Then allowed means: from each of them; denied means: from one that Linux uses
    for address in range(VSWITCH[0][0], VSWITCH[0][1] + 1):
        seen = {
            p: brute_force(rule_set, address, TCP, port, p)
            for p in (1024, 1999, 2000, 2001, 2999, 3000, 40000, 50000, 60999, 65535)
        }
        if _holds(decision, True, address):
            assert all(outcomes == {True} for outcomes in seen.values())
        if _holds(decision, False, address):
            assert any(False in seen[p] for p in (40000, 50000, 60999)) or any(False in o for o in seen.values())


@settings(max_examples=200, deadline=None)
@given(rule_set=st.lists(rules, max_size=7), data=st.data())
def test_order_of_rules_and_groups_does_not_matter(rule_set: list[Rule], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rule_set))
    cut = data.draw(st.integers(0, len(rule_set)))
    one = decide([group(*rule_set)], "ingress", traffic(), TCP, 3)
    split = decide([group(*shuffled[:cut]), group(*shuffled[cut:])], "ingress", traffic(), TCP, 3)
    assert (one.allowed, one.denied, one.unknown) == (split.allowed, split.denied, split.unknown)


@given(st.lists(rules, max_size=6), st.integers(1, 8))
def test_three_sets_are_exactly_the_sources(rule_set: list[Rule], port: int) -> None:
    decision = decide([group(*rule_set)], "ingress", traffic(), TCP, port)
    parts: list[Range] = [*decision.allowed, *decision.denied, *decision.unknown]
    assert sum(high - low + 1 for low, high in parts) == 16
    assert union(parts) == VSWITCH


# --- stated semantics ---


def test_drop_wins_a_tie_and_names_itself() -> None:
    accept, drop = rule(id="sgr-a", priority=5), rule(id="sgr-d", priority=5, accept=False)
    decision = decide([group(accept, drop)], "ingress", traffic(), TCP, 88)
    assert decision.verdict == "denied"
    assert [d.rule for d in decision.deciding] == ["sgr-d"]


def test_smaller_priority_wins_across_groups_and_110_is_read() -> None:
    one = group(rule(id="sgr-old", priority=110), id="sg-1")
    two = group(rule(id="sgr-drop", priority=20, accept=False, source=(parse("10.0.0.8/29"),)), id="sg-2")
    decision = decide([one, two], "ingress", traffic(), TCP, 88)
    assert decision.verdict == "partial"
    assert cidrs(decision.allowed) == ["10.0.0.0/29"]
    assert cidrs(decision.denied) == ["10.0.0.8/29"]
    assert decision.at == ("sg-1", "sg-2")


def test_protocols_do_not_mix() -> None:
    groups = [group(rule(protocol=TCP, ports=((88, 88),)), rule(protocol=ICMP))]
    assert decide(groups, "ingress", traffic(), UDP, 88).verdict == "denied"
    assert decide(groups, "ingress", traffic(), TCP, 88).verdict == "allowed"
    assert decide([group(rule(protocol=None))], "ingress", traffic(), UDP, 88).verdict == "allowed"


@pytest.mark.parametrize(
    ("kind", "direction", "verdict"),
    [
        ("normal", "ingress", "denied"),
        ("normal", "egress", "allowed"),
        ("enterprise", "ingress", "denied"),
        ("enterprise", "egress", "denied"),
    ],
)
def test_defaults_of_group_types(kind: str, direction: str, verdict: str) -> None:
    decision = decide([group(kind=kind)], direction, traffic(), TCP, 88)  # type: ignore[arg-type]
    assert decision.verdict == verdict


def test_egress_default_of_a_group_of_unknown_type_is_unknown() -> None:
    decision = decide([group(kind=None, inner_accept=None)], "egress", traffic(), TCP, 88)
    assert decision.verdict == "unknown"
    assert "DescribeSecurityGroups" in decision.missing[0]


def test_intra_group_accept_beats_a_drop_of_priority_1() -> None:
    drop = rule(accept=False)
    inside = traffic(source_groups=frozenset({"sg-emr"}))
    assert decide([group(drop, inner_accept=True)], "ingress", inside, TCP, 88).verdict == "allowed"
    assert decide([group(drop, inner_accept=False)], "ingress", inside, TCP, 88).verdict == "denied"
    assert decide([group(drop, inner_accept=None)], "ingress", inside, TCP, 88).verdict == "unknown"


def test_intra_group_drop_lets_a_rule_allow_again() -> None:
    inside = traffic(source_groups=frozenset({"sg-emr"}))
    assert decide([group(rule(), inner_accept=False)], "ingress", inside, TCP, 88).verdict == "allowed"


def test_enterprise_group_never_lets_its_members_in_by_itself() -> None:
    inside = traffic(source_groups=frozenset({"sg-emr"}))
    assert decide([group(kind="enterprise", inner_accept=True)], "ingress", inside, TCP, 88).verdict == "denied"


def test_source_group_of_unknown_membership_is_unknown() -> None:
    groups = [group(rule(source=GroupRef("sg-rg")))]
    assert decide(groups, "ingress", traffic(), TCP, 88).verdict == "allowed"
    assert decide(groups, "ingress", traffic(source_groups=frozenset({"sg-x"})), TCP, 88).verdict == "denied"
    unknown = decide(groups, "ingress", traffic(source_groups=None), TCP, 88)
    assert unknown.verdict == "unknown"
    assert "sg-rg" in unknown.missing[0]


def test_quintuple_needs_the_target() -> None:
    here, elsewhere = rule(dest=(parse("10.9.0.1"),)), rule(dest=(parse("10.0.0.0/24"),))
    assert decide([group(here)], "ingress", traffic(), TCP, 88).verdict == "allowed"
    assert decide([group(elsewhere)], "ingress", traffic(), TCP, 88).verdict == "denied"
    assert decide([group(here)], "ingress", traffic(target=None), TCP, 88).verdict == "unknown"


def test_incomplete_export_is_never_allowed_and_only_a_top_drop_is_certain() -> None:
    gap = (("ingress", "sg.json is one page of several"),)
    assert decide([group(rule(), gaps=gap)], "ingress", traffic(), TCP, 88).verdict == "unknown"
    assert decide([group(gaps=gap)], "ingress", traffic(), TCP, 88).verdict == "unknown"
    assert decide([group(rule(accept=False, priority=2), gaps=gap)], "ingress", traffic(), TCP, 88).verdict == "unknown"
    assert decide([group(rule(accept=False, priority=1), gaps=gap)], "ingress", traffic(), TCP, 88).verdict == "denied"
    other_way = (("egress", "no egress rule is shown"),)
    assert decide([group(rule(), gaps=other_way)], "ingress", traffic(), TCP, 88).verdict == "allowed"


def test_no_group_at_all_is_unknown() -> None:
    assert decide([], "ingress", traffic(), TCP, 88).verdict == "unknown"


def test_ipv6_is_not_covered_by_ipv4_rules() -> None:
    both: Ranges = (*VSWITCH, parse("fd00::/64"))
    decision = decide([group(rule())], "ingress", traffic(sources=both), TCP, 88)
    assert decision.verdict == "partial"
    assert cidrs(decision.denied) == ["fd00::/64"]


def test_denial_says_what_it_takes_for_granted() -> None:
    decision = decide([group(inner_accept=True)], "ingress", traffic(source_groups=None), TCP, 88)
    assert decision.verdict == "denied"
    assert "sg-emr" in decision.assumed[0]


def test_narrow_source_port_rule_is_not_an_allowance() -> None:
    narrow = group(rule(source_ports=((40000, 50000),)))
    assert decide([narrow], "ingress", traffic(), TCP, 88).verdict == "denied"
    linux = group(rule(source_ports=((32768, 60999),)))
    assert decide([linux], "ingress", traffic(), TCP, 88).verdict == "unknown"
    assert decide([group(rule(source_ports=((1024, 65535),)))], "ingress", traffic(), TCP, 88).verdict == "allowed"


def test_compiled_rules_answer_many_ports() -> None:
    compiled = compile_rules([group(rule(ports=((80, 90), (443, 443))))], "ingress", traffic())
    assert [bool(compiled.accepted(TCP, port)) for port in (79, 80, 90, 91, 443, 444)] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(("protocol", "name"), [(1, "ICMP"), (47, "GRE"), (58, "ICMPv6"), (6, "TCP"), (17, "UDP")])
def test_protocols_have_the_numbers_of_iana(protocol: int, name: str) -> None:
    assert describe(rule(protocol=protocol)).startswith(f"accept {name} ")


@pytest.mark.parametrize(
    ("kind", "inner_accept", "is_assumed"),
    [("normal", True, True), ("normal", False, False), (None, True, True), ("enterprise", True, False)],
)
def test_a_denial_assumes_no_membership_but_in_a_group_that_accepts_its_members(
    kind: str, inner_accept: bool, is_assumed: bool
) -> None:
    members = group(kind=kind, inner_accept=inner_accept)
    decision = decide([members], "ingress", traffic(source_groups=None), TCP, 88)
    assert (decision.verdict, bool(decision.assumed)) == ("denied", is_assumed)


def test_a_decided_part_says_its_rule_and_an_unknown_part_what_it_depends_on() -> None:
    # Given one rule for half of the sources, and one that a list decides
    half, listed = rule(source=(parse("10.0.0.0/29"),)), rule(id="sgr-2", source=Unresolved("prefix list", "pl-1"))
    decision = decide([group(half, listed)], "ingress", traffic(), TCP, 88)
    assert [(part.rule, part.verdict, part.why) for part in decision.deciding] == [
        ("sgr-1", "allowed", "accept TCP -1/-1 from 10.0.0.0/29, priority 1"),
        (None, "unknown", "depends on the entries of prefix list pl-1, used by rule sgr-2 of sg-emr"),
    ]


def test_a_rule_in_words_names_the_other_end_first_and_its_own_if_it_has_one() -> None:
    here, there = (parse("10.9.0.1/32"),), (parse("10.0.0.0/24"),)
    assert describe(rule(source=there, dest=here)) == ("accept TCP -1/-1 from 10.0.0.0/24 to 10.9.0.1/32, priority 1")
    assert describe(rule(direction="egress", source=here, dest=there)) == (
        "accept TCP -1/-1 to 10.0.0.0/24 from 10.9.0.1/32, priority 1"
    )
    assert describe(rule(direction="egress", source=None, dest=there, accept=False, ports=((88, 88), (90, 91)))) == (
        "drop TCP 88/88,90/91 to 10.0.0.0/24, priority 1"
    )
    assert describe(rule(source=GroupRef("sg-1"), source_ports=((1, 9),), protocol=132)) == (
        "accept protocol 132 -1/-1 from group sg-1 from source port 1/9, priority 1"
    )


@pytest.mark.parametrize(("count", "more"), [(20, ""), (21, " and 1 more ranges")])
def test_a_long_list_of_addresses_is_cut_after_20(count: int, more: str) -> None:
    party = tuple((BASE + 2 * number, BASE + 2 * number) for number in range(count))
    assert party_text(party) == ", ".join(f"10.0.0.{2 * number}/32" for number in range(20)) + more


@pytest.mark.parametrize("count", [1, 15, 16, 17, 18, 100, 2100])
def test_a_rule_for_many_scattered_blocks_lets_in_these_and_nothing_between(count: int) -> None:
    # Given blocks of one or two addresses with gaps of one to three
    starts = accumulate((2 + number % 2 + number % 3 for number in range(count)), initial=BASE + 1)
    blocks = tuple((start, start + number % 2) for number, start in enumerate(starts))
    sources = ((BASE, blocks[-1][1] + 1),)
    decision = decide([group(rule(source=union(blocks)))], "ingress", traffic(sources), TCP, 88)
    assert decision.allowed == union(blocks)
    assert decision.denied == subtract(sources, decision.allowed)


@pytest.mark.parametrize("place", range(16))
def test_a_rule_for_one_address_counts_if_it_is_among_the_sources(place: int) -> None:
    sources: Ranges = ((BASE + 3, BASE + 5), (BASE + 8, BASE + 8), (BASE + 10, BASE + 12))
    one = ((BASE + place, BASE + place),)
    for source_ports in (((0, 65535),), ((1, 2000), (2001, 65535))):
        only = group(rule(source=one, source_ports=source_ports))
        decision = decide([only], "ingress", traffic(sources), TCP, 88)
        assert decision.allowed == intersect(sources, one)
        assert decision.denied == subtract(sources, one)


def test_rules_of_the_other_direction_and_groups_in_rules_of_an_enterprise_group_let_nobody_in() -> None:
    outbound = rule(direction="egress", dest=(parse("0.0.0.0/0"),))
    assert decide([group(outbound)], "ingress", traffic(), TCP, 88).verdict == "denied"
    assert decide([group(rule(accept=False))], "egress", traffic(), TCP, 88).verdict == "allowed"
    by_group = rule(source=GroupRef("sg-rg"))
    assert decide([group(by_group)], "ingress", traffic(), TCP, 88).verdict == "allowed"
    assert decide([group(by_group, kind="enterprise")], "ingress", traffic(), TCP, 88).verdict == "denied"
    assert decide([group(rule(), kind="enterprise")], "ingress", traffic(), TCP, 88).verdict == "allowed"


def test_a_list_that_nobody_knows_makes_only_the_sources_unknown_that_its_rule_is_for() -> None:
    listed = rule(source=(parse("10.0.0.8/29"),), ports=Unresolved("port list", "prl-1"))
    decision = decide([group(listed)], "ingress", traffic(), TCP, 88)
    assert (cidrs(decision.unknown), cidrs(decision.denied)) == (["10.0.0.8/29"], ["10.0.0.0/29"])
    assert decision.missing == ("the entries of port list prl-1, used by rule sgr-1 of sg-emr",)


def test_a_rule_for_a_list_of_targets_that_nobody_knows_may_match() -> None:
    listed = rule(dest=Unresolved("prefix list", "pl-1"))
    decision = decide([group(listed)], "ingress", traffic(), TCP, 88)
    assert decision.verdict == "unknown"
    assert decision.missing == ("the entries of prefix list pl-1, used by rule sgr-1 of sg-emr",)


def test_what_an_export_lacks_is_named_with_its_direction() -> None:
    directions: tuple[Direction, ...] = ("ingress", "egress")
    ways = tuple((direction, "page two") for direction in directions)
    for direction in directions:
        cut = decide([group(gaps=ways)], direction, traffic(), TCP, 88)
        assert cut.missing == (f"all {direction} rules of sg-emr: page two",)
    inbound = decide([group(rule(source=None))], "ingress", traffic(), TCP, 88)
    assert inbound.missing == ("what rule sgr-1 of sg-emr applies to: the export names no source",)
    drop = rule(direction="egress", source=None, dest=None, accept=False)
    outbound = decide([group(drop)], "egress", traffic(), TCP, 88)
    assert outbound.missing == ("what rule sgr-1 of sg-emr applies to: the export names no destination",)


def test_an_allowance_assumes_no_membership_and_neither_does_a_denial_of_known_members() -> None:
    open_to_all = group(rule(), inner_accept=True)
    assert decide([open_to_all], "ingress", traffic(source_groups=None), TCP, 88).assumed == ()
    assert decide([group(inner_accept=True)], "ingress", traffic(), TCP, 88).assumed == ()


def test_an_answer_that_depends_on_the_client_port_names_what_decides_at_the_first_port() -> None:
    late, early = rule(source_ports=((32768, 60999),)), rule(id="sgr-2", source_ports=((1024, 60999),))
    for only, named in ((late, None), (early, "sgr-2")):
        (part,) = decide([group(only)], "ingress", traffic(), TCP, 88).deciding
        assert (part.verdict, part.rule) == ("unknown", named)
        assert part.why == "depends on which source ports the client uses: a rule accepts only some"


def test_a_rule_counts_as_the_most_entries_that_its_lists_may_hold() -> None:
    lists = (ListUse("source", "pl-1", 20), ListUse("ports", "prl-1", 5), ListUse("dest", "pl-2"))
    assert [weight(rule(lists=lists[:count])) for count in range(4)] == [1, 20, 100, 100]


@pytest.mark.parametrize("sources", [("::/0",), ("0.0.0.0/0", "::/0"), ("255.255.255.255", "::/128"), ("::/128",)])
def test_sources_of_both_families_are_told_apart_at_the_first_address_of_ipv6(sources: tuple[str, ...]) -> None:
    blocks = tuple(parse(block) for block in sources)
    compiled = compile_rules([group(rule(source=blocks))], "ingress", traffic(blocks))
    assert compiled.accepted(TCP, 88) == blocks
    assert [(piece.low, piece.high, piece.accept) for piece in compiled.pieces(TCP, 88)] == [
        (low, high, True) for low, high in blocks
    ]


def test_a_rule_for_no_port_at_all_matches_nothing() -> None:
    # Given a port list of the account that is empty
    for decision in (
        decide([group(rule(ports=()), rule(id="sgr-2", ports=((80, 80),)))], "ingress", traffic(), TCP, 88),
        decide([group(rule(ports=(), accept=False), kind="normal")], "ingress", traffic(), TCP, 88),
    ):
        assert (decision.verdict, [part.rule for part in decision.deciding]) == ("denied", [None])


def test_nothing_is_decided_for_no_sources() -> None:
    for rules in ((), (rule(),), (rule(source=GroupRef("sg-rg")),)):
        decision = decide([group(*rules, inner_accept=True)], "ingress", traffic(()), TCP, 88)
        assert (decision.verdict, decision.allowed, decision.denied, decision.unknown) == ("unknown", (), (), ())


@pytest.mark.parametrize(
    ("left_out", "verdict"),
    [
        (1023, "allowed"),  # no client uses it
        (1024, "unknown"),
        (32767, "unknown"),
        (32768, "denied"),  # the first that Linux chooses
        (60999, "denied"),  # the last
        (61000, "unknown"),
        (65535, "unknown"),
    ],
)
def test_one_client_port_that_a_rule_leaves_out_decides_if_linux_uses_it(left_out: int, verdict: str) -> None:
    others = subtract(((0, 65535),), ((left_out, left_out),))
    # In one rule, and in two of which each has one side
    for rules in ([rule(source_ports=others)], [rule(id=f"sgr-{part[0]}", source_ports=(part,)) for part in others]):
        assert decide([group(*rules)], "ingress", traffic(), TCP, 88).verdict == verdict
        accepted = compile_rules([group(*rules)], "ingress", traffic()).accepted(TCP, 88)
        assert accepted == (VSWITCH if verdict == "allowed" else ())


@pytest.mark.parametrize(
    ("may_use", "source_ports", "verdict"),
    [
        # Both strips begin in the ports of Linux
        ((40000, 50000), (40000, 45000), "denied"),
        ((40000, 50000), (40000, 50000), "allowed"),
        # The only port of Linux is the last one, the first one, or none
        ((1024, 32768), (1, 2000), "denied"),
        ((32768, 32770), (32769, 65535), "denied"),
        ((1024, 32767), (1, 2000), "denied"),
        ((1024, 32768), (2000, 65535), "unknown"),
    ],
)
def test_a_client_that_may_use_few_ports_needs_those_of_linux_among_them(
    may_use: Range, source_ports: Range, verdict: str
) -> None:
    asked = traffic(client_ports=may_use)
    rules = [group(rule(source_ports=(source_ports,)))]
    assert decide(rules, "ingress", asked, TCP, 88).verdict == verdict
    assert compile_rules(rules, "ingress", asked).accepted(TCP, 88) == (VSWITCH if verdict == "allowed" else ())


def test_ports_that_the_client_may_not_use_decide_nothing() -> None:
    halves = [rule(id=f"sgr-{low}", source_ports=((low, high),)) for low, high in ((40000, 45000), (45001, 50000))]
    assert decide([group(*halves)], "ingress", traffic(client_ports=(40000, 50000)), TCP, 88).verdict == "allowed"
    assert decide([group(*halves)], "ingress", traffic(client_ports=(40000, 50001)), TCP, 88).verdict == "denied"
    assert decide([group(*halves)], "ingress", traffic(client_ports=(39999, 50000)), TCP, 88).verdict == "denied"
