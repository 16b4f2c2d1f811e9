"""What changed between two reports, and did it get worse?"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from diagnose.report.difference import Difference, compare, encode
from diagnose.report.difference_page import render
from diagnose.report.finding_model import WaivedFacts
from diagnose.report.flow_model import OriginFacts
from diagnose.report.model import ExpectationFacts, InputFile, Report
from tests.support.reports import a_cluster, a_finding, a_report, failing, hostile, inconclusive, passing

KDC = "kdc/master-1-1:88/udp"


def with_verdict(verdict: str, need: str = "required") -> Report:
    flow = msgspec.structs.replace(failing().flows[0], verdict=verdict, need=need)
    return a_report(flows=[flow])


def with_findings(*findings: Any) -> Report:
    return a_report(findings=list(findings))


def test_a_report_does_not_differ_from_itself() -> None:
    same = compare(failing(), failing())
    assert not same.is_worse
    for name in same.__struct_fields__:
        if isinstance(getattr(same, name), list):
            assert getattr(same, name) == [], name
    assert "Nothing got worse." in render(same, 80, colour=False)


def test_a_repair_takes_the_finding_and_its_rules_away() -> None:
    found = compare(failing(), passing())
    assert [finding.code for finding in found.gone] == ["SG-KDC-UDP", "KRB-INCLUDEDIR"]
    assert [rule.ip_protocol for rule in found.rules_gone] == ["UDP", "TCP"]
    assert (found.before.status, found.after.status, found.is_worse) == ("fail", "pass", False)
    assert "Verdict: fail -> pass. Exit code: 1 -> 0." in render(found, 80, colour=False)


@pytest.mark.parametrize(
    ("before", "after", "group", "is_worse"),
    [
        ("allowed", "blocked", "broken", True),
        ("reachable", "partial", "broken", True),
        ("blocked", "reachable", "repaired", False),
        ("partial", "accepts", "repaired", False),
        ("reachable", "unknown", "broken", True),
        ("unknown", "blocked", "other", False),
        ("allowed", "reachable", "other", False),
    ],
)
def test_each_change_of_a_verdict_is_in_one_group(before: str, after: str, group: str, is_worse: bool) -> None:
    found = compare(with_verdict(before), with_verdict(after))
    counts = {name: len(getattr(found, name)) for name in ("broken", "repaired", "other")}
    assert counts == {name: int(name == group) for name in counts}
    assert found.is_worse == is_worse


def test_a_connection_that_is_not_required_makes_nothing_worse() -> None:
    found = compare(with_verdict("allowed", "optional"), with_verdict("blocked", "optional"))
    assert (len(found.broken), found.is_worse) == (1, False)


def test_connections_of_one_report_alone() -> None:
    found = compare(a_report(flows=[]), with_verdict("allowed"))
    back = compare(with_verdict("allowed"), a_report(flows=[]))
    assert len(found.only_after) == len(back.only_before) == 1
    assert found.only_before == back.only_after == []


@pytest.mark.parametrize(("confidence", "is_worse"), [("proven", True), ("strong", True), ("inferred", False)])
def test_a_new_error_is_worse_if_it_is_sure(confidence: str, is_worse: bool) -> None:
    found = compare(passing(), with_findings(a_finding(confidence=confidence)))
    assert ([finding.code for finding in found.new], found.is_worse) == (["SG-KDC-UDP"], is_worse)


def test_an_error_that_became_sure_is_worse_and_one_that_was_is_not() -> None:
    doubted, strong, proven = (with_findings(a_finding(confidence=c)) for c in ("inferred", "strong", "proven"))
    assert compare(doubted, strong).is_worse
    assert not compare(strong, proven).is_worse
    assert len(compare(strong, proven).changed) == 1


def test_a_finding_is_the_same_by_code_cause_and_connections() -> None:
    here = a_finding(params={"cause": "no-rule"})
    for other in (
        a_finding(params={"cause": "drop"}),
        a_finding(params={"cause": "no-rule"}, flows=["kdc/master-1-2:88/udp"]),
        a_finding("SG-SHADOWED", params={"cause": "no-rule"}),
    ):
        found = compare(with_findings(here), with_findings(other))
        assert (len(found.gone), len(found.new)) == (1, 1)
    wider = a_finding(params={"cause": "no-rule"}, flows=[KDC, "kdc/master-1-2:88/udp"])
    assert compare(with_findings(here), with_findings(wider)).new == []


def test_the_most_alike_findings_are_paired() -> None:
    first, second = a_finding(params={"file": "a"}, flows=[]), a_finding(params={"file": "b"}, flows=[])
    found = compare(with_findings(first, second), with_findings(second))
    assert (len(found.gone), found.new, found.changed) == (1, [], [])


def test_inputs_that_changed_came_or_went() -> None:
    def case(**files: str) -> Report:
        inputs = [InputFile(file, "krb5.conf", digest * 64) for file, digest in files.items()]
        return a_report(case=msgspec.structs.replace(a_report().case, inputs=inputs))

    found = compare(case(same="0", other="1", old="2"), case(same="0", other="3", fresh="4"))
    assert [entry.file for entry in found.inputs] == ["fresh", "old", "other"]
    page = render(found, 80, colour=False)
    assert "- fresh (new)" in page
    assert "- old (gone)" in page


def test_reports_that_do_not_compare_are_told() -> None:
    elsewhere = msgspec.structs.replace(a_report().case, cluster=a_cluster(id="c-other"))
    found = compare(a_report(), a_report(case=elsewhere, basis="configuration"))
    assert ["clusters" in found.warnings[0], "configuration" in found.warnings[1]] == [True, True]
    assert render(found, 200, colour=False).count("Warning: ") == 2


def test_json_is_the_whole_difference() -> None:
    found = compare(failing(), inconclusive())
    assert msgspec.json.decode(encode(found), type=Difference) == found


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    for before, after in ((failing(), inconclusive()), (inconclusive(), failing())):
        page = render(compare(before, after), width, colour=False)
        assert max(map(cell_len, page.splitlines())) <= width


def test_hostile_text_steers_no_terminal() -> None:
    found = compare(passing(), hostile("\x1b[31m\u202e"))
    assert not {"\x1b", "\u202e"} & set(render(found, 80, colour=False))


WAIVED = WaivedFacts("ticket 4711", "2999-12-31", OriginFacts("case.toml", 3, None))
KEPT = "tcp://master-1-1:22 from 0.0.0.0/0"


def an_expectation(verdict: str) -> Any:
    known = ExpectationFacts(KEPT, OriginFacts("case.toml", 1, None), "denied", None, [], [], [])
    return msgspec.structs.replace(known, verdict=verdict)


def with_expectation(verdict: str, *findings: Any) -> Report:
    return a_report(expectations=[an_expectation(verdict)], findings=list(findings))


def test_a_new_error_that_is_waived_is_told_and_is_not_worse() -> None:
    works = with_verdict("allowed")
    flow = msgspec.structs.replace(works.flows[0], verdict="blocked")
    fails = a_report(flows=[flow], findings=[a_finding(flows=[flow.id], waived=WAIVED)])

    found = compare(works, fails)

    assert ([finding.waived for finding in found.new], [flow.waived for flow in found.broken]) == ([True], [True])
    assert not found.is_worse
    page = " ".join(render(found, 80, colour=False).split())
    assert "SG-KDC-UDP (error, proven, waived)" in page
    assert "allowed -> blocked required, waived" in page


def test_a_waived_finding_hides_no_other_cause_of_the_same_connection() -> None:
    works = with_verdict("allowed")
    flow = msgspec.structs.replace(works.flows[0], verdict="blocked")
    two = [a_finding(flows=[flow.id], waived=WAIVED), a_finding("NACL-IN", confidence="inferred", flows=[flow.id])]

    assert compare(works, a_report(flows=[flow], findings=two)).is_worse


def test_what_is_not_known_of_a_connection_is_not_waived() -> None:
    works = with_verdict("allowed")
    flow = msgspec.structs.replace(works.flows[0], verdict="unknown")

    found = compare(works, a_report(flows=[flow], findings=[a_finding(flows=[flow.id], waived=WAIVED)]))

    assert (found.broken[0].waived, found.is_worse) == (False, True)


def test_a_waiver_that_ran_out_is_worse_and_a_new_one_is_not() -> None:
    waived, counted = with_findings(a_finding(waived=WAIVED)), with_findings(a_finding())

    assert compare(waived, counted).is_worse
    found = compare(counted, waived)
    assert (len(found.changed), found.is_worse) == (1, False)
    assert "error, proven -> error, proven, waived" in render(found, 200, colour=False)


@pytest.mark.parametrize(
    ("before", "after", "is_worse", "title"),
    [
        ("denied", "unknown", True, "Connections of which it is no longer decided that they stay denied: 1"),
        ("denied", "allowed", True, "Connections that must stay denied and get through now: 1"),
        ("allowed", "unknown", False, "Connections of which it is no longer decided that they stay denied: 1"),
        ("unknown", "denied", False, "Connections that must stay denied and are denied now: 1"),
    ],
)
def test_what_must_stay_denied_and_has_another_verdict_is_told(
    before: str, after: str, is_worse: bool, title: str
) -> None:
    found = compare(with_expectation(before), with_expectation(after))

    assert found.has_changes
    assert [(each.text, each.before, each.after) for each in found.expectations] == [(KEPT, before, after)]
    assert found.is_worse is is_worse
    page = render(found, 80, colour=False)
    assert title in page
    assert KEPT in page


def test_what_gets_through_and_is_waived_is_not_worse() -> None:
    opened = a_finding("DENY-OPEN", params={"expectation": KEPT}, flows=[], waived=WAIVED)

    found = compare(with_expectation("denied"), with_expectation("allowed", opened))

    assert (found.expectations[0].waived, found.is_worse) == (True, False)
    assert "denied -> open, waived" in render(found, 80, colour=False)


def test_two_connections_that_must_stay_denied_are_two_findings() -> None:
    one, other = (a_finding("DENY-OPEN", params={"expectation": text}, flows=[]) for text in ("tcp://a:1", "tcp://b:1"))

    found = compare(with_findings(one), with_findings(other))

    assert (len(found.gone), len(found.new), found.is_worse) == (1, 1, True)
