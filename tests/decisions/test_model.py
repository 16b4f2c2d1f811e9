"""Which security groups decide on a flow, if the resource group has several networks?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from diagnose.remedies.edits import outbound_drops
from tests.support.factories import EMR_GROUP, RG_CIDR, a_flow, a_group, a_rule, an_endpoint, ranges
from tests.support.scenes import attached, the_case, the_source

V6 = "2001:db8:a::/64"
OVER_V4 = a_flow(sources=ranges(RG_CIDR))
OVER_V6 = a_flow(sources=ranges(V6), endpoint=an_endpoint(address="2001:db8:b::11"))
OVER_BOTH = a_flow(sources=ranges(RG_CIDR, V6))


def two_families() -> Model:
    """Return a resource group with one network of each family. Only IPv6 may go out."""
    case = the_case(
        a_group(a_rule(), a_rule(source=V6, id="sgr-v6")),
        a_group(id="sg-v4", kind="enterprise", inner_accept=None),
        a_group(id="sg-v6"),
    )
    four = the_source(groups=frozenset({"sg-v4"}))
    six = the_source(V6, vswitch="vsw-v6", groups=frozenset({"sg-v6"}))
    return Model(case, [four, six])


@pytest.mark.parametrize(
    ("flow", "groups", "verdict"),
    [
        (OVER_V4, ("sg-v4",), "denied"),
        (OVER_V6, ("sg-v6",), "allowed"),
        (OVER_BOTH, ("sg-v4", "sg-v6"), "partial"),
    ],
)
def test_only_the_groups_of_networks_that_open_the_flow_decide_on_its_way_out(
    flow: Flow, groups: tuple[str, ...], verdict: str
) -> None:
    model = two_families()
    (egress,) = (
        each for each in model.decisions(flow) if each.direction == "egress" and each.layer == "security-group"
    )
    assert (egress.at, egress.verdict) == (groups, verdict)
    assert model.denied(flow, "egress") == (ranges(RG_CIDR) if verdict != "allowed" else ())


def test_no_group_decides_on_a_flow_that_no_network_can_open() -> None:
    flow = a_flow(sources=())
    assert [each for each in two_families().decisions(flow) if each.layer == "security-group"] == []
    assert two_families().verdict(flow) == "unknown"


def test_the_rules_that_deny_are_the_drops_that_decide_in_their_own_group() -> None:
    # Given two groups whose rules have the same ids, as exports without ids give them
    drop = a_rule(id="rule 1", accept=False)
    others = [
        a_rule(id="rule 2", group="sg-more", priority=9),
        a_rule(id="rule 1", group="sg-more"),
        a_rule((22, 22), id="rule 3", group="sg-more", accept=False),
    ]
    case = the_case(a_group(drop), a_group(*others, id="sg-more"), nodes=attached(EMR_GROUP, "sg-more"))
    model = Model(case, [the_source()])
    (ingress,) = (each for each in model.decisions(a_flow()) if each.denied)

    assert model.denying(ingress) == (drop,)
    # And a drop that may not match decides nothing for sure
    doubtful = replace(case, security_groups={**case.security_groups, EMR_GROUP: a_group(replace(drop, doubt="how"))})
    assert [
        Model(doubtful, [the_source()]).denying(each) for each in Model(doubtful, [the_source()]).decisions(a_flow())
    ] == [(), ()]


@pytest.mark.parametrize(("priority", "is_first"), [(1, True), (2, False)])
def test_the_drops_that_no_accept_wins_over_are_those_of_priority_1_on_their_side(
    priority: int, is_first: bool
) -> None:
    inbound = a_rule(id="in", accept=False, priority=priority)
    outbound = a_rule(
        id="out",
        accept=False,
        priority=priority,
        group="sg-bp1rg",
        direction="egress",
        source=None,
        dest=ranges("192.168.20.0/24"),
    )
    case = the_case(a_group(inbound))
    model = Model(
        replace(case, security_groups={**case.security_groups, "sg-bp1rg": a_group(outbound, id="sg-bp1rg")}),
        [the_source()],
    )

    assert outbound_drops(model, [a_flow(), a_flow("other")]) == [outbound] * is_first
    assert outbound_drops(model, []) == []
