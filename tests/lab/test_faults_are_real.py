"""Is every fault of the collection one that the kernel enforces, and the healthy case one that it
lets pass?
"""

from __future__ import annotations

import pytest

from .cases import healthy
from .diagnosis import reached, serve_cluster
from .faults import FAULTS, Fault
from .netns import RG_CLIENTS, RG_STRANGER
from .scene import Lab


def test_the_healthy_case_lets_the_resource_group_pass_and_nobody_else(lab: Lab) -> None:
    serve_cluster(lab)
    assert reached(lab, healthy(), RG_CLIENTS) == {"open"}
    assert reached(lab, healthy(), [RG_STRANGER]) == {"dropped"}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_stops_something_that_is_needed(lab: Lab, fault: Fault) -> None:
    case = fault.case
    serve_cluster(lab, case.kdc_port)
    assert "dropped" in reached(lab, case, RG_CLIENTS)
