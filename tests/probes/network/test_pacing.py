"""How many attempts, how far apart: learnt from answers, never concluded from too few of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network.pacing import ENOUGH_ANSWERS, LEAST_ATTEMPTS, LEAST_GAP, MOST_ATTEMPTS, MOST_GAP, WRONG_ONES, Pace


def a_pace(answers: int, seconds: float = 0.001, lost_every: int = 0) -> Pace:
    pace = Pace()
    for number in range(1, answers + 1):
        pace.answered(seconds, 2 if lost_every and number % lost_every == 0 else 1)
    return pace


def test_a_path_is_unknown_until_it_has_answered_often_enough() -> None:
    assert not Pace().is_known
    assert not a_pace(ENOUGH_ANSWERS - 1).is_known
    assert a_pace(ENOUGH_ANSWERS).is_known


@pytest.mark.parametrize(("seconds", "gap"), [(0.0005, LEAST_GAP), (0.08, 0.08), (0.3, 0.3), (3.0, MOST_GAP)])
def test_the_gap_follows_the_round_trip_within_bounds(seconds: float, gap: float) -> None:
    assert a_pace(200, seconds).gap() == pytest.approx(gap, rel=0.05)


def test_an_answer_may_take_longer_than_the_next_attempt_waits_for_it() -> None:
    assert a_pace(200, 0.9).timeout() == pytest.approx(0.9, rel=0.05)
    assert a_pace(200, 0.9).gap() == MOST_GAP


def test_a_round_trip_that_varies_is_waited_for_longer() -> None:
    pace = Pace()
    for number in range(ENOUGH_ANSWERS):
        pace.answered(0.05 if number % 2 else 0.15, 1)
    assert pace.gap() > 0.2


def test_an_unknown_path_is_waited_for_longest() -> None:
    assert Pace().gap() == a_pace(5).gap() == MOST_GAP
    assert Pace().attempts(10) == MOST_ATTEMPTS


def test_loss_is_never_taken_for_less_than_so_few_answers_can_show() -> None:
    # Given a hundred answers and nothing lost, up to 3 % may still be: the rule of three
    assert a_pace(100).loss() == pytest.approx(0.03)
    assert a_pace(1000).loss() == pytest.approx(0.003)


def test_more_loss_takes_more_attempts_and_more_endpoints_too() -> None:
    clean, lossy = a_pace(1500), a_pace(1500, lost_every=10)
    assert clean.attempts(2000) == LEAST_ATTEMPTS
    assert clean.attempts(2000) < lossy.attempts(2000) <= lossy.attempts(1_000_000) <= MOST_ATTEMPTS


@given(st.integers(1, 10**6), st.integers(ENOUGH_ANSWERS, 3000), st.floats(0, 0.25), st.randoms(use_true_random=False))
def test_so_many_attempts_leave_nearly_nobody_behind(
    endpoints: int, answers: int, loss: float, chance: random.Random
) -> None:
    """Given answers over a path with this loss, then the attempts it asks for leave the promised
    share, unless capped."""
    pace = Pace()
    for _ in range(answers):
        attempts = 1
        while chance.random() < loss:
            attempts += 1
        pace.answered(0.001, attempts)
    attempts = pace.attempts(endpoints)
    assert LEAST_ATTEMPTS <= attempts <= MOST_ATTEMPTS
    if LEAST_ATTEMPTS < attempts < MOST_ATTEMPTS:
        assert endpoints * pace.loss() ** attempts <= WRONG_ONES * 1.001
    assert pace.loss() >= pace.lost / pace.tried
