"""Does the new list of a network ACL let the flows in, and is there none if it cannot?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from diagnose.flows.model import Flow
from diagnose.remedies.acls import MOST_ENTRIES, ChangedList, acl_edit, changed_lists
from diagnose.remedies.model import FindingRef
from probes.rules.group_rule import TCP, UDP, Unresolved
from tests.support.acl_cases import ALL_TCP, IN, OUT, acl_entry, with_acl
from tests.support.factories import (
    RG_CIDR,
    a_flow,
    a_group,
    a_kdc_flow,
    a_rule,
    a_udp_rule,
    an_endpoint,
    ranges,
)
from tests.support.scenes import the_case, the_conclusion, the_scene, the_source


def lists(case: Any, flows: Sequence[Flow], sources: Any = None) -> list[ChangedList]:
    place = the_scene(case, flows, None, sources)
    blames = the_conclusion(case, flows, None, sources).blames
    return changed_lists(place.model, blames)


@pytest.mark.parametrize(("has", "is_possible"), [(MOST_ENTRIES - 1, True), (MOST_ENTRIES, False)])
def test_a_list_never_grows_longer_than_the_api_takes(has: int, is_possible: bool) -> None:
    others = [acl_entry("ingress", (port, port), "10.0.0.0/8") for port in range(1, has + 1)]
    found = lists(with_acl(OUT, *others), [a_flow()])
    assert [len(each.after.ingress or ()) for each in found] == [MOST_ENTRIES] * is_possible
    # And if the answers need an entry of the other list too, both lists are there or none
    both = lists(with_acl(*others), [a_flow()])
    assert {each.direction for each in both} == ({"ingress", "egress"} if is_possible else set())


def _entries(case: Any, flows: Sequence[Flow], sources: Any = None) -> set[tuple[Any, ...]]:
    (change,) = lists(case, flows, sources)
    before, after = change.before.ingress or (), change.after.ingress or ()
    made = after[: len(after) - len(before)]
    assert len(set(made)) == len(made)
    return {(rule.protocol, rule.party, *rule.ports) for rule in made}


def test_new_entries_join_neighbouring_ports_of_one_protocol_and_network_alone() -> None:
    # Given a KDC at 88 over both transports, and services at 89, 90 and 92
    flows = [a_kdc_flow("udp"), a_kdc_flow("tcp"), *(a_flow(endpoint=an_endpoint(port=port)) for port in (92, 89, 90))]
    group = a_group(a_rule((1, 100)), a_udp_rule())
    case = replace(with_acl(OUT), security_groups=the_case(group).security_groups)
    ours, second = ranges(RG_CIDR), ranges("192.168.30.0/24")
    assert _entries(case, flows) == {
        (UDP, ours, (88, 88)),
        (TCP, ours, (88, 90)),
        (TCP, ours, (92, 92)),
    }
    # And for two networks each entry twice
    sources = [the_source(), the_source("192.168.30.0/24", vswitch="vsw-2")]
    wide = [replace(flow, sources=(*ours, *second)) for flow in flows]
    both = replace(
        case, security_groups=the_case(a_group(a_rule((1, 100), "192.168.0.0/16", protocol=None))).security_groups
    )
    both = replace(
        both,
        network_acls={
            "nacl-1": replace(both.network_acls["nacl-1"], egress=(acl_entry("egress", (0, 65535), "0.0.0.0/0"),))
        },
    )
    twice = {(protocol, party, ports) for protocol, _, ports in _entries(case, flows) for party in (ours, second)}
    assert _entries(both, wide, sources) == twice


def test_a_list_that_lets_all_in_is_left_alone() -> None:
    case = replace(with_acl(IN, OUT), security_groups=the_case(a_group(*ALL_TCP)).security_groups)
    assert lists(case, [a_flow()]) == []


def test_a_list_with_an_entry_that_nobody_can_read_is_not_sent() -> None:
    # Given an entry for other packets, of which it is not known what it says
    other = acl_entry("ingress", (1, 1), "10.0.0.0/8")
    assert len(lists(with_acl(OUT, other), [a_flow()])) == 1
    assert lists(with_acl(OUT, replace(other, doubt="what the word X of the entry means")), [a_flow()]) == []


def test_an_entry_is_ipv6_if_it_has_a_block_of_ipv6() -> None:
    listed = replace(acl_entry("ingress", (1, 1), "10.0.0.0/8"), party=Unresolved("pl-1", "x"), list="pl-1")
    old = [acl_entry("ingress", (2, 2), "2001:db8::/32"), acl_entry("ingress", (3, 3), "10.0.0.0/8"), listed]
    (change,) = lists(with_acl(OUT, *old), [a_flow()])
    edit = acl_edit(change, FindingRef("NACL-IN", 1))
    assert [(entry.id, entry.peer, entry.is_ipv6) for entry in edit.after] == [
        (None, RG_CIDR, False),
        (None, "2001:db8::/32", True),
        (None, "10.0.0.0/8", False),
        (None, "pl-1", False),
    ]
