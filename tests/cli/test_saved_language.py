"""A saved report is written in its own language, unless the command line names another."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.report.json import decode
from tests.support.places import FIXTURES


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.stdout


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return a report of a check in Chinese."""
    file = tmp_path / "report.json"
    case = str(FIXTURES / "datalake-ha-kerberos")
    file.write_text(run("check", case, "--offline", "--format", "json", "--lang", "zh"), "utf-8")
    assert decode(file.read_bytes()).language == "zh"
    return file


def test_a_chinese_report_is_rendered_in_chinese(saved: Path) -> None:
    assert "不可用：" in run("render", str(saved))
    assert "连接：" in run("render", str(saved), "--details")


@pytest.mark.parametrize("arguments", [["render", "--lang", "en"], ["--lang", "en", "render"]])
def test_the_option_beats_the_language_of_the_report(saved: Path, arguments: list[str]) -> None:
    page = run(*arguments, str(saved))

    assert "DOES NOT WORK: " in page
    assert "Exit code 1." in page


def test_an_english_report_stays_english_whatever_the_locale(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved.write_text(saved.read_text("utf-8").replace('"language": "zh"', '"language": "en"'), "utf-8")
    monkeypatch.setenv("EMR_DIAGNOSE_LANG", "zh")

    assert "DOES NOT WORK: " in run("render", str(saved))


def test_a_difference_is_told_in_the_language_of_the_later_report(saved: Path) -> None:
    assert "没有变差。" in run("diff", str(saved), str(saved))
    assert "Nothing got worse." in run("diff", str(saved), str(saved), "--lang", "en")


def test_a_report_from_before_there_were_languages_is_english(saved: Path) -> None:
    text = saved.read_text("utf-8")
    saved.write_text(text.replace(',\n  "language": "zh"', ""), "utf-8")

    assert "language" not in saved.read_text("utf-8")
    assert decode(saved.read_bytes()).language == "en"
