"""Which of two exports that differ has to go? The values of the sentence about it."""

from __future__ import annotations

from diagnose.case.faults import Conflict
from diagnose.findings.values import Params


def exports(conflict: Conflict) -> Params:
    """Return the two files, the one that goes, and the rule that tells.

    `older` is "" if the rule tells it only to someone who looks it up. All are "" if nothing tells.
    """
    witness = conflict.witness
    if witness is None or len(conflict.places) != 2:
        return {"holder": "", "other": "", "rule": "", "older": ""}
    holder, other = (conflict.places[at].file for at in (witness.holder, 1 - witness.holder))
    if holder == other:
        return {"holder": "", "other": "", "rule": "", "older": ""}
    return {"holder": holder, "other": other, "rule": witness.rule, "older": holder if witness.is_holder_older else ""}
