"""Each format for a machine is read by a reader of its own, and hostile text stays text in all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from diagnose.output.clean import STEERING
from diagnose.report import github, junit, markdown, prometheus, sarif
from diagnose.report.build import TOOL
from diagnose.report.formats import FORMATS, Screen
from diagnose.report.json import decode
from diagnose.report.model import Report, SkippedFacts
from tests.report.test_fixtures import EXPECTED, check
from tests.report.test_pages import HOSTILE
from tests.support import reports
from tests.support.sarif_schema import sarif_schema

REPORTS = {
    "failing": reports.failing,
    "passing": reports.passing,
    "inconclusive": reports.inconclusive,
    "drop_edit": reports.drop_edit,
    "bug": reports.a_bug,
}
TEXTS = ("markdown", "junit", "sarif", "github", "prometheus")
SCREEN = Screen(80, colour=False, base="ops/case")


def report_of(case: str) -> Report:
    return msgspec.json.decode(check(case, "--format", "json").stdout, type=Report)


def cases(report: Report) -> dict[str, ET.Element]:
    return {case.get("name", ""): case for case in ET.fromstring(junit.render(report)).iter("testcase")}


def kinds(case: ET.Element) -> list[str]:
    return [child.tag for child in case]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_steers_nothing(name: str, text: str) -> None:
    written = FORMATS[name].render(reports.hostile(text), SCREEN).decode()

    assert not re.search(rf"(?!\n){STEERING}", written)


def test_any_text_of_a_saved_report_can_be_written_in_every_format() -> None:
    """Given a report of another hand, with a text of no meaning in one place, then none breaks."""
    saved = json.loads(check("datalake-ha-kerberos", "--format", "json").stdout)
    for path in dict.fromkeys(places(saved)):
        try:
            report = decode(json.dumps(with_text(saved, path, "x")).encode())
        except msgspec.ValidationError:
            continue
        for name, row in FORMATS.items():
            assert row.render(report, SCREEN), (name, path)


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each text. Those of a list are one place."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        for each in value:
            yield from places(each, path)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*path, key))


def with_text(value: Any, path: tuple[str, ...], text: str) -> Any:
    """Return a value with this text at each place of a path."""
    if isinstance(value, list):
        return [with_text(each, path, text) for each in value]
    if not path:
        return text if isinstance(value, str) else value
    if isinstance(value, dict) and path[0] in value:
        return {**value, path[0]: with_text(value[path[0]], path[1:], text)}
    return value


@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_junit_counts_what_it_holds(make: Any) -> None:
    root = ET.fromstring(junit.render(make()))
    for element in (root, *root.iter("testsuite")):
        found = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(found) > 0
        for name, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(name, "")) == sum(case.find(kind) is not None for case in found)


@pytest.mark.parametrize("case", EXPECTED)
def test_junit_has_one_case_a_required_connection_and_fails_those_that_do_not_work(case: str) -> None:
    report = report_of(case)
    found = cases(report)
    for flow in report.flows:
        name = next(
            (one for one in found if f"{flow.host}:{flow.port}" in one and one.startswith(flow.transport)), None
        )
        assert (name is not None) == (flow.need == "required")
        if name is not None and flow.verdict in ("blocked", "partial"):
            failure = found[name].find("failure")
            assert failure is not None
            assert str(EXPECTED[case][1]) in failure.get("message", "")
            assert "To repair it: " in (failure.text or "")
        elif name is not None:
            assert kinds(found[name]) == ([] if flow.verdict != "unknown" else ["error"])


def test_junit_tells_a_sure_fault_that_stops_no_connection_and_each_skipped_check() -> None:
    report = msgspec.structs.replace(
        reports.passing(),
        findings=[reports.a_finding("KRB-DOMAIN-REALM", flows=[])],
        skipped=[SkippedFacts("routes", "the case has no route table", "DescribeRouteEntryList")],
    )
    found = cases(report)

    assert kinds(next(case for name, case in found.items() if name.startswith("KRB-DOMAIN-REALM"))) == ["failure"]
    assert kinds(found["routes"]) == ["skipped"]


def test_an_aborted_run_leaves_a_case_that_failed() -> None:
    root = ET.fromstring(junit.aborted("case.toml:3: a key without a value"))

    assert root.get("errors") == "1"
    assert root.find("testsuite/testcase/error[@message='case.toml:3: a key without a value']") is not None


@pytest.mark.needs("sarif-schema")
@pytest.mark.parametrize("make", REPORTS.values(), ids=REPORTS)
def test_sarif_is_valid_by_the_published_schema(make: Any) -> None:
    sarif_schema().validate(json.loads(sarif.render(make(), "ops/case")))


@pytest.mark.needs("sarif-schema")
@pytest.mark.parametrize("case", EXPECTED)
def test_sarif_of_every_fixture_is_valid(case: str) -> None:
    sarif_schema().validate(json.loads(sarif.render(report_of(case), "")))
    sarif_schema().validate(json.loads(sarif.aborted("case.toml:3: no", TOOL)))


def test_sarif_points_at_the_file_below_the_working_directory_and_carries_the_edit() -> None:
    report = reports.with_edits(reports.failing(), reports.a_lines_edit())
    (run,) = json.loads(sarif.render(report, "ops/case"))["runs"]
    result = run["results"][0]
    uris = {place["physicalLocation"]["artifactLocation"]["uri"] for place in result["locations"]}

    assert uris == {"ops/case/krb5.conf"}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "SG-KDC-UDP"
    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert change["artifactLocation"]["uri"] == "ops/case/krb5.conf"
    assert replacement["deletedRegion"] == {"startLine": 4, "startColumn": 1, "endLine": 5, "endColumn": 1}
    assert replacement["insertedContent"]["text"] == "  udp_preference_limit = 1\n"


def test_the_fingerprint_of_a_fault_stays_and_differs_from_that_of_another() -> None:
    def fingerprint(report: Report) -> str:
        (run,) = json.loads(sarif.render(report, ""))["runs"]
        return str(run["results"][0]["partialFingerprints"])

    other = reports.a_report(status="fail", findings=[reports.a_finding(flows=["kdc/master-1-2:88/udp"])])
    assert fingerprint(reports.failing()) == fingerprint(msgspec.structs.replace(reports.failing(), duration_ms=9))
    assert fingerprint(reports.failing()) != fingerprint(other)


def test_github_shows_the_verdict_and_each_fault_at_its_line() -> None:
    first, fault, *_ = github.render(reports.failing(), "ops/case").decode().splitlines()

    assert first.startswith("::error title=emr-diagnose::DOES NOT WORK: ")
    assert fault.startswith("::error file=ops/case/krb5.conf,line=8,title=SG-KDC-UDP%2C proven::")
    assert "%0ATo repair it: add to sg-bp1emr0001 inbound UDP 88 from 192.168.10.0/24, priority 1" in fault


def test_no_text_ends_an_annotation_or_begins_another() -> None:
    page = github.render(reports.hostile("50% a\n::error::owned, x:y"), "").decode()

    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in page.splitlines())
    assert "50%25 a" in page
    assert github.aborted("a\nb%").decode() == "::error title=emr-diagnose could not run::a%0Ab%25\n"


def test_github_shows_no_more_annotations_than_are_displayed() -> None:
    findings = [reports.a_finding(f"SG-{n}", rank=n) for n in range(1, 31)]
    lines = github.render(reports.a_report(status="fail", exit_code=1, findings=findings), "").decode().splitlines()

    assert len([line for line in lines if line.startswith("::error ")]) == github.MOST_OF_ONE_KIND
    assert "21 more findings: --format markdown." in lines[0]


def metrics(report: Report) -> dict[str, Any]:
    return {one.name: one for one in text_string_to_metric_families(prometheus.render(report).decode())}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_metrics_are_read_back_with_the_labels_that_were_written(text: str) -> None:
    families = {
        one.name: one for one in text_string_to_metric_families(prometheus.render(reports.hostile(text)).decode())
    }

    assert families["emr_diagnose_up"].samples[0].value == 1
    assert families["emr_diagnose_finding"].samples


def test_metrics_say_which_connection_does_not_work() -> None:
    report = reports.failing()
    families = metrics(report)
    works = {one.labels["target"]: one.value for one in families["emr_diagnose_connection_works"].samples}

    assert [target for target, value in works.items() if value == 0] == [
        "udp://master-1-1.c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com:88"
    ]
    assert len(works) == sum(flow.need == "required" for flow in report.flows)
    assert families["emr_diagnose_exit_code"].samples[0].value == 1
    assert families["emr_diagnose_report_timestamp_seconds"].samples[0].value == 1795424400
    assert prometheus.aborted().endswith(b"emr_diagnose_up 0\n")


def test_a_sure_fault_that_no_rule_shows_counts_in_every_format_for_machines() -> None:
    """A rule lets the connection through, and the files say that the service cannot answer."""
    flow = reports.a_flow("NameNode RPC", "master-1-1", 8020, verdict="allowed")
    report = reports.a_report(
        status="fail",
        exit_code=1,
        basis="configuration",
        flows=[flow],
        findings=[reports.a_finding("SVC-BIND", flows=[flow.id])],
    )

    assert [sample.value for sample in metrics(report)["emr_diagnose_connection_works"].samples] == [0]
    assert [kinds(case) for case in cases(report).values()] == [["failure"]]
    assert b"1 of 1 required connection cannot be made, although the network lets it through." in github.render(
        report, ""
    )


@pytest.mark.parametrize(("code", "kind"), [(0, "notice"), (1, "error"), (3, "warning"), (4, "error")])
def test_the_first_annotation_is_as_grave_as_the_exit_code(code: Any, kind: str) -> None:
    assert (
        github.render(msgspec.structs.replace(reports.passing(), exit_code=code), "").decode().startswith(f"::{kind} ")
    )


MARKUP = (
    "*a* _b_ `c` [d](http://e.test) <b>f</b> ![g](h) | i | \\j ~~k~~ $l$ &lt;",
    "# one",
    "- two",
    "1. three",
    "> four",
    "@user and #12 and !3",
    "see https://evil.test and www.evil.test",
    "===",
)


@pytest.mark.parametrize("text", MARKUP)
def test_no_text_is_markup_in_a_ticket(text: str) -> None:
    """A reader of CommonMark with GitHub's tables shows the text and makes nothing of it."""
    page = markdown.render(reports.hostile(text)).decode()
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    inline = [token for token in parser.parse(page) if token.type == "inline"]
    shown = {
        "".join(child.content for child in token.children or () if child.type in ("text", "text_special"))
        for token in inline
    }
    made = {child.type for token in inline for child in token.children or ()}

    assert any(text in one for one in shown)
    assert made <= {"text", "text_special", "strong_open", "strong_close", "html_inline"}
    assert {child.content for token in inline for child in token.children or () if child.type == "html_inline"} <= {
        "<!-- -->"
    }
    prose = re.sub(r"(?ms)^(`{3,})sh$.*?^\1$", "", page).replace("<!-- -->", "\0")  # commands are no markup
    assert not re.search(r"(?<![\w&])[@#!]\w|https?:|www\.", prose)


def test_a_ticket_has_verdict_cause_rule_and_command() -> None:
    page = markdown.render(report_of("datalake-ha-kerberos")).decode()

    assert page.startswith("# DOES NOT WORK: 2 of 18 required connections cannot be made.\n")
    assert "| sg-bp1xn8b6h4jjn1663 | inbound | UDP 88/88 | 192.168.10.0/24 | 1 |" in page
    assert "```sh\naliyun ecs AuthorizeSecurityGroup \\\n  --RegionId cn-hangzhou" in page
    assert page.count("| allowed |") == 24
