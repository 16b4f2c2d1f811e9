"""One interface holds 1,000 rules, over all its groups and in both directions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from diagnose.decisions.model import Model
from diagnose.findings import conclude
from diagnose.remedies.plan import Suggestions, suggest
from diagnose.remedies.quota import Quota
from probes.rules.group_rule import Group, ListUse
from tests.support.factories import EMR_GROUP, a_group, a_kdc_flow, a_node, a_rule
from tests.support.scenes import RG_GROUP, attached, the_case, the_scene, the_source


def filled(count: int, ident: str = EMR_GROUP, **changes: Any) -> Group:
    """Return a group with so many rules, half of them outbound."""
    rules = (
        a_rule((n, n), id=f"{ident}-{n}", group=ident, direction="egress" if n % 2 else "ingress")
        for n in range(2000, 2000 + count)
    )
    return a_group(*rules, id=ident, **{"rule_count": None, **changes})


def suggestions(*groups: Group, on: tuple[str, ...] = (EMR_GROUP,)) -> Suggestions:
    place = the_scene(the_case(*groups, nodes=attached(*on)), [a_kdc_flow("udp")])
    return suggest(place, conclude(place).findings)


@pytest.mark.parametrize(("count", "fits"), [(200, True), (999, True), (1000, False)])
def test_a_group_takes_rules_until_its_interfaces_hold_1000(count: int, fits: bool) -> None:
    assert bool(suggestions(filled(count)).rules) is fits


def test_the_rules_of_all_groups_of_an_interface_count_together() -> None:
    two = (filled(600), filled(400, "sg-more"))
    full = suggestions(*two, on=(EMR_GROUP, "sg-more"))

    assert full.rules == ()
    (note,) = full.notes.values()
    assert f"an interface in {EMR_GROUP}, sg-more holds 1000 of 1000 rules, and 1 more is needed" in note
    # On an interface of its own the same group has room
    assert suggestions(*two).rules


def test_the_fullest_interface_of_a_group_decides() -> None:
    # Given a group on two nodes, of which one is in a group with many rules as well
    nodes = (
        a_node("master-1-1", "192.168.20.11", security_groups=(EMR_GROUP,)),
        a_node("core-1-1", "192.168.20.21", security_groups=(EMR_GROUP, "sg-more")),
    )
    model = Model(the_case(filled(10), filled(989, "sg-more"), nodes=nodes), [the_source()])

    quota = Quota(model)
    assert quota.room(EMR_GROUP) == 1
    assert quota.takes_rules(EMR_GROUP)
    one, two = (a_rule((88 + n, 88 + n), id=f"new-{n}", group=EMR_GROUP) for n in range(2))
    assert quota.fits([one])
    assert not quota.fits([one, two])


def test_a_rule_with_a_list_counts_as_the_most_that_the_list_holds() -> None:
    plain = filled(990)
    listed = replace(plain.rules[0], lists=(ListUse("source", "pl-1", 20),))
    unknown = replace(plain.rules[0], lists=(ListUse("source", "pl-1", None),))

    assert suggestions(replace(plain, rules=(listed, *plain.rules[1:]))).rules == ()
    assert suggestions(replace(plain, rules=(unknown, *plain.rules[1:]))).rules
    assert suggestions(filled(10, rule_count=1000)).rules == ()


def test_the_resource_groups_own_interface_counts_for_outbound_rules() -> None:
    model = Model(the_case(a_group(), nodes=attached()), [the_source()])
    assert (RG_GROUP,) in Quota(model).interfaces


def test_an_added_rule_is_counted_by_the_next_finding() -> None:
    from diagnose.remedies.rules import with_rules

    group = a_group(rule_count=7)
    assert with_rules({group.id: group}, [a_rule(group=group.id)])[group.id].rule_count == 8


def test_an_empty_group_has_room_for_all_rules() -> None:
    quota = Quota(Model(the_case(a_group(), nodes=attached()), [the_source()]))
    assert quota.room(EMR_GROUP) == 1000
    assert quota.room("sg-of-nobody") == 1000


def test_a_full_group_and_one_that_a_service_manages_take_no_rule() -> None:
    for full in (filled(1000), filled(10, managed_by="emr")):
        assert not Quota(Model(the_case(full, nodes=attached()), [the_source()])).takes_rules(EMR_GROUP)
