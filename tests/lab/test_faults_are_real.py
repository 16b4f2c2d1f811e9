"""Is every fault of the collection one that the kernel enforces, and the healthy case one that it lets pass?"""

from __future__ import annotations

from itertools import product

import pytest

from .cases import DATANODE_PORT, MASTER_PORTS, LabCase, healthy
from .faults import FAULTS, Fault
from .netns import CLUSTER, RG_ADDRESSES
from .scene import Lab, Packet

CLIENTS = [address for address in RG_ADDRESSES if address.startswith("192.168.10.")]


def _needed(case: LabCase) -> list[Packet]:
    ends = [("tcp", CLUSTER["master"], port) for port in MASTER_PORTS.values()]
    ends += [(transport, CLUSTER["kdc"], case.kdc_port) for transport in ("tcp", "udp")]
    ends += [("tcp", CLUSTER[role], DATANODE_PORT) for role in ("core-1", "core-2")]
    return [Packet(client, end[0], end[1], end[2]) for client, end in product(CLIENTS, ends)]  # type: ignore[arg-type]


def _states(lab: Lab, case: LabCase) -> list[str]:
    lab.serve("master", tcp=MASTER_PORTS.values())
    lab.serve("kdc", tcp=[case.kdc_port], udp=[case.kdc_port])
    for role in ("core-1", "core-2"):
        lab.serve(role, tcp=[DATANODE_PORT])
    lab.enforce(case.documents.values())
    return [seen.state for seen in lab.send(_needed(case))]


def test_the_healthy_case_lets_everything_pass(lab: Lab) -> None:
    assert set(_states(lab, healthy())) == {"open"}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_stops_something_that_is_needed(lab: Lab, fault: Fault) -> None:
    assert "dropped" in _states(lab, fault.case)
