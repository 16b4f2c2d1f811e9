"""Which words does click write about a wrong command line? In the language of this process.

click looks them up with gettext, which knows only catalogues in files. Its modules get ours, and
keep their own words for whatever is not listed here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from probes.language import language, marked, tidy, tr

MODULES: Final = ("click.core", "click.decorators", "click.exceptions", "click.parser", "click.types")
"""Modules of click that tell what is wrong with a command line, or what an option of its own does.
Without ours, gettext loads `locale` to look for its catalogues."""

WORDS: Final = frozenset(
    {
        marked("Error: {message}"),
        marked("Try '{command} {option}' for help."),
        marked("Invalid value: {message}"),
        marked("Invalid value for {param_hint}: {message}"),
        marked("Missing argument"),
        marked("Missing option"),
        marked("Missing command."),
        marked("No such option {name!r}."),
        marked("No such command {name!r}."),
        marked("Did you mean {possibility}?"),
        marked("(Did you mean one of: {possibilities}?)"),
        marked("Got unexpected extra argument ({args})"),
        marked("Got unexpected extra arguments ({args})"),
        marked("Option {name!r} does not take a value."),
        marked("Option {name!r} requires an argument."),
        marked("{value!r} is not {choice}."),
        marked("{value!r} is not one of {choices}."),
        marked("{value!r} is not a valid {number_type}."),
        marked("{value} is not in the range {range}."),
        marked("{name} {filename!r} does not exist."),
        marked("{name} {filename!r} is a file."),
        marked("{name} {filename!r} is a directory."),
        marked("{name} {filename!r} is not readable."),
    }
)
"""What click says, as a template of its own spelling: `str.format` puts its values in."""


def teach() -> None:
    """Let click look up its words in our table."""
    for module in map(import_module, MODULES):
        for name, found in (("_", _one), ("ngettext", _of_number)):
            if hasattr(module, name):
                setattr(module, name, found)


def spoken(error: click.ClickException) -> str:
    """Return what an error says. In Chinese, without the marks of English that click writes."""
    text = error.format_message()
    if language() == "en":
        return text
    if isinstance(error, click.MissingParameter):
        text = text.removesuffix(".")
    return tidy(text.replace("(env var: ", f"({tr('env var: ')}"))


def _one(template: str) -> str:
    return tr(template) if template in WORDS else template


def _of_number(one: str, many: str, number: int) -> str:
    return _one(one if number == 1 else many)
