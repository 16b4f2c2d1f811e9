"""Does the HTML report work in a real browser: from a file, offline, by keyboard, on a phone?"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.data.zh import sentences
from diagnose.report.html.page import render
from diagnose.report.model import Report
from probes.language import Language, use
from tests.report.test_html import BREAKING, LANGUAGES, report_of
from tests.support import reports

PHONE, DESKTOP = 390, 1280

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Yield a function that opens a report as a mail attachment would be: a file, without network.

    It fails the test at the end if the page asked for anything or raised an error.
    """
    asked: list[str] = []
    errors: list[str] = []
    contexts: list[Any] = []

    def show(report: Report, width: int = DESKTOP, **options: Any) -> Any:
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_bytes(render(report))
        context = browser.new_context(viewport={"width": width, "height": 844}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url) if request.url != file.as_uri() else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        page.goto(file.as_uri())
        return page

    yield show
    for context in contexts:
        context.close()
    assert (asked, errors) == ([], [])


def speak(spoken: Language) -> None:
    use(spoken, sentences() if spoken == "zh" else {})


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_page_has_no_violation_and_is_as_wide_as_the_screen(
    opened: Opened, width: int, scheme: str, spoken: Language
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for report in (
        *(report_of(case, spoken) for case in ("datalake-ha-kerberos", "two-networks")),
        reports.inconclusive(),
        reports.a_bug(),
    ):
        speak(spoken)
        page = opened(report, width, color_scheme=scheme)
        for details in page.query_selector_all("details"):
            details.evaluate("element => element.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # The page's own policy keeps axe out, so it is evaluated from outside.
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("text", BREAKING.values(), ids=BREAKING)
def test_hostile_text_runs_nothing(opened: Opened, text: str, spoken: Language) -> None:
    speak(spoken)
    page = opened(reports.hostile(text), PHONE)

    assert page.title().strip("()（）").endswith("emr-diagnose")
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_rules_are_copied_by_keyboard(opened: Opened) -> None:
    from playwright.sync_api import expect

    page = opened(report_of("datalake-ha-kerberos"), permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy the repair for Console")
    button.focus()
    page.keyboard.press("Enter")

    expect(button).to_have_text("Copied")
    page.get_by_text("aliyun CLI").click()
    button = page.get_by_role("button", name="Copy the repair for aliyun CLI")
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("aliyun ecs AuthorizeSecurityGroup")


def test_search_and_filter(opened: Opened) -> None:
    page = opened(report_of("datalake-ha-kerberos"))
    rows = page.locator("#connections tbody tr:not([hidden])")

    assert rows.count() == 26
    page.get_by_label("Verdict").select_option("blocked")
    assert rows.count() == 2
    page.get_by_label("Search host").fill("master-1-2 kdc")
    assert rows.count() == 1
    assert page.get_by_role("status").text_content() == "1 of 26 connections are shown."


def test_a_chinese_page_is_copied_searched_and_filtered(opened: Opened) -> None:
    from playwright.sync_api import expect

    report = report_of("datalake-ha-kerberos", "zh")
    speak("zh")
    page = opened(report, permissions=["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="复制修复内容：控制台")
    button.click()
    expect(button).to_have_text("已复制")
    page.get_by_label("结论").select_option("blocked")
    page.get_by_label("搜索主机").fill("master-1-2 不通")

    assert page.locator("#connections tbody tr:not([hidden])").count() == 1
    assert page.get_by_role("status").text_content() == "共 26 条连接，显示 1 条。"


def test_chinese_type_is_there_without_a_request(opened: Opened) -> None:
    report = report_of("datalake-ha-kerberos", "zh")
    speak("zh")
    page = opened(report)
    heading = page.get_by_role("heading", name="连接", exact=True)

    # A font that lacks a character shows a box of one width for it, whichever it is.
    drawn = [
        heading.evaluate(
            """(element, character) => {
                const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
                pen.font = getComputedStyle(element).font;
                pen.fillText(character, 0, 40);
                return canvas.toDataURL();
            }""",
            character,
        )
        for character in "连接"
    ]
    assert drawn[0] != drawn[1]


def test_without_a_script_everything_is_there(opened: Opened) -> None:
    page = opened(report_of("datalake-ha-kerberos"), java_script_enabled=False)

    assert page.locator("#connections tbody tr").count() == 26
    assert not page.locator("#tools").is_visible()
    assert not page.get_by_text("Copy", exact=True).first.is_visible()


@pytest.mark.parametrize(
    ("spoken", "search", "said"),
    [
        ("en", "Search host", "1 of 1000 connections are shown."),
        ("zh", "搜索主机", "共 1000 条连接，显示 1 条。"),
    ],
)
def test_a_thousand_connections_are_shown_and_filtered(
    opened: Opened, spoken: Language, search: str, said: str
) -> None:
    flows = [reports.a_flow("DataNode transfer", f"core-1-{n}", 9866) for n in range(1000)]
    speak(spoken)
    page = opened(reports.a_report(flows=flows), PHONE)
    page.get_by_label(search).fill("core-1-999")

    assert page.get_by_role("status").text_content() == said
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_paper_has_the_repair_and_no_buttons(opened: Opened) -> None:
    page = opened(report_of("datalake-ha-kerberos"))
    page.emulate_media(media="print")

    assert not page.get_by_role("button").first.is_visible()
    assert page.get_by_text("add to sg-bp1xn8b6h4jjn1663 inbound UDP 88").is_visible()
