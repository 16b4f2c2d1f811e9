"""Does a change of rules let in what is wanted and nothing else, at each port and protocol?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from diagnose.case.model import Node
from diagnose.decisions.model import Model
from diagnose.remedies.exact import Wanted, is_exact
from probes.rules.group_rule import TCP, Group, Rule, Unresolved
from tests.support.factories import EMR_GROUP, RG_CIDR, a_case, a_group, a_node, a_rule, ranges
from tests.support.scenes import the_source

SCTP = 132


def exact(before: tuple[Rule, ...], after: tuple[Rule, ...], wanted: Wanted) -> bool:
    def groups(rules: tuple[Rule, ...]) -> dict[str, Group]:
        return {EMR_GROUP: a_group(*rules)}

    return is_exact(model(groups(before)), model(groups(after)), [(EMR_GROUP,)], wanted)


def model(groups: Mapping[str, Group], *nodes: Node) -> Model:
    return Model(a_case(nodes=nodes) if nodes else a_case(), [the_source()], groups)


def accept(first: int, last: int, **changes: Any) -> Rule:
    return a_rule((first, last), **{"id": f"sgr-{first}-{last}", **changes})


def wants(first: int, last: int) -> Wanted:
    return {(TCP, (first, last)): ranges(RG_CIDR)}


def test_no_change_is_exact() -> None:
    assert exact((accept(10, 10),), (accept(10, 10),), {})


@pytest.mark.parametrize(
    ("before", "after", "wanted", "is_right"),
    [
        ((), (10, 10), (10, 10), True),
        ((), (10, 11), (10, 10), False),
        ((), (9, 10), (10, 10), False),
        ((10, 10), (10, 11), (11, 11), True),
        ((10, 10), (10, 12), (11, 11), False),
        ((10, 10), (10, 11), (20, 20), False),
    ],
)
def test_one_port_too_many_is_noticed(
    before: tuple[int, int] | tuple[()], after: tuple[int, int], wanted: tuple[int, int], is_right: bool
) -> None:
    had = (accept(*before),) if before else ()
    assert exact(had, (*had, accept(*after)), wants(*wanted)) is is_right


def test_what_was_let_in_before_must_still_be() -> None:
    assert not exact((accept(10, 11),), (accept(11, 11),), {})


def test_a_protocol_that_only_one_drop_names_is_asked_too() -> None:
    # Given a drop of SCTP before an accept of everything, and a change that accepts before it
    drop = accept(0, 65535, id="sgr-drop", accept=False, priority=5, protocol=SCTP)
    everything = accept(0, 65535, id="sgr-all", priority=10, protocol=None)
    first = accept(0, 65535, id="sgr-first", priority=1, protocol=None)
    assert not exact((drop, everything), (drop, everything, first), {})
    assert exact((everything,), (everything, first), {})


@pytest.mark.parametrize(
    ("opened", "is_right"),
    [
        ("192.168.20.11/32", False),
        ("192.168.20.10/31", False),
        ("192.168.20.0/24", False),
        ("192.168.20.21/32", True),
        ("192.168.20.12/32", True),
    ],
)
def test_a_rule_for_one_node_opens_that_node_alone(opened: str, is_right: bool) -> None:
    # Given a node with this group, one with another group, and one without an address
    nodes = (
        a_node("core-1-9", None, security_groups=(EMR_GROUP,)),
        a_node(security_groups=(EMR_GROUP,)),
        a_node("core-1-1", "192.168.20.21", security_groups=("sg-other",)),
    )
    rule = accept(10, 10, dest=ranges(opened))
    for others in ((), (accept(20, 20),)):
        before, after = ({EMR_GROUP: a_group(*rules)} for rules in (others, (*others, rule)))
        assert is_exact(model(before, *nodes), model(after, *nodes), [(EMR_GROUP,)], {}) is is_right
        assert is_exact(model(before, *nodes), model(after, *nodes), [(EMR_GROUP,)], wants(10, 10))


def test_a_rule_for_a_list_of_ports_that_nobody_knows_opens_what_stands_behind_it() -> None:
    # Given a drop for a list of ports before an accept of all ports
    drop = replace(accept(0, 65535, id="sgr-drop", accept=False), ports=Unresolved("port list", "prl-1"))
    everything = accept(0, 65535, id="sgr-all", priority=2)
    assert not exact((drop, everything), (everything,), {})
    assert exact((drop, everything), (everything,), wants(0, 65535))
    assert not exact((drop, everything), (everything,), wants(0, 65534))
    assert not exact((drop, everything), (everything,), wants(1, 65535))


def test_an_interface_in_a_changed_and_an_unchanged_group_is_asked_too() -> None:
    # Given an interface with two groups, of which one gets a rule for a port too many
    other = a_group(id="sg-other")
    before, after = ({EMR_GROUP: a_group(*rules), "sg-other": other} for rules in ((), (accept(10, 11),)))
    assert not is_exact(model(before), model(after), [(EMR_GROUP, "sg-other")], wants(10, 10))
    assert is_exact(model(before), model(after), [(EMR_GROUP, "sg-other")], wants(10, 11))
