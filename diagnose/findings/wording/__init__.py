"""What is the text of a finding? A pure function of its code, its cause and its named values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from diagnose.findings.model import Finding
from diagnose.findings.values import Statement
from diagnose.findings.wording import en
from diagnose.findings.wording.en import phrases
from diagnose.findings.wording.en.excluded import RULED_OUT as RULED_OUT_EN
from diagnose.findings.wording.words import Words

__all__ = ["LANGUAGES", "Language", "Words", "ruled_out", "worded", "words"]

Language = Literal["en"]

LANGUAGES: Mapping[Language, Mapping[str, Callable[[Statement], Words]]] = {"en": en.TEXTS}
"""Language -> code -> the function that makes the text."""


def words(statement: Statement, language: Language = "en") -> Words:
    """Return the text. KeyError if the code has no text in this language."""
    return LANGUAGES[language][statement.code](statement)


HARMLESS: Mapping[Language, str] = {"en": phrases.HARMLESS}
"""Language -> what is said about a line of a file that, undone, changes nothing."""


RULED_OUT: Mapping[Language, Mapping[str, str]] = {"en": RULED_OUT_EN}
"""Language -> id of a fact -> how it rules out a look-alike."""


def ruled_out(fact: str, language: Language = "en") -> str:
    """Return what rules out a look-alike, as one clause."""
    return RULED_OUT[language][fact]


def worded(finding: Finding, language: Language = "en") -> Finding:
    """Return the finding with its text in this language."""
    text = words(Statement(finding.params, finding.code, finding.cause), language)
    is_harmless = finding.cause == "file-line" and finding.undone is not None and finding.undone.changes_nothing
    detail = " ".join(filter(None, (text.detail, HARMLESS[language] if is_harmless else "")))
    return replace(finding, title=text.title, sentence=text.sentence, detail=detail, advice=text.advice)
