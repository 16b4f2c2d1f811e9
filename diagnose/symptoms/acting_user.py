"""Which user does a log name that may not act for others?"""

from __future__ import annotations

from typing import Final

from diagnose.symptoms.log import Symptom
from probes.regex import regex

TOPIC: Final = "proxy"
_PARTS: Final = regex(r"[/@]")


def acting_user(symptom: Symptom) -> str | None:
    """Return the first part of the principal that a service refused to let act for others.

    core-site.xml has the user under this name, unless auth_to_local gives it another one. None for
    every other failure.
    """
    if symptom.topic != TOPIC or symptom.principal is None:
        return None
    return _PARTS.split(symptom.principal)[0]
