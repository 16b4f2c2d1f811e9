"""What does a finding show as evidence, and what would settle it?"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from diagnose.case.directory import read
from diagnose.case.model import Case
from diagnose.findings import conclude
from diagnose.findings.conclude import CHECKS, Check
from diagnose.findings.model import CERTAINTY, Blame, Finding
from diagnose.flows.model import Flow
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.scene import Scene, with_outcomes
from probes.observation import Observation
from probes.origin import Origin
from tests.support.factories import RG_CIDR, a_flow, a_group, a_rule, an_endpoint, an_origin
from tests.support.places import FIXTURES
from tests.support.scenes import saw, silence, the_case, the_conclusion, the_scene

OUTSIDE = "203.0.113.9"
NAMENODE = a_flow()
CLOSED, OPEN = the_case(a_group()), the_case(a_group(a_rule((1, 65535))))


def only(case: Case, seen: Observation | None, *more: Flow, flow: Flow = NAMENODE) -> Finding:
    packets = {} if seen is None else {flow.id: seen}
    (finding,) = the_conclusion(case, [flow, *more], packets).findings
    return finding


def in_scene(result: Blame | Finding, whole: Scene) -> Blame | Finding:
    return replace(result, outcome=whole.by_id[result.flow.id]) if isinstance(result, Blame) else result


def shown(finding: Finding, kind: str) -> list[str]:
    return [each.text for each in finding.evidence if each.kind == kind]


@pytest.mark.parametrize(
    ("case", "seen", "packets"),
    [
        (CLOSED, silence(), ["192.168.20.11:8020/tcp: filtered, no-response"]),
        # A packet from another network says nothing about rules for this one
        (CLOSED, silence(source=OUTSIDE), []),
        (OPEN, saw("closed", "rst"), ["192.168.20.11:8020/tcp: closed, rst"]),
        (OPEN, saw("closed", "rst", source=OUTSIDE), ["192.168.20.11:8020/tcp: closed, rst"]),
        (
            OPEN,
            saw("filtered", "host-prohibited", offender="192.168.20.11"),
            ["192.168.20.11:8020/tcp: filtered, host-prohibited from 192.168.20.11"],
        ),
        (CLOSED, None, []),
    ],
)
def test_the_packets_that_show_a_fault(case: Case, seen: Observation | None, packets: list[str]) -> None:
    found = [
        text.replace(str(NAMENODE.endpoint), "192.168.20.11:8020/tcp")
        for text in shown(only(case, seen), "observation")
    ]
    assert found == packets


def test_each_line_that_names_an_end_is_shown_once() -> None:
    second = a_flow("namenode-http", endpoint=an_endpoint(port=9870), origin=an_origin(line=2))
    same = a_flow("datanode-http", endpoint=an_endpoint(port=9864))
    whole = a_flow("resourcemanager", endpoint=an_endpoint(port=8032), origin=Origin("yarn-site.xml", None))
    lines = shown(only(CLOSED, None, second, same, whole), "line")
    assert [text.partition(" names ")[0] for text in lines] == ["core-site.xml:1", "core-site.xml:2", "yarn-site.xml"]


def test_what_decides_against_it_is_shown_before_what_may() -> None:
    # Given rules that deny, and rules on the other side that nobody exported
    case = replace(CLOSED, security_groups={"sg-bp1emr0001": a_group()})
    first, second = the_conclusion(case, [NAMENODE]).findings
    assert (first.code, second.code) == ("SG-SVC", "SG-UNRESOLVED")
    (decision,) = shown(first, "decision")
    assert decision == "inbound rules of sg-bp1emr0001: no rule matches, and inbound traffic is denied by default"


def test_the_rules_that_show_it_are_named_with_their_place() -> None:
    drop = a_rule(accept=False, id="sgr-drop")
    accept = a_rule(priority=5, id="sgr-accept", origin=Origin("sg.json", 7))
    rules = shown(only(the_case(a_group(drop, accept)), None), "rule")
    assert [text.endswith(" (sg.json:7)") for text in rules] == [False, True]
    assert all(", in sg-bp1emr0001" in text for text in rules)


@pytest.mark.parametrize(
    ("flows", "words"),
    [
        ([NAMENODE], f"a probe of {NAMENODE.endpoint} from a host in {RG_CIDR}"),
        (
            [NAMENODE, a_flow("x", endpoint=an_endpoint(port=1)), a_flow("y", endpoint=an_endpoint(port=2))],
            f"a probe of {NAMENODE.endpoint} and 2 more from a host",
        ),
        (
            [NAMENODE, a_flow("x", endpoint=an_endpoint(port=1))],
            f"a probe of {NAMENODE.endpoint} and 1 more from a host",
        ),
        ([replace(NAMENODE, during_jobs=True)], f"during a job, a connection to {NAMENODE.endpoint}"),
        (
            [NAMENODE, a_flow("x", endpoint=an_endpoint(port=1), during_jobs=True)],
            f"during a job, a connection to {NAMENODE.endpoint} and 1 more from a host",
        ),
    ],
)
def test_what_would_settle_a_missing_rule(flows: list[Flow], words: str) -> None:
    finding = only(CLOSED, None, *flows[1:], flow=flows[0])
    assert words in (finding.settle_by or "")


def test_a_finding_is_as_sure_as_the_surest_of_its_connections() -> None:
    # Given one connection whose packets got no answer, and one that was not tried
    second = a_flow("namenode-http", endpoint=an_endpoint(port=9870), origin=an_origin(line=2))
    tried, not_tried = only(CLOSED, silence()), only(CLOSED, None)
    assert CERTAINTY.index(tried.confidence) > CERTAINTY.index(not_tried.confidence)

    for both in ([NAMENODE, second], [second, NAMENODE]):
        (finding,) = the_conclusion(CLOSED, both, {NAMENODE.id: silence()}).findings
        assert finding.confidence == tried.confidence
        assert set(finding.flows) == {NAMENODE.id, second.id}


def test_a_probe_settles_it_from_a_network_that_the_rules_stop() -> None:
    half = the_case(a_group(a_rule((8020, 8020), "192.168.10.0/25")))
    assert f"a probe of {NAMENODE.endpoint} from a host in 192.168.10.128/25:" in (only(half, None).settle_by or "")


def test_of_much_evidence_the_first_twelve_are_shown() -> None:
    more = [a_flow(f"x-{port}", endpoint=an_endpoint(port=port), origin=an_origin(line=port)) for port in range(2, 20)]
    evidence = only(CLOSED, None, *more).evidence
    assert [each.kind for each in evidence] == ["decision", *["line"] * 11]
    assert evidence[-1].text.startswith("core-site.xml:11 names ")


@pytest.mark.parametrize("seen", [None, silence(), saw("closed", "rst")])
def test_findings_that_are_counted_are_the_same_without_what_only_text_needs(seen: Observation | None) -> None:
    made = the_scene(CLOSED, [NAMENODE], {} if seen is None else {NAMENODE.id: seen})
    shown, counted = conclude(made).findings, conclude(made, with_text=False).findings
    assert [(f.code, f.severity, f.confidence, f.cause, f.flows) for f in counted] == [
        (f.code, f.severity, f.confidence, f.cause, f.flows) for f in shown
    ]
    assert all(finding.evidence and finding.title for finding in shown)
    assert not any(finding.title for finding in counted)
    assert not any(finding.evidence for finding in counted if finding.confidence != "proven")


@pytest.mark.parametrize("fixture", sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir()))
def test_a_check_finds_the_same_whatever_becomes_of_what_it_does_not_read(fixture: str) -> None:
    # Given flows of which only the target is known, or also that no packet was sent
    case = read([FIXTURES / fixture])
    whole = scene_of(case, flows(case), CaseObservations())
    fields = {"flows": {}, "packets": {"observations": (), "observed": None, "from_inside": False, "is_silent": False}}

    for check in (check for check in CHECKS if check.reads != "decisions"):
        known: Any = tuple(
            SimpleNamespace(flow=each.flow, attachment=each.attachment, **fields[check.reads])
            for each in whole.outcomes
        )
        targets = replace(whole, outcomes=known, by_id={}, derived={})
        found = [in_scene(each, whole) for each in check.run(targets)]
        assert found == list(check.run(whole)), check


@pytest.mark.parametrize(
    ("reads", "packets", "asked"),
    [
        ("flows", {}, 1),
        ("flows", {NAMENODE.id: silence()}, 1),
        ("packets", {}, 1),
        ("packets", {NAMENODE.id: silence()}, 2),
        ("decisions", {}, 2),
    ],
)
def test_a_check_is_asked_again_only_for_what_it_reads(reads: Any, packets: dict[str, Any], asked: int) -> None:
    # Given two scenes of the same flows, and a check that blames each of them
    before = the_scene(CLOSED, [NAMENODE], packets)
    after = with_outcomes(before, [replace(outcome, verdict="allowed") for outcome in before.outcomes])
    run = Mock(side_effect=lambda scene: [Blame("SG-SVC", "one", each, "strong") for each in scene.outcomes])
    check = Check("network", run, reads)
    for scene in (before, after):
        (blame,) = check.results(scene)
        assert isinstance(blame, Blame)
        assert blame.outcome is scene.outcomes[0]
    assert run.call_count == asked
