"""Is a failure of our own code recorded, and does the rest go on?"""

from __future__ import annotations

import asyncio

import pytest

from diagnose.scene.bugs import Bug, described, guarded


def _fail(text: str) -> None:
    raise ValueError(text)


def test_a_block_that_does_not_fail_records_nothing() -> None:
    bugs: list[Bug] = []
    with guarded("remedies", bugs):
        pass
    assert bugs == []


def test_a_failure_is_recorded_with_its_part_and_the_next_line_runs() -> None:
    bugs: list[Bug] = []
    kept: list[int] = []
    with guarded("remedies", bugs):
        kept.append(1)
        _fail("negative length")
    assert (kept, bugs) == ([1], [Bug("remedies", "ValueError: negative length")])


def test_the_text_of_a_failure_that_may_hold_a_secret_is_left_out() -> None:
    bugs: list[Bug] = []
    with guarded("login", bugs, is_secret=True):
        _fail("key 0011223344556677")
    assert bugs == [Bug("login", "ValueError")]


@pytest.mark.parametrize("ending", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
def test_an_interruption_is_no_bug(ending: type[BaseException]) -> None:
    bugs: list[Bug] = []
    with pytest.raises(ending), guarded("probing", bugs):
        raise ending
    assert bugs == []


def test_type_and_text_of_an_exception_make_one_line() -> None:
    assert described(KeyError("realm")) == "KeyError: 'realm'"


def test_the_text_of_an_exception_is_one_short_line_without_secrets() -> None:
    """Given an exception that quotes a line of an input, then no output has its password."""
    told = described(ValueError("bad line\x1b[31m:\njdbc:hive2://h;password=CaNaRy, thrift://u:CaNaRy@h " + "x" * 9000))
    assert "CaNaRy" not in told
    assert "\x1b" not in told
    assert len(told.splitlines()) == 1
    assert len(told) < 400
