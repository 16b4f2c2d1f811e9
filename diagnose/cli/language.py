"""Which language does a command write: --lang, EMR_DIAGNOSE_LANG, or the locale?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from probes.language import Language, use

if TYPE_CHECKING:
    from click import Context

VARIABLE = "EMR_DIAGNOSE_LANG"
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Variables of the locale, in the order in which POSIX reads them (POSIX.1-2024, 8.2)."""


def speak(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Write in the language that this command line and environment ask for.

    An unknown language is English here; the option itself refuses it.
    """
    _use(chosen(arguments, environment))


def speak_as(saved: Language, ctx: Context) -> None:
    """Write in the language of a saved report, unless the command line names one."""
    from click.core import ParameterSource

    contexts = [ctx] if ctx.parent is None else [ctx, ctx.parent]
    if not any(each.get_parameter_source("lang") is ParameterSource.COMMANDLINE for each in contexts):
        _use(saved)


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
        return _named(given)
    locale = next((text for name in LOCALE if (text := environment.get(name))), "")
    return _named(locale.partition("_")[0].partition(".")[0])


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


def _named(text: str) -> Language:
    return next((language for language in get_args(Language) if language == text.lower()), "en")
