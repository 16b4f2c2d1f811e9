"""Is the diagnosis of the redacted case the redacted diagnosis of the case?"""

from __future__ import annotations

import pytest

from tests.support.places import FIXTURES
from tests.support.redaction import Files, differences

CASES: dict[str, Files] = {
    case.name: {path.name: path.read_bytes() for path in case.iterdir()}
    for case in sorted(FIXTURES.iterdir())
    if case.is_dir()
}


@pytest.mark.parametrize("name", CASES)
def test_a_fixture_without_secrets_has_the_same_diagnosis(name: str) -> None:
    assert differences(CASES[name]) == []
