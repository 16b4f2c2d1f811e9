"""Can `--help` be read on a terminal of 80 columns, and does README show it as it is?"""

from __future__ import annotations

import os
import re
from unittest.mock import patch

import click
import pytest

from diagnose.cli import COMMANDS, main
from diagnose.findings.conclude import CHECKS
from diagnose.report.formats import FORMATS
from diagnose.scene.areas import AREAS
from tests.support.places import PROJECT

COMMAND_LINES = [["--help"], *([command, "--help"] for command in COMMANDS)]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
HELP_BLOCK = re.compile(r"^```\n\$ emr-diagnose ([^\n]*--help)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def shown(args: list[str], columns: int = 80) -> str:
    """Return the help of a command line that ends in --help, on a terminal of this width."""
    context = click.Context(main, info_name="emr-diagnose", **main.context_settings)
    command: click.Command = main
    for name in args[:-1]:
        found = main.get_command(context, name)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    with patch.dict(os.environ, {"COLUMNS": str(columns)}):
        return command.get_help(context)


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("args", COMMAND_LINES, ids=" ".join)
def test_no_line_of_help_is_wider_than_80_columns(args: list[str], columns: int) -> None:
    assert [line for line in shown(args, columns).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("args", COMMAND_LINES, ids=" ".join)
def test_help_has_an_example(args: list[str]) -> None:
    command = " ".join(["emr-diagnose", *args[:-1]])
    assert re.search(rf"Examples?:\n +{command}", shown(args))


def test_readme_shows_help_as_it_is() -> None:
    blocks = HELP_BLOCK.findall(README)
    assert {"--help", "check --help"} <= {line for line, _ in blocks}
    for line, text in blocks:
        assert text == shown(line.split()).rstrip("\n")


def test_help_of_check_lists_every_format_and_area_of_the_registers() -> None:
    text = shown(["check", "--help"])
    for name, row in FORMATS.items():
        assert f"{name} " in text
        assert row.help in text
    assert f"[{'|'.join(AREAS)}]" in text


def test_every_check_belongs_to_an_area_and_every_area_has_a_check() -> None:
    assert {check.area for check in CHECKS} == set(AREAS)
