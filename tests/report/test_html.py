"""The HTML report is one file, asks for nothing, shows hostile text as text, and draws the path."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from lxml import html

from diagnose.data.zh import sentences
from diagnose.output.clean import STEERING, clean
from diagnose.report.html.page import render
from diagnose.report.html.path import coverage, hops
from diagnose.report.model import Report
from probes.language import Language, use
from tests.report.test_fixtures import EXPECTED, check
from tests.report.test_pages import HOSTILE
from tests.support import reports
from tests.support.places import PROJECT

LEADS_OUT = ("src", "href", "action", "srcset", "data", "poster", "formaction", "background", "xlink:href")
BREAKING = {
    **HOSTILE,
    "end of a script": "</script><script>document.title='owned'</script>",
    "end of a style": "</style><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x="',
    "template": "{{ 7 * 7 }} {% raw %} ${7*7}",
    "link": "javascript:alert(1)",
}


def page_of(report: Report) -> Any:
    return html.document_fromstring(render(report).decode())


def report_of(case: str, spoken: Language = "en") -> Report:
    return msgspec.json.decode(check(case, "--format", "json", "--lang", spoken).stdout, type=Report)


LANGUAGES: tuple[Language, ...] = ("en", "zh")


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("text", BREAKING.values(), ids=BREAKING)
def test_hostile_text_is_shown_and_not_obeyed(text: str, spoken: Language) -> None:
    use(spoken, sentences() if spoken == "zh" else {})
    written = render(reports.hostile(text)).decode()
    page: Any = html.document_fromstring(written)

    assert not re.search(rf"(?!\n){STEERING}", written)
    assert [element.tag for element in page.iter("script", "style", "img", "iframe", "link")] == ["style", "script"]
    assert {name for element in page.iter() for name in map(str, element.attrib) if name.startswith("on")} == set()
    if text.strip():
        shown = " ".join(page.text_content().split())
        assert clean(text).strip("\ufffd ")[:200] in shown


def test_nothing_leads_out_of_the_file() -> None:
    page = page_of(reports.failing())

    assert {element.get(name) for element in page.iter() for name in LEADS_OUT if element.get(name)} == {"#main"}
    assert "url(" not in render(reports.failing()).decode()


def test_the_policy_allows_the_own_script_and_style_alone() -> None:
    page = page_of(reports.failing())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    wanted = {
        f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()}'"
        for kind, element in (("script", page.find(".//script")), ("style", page.find(".//style")))
        if element is not None and element.text is not None
    }

    assert set(policy.split("; ")) == {"default-src 'none'", "base-uri 'none'", "form-action 'none'", *wanted}


@pytest.mark.parametrize("case", EXPECTED)
def test_every_fixture_shows_verdict_faults_rules_and_connections(case: str) -> None:
    report = report_of(case)
    page = page_of(report)
    text = " ".join(page.text_content().split())

    assert f"Exit code {EXPECTED[case][0]}:" in text
    assert len(page.xpath("//table[@id='connections']/tbody/tr")) == len(report.flows)
    for rule in report.suggested_rules:
        if rule.option == 1:
            assert f"add to {rule.security_group_id}" in text
    copied = [(button.get("data-copy"), button.get("aria-label")) for button in page.iter("button")]
    assert len(set(copied)) == len(copied)
    assert all(page.get_element_by_id(name) is not None for name, _ in copied)
    assert bool(copied) == bool(report.suggested_rules or report.suggested_edits)


def test_the_path_ends_at_the_layer_that_stops_the_packet() -> None:
    report = report_of("datalake-ha-kerberos")
    flow = next(flow for flow in report.flows if flow.id in report.findings[0].flows)
    stations = [(hop.kind, hop.state) for hop in hops(report.findings[0], flow)]

    assert stations == [
        ("Resource group", "passes"),
        ("Security group, out", "passes"),
        ("Security group, in", "stops"),
        ("Host", "unknown"),
        ("KDC", "unknown"),
    ]


def test_the_list_of_a_vswitch_comes_before_the_security_group_of_its_nodes() -> None:
    met = [
        reports.a_decision("denied", layer=layer, direction="ingress")
        for layer in ("security-group", "network-acl", "route")
    ]
    flow = reports.a_flow("KDC", "master-1-1", 88, "udp", verdict="blocked", decisions=met)

    kinds = [hop.kind for hop in hops(reports.a_finding("NACL-IN"), flow)]
    assert kinds == ["Resource group", "Route", "Network ACL, in", "Security group, in", "Host", "KDC"]


@pytest.mark.parametrize(
    ("code", "where"), [("FW-OS-DROP", "Host"), ("RET-ROUTE", "Host"), ("KDC-DOWN", "KDC"), ("SVC-PORT", "KDC")]
)
def test_a_fault_behind_the_rules_is_marked_at_the_host_or_at_the_service(code: str, where: str) -> None:
    flow = reports.a_flow("KDC", "master-1-1", 88, "udp", verdict="blocked")
    stopped = [hop.kind for hop in hops(reports.a_finding(code), flow) if hop.state == "stops"]

    assert stopped == [where]


def test_a_lost_answer_is_marked_on_the_way_back() -> None:
    lost = reports.a_decision("denied", layer="route", packet="reply", at=["vtb-1"])
    flow = reports.a_flow("KDC", "master-1-1", 88, "udp", verdict="blocked", decisions=[lost])
    last = hops(reports.a_finding("RET-ROUTE"), flow)[-1]

    assert (last.kind, last.name, last.state) == ("Route, answers", "vtb-1", "stops")


def test_the_bar_has_the_shares_of_the_network() -> None:
    report = report_of("two-networks")
    bar = coverage(report.flows[0])

    assert [(part.state, part.share) for part in bar] == [("passes", 0.75), ("stops", 0.25)]
    assert coverage(report_of("datalake-ha-kerberos").flows[0]) == []
    assert coverage(reports.hostile("x").flows[0]) == []


def test_a_chinese_page_says_so_and_has_chinese_words() -> None:
    english = page_of(report_of("datalake-ha-kerberos"))
    report = report_of("datalake-ha-kerberos", "zh")
    use("zh", sentences())
    page = page_of(report)
    (table,) = page.xpath("//table[@id='connections']")

    assert (english.get("lang"), page.get("lang")) == ("en", "zh-CN")
    assert [cell.text for cell in table.iter("th")] == ["结论", "服务", "目标", "必要性", "配置", "原因"]
    assert page.xpath("//h3/text()") == ["断点位置", "需要修改"]
    assert page.xpath("//button/@data-done") == ["已复制"] * 4
    assert page.xpath("//p[@id='said']/@data-said") == ["共 {total} 条连接，显示 {shown} 条。"]
    # What a script or a style compares is no word, and stays.
    assert page.xpath("//tr/@data-verdict") == english.xpath("//tr/@data-verdict")
    assert page.xpath("//option/@value") == english.xpath("//option/@value")
    assert page.xpath("//*/@class") == english.xpath("//*/@class")


def test_the_library_is_loaded_for_this_format_alone() -> None:
    probe = "import sys; from diagnose.cli import main; import diagnose.cli.check; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=PROJECT)

    assert done.stdout.strip() == "False"
