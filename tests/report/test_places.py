"""Is it told which endpoints several hosts do not see alike?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.case.model import Case
from diagnose.engine import diagnose
from diagnose.flows.model import FlowPlan
from diagnose.report import brief, details
from diagnose.report.build import Clock, build
from diagnose.report.model import Report
from diagnose.report.places import seen_differently, sent_nothing
from diagnose.scene.observed import CaseObservations, SendingPlace
from probes.observation import Observation, Reason, State
from tests.support.factories import a_case, a_flow

RG, NODE = "ssh://rg", "ssh://emr-header-1"


def seen(vantage: str, source: str, state: State, reason: Reason) -> Observation:
    return Observation(vantage, state, reason, attempts=1, source=source, address="192.168.20.11")


def report(*observations: Observation) -> Report:
    case: Case = a_case(krb5=None)
    flow = a_flow()
    places = (SendingPlace(RG, "Python 3.9 there sends the packets."), SendingPlace(NODE, "…"))
    made = diagnose(case, CaseObservations({flow.id: observations}, places=places), plan=FlowPlan((flow,)))
    return build(made, "check", Clock("2026-11-29T00:00:00.000+00:00", 1))


SILENT = seen(RG, "192.168.10.5", "filtered", "no-response")
OPEN = seen(NODE, "192.168.20.12", "open", "syn-ack")


def test_an_endpoint_that_only_a_node_reaches_is_named_with_both_views() -> None:
    found = report(OPEN, SILENT)

    assert seen_differently(found) == [
        (
            "tcp://master-1-1:8020",
            "open from ssh://emr-header-1 (syn-ack); filtered from ssh://rg (no-response)",
        )
    ]
    assert "Not seen alike from everywhere: tcp://master-1-1:8020" in " ".join(brief.render(found, 80, False).split())
    assert "filtered from ssh://rg" in details.render(found, 200, False)


def test_the_resource_group_decides_whatever_the_order() -> None:
    for observations in ((OPEN, SILENT), (SILENT, OPEN)):
        (flow,) = report(*observations).flows
        assert flow.verdict in ("blocked", "partial")


def test_what_all_see_alike_is_not_told() -> None:
    assert seen_differently(report(replace(SILENT, vantage=NODE), SILENT)) == []
    assert seen_differently(report(replace(SILENT, state="open|filtered", vantage=NODE), SILENT)) == []


def test_a_refusal_beside_an_answer_to_a_node_is_no_stopped_service() -> None:
    found = report(OPEN, seen(RG, "192.168.10.5", "closed", "rst"))

    assert not [finding.code for finding in found.findings if finding.code == "SVC-DOWN"]


@pytest.mark.parametrize(
    ("place", "why", "said"),
    [
        ("ssh://rg", "rg: 127.0.0.1:22 cannot be reached", "ssh://rg sent nothing: 127.0.0.1:22 cannot be reached"),
        ("ssh://root@rg:22", "rg: no answer", "ssh://root@rg:22 sent nothing: no answer"),
        ("ssh://root@rg", "root@rg: the login is refused", "ssh://root@rg sent nothing: the login is refused"),
        ("ssh://[::1]:22", "::1: no answer", "ssh://[::1]:22 sent nothing: no answer"),
        ("ssh://rg", "hop: no answer", "ssh://rg sent nothing: hop: no answer"),
        ("ssh://rg", "rg shows a key", "ssh://rg sent nothing: rg shows a key"),
    ],
)
def test_a_host_that_sent_nothing_is_named_once(place: str, why: str, said: str) -> None:
    assert sent_nothing(place, why) == said
