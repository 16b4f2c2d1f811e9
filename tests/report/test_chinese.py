"""Every format in Chinese: golden copies, no English left, and the answer on one screen."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import msgspec
import pytest
from rich.cells import cell_len

from diagnose.data.zh import sentences
from diagnose.report import brief, details
from diagnose.report.brief import HEIGHT
from diagnose.report.difference import compare
from diagnose.report.difference_page import render as render_difference
from diagnose.report.finding_model import FindingFacts, UndoneFacts
from diagnose.report.formats import FORMATS, Screen
from diagnose.report.model import CaseFacts, Report
from probes.language import use
from tests.report.test_fixtures import EXPECTED, check
from tests.report.test_pages import ACCEPT, PAGES, REPORTS
from tests.support import reports
from tests.support.english_left import english_in
from tests.support.pages import is_one_word
from tests.support.places import GOLDEN

VERDICTS = ("可用：", "配置已放行：", "放行过多：", "不可用：", "无法判定：", "未完成：")
SCREEN = Screen(80, colour=False, base="ops/case")
OTHERS = [name for name in FORMATS if name not in ("terminal", "html")]
"""Formats with a golden copy. tests/report/test_html.py holds the HTML page."""


@pytest.fixture(autouse=True)
def _in_chinese() -> Generator[None]:
    use("zh", sentences())
    yield
    use("en")


def english_left(text: str) -> list[str]:
    """Return the English of a page that is neither a client's message nor a rule's description."""
    joined = " ".join(text.split())
    for kept in ("Receive timed out", "DataWorks resource group to KDC"):
        joined = joined.replace(kept, "|")
    return list(english_in(joined))


def require_golden(name: str, text: str) -> None:
    path = GOLDEN / "zh" / name
    if ACCEPT:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("kind", PAGES)
def test_the_page_is_the_golden_one(kind: str, width: int) -> None:
    page = PAGES[kind](reports.chinese(), width, colour=False)

    require_golden(f"{kind}_{width}.txt", page)
    assert english_left(page) == []
    assert all(cell_len(line) <= width or is_one_word(line) for line in page.splitlines())


@pytest.mark.parametrize("name", OTHERS)
def test_the_format_is_the_golden_one(name: str) -> None:
    text = FORMATS[name].render(reports.chinese(), SCREEN).decode()

    require_golden(f"{name}.txt", text)
    if name not in ("json", "cli", "terraform", "ros"):
        assert english_left(text) == []


@pytest.mark.parametrize("make", [*REPORTS.values(), reports.a_bug], ids=[*REPORTS, "bug"])
def test_a_page_about_any_report_has_no_english_but_that_of_the_report(make: Callable[[], Report]) -> None:
    """Given a report without texts of its own, then all words of the page are ours."""
    report = _without_texts(make())

    for render in (brief.render, details.render):
        assert english_left(render(report, 120, colour=False)) == []
    for name in ("markdown", "junit", "sarif", "github", "prometheus"):
        assert english_left(FORMATS[name].render(report, SCREEN).decode()) == []


def _without_texts(report: Report) -> Report:
    flows = [
        msgspec.structs.replace(flow, decisions=[reports.a_decision("denied", "规则")], why="任务")
        for flow in report.flows
    ]
    undone = UndoneFacts([flow.id for flow in flows[:1]], ["jdk"], ["KDC-DOWN"])
    findings = [_finding(finding, undone) for finding in report.findings]
    return msgspec.structs.replace(report, flows=flows, findings=findings, skipped=[], language="zh")


def _finding(finding: FindingFacts, undone: UndoneFacts) -> FindingFacts:
    texts = dict.fromkeys(("title", "cause", "detail", "settle_by"), "文字")
    return msgspec.structs.replace(finding, evidence=[], remedies=[], undone=undone, **texts)


def test_a_difference_has_no_english() -> None:
    before, after = _without_texts(reports.failing()), _without_texts(reports.passing())
    other = msgspec.structs.replace(after, basis="configuration", case=_of_cluster(after, "c-1"))

    for pair in ((before, after), (after, before), (before, other)):
        page = render_difference(compare(*pair), 120, colour=False)
        assert english_left(page) == []
        assert "结论：" in page


def _of_cluster(report: Report, cluster: str) -> CaseFacts:
    return msgspec.structs.replace(report.case, cluster=reports.a_cluster(id=cluster))


@pytest.mark.parametrize("case", EXPECTED)
def test_the_answer_of_every_fixture_is_on_one_screen(case: str) -> None:
    """Given a terminal of 80 x 24, then the Chinese answer does not scroll away either."""
    code, primary = EXPECTED[case]
    lines = check(case, "--lang", "zh").stdout.splitlines()

    assert len(lines) <= HEIGHT
    assert all(cell_len(line) <= 80 or is_one_word(line) for line in lines)
    assert any(line.startswith(VERDICTS) for line in lines[-2:])
    assert lines[-1].endswith(f"退出码 {code}。")
    if primary is not None:
        assert any(line.startswith(f"1 {primary} ") for line in lines)
        assert any(line.split()[:1] in (["添加"], ["操作"]) for line in lines)


@pytest.mark.parametrize("case", EXPECTED)
def test_codes_and_ids_are_the_same_in_both_languages(case: str) -> None:
    """Nothing but texts changes with the language."""
    english, chinese = (_skeleton(case, *options) for options in ([], ["--lang", "zh"]))

    assert english == chinese


def _skeleton(case: str, *options: str) -> Sequence[object]:
    report = msgspec.json.decode(check(case, "--format", "json", *options).stdout, type=Report)
    return [
        [(flow.id, flow.verdict, flow.need) for flow in report.flows],
        [(each.code, each.severity, each.confidence, each.flows, each.undone) for each in report.findings],
        [(rule.security_group_id, rule.port_range, rule.source_cidr_ip, rule.fixes) for rule in report.suggested_rules],
        [(edit.object, edit.action, edit.option, edit.fixes) for edit in report.suggested_edits],
        [(client.family, client.works, client.seconds, client.message) for client in report.clients],
        len(report.skipped),
    ]
