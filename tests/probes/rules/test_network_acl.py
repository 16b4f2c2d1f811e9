"""Network ACLs against brute force, and the semantics that the VPC pages state, one test each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.addresses import Ranges, cidrs, parse, parse_address
from probes.rules.group_rule import TCP, UDP, Unresolved
from probes.rules.network_acl import Acl, AclRule, Crossing, decide_reply, decide_request, describe
from probes.rules.ruleset import ANY_PORT

BASE = parse_address("10.0.0.0")
VSWITCH: Ranges = (parse("10.0.0.0/28"),)
TARGET = parse_address("10.9.0.1")
CROSSING = Crossing(VSWITCH, TARGET, UDP, 88)


def entry(**fields: object) -> AclRule:
    given_fields: dict[str, object] = {
        "id": "e-1",
        "acl": "nacl-1",
        "direction": "ingress",
        "accept": True,
        "protocol": None,
        "ports": ((0, 65535),),
        "party": (parse("0.0.0.0/0"),),
    }
    return AclRule(**(given_fields | fields))  # type: ignore[arg-type]


def acl(*entries: AclRule) -> Acl:
    return Acl(
        "nacl-1",
        tuple(e for e in entries if e.direction == "ingress"),
        tuple(e for e in entries if e.direction == "egress"),
    )


blocks = st.integers(0, 3).flatmap(
    lambda bits: st.integers(0, (16 >> bits) - 1).map(lambda i: (BASE + (i << bits), BASE + ((i + 1) << bits) - 1))
)
entries = st.builds(
    AclRule,
    id=st.integers(1, 99).map(str),
    acl=st.just("nacl-1"),
    direction=st.sampled_from(["ingress", "egress"]),
    accept=st.booleans(),
    protocol=st.sampled_from([TCP, UDP, None]),
    ports=st.sampled_from([((0, 65535),), ((88, 88),), ((1024, 65535),), ((32768, 60999),), ((80, 2000),)]),
    party=st.one_of(
        blocks.map(lambda b: (b,)),
        st.sampled_from([(parse("0.0.0.0/0"),), (parse("10.9.0.0/24"),), (parse("10.8.0.0/24"),)]),
    ),
)


def first_match(rules: tuple[AclRule, ...], protocol: int, port: int, other_side: int) -> bool:
    """Decide one packet, entry by entry."""
    for rule in rules:
        fits = rule.protocol in (None, protocol) and any(low <= port <= high for low, high in rule.ports)
        assert not isinstance(rule.party, Unresolved)
        if fits and any(low <= other_side <= high for low, high in rule.party):
            return rule.accept
    return False


@settings(max_examples=400, deadline=None)
@given(
    st.lists(entries, max_size=6),
    st.sampled_from([TCP, UDP]),
    st.sampled_from([88, 443]),
    st.sampled_from([1024, 2000, 40000, 65535]),
)
def test_requests_and_replies_equal_brute_force(
    some: list[AclRule], protocol: int, port: int, client_port: int
) -> None:
    # Given any list, and one client port
    lists = acl(*some)
    crossing = Crossing(VSWITCH, TARGET, protocol, port, (client_port, client_port))
    assert lists.ingress is not None
    assert lists.egress is not None
    asked = {
        "into the target": (decide_request(lists, "ingress", crossing), lists.ingress, port, True),
        "out of the source": (decide_request(lists, "egress", crossing), lists.egress, port, False),
        "out of the target": (decide_reply(lists, "egress", crossing), lists.egress, client_port, True),
        "into the source": (decide_reply(lists, "ingress", crossing), lists.ingress, client_port, False),
    }
    # Then each address has the outcome of its own packet, tried entry by entry
    for where, (decision, rules, packet_port, about_sources) in asked.items():
        for address in range(BASE, BASE + 16):
            expected = first_match(rules, protocol, packet_port, address if about_sources else TARGET)
            allowed = any(low <= address <= high for low, high in decision.allowed)
            assert allowed is expected, where
        assert not decision.unknown


def test_order_decides_and_nothing_else() -> None:
    drop, accept = entry(accept=False, party=VSWITCH), entry(id="e-2")
    assert decide_request(acl(drop, accept), "ingress", CROSSING).verdict == "denied"
    assert decide_request(acl(accept, drop), "ingress", CROSSING).verdict == "allowed"


def test_empty_list_denies_and_a_list_left_out_is_unknown() -> None:
    assert decide_request(Acl("nacl-1", (), ()), "ingress", CROSSING).verdict == "denied"
    left_out = decide_request(Acl("nacl-1"), "ingress", CROSSING)
    assert (left_out.verdict, left_out.missing) == ("unknown", ("the ingress entries of nacl-1",))


def test_the_reply_needs_an_entry_of_its_own() -> None:
    only_in = acl(entry(ports=((88, 88),)))
    assert decide_request(only_in, "ingress", CROSSING).verdict == "allowed"
    answer = decide_reply(only_in, "egress", CROSSING)
    assert (answer.verdict, answer.packet) == ("denied", "reply")


@pytest.mark.parametrize(
    ("ports", "verdict"),
    [
        ((1024, 65535), "allowed"),
        ((32768, 60999), "allowed"),
        ((40000, 50000), "unknown"),
        ((49152, 65535), "unknown"),
        ((1024, 32767), "denied"),
        ((88, 88), "denied"),
    ],
)
def test_ephemeral_ports(ports: tuple[int, int], verdict: str) -> None:
    assert decide_reply(acl(entry(direction="egress", ports=(ports,))), "egress", CROSSING).verdict == verdict


def test_a_list_for_the_usual_ports_alone_allows_and_says_what_it_assumes() -> None:
    linux, all_ports = (acl(entry(direction="egress", ports=(ports,))) for ports in ((32768, 60999), (1024, 65535)))
    assert "as linux does, 32768/60999" in decide_reply(linux, "egress", CROSSING).assumed[0]
    assert decide_reply(all_ports, "egress", CROSSING).assumed == ()
    # And it does so as well beside an entry for every port
    usual, drop = entry(direction="egress", ports=((32768, 60999),)), entry(id="e-2", direction="egress", accept=False)
    beside = acl(usual, replace(drop, ports=ANY_PORT))
    assert "as linux does, 32768/60999" in decide_reply(beside, "egress", CROSSING).assumed[0]
    # A client of another kind may choose a port that this list drops
    windows = replace(CROSSING, family="windows")
    assert decide_reply(linux, "egress", windows).verdict == "unknown"


def test_partial_source_is_exact() -> None:
    half = decide_request(acl(entry(party=(parse("10.0.0.0/29"),))), "ingress", CROSSING)
    assert (half.verdict, cidrs(half.denied)) == ("partial", ["10.0.0.8/29"])


def test_name_and_metadata_servers_always_pass() -> None:
    for server in ("100.100.2.136", "100.100.100.200"):
        crossing = replace(CROSSING, target=parse_address(server), port=53)
        assert decide_request(Acl("nacl-1", (), ()), "egress", crossing).verdict == "allowed"


def test_unresolved_prefix_list_is_unknown_only_where_it_could_decide() -> None:
    listed = entry(party=Unresolved("prefix list", "pl-1"))
    assert decide_request(acl(listed), "ingress", CROSSING).verdict == "unknown"
    assert decide_request(acl(entry(id="e-0", accept=False), listed), "ingress", CROSSING).verdict == "denied"
    assert decide_request(acl(listed, entry(id="e-2")), "ingress", CROSSING).verdict == "allowed"


def test_a_target_without_an_address_is_unknown_where_an_entry_names_addresses() -> None:
    # Given an entry for the target's block, and a target whose address no file says
    nowhere = replace(CROSSING, target=None)
    named = entry(direction="egress", party=(parse("10.9.0.0/24"),))
    decision = decide_request(acl(named), "egress", nowhere)
    assert (decision.verdict, decision.missing) == (
        "unknown",
        ("the target's address: entry e-1 of nacl-1 names 10.9.0.0/24",),
    )
    # Then a doubt about the entry itself comes first
    unsure = replace(named, doubt="whether the entry is in force")
    assert decide_request(acl(unsure), "egress", nowhere).missing == ("whether the entry is in force",)
    assert decide_request(acl(named), "ingress", CROSSING).verdict == "denied"


@pytest.mark.parametrize(
    ("may_use", "usual"),
    [
        ((1024, 65535), (32768, 60999)),
        ((1024, 32767), (1024, 32767)),
        ((1024, 32768), (32768, 32768)),
        ((40000, 41000), (40000, 41000)),
        ((60999, 65535), (60999, 60999)),
        ((61000, 65535), (61000, 65535)),
    ],
)
def test_the_usual_ports_are_those_of_linux_among_the_ports_of_the_client(
    may_use: tuple[int, int], usual: tuple[int, int]
) -> None:
    assert replace(CROSSING, client_ports=may_use).usual_ports == usual


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "accept ALL -1/-1 {} 0.0.0.0/0"),
        ({"accept": False, "protocol": UDP, "ports": ((88, 88), (749, 750))}, "drop UDP 88/88,749/750 {} 0.0.0.0/0"),
        ({"party": (parse("10.0.0.0/16"), parse("10.9.0.0/16"))}, "accept ALL -1/-1 {} 10.0.0.0/16, 10.9.0.0/16"),
    ],
)
def test_an_entry_in_words_names_the_far_end_of_its_packets(changes: dict[str, object], words: str) -> None:
    assert describe(entry(**changes)) == words.format("from")
    assert describe(entry(direction="egress", **changes)) == words.format("to")


def test_what_decided_is_an_entry_or_the_default_or_no_list_at_all() -> None:
    # Given an entry for half of the sources
    half = decide_request(acl(entry(party=(parse("10.0.0.0/29"),))), "ingress", CROSSING)
    assert [(part.owner, part.rule, part.verdict) for part in half.deciding] == [
        ("nacl-1", "e-1", "allowed"),
        (None, None, "denied"),
    ]
    assert half.deciding[1].why == "no entry matches, and a network ACL drops what it does not name"
    # And a name server of the VPC, which no list can stop
    (only,) = decide_request(acl(), "egress", replace(CROSSING, target=parse_address("100.100.2.136"))).deciding
    assert (only.owner, only.rule) == (None, None)
    assert only.why == "the VPC's own name and metadata servers pass every network ACL"
