"""In which language do we write? One table of sentences for the whole process.

An English sentence is the key of its translations: `tr("{host} refuses", host=name)`. The command
line chooses the language once, before anything is read, and threads see the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

Language = Literal["en", "zh"]

_BLANK: Final = (
    "(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff（]|$)|(?<=[，。；：、（）]) | (?=[，。；：、（）])|^ (?=[\u4e00-\u9fff])"
)
"""A blank between two ideographs, beside a full-width mark, or between an ideograph and a
quotation."""

_QUOTED: Final = "(“[^”]*”)"

_NONE: Final[Mapping[str, str]] = {}


class _Spoken:
    """What this process speaks."""

    language: Language = "en"
    sentences: Mapping[str, str] = _NONE


def use(language: Language, sentences: Mapping[str, str] = _NONE) -> None:
    """Write in a language from now on. `sentences`: English template -> its translation."""
    _Spoken.language, _Spoken.sentences = language, sentences


def language() -> Language:
    """Return the language in which this process writes."""
    return _Spoken.language


def tr(template: str, /, **values: object) -> str:
    """Return a sentence in the language of this process, with its `{named}` values put in.

    Without values, braces stand for themselves. A template that is no literal at the place of the
    call was `marked` where it is written. A value that only English grammar needs is named `s` or
    ends with `_en`: a translation may leave it out, and no other.
    """
    sentence = _Spoken.sentences.get(template, template)
    if not values:
        return sentence
    text = sentence.format(**values)
    return tidy(text) if _Spoken.language == "zh" else text


def tidy(text: str) -> str:
    """Return a Chinese text without the blanks that a template has around a value, where the value
    is Chinese as well. What stands between “ and ” is a quotation, and stays as it is."""
    parts = re.split(_QUOTED, text)
    return "".join(part if place % 2 else re.sub(_BLANK, "", part) for place, part in enumerate(parts))


def semicolons(clauses: Iterable[str]) -> str:
    """Return the clauses as one text, with the mark of this language between them."""
    return ("；" if _Spoken.language == "zh" else "; ").join(clauses)


def marked(template: str) -> str:
    """Return the template itself: `tr` translates it later, where it is used.

    For constants, which are made before the language is known.
    """
    return template
