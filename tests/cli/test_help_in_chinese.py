"""Is the help of each command in Chinese, and no wider than a terminal?"""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from diagnose.cli import COMMANDS, main
from diagnose.output.styled import columns
from tests.support.english_left import english_in


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_chinese_and_fits(command: str) -> None:
    page = CliRunner().invoke(main, ["--lang", "zh", *command.split(), "--help"]).output

    assert list(english_in(page)) == []
    assert [line for line in page.splitlines() if columns(line) > 80] == []


def test_english_help_stays_as_click_writes_it() -> None:
    page = CliRunner().invoke(main, ["schema", "--help"]).output

    assert "Usage: " in page
    assert "Options:\n" in page
