"""Which filters does a case rule out, and which network ACL is blamed how surely?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.findings.network.network_acl import blames
from diagnose.findings.network.other_filters import answers_elsewhere, not_excluded
from probes.observation import Observation
from tests.support.acl_cases import KDC, NAMENODE, OUT, with_acl
from tests.support.factories import a_group, a_vswitch
from tests.support.scenes import attached, saw, silence, the_case, the_scene, the_source

CASE = the_case(a_group(), nodes=attached())
UDP, TCP = KDC


@pytest.mark.parametrize(
    ("beside", "answers"),
    [
        (saw("open", "syn-ack"), True),
        (saw("closed", "rst"), True),
        (silence(), False),
        (saw("open", "syn-ack", source="203.0.113.9"), False),
        (None, False),
    ],
)
def test_a_host_answers_elsewhere_if_another_flow_of_the_resource_group_met_an_answer(
    beside: Observation | None, answers: bool
) -> None:
    seen = {UDP.id: silence()} | ({NAMENODE.id: beside} if beside else {})
    place = the_scene(CASE, [UDP, NAMENODE], seen)
    assert answers_elsewhere(place, place.outcomes[0]) is answers


def test_inside_one_vswitch_no_other_filter_stands_between() -> None:
    # Given two networks of the resource group, one of them in the vSwitch of the nodes
    sources = [the_source(), the_source("192.168.20.0/24", vswitch="vsw-bp1emr")]
    place = the_scene(CASE, [UDP], {UDP.id: silence()}, sources)
    assert not_excluded(place, place.outcomes[0]) == ()


def test_between_two_vswitches_an_acl_that_no_file_denies_is_not_excluded() -> None:
    vswitches = {**CASE.vswitches, "vsw-bp1rg": a_vswitch("vsw-bp1rg", cidr="192.168.10.0/24", acl=None)}
    place = the_scene(replace(CASE, vswitches=vswitches), [UDP], {UDP.id: silence()})
    assert not_excluded(place, place.outcomes[0]) == (
        "whether a network ACL is bound to vSwitch vsw-bp1rg (DescribeVSwitchAttributes)",
        "whether master-1-1 runs and has this address (ECS console): nothing on it answered",
    )


def test_an_acl_is_proven_by_silence_from_inside_and_strong_without() -> None:
    case = with_acl(OUT)
    certainty = {
        "silent": [b.confidence for b in blames(the_scene(case, [UDP], {UDP.id: silence()}))],
        "not asked": [b.confidence for b in blames(the_scene(case, [UDP]))],
        "from elsewhere": [
            b.confidence for b in blames(the_scene(case, [UDP], {UDP.id: silence(source="203.0.113.9")}))
        ],
    }
    assert certainty == {"silent": ["proven"], "not asked": ["strong"], "from elsewhere": ["strong"]}


def test_no_acl_is_blamed_for_an_optional_flow_or_one_that_answered() -> None:
    case = with_acl(OUT)
    assert list(blames(the_scene(case, [replace(UDP, need="optional")]))) == []
    assert list(blames(the_scene(case, [TCP], {TCP.id: saw("closed", "rst")}))) == []
