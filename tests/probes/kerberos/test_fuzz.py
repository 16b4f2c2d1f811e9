"""Does a small part of the fuzzing of fuzz_kerberos.py pass, and does the fuzzer see the faults
that it looks for?"""

from __future__ import annotations

import time

import pytest

from tests.support import fuzz_kerberos
from tests.support.fuzz_kerberos import hunt, keytabs, main, read_keytab, read_reply, replies


def test_mutated_replies_raise_our_own_error_or_none() -> None:
    found = hunt(replies(), read_reply, range(20_000), seed=3)

    assert found.failures == []
    assert {"refused", "error read", "ticket read", "inside read"} <= set(found.outcomes)


def test_mutated_keytabs_raise_our_own_error_or_none() -> None:
    found = hunt(keytabs(), read_keytab, range(10_000), seed=3)

    assert found.failures == []
    assert set(found.outcomes) == {"refused", "read", "read up to the damage"}


def test_the_hunter_sees_another_error_and_a_slow_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_kerberos, "SLOWEST_S", 0.01)

    def clumsy(content: bytes, number: int) -> str:
        if number == 2:
            time.sleep(0.02)
        return str([1][number - 1])

    found = hunt([b"abc"], clumsy, range(1, 4), seed=1)

    assert [failure.split(":")[1].strip() for failure in found.failures] == ["IndexError", "0.02 s", "IndexError"]


def test_one_case_can_be_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--replies", "10", "--keytabs", "10", "--only", "4"]) == 0
    assert capsys.readouterr().out.count("1 replies in") == 1
