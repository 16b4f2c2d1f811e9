"""Does one line say what came of every question?"""

from __future__ import annotations

from typing import get_args

from diagnose.report.flow_words import NO_ANSWER
from diagnose.scene.other_service import OwnAnswer


def test_every_answer_that_is_not_the_services_own_has_words() -> None:
    assert NO_ANSWER.keys() == set(get_args(OwnAnswer)) - {"answered"}
