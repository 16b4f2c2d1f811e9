"""Which moment is meant by a time of an answer, or of case.toml?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from diagnose.case.directory import read
from diagnose.case.errors import CaseError
from diagnose.case.times import busy_span, has_zone, local_time, moment

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        1793534400000,
        "1793534400000",
        1793534400,
        "2026-11-01T12:00:00Z",
        "2026-11-01T20:00:00+08:00",
        "2026-11-01 12:00",
    ],
)
def test_a_time_is_read_in_every_spelling(text: int | str) -> None:
    assert moment(text) == NOON


@pytest.mark.parametrize("text", ["", 0, "soon", "9" * 40, "2026-13-01"])
def test_what_is_no_time_is_none(text: int | str) -> None:
    assert moment(text) is None


def test_a_zone_is_known_or_not() -> None:
    assert has_zone("2026-11-01T12:00:00Z")
    assert not has_zone("2026-11-01T12:00:00")
    assert local_time("2026-11-01T12:00:00Z") is None
    assert local_time("2026-11-01T12:00:00") == datetime(2026, 11, 1, 12)


@pytest.mark.parametrize(
    ("text", "span"),
    [("08:00-20:00", (480, 1200)), ("23:00-4:30", (1380, 270)), ("00:00-24:00", (0, 1440)), ("24:00-01:00", None)],
)
def test_busy_hours_are_minutes_of_a_day(text: str, span: tuple[int, int] | None) -> None:
    assert busy_span(text) == span


@pytest.mark.parametrize("text", ["8-20", "08:00-08:00", "23:00-24:30", "", "always"])
def test_other_hours_are_none(text: str) -> None:
    assert busy_span(text) is None


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ('[cluster]\nchanged_at = "soon"\n', 2),
        ('[registration]\ninitialized_at = "once"\n', 2),
        ("[registration]\ninitialize_at = 2026-12-01T03:00:00Z\n", 2),
        ('[workspace]\nbusy_hours = ["08:00-20:00", "8-20"]\n', 2),
    ],
)
def test_a_time_that_is_none_is_refused_with_its_line(tmp_path: Path, toml: str, line: int) -> None:
    (tmp_path / "case.toml").write_text(toml)

    with pytest.raises(CaseError) as refused:
        read([tmp_path])

    assert refused.value.line == line
