"""Which clients fare better, and how much less must they wait to count?"""

from __future__ import annotations

from typing import Literal

import pytest

from diagnose.clients.model import Prediction
from diagnose.undoing.client_changes import SHORTER_S, becomes_known, better_families, fail_surely

Works = Literal["yes", "no", "unknown"]


def _login(works: Works, seconds: float | None = None, releases: str | None = None) -> Prediction:
    return Prediction("jdk", "as", works, seconds, None, releases=releases)


@pytest.mark.parametrize(
    ("before", "after", "is_better"),
    [
        (_login("no"), _login("yes", 0.1), True),
        (_login("no"), _login("unknown"), True),
        (_login("yes", 30.0 + SHORTER_S), _login("yes", 30.0), True),
        (_login("yes", 30.9), _login("yes", 30.0), False),
        (_login("yes", 0.1), _login("yes", 30.0), False),
        (_login("yes"), _login("yes", 0.1), False),
        (_login("unknown"), _login("yes", 0.1), False),
        (_login("yes", 0.1), _login("no"), False),
    ],
)
def test_a_client_fares_better_if_it_no_longer_fails_or_waits_a_second_less(
    before: Prediction, after: Prediction, is_better: bool
) -> None:
    assert better_families([before], [after]) == (("jdk",) if is_better else ())


def test_of_several_releases_the_one_that_fares_worst_counts() -> None:
    before = [_login("yes", 0.1, "8"), _login("no", None, "11")]
    half = [_login("no", None, "8"), _login("yes", 0.1, "11")]
    assert better_families(before, half) == ()
    assert better_families(before, [_login("yes", 0.1)]) == ("jdk",)


def test_a_client_of_which_nothing_was_known_becomes_known_only_if_its_reading_is_modelled() -> None:
    heimdal = Prediction("heimdal", "as", "unknown", None, None)
    assert becomes_known([_login("unknown")], [_login("yes", 0.1)])
    assert not becomes_known([heimdal], [Prediction("heimdal", "as", "yes", 0.1, None)])
    assert not becomes_known([_login("no")], [_login("yes", 0.1)])


def test_clients_fail_surely_if_every_modelled_login_fails() -> None:
    tickets = Prediction("jdk", "tgs", "yes", 0.1, None)
    assert fail_surely([_login("no"), tickets])
    assert not fail_surely([_login("no"), Prediction("mit", "as", "unknown", None, None)])
    assert not fail_surely([tickets])
