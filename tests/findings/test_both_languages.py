"""Does every code say the same in both languages, with each value that it may have or lack?"""

from __future__ import annotations

import pytest

from diagnose.findings.values import Statement
from tests.support.both_languages import losses, samples, variants

SAMPLES = samples()


@pytest.mark.parametrize("statement", SAMPLES, ids=lambda each: f"{each.code}-{each.cause}")
def test_the_chinese_text_has_every_value_of_the_english_one(statement: Statement) -> None:
    lacking = [text for variant in variants(statement) for text in losses(variant)]

    assert lacking == [], lacking[0]
