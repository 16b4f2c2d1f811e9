"""A preflight of two environments is one report, and each format tells the two apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner
from lxml import html
from prometheus_client.parser import text_string_to_metric_families

from diagnose.cli import main
from diagnose.registration.rules import rules
from diagnose.report import difference, difference_page, junit, prometheus, sarif
from diagnose.report.environments import PRECEDENCE, paired, parts
from diagnose.report.formats import FORMATS, Screen
from diagnose.report.html.page import render as html_page
from diagnose.report.json import decode, encode, schema
from diagnose.report.model import Report
from tests.report.test_rules import a_preflight, a_rule, mixed
from tests.support import reports
from tests.support.places import FIXTURES
from tests.support.sarif_schema import sarif_schema

DEV, PROD = FIXTURES / "healthy", FIXTURES / "datalake-ha-kerberos"


def two() -> Report:
    first = msgspec.structs.replace(a_preflight(a_rule(1)), environment="dev")
    second = msgspec.structs.replace(mixed(), environment="prod", suggested_rules=[reports.a_rule()])
    return paired(first, second)


def asked(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["preflight", *arguments])


@pytest.mark.parametrize("first", PRECEDENCE)
@pytest.mark.parametrize("second", PRECEDENCE)
def test_the_exit_code_of_both_is_the_one_that_comes_first(first: Any, second: Any) -> None:
    report = paired(reports.a_report(exit_code=first), reports.a_report(exit_code=second))

    assert report.exit_code == min(first, second, key=PRECEDENCE.index)
    assert [part.exit_code for part in parts(report)] == [first, second]


def test_a_report_of_one_case_is_its_only_part() -> None:
    assert parts(mixed()) == [mixed()]


def test_the_parts_are_the_two_reports_again() -> None:
    first, second = parts(two())

    assert (first.status, second.status) == ("pass", "fail")
    assert (first.environment, second.environment) == ("dev", "prod")
    assert first.twin is None
    assert first.exit_code_alone is None


def test_the_report_is_valid_and_comes_back() -> None:
    jsonschema.validate(json.loads(encode(two())), json.loads(schema()))
    broken = json.loads(encode(two()))
    broken["twin"]["status"] = "no status"

    assert decode(encode(two())) == two()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(schema()))


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"json", "ros"}))
def test_each_format_tells_both(name: str) -> None:
    written = FORMATS[name].render(two(), Screen(80, colour=False)).decode()

    if name not in ("console", "cli", "terraform"):
        assert "CAN BE REGISTERED" in written or name == "prometheus"
        assert "CANNOT BE REGISTERED" in written or name == "prometheus"
        assert "DW-TYPE" in written
    assert len(written) > 40


def test_the_brief_pages_fit_on_one_screen() -> None:
    page = FORMATS["terminal"].render(two(), Screen(80, colour=False)).decode().splitlines()

    assert len(page) <= 23
    assert page[0].startswith("Development: ")
    assert any(line.startswith("Production: ") for line in page)
    assert page[-1].startswith("Exit code 1: ") or page[-2].startswith("Exit code 1: ")


def test_junit_has_a_suite_and_sarif_a_run_of_each() -> None:
    root = ET.fromstring(junit.render(two()))
    runs = json.loads(sarif.render(two(), ("dev", "prod")))["runs"]

    assert [suite.get("failures") for suite in root.iter("testsuite")] == ["0", "1"]
    assert root.get("failures") == "1"
    assert [len(run["results"]) for run in runs] == [0, 1]


def test_prometheus_tells_the_environments_apart_in_one_family() -> None:
    text = prometheus.render(two()).decode()
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    families = {family.name: family.samples for family in text_string_to_metric_families(text)}
    codes = families["emr_diagnose_exit_code"]

    assert len(names) == len(set(names))
    assert {sample.labels["environment"]: sample.value for sample in codes} == {"dev": 0, "prod": 1}


def test_the_html_page_has_both_with_ids_of_their_own() -> None:
    page: Any = html.document_fromstring(html_page(two()).decode())
    ids = page.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert [len(table.xpath("tbody/tr")) for table in page.xpath("//table[contains(@id, 'rules')]")] == [1, 35]
    assert len(page.xpath("//main")) == 1
    assert {tools.get("data-table") for tools in page.xpath("//div[@data-table]")} <= set(ids)


def test_the_title_of_the_html_page_is_the_verdict_that_decides() -> None:
    page: Any = html.document_fromstring(html_page(two()).decode())

    assert page.findtext(".//title").startswith("CANNOT BE REGISTERED: ")
    assert [mark.text for mark in page.xpath("//header/h1/span")] == ["CAN BE REGISTERED", "CANNOT BE REGISTERED"]


def test_the_top_of_the_html_page_counts_the_rules_of_both() -> None:
    page: Any = html.document_fromstring(html_page(two()).decode())
    top = " ".join(page.find(".//header").text_content().split())

    assert "1 rules: 1 passed." in top
    assert "35 rules: 28 passed, 1 failed (rule-28), 6 not checkable." in top


def test_the_markdown_page_begins_with_both_verdicts() -> None:
    """Given a long report of development, then the verdict of production needs no scrolling."""
    lines = FORMATS["markdown"].render(two(), Screen(80, colour=False)).decode().splitlines()

    assert lines[0].startswith("- **Development: ")
    assert "CAN BE REGISTERED: " in lines[0]
    assert lines[1].startswith("- **Production: ")
    assert "CANNOT BE REGISTERED: " in lines[1]
    assert lines[3].startswith("Exit code 1: ")


def test_each_sarif_run_has_an_id_of_its_own() -> None:
    """Given one file for code scanning, which takes no two runs of one tool and category."""
    runs = json.loads(sarif.render(two(), ("dev", "prod")))["runs"]

    assert [run["automationDetails"]["id"] for run in runs] == ["dev/", "prod/"]
    assert "automationDetails" not in json.loads(sarif.render(mixed(), ""))["runs"][0]


@pytest.mark.needs("sarif-schema")
def test_the_sarif_of_both_is_valid_by_the_published_schema() -> None:
    sarif_schema().validate(json.loads(sarif.render(two(), ("dev", "prod"))))


def test_a_rule_that_got_worse_in_one_of_them_makes_the_difference_worse() -> None:
    before = two()
    twin = msgspec.structs.replace(mixed(), rules=[a_rule(1, "failed")], findings=[], environment="prod")
    changes = difference.compare(paired(parts(before)[0], a_preflight(a_rule(1))), paired(parts(before)[0], twin))

    assert changes.is_worse
    assert changes.twin is not None
    assert [change.id for change in changes.twin.rules] == ["rule-1"]
    assert "rule-1" in difference_page.render(changes, 80, colour=False)
    assert not difference.compare(before, before).has_changes


def test_of_two_and_one_the_first_is_compared() -> None:
    changes = difference.compare(two(), a_preflight(a_rule(1)))

    assert changes.twin is None
    assert "One of the reports is of two environments" in changes.warnings[-1]


def test_two_directories_are_two_environments() -> None:
    found = asked(str(DEV), str(PROD), "--format", "json")
    report = decode(found.stdout.encode())

    assert report.twin is not None
    assert (report.environment, report.twin.environment) == ("dev", "prod")
    assert (report.case.name, report.twin.case.name) == (DEV.name, PROD.name)
    assert found.exit_code == report.exit_code == 1
    of_both = {rule.id for rule in rules() if rule.compares}
    first, second = ({rule.id for rule in part.rules} for part in parts(report))
    assert first - second == of_both > set()
    assert second < first
    for part in parts(report):
        assert len({flow.id for flow in part.flows}) == len(part.flows) > 0


def test_case_toml_says_which_is_which(tmp_path: Path) -> None:
    for name, environment in (("a", "prod"), ("b", "dev"), ("c", "prod")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "case.toml").write_text(f'[workspace]\nmode = "standard"\nenvironment = "{environment}"\n')

    report = decode(asked(str(tmp_path / "a"), str(tmp_path / "b"), "--format", "json").stdout.encode())
    both = asked(str(tmp_path / "a"), str(tmp_path / "c"))
    same = asked(str(tmp_path / "a"), str(tmp_path / "b" / ".." / "a"))

    assert (report.case.name, report.exit_code) == ("b", 3)
    assert both.exit_code == 2
    assert "both cases are of the environment prod" in both.stderr
    assert (same.exit_code, "the two cases are the same" in same.stderr) == (2, True)


def test_two_files_are_one_case() -> None:
    report = decode(asked(str(DEV / "krb5.conf"), str(DEV / "core-site.xml"), "--format", "json").stdout.encode())

    assert report.twin is None
