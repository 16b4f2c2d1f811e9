"""Which language does a command write: --lang, EMR_DIAGNOSE_LANG, or the locale?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from probes.language import Language, language, marked, tr, use

if TYPE_CHECKING:
    from pathlib import Path

    from click import Context

VARIABLE = "EMR_DIAGNOSE_LANG"
NAMES: Mapping[Language, str] = {"en": marked("English"), "zh": marked("Chinese")}

_OTHER = marked(
    "The report is in {saved}, and its sentences stay as they are saved, so the whole page is. For {asked}: "
    "emr-diagnose check CASE --lang {code}."
)
_TWO = marked(
    "{before} is in {one}, {after} in {other}: what is told of {before} alone stays in {one}. For one language: "
    "emr-diagnose check CASE --lang {code}, for both."
)
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Variables of the locale, in the order in which POSIX reads them (POSIX.1-2024, 8.2)."""


def speak(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Write in the language that this command line and environment ask for.

    An unknown language is English here; the option itself refuses it.
    """
    _use(chosen(arguments, environment))


def speak_as(saved: Language, ctx: Context) -> None:
    """Write in the language of a saved report, whose sentences stay as they are.

    If the command line or the environment asks for another, a line on standard error says how to
    get it.
    """
    from click import echo
    from click.core import ParameterSource

    contexts = [ctx] if ctx.parent is None else [ctx, ctx.parent]
    asks = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    asked = language()
    if asked != saved and any(each.get_parameter_source("lang") in asks for each in contexts):
        echo(tr(_OTHER, saved=tr(NAMES[saved]), asked=tr(NAMES[asked]), code=asked), err=True)
    _use(saved)


def tell_two_languages(before: tuple[Path, Language], after: tuple[Path, Language]) -> None:
    """Write one line to standard error if two saved reports are in two languages."""
    from click import echo

    from diagnose.output.clean import clean

    if before[1] != after[1]:
        names = {"one": tr(NAMES[before[1]]), "other": tr(NAMES[after[1]]), "code": after[1]}
        echo(clean(tr(_TWO, before=before[0], after=after[0], **names)), err=True)


def _use(wanted: Language) -> None:
    if wanted == "en":
        use("en")
    else:
        from diagnose.data.zh import sentences  # only a run in Chinese pays for it

        use(wanted, sentences())


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language that is asked for: the option, then the variable, then the locale."""
    given = _option(arguments) or environment.get(VARIABLE)
    if given:
        return _language_of(given)
    locale = next((text for name in LOCALE if (text := environment.get(name))), "")
    return _language_of(locale.partition("_")[0].partition(".")[0])


def _option(arguments: Sequence[str]) -> str | None:
    """Return the value of the last --lang, before its command is imported."""
    found = None
    for number, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--lang" and number + 1 < len(arguments):
            found = arguments[number + 1]
        elif argument.startswith("--lang="):
            found = argument.partition("=")[2]
    return found


def _language_of(text: str) -> Language:
    return next((known for known in get_args(Language) if known == text.lower()), "en")
