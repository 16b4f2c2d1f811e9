"""Which function makes the Chinese text of a code?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import TEXTS as ENGLISH
from diagnose.findings.wording.words import Words

TEXTS: Mapping[str, Callable[[Statement], Words]] = {
    **ENGLISH,
}
"""Code -> the function that makes its text."""
