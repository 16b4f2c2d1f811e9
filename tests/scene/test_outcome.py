"""What do configuration and packets say of one flow together?"""

from __future__ import annotations

import pytest

from tests.support.factories import RG_CIDR, a_flow, a_group, a_rule, ranges
from tests.support.scenes import saw, silence, the_case, the_scene, the_source

SECOND = "192.168.30.0/24"


@pytest.mark.parametrize(
    ("sender", "is_inside", "here"),
    [
        ("192.168.10.0", True, "allowed"),
        ("192.168.10.255", True, "allowed"),
        ("192.168.30.7", True, "denied"),
        ("192.168.20.7", False, "partial"),
        (None, False, "partial"),
        ("fe80::1%eth0", False, "partial"),
    ],
)
def test_a_packet_is_from_inside_if_it_is_of_any_network_of_the_resource_group(
    sender: str | None, is_inside: bool, here: str
) -> None:
    # Given two networks, of which the rules let in the first
    sources = [the_source(RG_CIDR), the_source(SECOND, vswitch="vsw-2")]
    flow = a_flow(sources=ranges(RG_CIDR, SECOND))
    place = the_scene(the_case(a_group(a_rule())), [flow], {flow.id: silence(source=sender)}, sources)
    (outcome,) = place.outcomes
    assert (outcome.from_inside, outcome.here, outcome.configured) == (is_inside, here, "partial")


@pytest.mark.parametrize(
    ("sender", "seen", "verdict"),
    [
        ("192.168.10.7", ("filtered", "no-response"), "blocked"),
        ("192.168.20.7", ("filtered", "no-response"), "allowed"),
        ("192.168.10.7", ("closed", "rst"), "blocked"),
        ("192.168.20.7", ("closed", "rst"), "blocked"),
        ("192.168.10.7", ("open", "syn-ack"), "accepts"),
        ("192.168.20.7", ("open", "syn-ack"), "allowed"),
    ],
)
def test_silence_and_answers_count_for_the_network_that_they_came_from(
    sender: str, seen: tuple[str, str], verdict: str
) -> None:
    flow = a_flow()
    place = the_scene(the_case(a_group(a_rule())), [flow], {flow.id: saw(*seen, source=sender)})
    assert place.outcomes[0].verdict == verdict
