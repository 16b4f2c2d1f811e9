"""`explain`: every entry as a page that fits and as JSON that says the same."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from diagnose.findings import catalogue
from diagnose.report.explain import explain_json, explain_text
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
        "network; blocker: always an error",
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
