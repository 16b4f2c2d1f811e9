"""What is the text of a finding? A pure function of its code, its cause and its named values."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from diagnose.findings.model import Finding
from diagnose.findings.values import Params, Statement, Values
from diagnose.findings.wording.excluded import RULED_OUT
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.writers import OWN, writer
from diagnose.output.sentences import sentences
from probes.frozen import replace
from probes.language import Language, language, marked, tidy, tr

__all__ = [
    "HARMLESS",
    "RULED_OUT",
    "Words",
    "listed",
    "next_checks",
    "ruled_out",
    "uncoded",
    "worded",
    "words",
    "written",
]

HARMLESS = marked("Harmless here: without it no connection and no client works that does not work now.")
"""About a finding whose undoing changes nothing. The severity is then at most a warning."""

ASSUMED = marked("The port of {services} is only assumed.")
"""About a finding of flows with known ports and with ports that no file decides."""


def words(statement: Statement) -> Words:
    """Return the text, in the language of this process. KeyError if the code has no text in it."""
    text = written(statement, language())
    return text if language() != "zh" else _each(tidy, text)


def written(statement: Statement, wanted: Language) -> Words:
    """Return the text as its function writes it. Chinese still has blanks around Chinese values."""
    text = writer(statement.code, wanted)(statement)
    if wanted != "zh" or statement.code not in OWN:
        return text
    from diagnose.findings.wording.zh.phrases import without_gaps

    return _each(without_gaps, text)


def _each(change: Callable[[str], str], text: Words) -> Words:
    advice, manual = tuple(map(change, text.advice)), tuple(map(change, text.manual))
    return Words(change(text.title), change(text.sentence), change(text.detail), advice, manual)


def next_checks(params: Params) -> tuple[str, str]:
    """Return the two cheapest next checks for a failure of a log: INPUT-LOG."""
    if language() == "zh":
        from diagnose.findings.wording.zh.logs import next_checks as chinese

        return chinese(params)
    from diagnose.findings.wording.en.logs import next_checks as english

    return english(params)


def uncoded(topic: str) -> str:
    """Return what the words of a log say, and what they come from without a code. "" if nothing."""
    if language() == "zh":
        from diagnose.findings.wording.zh.logs import UNCODED as CHINESE

        return CHINESE.get(topic, "")
    from diagnose.findings.wording.en.logs import UNCODED

    return UNCODED.get(topic, "")


def listed(items: Iterable[str]) -> str:
    """Return some names in one line, the first ones of many by name."""
    if language() == "zh":
        from diagnose.findings.wording.zh.phrases import listed as chinese

        return chinese(items)
    from diagnose.findings.wording.en.phrases import listed as english

    return english(items)


def ruled_out(fact: str) -> str:
    """Return what rules out a look-alike, as one clause."""
    return tr(RULED_OUT[fact])


def worded(finding: Finding) -> Finding:
    """Return the finding with its text."""
    text = words(Statement(finding.params, finding.code, finding.cause))
    is_harmless = finding.cause == "file-line" and finding.undone is not None and finding.undone.changes_nothing
    assumed = Values(finding.params).texts("assumed_ports")
    of_assumed = tr(ASSUMED, services=listed(assumed)) if assumed else ""
    sentence = sentences((text.sentence, of_assumed)) if assumed else text.sentence
    detail = sentences((text.detail, tr(HARMLESS) if is_harmless else ""))
    return replace(finding, title=text.title, sentence=sentence, detail=detail, advice=text.advice, manual=text.manual)
