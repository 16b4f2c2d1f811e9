"""Does an error about a file say file, line, what was found and what to do, without usage lines?"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.places import PROJECT

FLAGSHIP = str(PROJECT / "fixtures" / "datalake-ha-kerberos")
JSON_TO_DO = "Save the answer of the API whole and unchanged, or take the file out of the case."


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sg.json", "", f"sg.json: found an empty file, expected a JSON answer of an API. {JSON_TO_DO}"),
        (
            "sg.json",
            '{"a": ',
            f"sg.json:1: found a text that is cut off, expected the whole answer. {JSON_TO_DO}",
        ),
        ("sg.json", '{"a": \n}', f"sg.json:2: found '}}', expected a JSON value. {JSON_TO_DO}"),
        (
            "sg.json",
            '{"a": "b\n"}',
            "sg.json:1: found a line end or a control character in a string, expected it escaped",
        ),
        ("sg.json", '{"a": "b}', 'sg.json:1: found a string without its closing quote, expected a closing ".'),
        (
            "case.toml",
            "[cluster]\ndeploy_mode = 7\n",
            "Correct this line. docs/case.md lists every key and its values.",
        ),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline"])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("Error: ")
    assert "Usage:" not in result.stderr


def test_a_keytab_that_is_none_is_named_without_usage_lines(tmp_path: Path) -> None:
    file = tmp_path / "k.keytab"
    file.write_bytes(b"x")
    result = CliRunner().invoke(main, ["check", FLAGSHIP, "--offline", "--keytab", str(file)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}")
    assert "Usage:" not in result.stderr


def test_a_wrong_option_still_shows_the_usage() -> None:
    result = CliRunner().invoke(main, ["check", FLAGSHIP, "--only", "weather"])
    assert (result.exit_code, "Usage:" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("chekc", "No such command 'chekc'. Did you mean check?"), ("xyz", "No such command 'xyz'.")],
)
def test_a_mistyped_command_is_told_with_the_one_that_is_spelled_alike(typed: str, said: str) -> None:
    result = CliRunner().invoke(main, [typed])
    assert (result.exit_code, said in result.output) == (2, True)
