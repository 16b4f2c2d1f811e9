"""`explain`: every entry as a page that fits and as JSON that says the same."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from diagnose.data.zh import sentences
from diagnose.findings import catalogue
from diagnose.report.explain import explain_json, explain_text, listing
from diagnose.report.explain_message import message_json, message_text
from diagnose.symptoms.messages import recognised
from probes.language import use
from tests.support.pages import is_one_word


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_page_fits_but_for_addresses_that_must_stay_whole(width: int) -> None:
    for code in catalogue.codes():
        for line in explain_text(catalogue.entry(code), width, colour=False).splitlines():
            assert cell_len(line) <= width or is_one_word(line)


def test_a_page_answers_the_questions_in_order() -> None:
    page = explain_text(catalogue.entry("SG-KDC-UDP"), 80, colour=False)

    headings = [line for line in page.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "SG-KDC-UDP UDP to the KDC is not allowed by the security group",
        "network; blocker: usually an error; at most a warning if it harms nothing",
        "required, or if only a log tells of it",
        "What it means",
        "What you see",
        "Not to be confused with",
        "How to confirm it",
        "How to repair it",
        "How we know",
    ]


def test_a_code_that_nothing_decides_yet_says_so() -> None:
    undecided = next(code for code in catalogue.codes() if not catalogue.entry(code).decided)

    assert "does not look for this fault" in explain_text(catalogue.entry(undecided), 100, colour=False)
    assert "does not look for this fault" not in explain_text(catalogue.entry("SG-KDC-UDP"), 100, colour=False)


def test_what_rests_on_no_source_says_so() -> None:
    assert "without a checked source" in explain_text(catalogue.entry("NET-OVERLAP"), 200, colour=False)


def test_the_json_has_every_field() -> None:
    entry = catalogue.entry("SG-KDC-UDP")

    entry_json = json.loads(explain_json(entry))

    assert list(entry_json) == list(entry.__dataclass_fields__)
    assert entry_json["sources"][0]["url"].startswith("https://")
    assert entry_json["look_alikes"] == dict(entry.look_alikes)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_page_fits_in_chinese_too(width: int) -> None:
    use("zh", sentences())

    for code in catalogue.codes():
        for line in explain_text(catalogue.entry(code), width, colour=False).splitlines():
            assert cell_len(line) <= width or is_one_word(line)


def test_a_page_in_chinese_has_its_labels_and_the_same_order() -> None:
    use("zh", sentences())

    page = explain_text(catalogue.entry("SG-KDC-UDP"), 80, colour=False)

    assert [line for line in page.splitlines() if line and not line.startswith(" ")] == [
        "SG-KDC-UDP 安全组没有放行到 KDC 的 UDP",
        "网络；阻断：通常为错误；不影响必需的部分，或只有日志提到时，至多为警告",
        "含义",
        "现象",
        "容易混淆的问题",
        "如何确认",
        "如何修复",
        "依据",
    ]


def test_codes_and_keys_of_the_json_do_not_change_with_the_language() -> None:
    english = json.loads(explain_json(catalogue.entry("SG-KDC-UDP")))
    use("zh", sentences())
    chinese = json.loads(explain_json(catalogue.entry("SG-KDC-UDP")))

    assert list(chinese) == list(english)
    facts = ("code", "area", "severity", "decided", "basis")
    assert {name: chinese[name] for name in facts} == {name: english[name] for name in facts}
    assert list(chinese["look_alikes"]) == list(english["look_alikes"])
    assert chinese["title"] != english["title"]


def test_the_list_of_codes_and_a_message_are_explained_in_chinese() -> None:
    use("zh", sentences())
    found = recognised("Receive timed out")

    lines = listing([catalogue.entry(code) for code in catalogue.codes()]).splitlines()
    assert lines[0].split() == ["SG-KDC-UDP", "安全组没有放行到", "KDC", "的", "UDP"]
    assert lines[-1].startswith("标题前有 -")
    assert "由 JDK 8 至 21、Hadoop、" in message_text("Receive timed out", found, 80, colour=False)
    assert json.loads(message_json("Receive timed out", found))["matches"][0]["printed_by"][0] == "JDK 8 至 21"
