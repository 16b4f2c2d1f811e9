"""Does every code say the same in both languages, with each value that it may have or lack?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnose.findings import catalogue
from diagnose.findings.values import Statement
from diagnose.findings.wording.writers import writer
from tests.support.both_languages import losses, samples, variants

SAMPLES = samples()
CODES = sorted(code for code in catalogue.codes() if catalogue.entry(code).decided)


def statements(code: str) -> Iterator[Statement]:
    """Yield what tests say of this code, or of a code with the same text function.

    Only the lab makes some logins fail.
    """
    own = [statement for statement in SAMPLES if statement.code == code]
    function = writer(code, "en")
    yield from own or (replace(each, code=code) for each in SAMPLES if writer(each.code, "en") is function)


@pytest.mark.parametrize("code", CODES)
def test_the_chinese_text_has_every_value_of_the_english_one(code: str) -> None:
    said = list(statements(code))
    lacking = [text for statement in said for variant in variants(statement) for text in losses(variant)]

    assert said, "record a statement of this code: tests/support/both_languages.py"
    assert lacking == [], lacking[0]


def test_a_lost_value_and_english_that_is_left_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = next(statements("SG-SVC"))
    text = writer("SG-SVC", "zh")(statement)
    poor = replace(text, title="没有规则 at all for this", sentence="端口 4711")
    monkeypatch.setattr("diagnose.findings.wording.zh.security_group.service", lambda _: poor)

    found = [each.partition("\n")[0].partition(": ")[2] for each in losses(statement)]

    assert "lost: master-1-1" in found
    assert "invented: 4711" in found
    assert "English: at all for this" in found
