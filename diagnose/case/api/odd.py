"""What becomes of one odd value in an answer? It costs its own item, and the run goes on.

What depends on it is unknown. The report names its file and line.
"""

from __future__ import annotations

from diagnose.case.errors import CaseError
from diagnose.case.model import Skipped
from probes.language import marked, tr

NEEDS = marked("the answer of the API saved anew, whole and unchanged")


def odd(check: str, error: CaseError, *, hides: bool = False) -> Skipped:
    """Return the entry of the report for the item that has the odd value.

    hides: True if something required may be missing because of it.
    """
    return Skipped(check, str(error), tr(NEEDS), hides)
