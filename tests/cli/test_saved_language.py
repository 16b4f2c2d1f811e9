"""A saved report is written in its own language, and how to get another one is told."""

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
def test_a_page_mixes_no_languages_whatever_is_asked(saved: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(main, [*arguments, str(saved)])

    assert "不可用：" in result.stdout
    assert "DOES NOT WORK" not in result.stdout
    assert result.stdout == run("render", str(saved))
    assert "The report is in Chinese" in result.stderr
    assert "For English: emr-diagnose check CASE --lang en." in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["--lang", "zh"]])
def test_nothing_is_said_of_languages_if_no_other_is_asked(
    saved: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMR_DIAGNOSE_LANG", raising=False)
    assert CliRunner().invoke(main, ["render", str(saved), *arguments]).stderr == ""


def test_an_english_report_stays_english_whatever_the_locale(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved.write_text(saved.read_text("utf-8").replace('"language": "zh"', '"language": "en"'), "utf-8")
    monkeypatch.setenv("EMR_DIAGNOSE_LANG", "zh")

    result = CliRunner().invoke(main, ["render", str(saved)])
    assert "DOES NOT WORK: " in result.stdout
    assert "报告是英文的" in result.stderr
    assert "emr-diagnose check CASE --lang zh" in result.stderr


def test_a_difference_is_told_in_the_language_of_the_later_report(saved: Path) -> None:
    assert "没有变差。" in run("diff", str(saved), str(saved))
    result = CliRunner().invoke(main, ["diff", str(saved), str(saved), "--lang", "en"])
    assert "没有变差。" in result.stdout
    assert "The report is in Chinese" in result.stderr


def test_two_reports_in_two_languages_are_told(saved: Path, tmp_path: Path) -> None:
    english = tmp_path / "english.json"
    case = str(FIXTURES / "datalake-ha-kerberos")
    english.write_text(run("check", case, "--offline", "--format", "json", "--lang", "en"), "utf-8")

    result = CliRunner().invoke(main, ["diff", str(saved), str(english)])

    assert "Nothing got worse." in result.stdout
    assert f"{saved} is in Chinese, {english} in English" in result.stderr
    assert "--lang en, for both" in result.stderr


def test_a_report_from_before_there_were_languages_is_english(saved: Path) -> None:
    text = saved.read_text("utf-8")
    saved.write_text(text.replace(',\n  "language": "zh"', ""), "utf-8")

    assert "language" not in saved.read_text("utf-8")
    assert decode(saved.read_bytes()).language == "en"
