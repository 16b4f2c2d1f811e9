"""Which blames of other checks does a surer fault make needless?"""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.findings.model import Blame
from diagnose.findings.names.resolution import without_misled
from diagnose.findings.network import outside_cluster
from tests.support.factories import a_flow, a_group, a_rule, an_endpoint
from tests.support.scenes import the_case, the_scene

FLOWS = (a_flow(), a_flow("other", endpoint=an_endpoint(port=8032)))
CLOSED, ELSEWHERE = the_scene(the_case(a_group()), FLOWS).outcomes
OPEN, _ = the_scene(the_case(a_group(a_rule())), FLOWS).outcomes


def a_blame(code: str, outcome: Any = OPEN, **changes: Any) -> Blame:
    return Blame(**{"code": code, "key": code, "outcome": outcome, "confidence": "strong", **changes})


@pytest.mark.parametrize(
    ("code", "stays"),
    [
        ("DNS-CLUSTER-NAME", False),
        ("SG-SVC", False),
        ("NACL-IN", False),
        ("FW-OS-DROP", False),
        ("FW-OS-REJECT", True),
        ("NET-ROUTE", True),
        ("SVC-DOWN", True),
        ("NET-NODE-GONE", True),
    ],
)
def test_no_repair_of_names_or_rules_brings_a_host_back(code: str, stays: bool) -> None:
    gone, blame = a_blame("NET-NODE-GONE"), a_blame(code)
    assert outside_cluster.settled([gone, blame]) == [gone] + [blame] * stays
    # A guess takes nothing away, and neither does another host that is gone
    for other in (
        a_blame("NET-NODE-GONE", confidence="inferred"),
        a_blame("NET-NODE-GONE", ELSEWHERE),
        a_blame("NET-ROUTE"),
    ):
        assert outside_cluster.settled([other, blame]) == [other, blame]


@pytest.mark.parametrize("misleading", ["DNS-STALE-IP", "DNS-LOOPBACK", "DN-HOSTNAME"])
@pytest.mark.parametrize(
    ("blame", "stays"),
    [
        (a_blame("SVC-DOWN", CLOSED), False),
        (a_blame("FW-OS-DROP", CLOSED), False),
        # What the files deny to the right machine holds, whatever the packets met
        (a_blame("SG-SVC", CLOSED), True),
        (a_blame("NACL-IN", CLOSED), True),
        (a_blame("SG-UNRESOLVED", CLOSED), False),
        (a_blame("SG-SVC", OPEN), False),
    ],
)
def test_packets_to_a_wrong_machine_prove_nothing_about_the_right_one(
    misleading: str, blame: Blame, stays: bool
) -> None:
    wrong = a_blame(misleading, blame.outcome)
    assert without_misled([blame, wrong]) == [blame] * stays + [wrong]
    for other in (
        a_blame(misleading, blame.outcome, mild=True),
        a_blame(misleading, ELSEWHERE),
        a_blame("DNS-NO-PTR", blame.outcome),
    ):
        assert without_misled([blame, other]) == [blame, other]


def test_two_wrong_addresses_of_one_host_are_both_told() -> None:
    both = [a_blame("DNS-LOOPBACK"), a_blame("DNS-STALE-IP")]
    assert without_misled(both) == both
