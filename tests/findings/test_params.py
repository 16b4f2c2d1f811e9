"""Does each code whose sentences need more values have a function that gives them?"""

from __future__ import annotations

import pytest

from diagnose.findings import catalogue
from diagnose.findings.params import SPECIAL
from probes.by_name import by_name


@pytest.mark.parametrize("code", sorted(SPECIAL))
def test_each_function_that_gives_values_of_a_code_exists(code: str) -> None:
    assert catalogue.entry(code).decided
    assert callable(by_name("diagnose.findings.params", SPECIAL[code]))
