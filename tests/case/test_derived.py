"""Is what follows from a case made once, and never given to another case?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnose.case.derived import once
from diagnose.case.model import Case
from probes.language import language, use
from tests.support.factories import a_case

made: list[str] = []


@once
def named(case: Case) -> str:
    """Return the name of a case and the language, and note that it was asked for."""
    made.append(case.name)
    return f"{case.name} in {language()}"


@pytest.fixture(autouse=True)
def _nothing_made() -> Iterator[None]:
    made.clear()
    yield
    use("en")


def test_a_result_is_made_once_for_each_case() -> None:
    case, other = a_case(name="one"), a_case(name="two")

    assert [named(case), named(case), named(other)] == ["one in en", "one in en", "two in en"]

    assert made == ["one", "two"]


def test_a_changed_case_has_nothing_of_the_case_that_it_was_made_of() -> None:
    case = a_case(name="one")
    assert named(case) == "one in en"

    assert named(replace(case, name="changed")) == "changed in en"


def test_a_result_is_made_anew_in_another_language() -> None:
    case = a_case(name="one")
    assert named(case) == "one in en"

    use("zh")

    assert named(case) == "one in zh"


def test_what_was_made_of_a_case_makes_it_no_other_case() -> None:
    case, same = a_case(), a_case()
    named(case)

    assert case == same
    assert repr(case) == repr(same)
