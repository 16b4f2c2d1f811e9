"""Do the command lines of the pages name commands and options that exist?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from diagnose.cli import main
from tests.support.places import PROJECT

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "fixtures/**/*.md", "examples/**/*.*")
    for page in PROJECT.glob(pattern)
    if page.name != "CHANGELOG.md" and page.suffix in (".md", ".yml", ".toml", "")
)

COMMAND_LINE = re.compile(r"(?:^(?:    )?|^ *- |[$|] |`)emr-diagnose (?P<words>[^`|#\n]*)", re.MULTILINE)
"""In a block or a list, behind a prompt or a pipe, or in a sentence."""

OPTION = re.compile(r"(--[a-z][a-z.-]*|-[a-z])(?=[=\s]|$)")


def missing(text: str) -> Iterator[str]:
    """Yield each command or option of the text that does not exist."""
    for line in COMMAND_LINE.finditer(text.replace("\\\n", " ")):
        words = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "TEXT", line["words"]).split()
        command: click.Command = main
        known = options(main)
        for word in words:
            found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
            if found is not None:
                command, known = found, known | options(found)
            elif isinstance(command, click.Group) and re.fullmatch("[a-z]+", word):
                yield word
            elif (option := OPTION.match(word)) is not None and option[1] not in known:
                yield f"{command.name} {option[1]}"


def options(command: click.Command) -> set[str]:
    """Return the options that `--help` of a command names.

    click keeps the help option that it makes first, so it is made as the program makes it.
    """
    context = click.Context(command, **main.context_settings)
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z.-]*", command.get_help(context)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_each_command_and_option_of_a_page_exists(page: Path) -> None:
    assert list(missing(page.read_text("utf-8"))) == []


def test_the_pages_have_command_lines() -> None:
    lines = {str(page.relative_to(PROJECT)): len(COMMAND_LINE.findall(page.read_text("utf-8"))) for page in PAGES}
    assert lines["README.md"] > 40
    assert min(lines[f"docs/{name}.md"] for name in ("support", "operator", "apply", "case")) > 3


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("$ emr-diagnose check ./case --ofline\n", "check --ofline"),
        ("Run `emr-diagnose chekc ./case`.", "chekc"),
        ("    emr-diagnose probe tcp://a:1 \\\n  --patiense 3\n", "probe --patiense"),
        ("emr-diagnose case init ./case --format json\n", "init --format"),
        ("yarn logs | emr-diagnose check --logs -", "check --logs"),
    ],
)
def test_a_command_line_that_does_not_exist_is_noticed(text: str, wrong: str) -> None:
    assert list(missing(text)) == [wrong]


def test_what_is_no_command_line_is_passed_over() -> None:
    assert list(missing("Executors need emr-diagnose and --nothing else. `emr-diagnose check '--x' ./case`")) == []
