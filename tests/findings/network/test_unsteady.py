"""Is a lasting cause in doubt if the answers of one host differ from packet to packet?"""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.findings import Conclusion
from probes.observation import Observation
from tests.support.acl_cases import DATANODES, FLOWS, KDC, NAMENODE
from tests.support.factories import a_group, a_rule, a_udp_rule
from tests.support.scenes import saw, silence, the_case, the_conclusion

OPEN = (a_rule(), a_rule((88, 88)), a_udp_rule(), a_rule((9866, 9866)))
REFUSED = saw("closed", "rst", rtt_ms=1.0)
ACCEPTED = saw("open", "syn-ack", rtt_ms=1.0)


def concluded(**seen: Any) -> Conclusion:
    """Return the conclusion. seen: what came of the NameNode; all others answered at once."""
    all_seen: dict[str, Any] = {flow.id: _answer(flow) for flow in FLOWS}
    return the_conclusion(the_case(a_group(*OPEN)), FLOWS, {**all_seen, **{k.id: v for k, v in seen["of"].items()}})


def _answer(flow: Any) -> Observation:
    kerberos = flow.area == "kerberos"
    address = flow.endpoint.address or "192.168.20.11"
    return saw("open", "kerberos-reply" if kerberos else "syn-ack", rtt_ms=1.0, address=address)


def said(found: Conclusion) -> list[tuple[str, str]]:
    return [(each.code, each.confidence) for each in found.findings]


def test_a_port_that_refuses_beside_others_that_accept_is_a_stopped_service() -> None:
    ((code, confidence),) = said(concluded(of={NAMENODE: REFUSED}))
    assert code == "SVC-DOWN"
    assert confidence != "inferred"


def test_a_port_that_accepts_and_refuses_leaves_open_whether_two_machines_answer() -> None:
    # https://cr0x.net/en/ip-conflict-find-culprit-fast: the network leads to one or to the other.
    found = concluded(of={NAMENODE: (ACCEPTED, REFUSED)})

    assert said(found) == [("SVC-DOWN", "inferred")]
    assert "two machines have the address of master-1-1" in (found.findings[0].settle_by or "")
    assert "arping" in (found.findings[0].settle_by or "")


def test_what_one_port_of_a_host_shows_counts_for_its_other_ports() -> None:
    tcp = KDC[1]
    found = concluded(of={NAMENODE: REFUSED, tcp: (ACCEPTED, saw("closed", "conn-refused"))})

    assert ("SVC-DOWN", "inferred") in said(found)


@pytest.mark.parametrize(
    "first",
    [
        saw("open", "syn-ack", address="192.168.20.99"),
        Observation("remote", "open", "syn-ack", address="192.168.20.11"),
    ],
    ids=["another address", "another vantage"],
)
def test_another_address_or_vantage_is_no_second_machine(first: Observation) -> None:
    (finding,) = concluded(of={NAMENODE: (first, REFUSED)}).findings

    assert finding.confidence != "inferred"
    assert "two machines" not in (finding.settle_by or "")


@pytest.mark.parametrize(
    ("attempts", "rtt", "is_doubted"), [(1, 1.0, False), (2, 1.0, True), (3, 1002.0, True), (2, 400.0, False)]
)
def test_attempts_that_are_lost_at_other_ports_leave_a_silence_open(
    attempts: int, rtt: float, is_doubted: bool
) -> None:
    # Given every third packet lost, which meets one port three times
    slow = {
        flow: saw("open", "syn-ack", attempts=attempts, rtt_ms=rtt, address=flow.endpoint.address) for flow in DATANODES
    }
    found = concluded(of={NAMENODE: silence(attempts=3), **slow})
    text = found.findings[0].settle_by or ""

    assert [each.code for each in found.findings] == ["FW-OS-DROP"]
    assert ("packets are lost on the way" in text) is is_doubted
    assert (found.findings[0].confidence == "inferred") is is_doubted


def test_one_lost_attempt_is_no_loss_on_the_way() -> None:
    slow = {DATANODES[0]: saw("open", "syn-ack", attempts=2, rtt_ms=1.0, address=DATANODES[0].endpoint.address)}
    found = concluded(of={NAMENODE: silence(attempts=3), **slow})

    assert [each.code for each in found.findings] == ["FW-OS-DROP"]
    assert "packets are lost" not in (found.findings[0].settle_by or "")
