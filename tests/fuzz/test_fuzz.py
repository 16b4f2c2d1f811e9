"""Does a small part of `make fuzz` pass, and does the hunter see the faults that it looks for?

EMR_DIAGNOSE_FUZZ sets how many answers each decoder gets (default 3000). Each
reader of files gets a fortieth, because a whole case takes much longer.
"""

from __future__ import annotations

import math
import os
import time
from random import Random
from typing import Any, Final

import pytest

from tests.fuzz import hunt as hunting
from tests.fuzz.__main__ import main
from tests.fuzz.answers import answers
from tests.fuzz.files import files
from tests.fuzz.hunt import Subject, from_corpus, hunt

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000"))
SUBJECTS: Final = (
    *((subject, COUNT) for subject in answers()),
    *((subject, math.ceil(COUNT * subject.share / 40)) for subject in files()),
)


@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
@pytest.mark.parametrize(("subject", "count"), SUBJECTS, ids=[subject.name for subject, _ in SUBJECTS])
def test_mutated_inputs_raise_our_own_error_or_none(subject: Subject[Any], count: int) -> None:
    found = hunt(subject, range(-(-count // subject.weight)), seed=3)

    assert found.failures == []
    assert set(found.outcomes) != {"refused"}, "every input is refused at once, so little was tried"


def test_the_hunter_sees_another_error_and_a_slow_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hunting, "SLOWEST_S", 0.01)
    monkeypatch.setattr(hunting, "HANG_S", 1.0)
    spent = 0.0
    monkeypatch.setattr(time, "process_time", lambda: spent)

    def clumsy(content: bytes, number: int) -> str:
        nonlocal spent
        if number == 2:
            spent += 0.02
        while number == 4:
            try:
                time.sleep(1)
            except Exception:  # noqa: BLE001
                continue
        return str([1][number - 1])

    found = hunt(Subject("clumsy", from_corpus([b"abc"]), clumsy), range(1, 5), seed=1)

    assert [failure.split(":")[1].strip() for failure in found.failures] == [
        *("IndexError", "0.02 s", "IndexError"),
        "Hang",
    ]


@pytest.mark.parametrize("text", [True, False])
def test_the_same_number_makes_the_same_input(text: bool) -> None:
    make = from_corpus([b"<a> b = 10.0.0.1", b"x"], text=text)

    assert make(Random(5)) == make(Random(5))
    assert len({make(Random(seed)) for seed in range(20)}) > 5


def test_one_case_can_be_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--answers", "10", "--files", "10", "--only", "4", "--of", "keytabs"]) == 0
    assert capsys.readouterr().out.startswith("0 in all\n1 keytabs in")
