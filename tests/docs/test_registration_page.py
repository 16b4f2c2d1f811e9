"""Is docs/registration.md made from the data, and does a rule check each sentence of the page?"""

from __future__ import annotations

import pytest

from diagnose.findings import catalogue
from diagnose.registration.judge import CHECKS
from diagnose.registration.rules import rules
from diagnose.report.registration_page import Sentence, page, sentences
from tests.support.places import PROJECT


def test_the_page_is_the_one_that_the_data_make() -> None:
    assert (PROJECT / "docs" / "registration.md").read_text("utf-8") == page(), "run: make pages"


@pytest.mark.parametrize("sentence", sentences(), ids=lambda sentence: sentence.text[:40])
def test_each_sentence_has_a_rule_or_says_why_no_case_can_tell(sentence: Sentence) -> None:
    assert bool(sentence.rules) != bool(sentence.beyond)
    assert set(sentence.rules) <= set(CHECKS)


def test_each_rule_of_the_registration_page_has_its_sentence() -> None:
    """Given rules that other pages alone state, then these have no sentence on this one."""
    said = {name for sentence in sentences() for name in sentence.rules}

    assert [
        rule.id for rule in rules() if rule.id not in said and catalogue.source("dw-register") in rule.sources
    ] == []


def test_each_rule_is_on_the_page() -> None:
    text = page()

    assert [name for name in CHECKS if f"| `{name}` |" not in text] == []
