"""Do the copies of tables say what the tables say?"""

from __future__ import annotations

import tomllib

import pytest

from diagnose import data
from diagnose.data.parse import parsed


@pytest.mark.parametrize("name", data.PARSED)
def test_a_copy_is_what_make_pages_makes_of_the_table(name: str) -> None:
    assert data.copy_of(name).read_text("utf-8") == parsed(name), "run `make pages`"


def test_a_copy_has_every_value_of_its_table_and_dates_as_texts() -> None:
    written = tomllib.loads(data.text("java"))
    assert data.table("java") == {**written, "compiled": written["compiled"].isoformat()}
