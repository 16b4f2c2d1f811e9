"""Which security groups decide on a flow, if the resource group has several networks?"""

from __future__ import annotations

import pytest

from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from tests.support.factories import RG_CIDR, a_flow, a_group, a_rule, an_endpoint, ranges
from tests.support.scenes import the_case, the_source

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
