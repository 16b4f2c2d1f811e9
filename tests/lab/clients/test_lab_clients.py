"""Do kinit, kvno and a JVM experience what was foretold: does it work, what do they say, how long
does it take?
"""

from __future__ import annotations

import pytest

from diagnose.clients import Prediction
from tests.lab.kdc import REALM

from .bench import Round, Rounds
from .faults import FAULTS, Fault
from .kdc import SERVICE
from .real import Experience

TOLERANCE = 0.2
LEAST_TOLERANCE = 0.4
"""Seconds: what two busy cores add to a process."""

FAMILIES = ("mit", "jdk")

OWN_WORDS = {("mit", "tgs"): f" while getting credentials for {SERVICE}@{REALM}"}
"""What kvno adds to the library's text."""


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_real_clients_do_what_was_foretold(rounds: Rounds, fault: Fault) -> None:
    found = rounds.begun[fault.name].result()
    if _wrong(found):
        # Other rounds took processor time meanwhile.
        found = rounds.alone(fault)
    assert not _wrong(found), "\n".join(_wrong(found))
    assert fault.http or all(
        told.seconds is not None for told in found.told.predictions.values() if told.family in FAMILIES
    )


def _wrong(found: Round) -> list[str]:
    """Return each prediction that did not come true."""
    return [
        f"{family} {exchange}: foretold {told}, experienced {real} (seen: {found.told.states})"
        for (family, exchange), real in found.real.items()
        if not _agrees(told := found.told.predictions[family, exchange], real, OWN_WORDS.get((family, exchange), ""))
    ]


def _agrees(told: Prediction, real: Experience, own_words: str) -> bool:
    """Return True if the real client does as predicted.

    A prediction that is unknown agrees with nothing.
    """
    if told.works != ("yes" if real.works else "no"):
        return False
    if real.message is not None and told.message is not None:
        said = real.message.lower()
        if not said.startswith(f"{told.message}{own_words}".lower()):
            return False
    return told.seconds is None or abs(told.seconds - real.seconds) <= max(LEAST_TOLERANCE, TOLERANCE * real.seconds)
