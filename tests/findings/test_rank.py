"""In which order do findings stand, and how much does each weigh?"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from diagnose.findings.conclude import Check, conclude
from diagnose.findings.model import Blame, Finding, Undone
from diagnose.findings.rank import broken_flows, ranked
from diagnose.scene.scene import Scene
from tests.support.factories import a_flow, a_group, a_kdc_flow, a_rule, an_endpoint
from tests.support.scenes import attached, the_case, the_scene

NAMENODE, KDC = a_flow(), a_kdc_flow()
SPARE = a_flow("spare", need="optional", endpoint=an_endpoint(port=8030))
OPEN = a_flow("open", endpoint=an_endpoint(port=9000))


def place() -> Scene:
    """Return a scene in which only port 9000 is open."""
    return the_scene(the_case(a_group(a_rule((9000, 9000))), nodes=attached()), [NAMENODE, KDC, SPARE, OPEN])


def test_a_broken_flow_is_required_and_stopped() -> None:
    assert broken_flows(place()) == {NAMENODE.id, KDC.id}


def codes(*findings: Finding, broken: Any = ()) -> list[str]:
    return [finding.code for finding in ranked(findings, broken)]


def test_a_setting_meant_to_make_flows_needless_stands_before_what_stops_them() -> None:
    setting = Finding("KDC-UDP-ZERO", "warning", "proven", flows=(KDC.id,))
    rule = Finding("SG-KDC-UDP", "error", "strong", flows=(KDC.id,))
    other = Finding("SG-SVC", "error", "proven", flows=(NAMENODE.id,))

    assert codes(rule, setting, other) == ["SG-SVC", "KDC-UDP-ZERO", "SG-KDC-UDP"]
    # Any other warning about the same flow stays behind
    assert codes(rule, replace(setting, code="KRB-41")) == ["SG-KDC-UDP", "KRB-41"]
    assert codes(replace(rule, flows=(NAMENODE.id,)), setting) == ["SG-KDC-UDP", "KDC-UDP-ZERO"]


def test_what_is_known_stands_before_what_may_be_and_then_what_explains_most() -> None:
    sure = Finding("SG-SVC", "error", "strong", flows=(NAMENODE.id,))
    perhaps = replace(sure, code="FW-VPC", confidence="inferred", flows=(NAMENODE.id, KDC.id))
    more = replace(sure, code="SG-SOURCE", flows=(NAMENODE.id, KDC.id))

    assert codes(perhaps, sure, more, broken={NAMENODE.id, KDC.id}) == ["SG-SOURCE", "SG-SVC", "FW-VPC"]

    # Of two equally sure ones, that of a broken flow stands before that of two which work
    working = replace(sure, code="SG-DATANODE", flows=("one", "two"))
    assert codes(working, sure, broken={NAMENODE.id}) == ["SG-SVC", "SG-DATANODE"]
    proven = replace(sure, code="SG-INTRA", confidence="proven")
    assert codes(sure, proven, broken={NAMENODE.id}) == ["SG-INTRA", "SG-SVC"]


def test_what_undone_repairs_most_stands_first() -> None:
    little = Finding("SG-SVC", "error", "proven", flows=("one", "two"), undone=Undone(("one",), (), None))
    much = replace(little, code="KDC-DOWN", confidence="strong", undone=Undone(("one",), ("mit", "jdk"), None))
    nothing = replace(little, code="KRB-41", undone=Undone((), (), None))
    assert codes(nothing, little, much, broken={"one", "two"}) == ["KDC-DOWN", "SG-SVC", "KRB-41"]


@pytest.mark.parametrize(
    ("changes", "needs", "severity"),
    [
        ({}, ("required",), "error"),
        ({}, ("optional", "required"), "error"),
        ({}, ("optional",), "warning"),
        ({"mild": True}, ("required",), "warning"),
        ({"cause": "rules-contradicted"}, ("required",), "warning"),
    ],
)
def test_a_finding_is_an_error_if_it_stops_a_task(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], needs: tuple[str, ...], severity: str
) -> None:
    # Given a check that blames these flows for one fault
    flows = [a_flow(f"flow-{number}", need=need) for number, need in enumerate(needs)]
    scene = the_scene(the_case(a_group(), nodes=attached()), flows)
    blames = [Blame("SG-SVC", "one", outcome, "strong", **changes) for outcome in scene.outcomes]
    monkeypatch.setattr(sys.modules[conclude.__module__], "CHECKS", (Check("network", lambda _: blames),))
    # Then it is an error if any of them is required, unless it harms no task or its input is old
    (finding,) = conclude(scene).findings
    assert (finding.code, finding.severity) == ("SG-SVC", severity)


def test_what_may_repair_little_stands_before_what_repairs_nothing_alone() -> None:
    # Given a cause that is inferred and changes one client, and a sure one that needs other repairs
    perhaps = Finding("FW-VPC", "error", "inferred", flows=("one",), undone=Undone((), ("mit",), None))
    alone = Finding("KRB-ETYPE-CONF", "error", "proven", flows=("one", "two"), undone=Undone((), (), None, True))
    for some in ((perhaps, alone), (alone, perhaps)):
        assert codes(*some, broken={"one", "two"}) == ["FW-VPC", "KRB-ETYPE-CONF"]
    # Without an answer to what it repairs, what it explains counts in its place
    explains = replace(perhaps, undone=None)
    assert codes(alone, explains, broken={"one"}) == ["FW-VPC", "KRB-ETYPE-CONF"]
    # If neither repairs anything alone, the surer one stands first
    nothing = replace(perhaps, undone=Undone((), (), None))
    assert codes(nothing, alone, broken={"one"}) == ["KRB-ETYPE-CONF", "FW-VPC"]


@pytest.mark.parametrize("fewer", [{"repairs": ()}, {"clients": ()}, {"unclear": ()}])
def test_flows_clients_and_what_is_unclear_count_alike(fewer: dict[str, Any]) -> None:
    much = Undone(("one",), ("mit",), None, unclear=("two",))
    more = Finding("SG-SVC", "error", "strong", undone=much)
    less = Finding("KRB-41", "error", "proven", undone=replace(much, **fewer))
    assert codes(less, more) == ["SG-SVC", "KRB-41"]
