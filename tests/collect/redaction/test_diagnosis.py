"""Is the diagnosis of the redacted case the redacted diagnosis of the case?"""

from __future__ import annotations

import pytest

from tests.support.places import FIXTURES
from tests.support.redaction import Files, differences

CASES: dict[str, Files] = {
    **{
        path.name: {each.name: each.read_bytes() for each in path.iterdir()}
        for path in sorted(FIXTURES.iterdir())
        if path.is_dir()
    },
}


@pytest.mark.parametrize("name", CASES)
def test_a_fixture_without_secrets_has_the_same_diagnosis(name: str) -> None:
    assert differences(CASES[name]) == []
