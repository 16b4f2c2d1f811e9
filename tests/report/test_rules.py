"""Each format tells every rule of registration with its state, and what decides the open ones."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from lxml import html
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families
from rich.cells import cell_len

from diagnose.data.zh import sentences
from diagnose.report import brief, details, difference, difference_page, junit, markdown, prometheus, rule_words
from diagnose.report.finding_model import WaivedFacts
from diagnose.report.html.page import render as html_page
from diagnose.report.json import decode, encode, schema
from diagnose.report.model import Report
from diagnose.report.rule_model import PageFacts, RuleFacts, RuleInputFacts
from diagnose.report.verdict import verdict
from probes.language import Language, use
from tests.support import reports
from tests.support.pages import is_one_word

KEYS = [RuleInputFacts("key", name, "registration") for name in ("display_name", "operator", "policies")]
ANSWER = RuleInputFacts("answer", "emr:GetCluster")


def a_rule(number: int, state: str = "passed", **changes: Any) -> RuleFacts:
    rule = RuleFacts(
        id=f"rule-{number}",
        text=f"Thing {number} is as it must be.",
        stage="register",
        required=True,
        state="passed",
        why=f"thing {number} was looked at",
        needs="" if state != "not-checkable" else f"thing {number}",
        codes=["DW-TYPE"],
        findings=[],
        sources=[PageFacts("The registration page", "https://example.com/page", "2026-03-27")],
    )
    return msgspec.structs.replace(rule, state=state, **changes)


def a_preflight(*rules: RuleFacts, **changes: Any) -> Report:
    return msgspec.structs.replace(
        reports.passing(), rules=list(rules), command="preflight", basis="configuration", **changes
    )


def mixed() -> Report:
    """Return 35 rules: one is broken, six are open, each need at another place."""
    finding = reports.a_finding("DW-TYPE", flows=[], title="DataWorks does not register it", confidence="strong")
    rules = [a_rule(number) for number in range(28)]
    rules.append(a_rule(28, "failed", findings=[1], why="", notes=["Two pages differ."]))
    rules += [a_rule(29 + n, "not-checkable", needed=[key]) for n, key in enumerate(KEYS)]
    rules += [a_rule(32, "not-checkable", needed=[ANSWER]), a_rule(33, "not-checkable", needed=[ANSWER])]
    rules.append(a_rule(34, "not-checkable"))
    return a_preflight(*rules, findings=[finding], status="fail", exit_code=1)


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_the_brief_page_ends_with_verdict_counts_and_next_step(spoken: Language) -> None:
    use(spoken, sentences() if spoken == "zh" else {})
    lines = brief.render(mixed(), 80, colour=False).splitlines()
    page = "\n".join(lines)

    assert len(lines) <= brief.HEIGHT
    assert all(cell_len(line) <= 80 or is_one_word(line) for line in lines)
    last = {
        "en": (
            "CANNOT BE REGISTERED: 1 of 35 rules that must be kept fail.",
            "35 rules: 28 passed, 1 failed (rule-28), 6 not checkable.",
        )
    }
    last["zh"] = (
        "不能注册：35 条必须遵守的规则中 1 条未通过。",
        "共 35 条规则：28 条通过，1 条未通过（rule-28），6 条无法检查。",
    )
    assert all(text in page for text in last[spoken])
    (keys,) = (line for line in lines if "display_name" in line)
    assert all(key.name in keys for key in KEYS)
    assert keys.split()[0] == "3"
    assert next(line for line in lines if "emr:GetCluster" in line).split()[0] == "2"


def test_a_full_page_keeps_what_decides_most() -> None:
    """Given more faults than the page has room for, then the next step is still on it."""
    many = [reports.a_finding(f"DW-{n}", rank=n, flows=[], cause="One word more. " * 30) for n in range(1, 10)]
    report = msgspec.structs.replace(mixed(), findings=many)
    page = brief.render(report, 80, colour=False)

    assert len(page.splitlines()) <= brief.HEIGHT
    assert "display_name, operator, policies in [registration] of case.toml" in " ".join(page.split())


def test_the_details_have_every_rule_with_its_page_and_its_notes() -> None:
    page = details.render(mixed(), 80, colour=False)

    assert all(f" rule-{number}: " in page for number in range(35))
    assert page.count("The registration page, 2026-03-27") == 35
    assert "Two pages differ." in page
    assert "thing 34" in page


@pytest.mark.parametrize(
    ("rules", "changes", "said"),
    [
        ([a_rule(1)], {}, "CAN BE REGISTERED: all 1 rules that must be kept are kept"),
        ([a_rule(1, "failed", findings=[1], stage="register")], {}, "CANNOT BE REGISTERED"),
        ([a_rule(1, "failed", findings=[1], stage="initialize")], {}, "CANNOT BE INITIALIZED"),
        ([a_rule(1, "failed", findings=[1], stage="run")], {}, "TASKS FAIL"),
        ([a_rule(1, "failed", findings=[1], stage="govern")], {}, "GOVERNANCE INCOMPLETE"),
        (
            [a_rule(1)],
            {"status": "fail"},
            "CANNOT BE INITIALIZED: a fault was found that none of these rules is about; ",
        ),
        ([a_rule(1, "not-checkable")], {"exit_code": 3}, "NOT DECIDED: 1 of 1 rules that must be kept could not"),
        ([a_rule(1, "not-checkable")], {"exit_code": 3, "flows": []}, "could not be checked; no connection is known."),
        ([a_rule(1)], {"exit_code": 3, "flows": []}, "NOT DECIDED: no connection is known that could be checked."),
        ([a_rule(1)], {"exit_code": 4}, "NOT FINISHED"),
    ],
)
def test_the_verdict_is_about_the_earliest_stage_that_fails(
    rules: list[RuleFacts], changes: dict[str, Any], said: str
) -> None:
    status = {0: "pass", 1: "fail", 3: "inconclusive", 4: "bug"}
    is_broken = "status" in changes or any(rule.state == "failed" for rule in rules)
    code = changes.get("exit_code", 1 if is_broken else 0)
    findings = [reports.a_finding("DW-TYPE", flows=[], confidence="strong")] if code == 1 else []
    report = a_preflight(*rules, **{"status": status[code], "exit_code": code, "findings": findings, **changes})

    told = verdict(report)

    assert said in f"{told.word}: {told.sentence}"


def test_the_report_is_valid_and_comes_back() -> None:
    report = mixed()

    jsonschema.validate(json.loads(encode(report)), json.loads(schema()))
    assert decode(encode(report)) == report


def test_junit_has_a_case_a_rule() -> None:
    suite = ET.fromstring(junit.render(mixed()))
    cases = [case for case in suite.iter("testcase") if case.get("classname") == "emr-diagnose.rule"]
    kinds = [[child.tag for child in case] for case in cases]

    assert len(cases) == 35
    assert (kinds.count([]), kinds.count(["failure"]), kinds.count(["error"])) == (28, 1, 6)
    assert suite.get("failures") == "1"


@pytest.mark.parametrize(("required", "kind"), [(True, "error"), (False, "skipped")])
def test_in_junit_a_rule_that_is_open_is_no_success_if_it_must_be_kept(required: bool, kind: str) -> None:
    report = a_preflight(a_rule(1, "not-checkable", required=required), exit_code=3, status="inconclusive")
    cases = ET.fromstring(junit.render(report)).iter("testcase")
    (case,) = (each for each in cases if "rule-1" in each.get("name", ""))

    assert [child.tag for child in case] == [kind]


@pytest.mark.parametrize(
    ("changes", "status", "code", "kind"),
    [
        ({"severity": "warning"}, "pass", 0, "skipped"),
        ({"severity": "info"}, "pass", 0, "skipped"),
        ({"severity": "warning"}, "fail", 1, "failure"),
        ({"confidence": "inferred"}, "inconclusive", 3, "error"),
    ],
)
def test_in_junit_a_broken_rule_fails_if_its_fault_counts(
    changes: dict[str, str], status: str, code: int, kind: str
) -> None:
    report = mixed()
    finding = msgspec.structs.replace(report.findings[0], **changes)
    report = msgspec.structs.replace(report, findings=[finding], status=status, exit_code=code)

    cases = ET.fromstring(junit.render(report)).iter("testcase")
    (told,) = next(case for case in cases if (case.get("name") or "").startswith("rule-28:"))

    assert told.tag == kind
    assert "DataWorks does not register it" in (told.get("message") or "")


def test_a_broken_rule_that_is_waived_is_skipped() -> None:
    waived = WaivedFacts("for the trial", "2027-01-31", reports.a_flow("a", "b", 1).origin)
    report = mixed()
    report = msgspec.structs.replace(
        report, findings=[msgspec.structs.replace(report.findings[0], waived=waived)], status="waived", exit_code=0
    )

    assert ET.fromstring(junit.render(report)).get("failures") == "0"
    assert verdict(report).word == "FAILS, WAIVED"
    assert "a fault is waived until 2027-01-31" in verdict(report).sentence


def test_markdown_has_a_table_of_all_rules() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.render(mixed()).decode())
    text = " ".join(token.content for token in tokens if token.type == "inline")

    assert all(f"rule-{number}:" in text for number in range(35))
    assert "The registration page, 2026-03-27" in text


def test_prometheus_has_a_sample_a_rule_and_one_a_state() -> None:
    families = {
        family.name: family.samples for family in text_string_to_metric_families(prometheus.render(mixed()).decode())
    }
    states = {sample.labels["state"]: sample.value for sample in families["emr_diagnose_registration_rules"]}

    assert len(families["emr_diagnose_registration_rule"]) == 35
    assert states == {"passed": 28, "failed": 1, "not-checkable": 6}


def test_the_html_page_has_a_table_of_rules_that_can_be_filtered() -> None:
    page: Any = html.document_fromstring(html_page(mixed()).decode())
    (tools,) = page.xpath("//div[@class='tools'][@data-table='rules']")
    ids = page.xpath("//@id")

    assert len(page.xpath("//table[@id='rules']/tbody/tr")) == 35
    assert [option.get("value") for option in tools.iter("option")] == ["", "failed", "not-checkable", "passed"]
    assert len(ids) == len(set(ids))
    assert {label.get("for") for label in page.iter("label")} <= set(ids)


@pytest.mark.parametrize(
    ("before", "after", "required", "is_worse"),
    [
        ("passed", "failed", False, True),
        ("not-checkable", "failed", True, True),
        ("passed", "not-checkable", True, True),
        ("passed", "not-checkable", False, False),
        ("failed", "passed", True, False),
        ("failed", "not-checkable", True, False),
    ],
)
def test_a_rule_that_got_worse_makes_the_difference_worse(
    before: str, after: str, required: bool, is_worse: bool
) -> None:
    changes = difference.compare(
        a_preflight(a_rule(1, before, required=required)), a_preflight(a_rule(1, after, required=required))
    )

    assert changes.is_worse == is_worse
    assert changes.has_changes
    assert "rule-1" in difference_page.render(changes, 80, colour=False)


def test_rules_of_one_report_alone_are_no_change() -> None:
    assert not difference.compare(a_preflight(), a_preflight(a_rule(1, "failed"))).rules


@pytest.mark.parametrize(
    ("required", "english", "chinese"),
    [
        ([False, False], "2 failed (advice: rule-0, rule-1)", "2 条未通过（建议：rule-0、rule-1）"),
        (
            [False, True],
            "2 failed (must be kept: rule-1; advice: rule-0)",
            "2 条未通过（必须遵守：rule-1；建议：rule-0）",
        ),
        ([True, True], "2 failed (rule-0, rule-1)", "2 条未通过（rule-0、rule-1）"),
    ],
)
def test_the_first_screen_says_which_failed_rules_are_advice(required: list[bool], english: str, chinese: str) -> None:
    rules = [a_rule(number, "failed", required=each) for number, each in enumerate(required)]

    assert english in rule_words.counted(rules, is_named=True)
    assert all(
        (rule.id in rule_words.counted(rules, is_named=True, is_short=True)) == rule.required for rule in rules
    ), "where room is scarce, what must be kept stays"
    use("zh", sentences())
    assert chinese in rule_words.counted(rules, is_named=True)
