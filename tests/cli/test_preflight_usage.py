"""What does preflight answer if it is called in another way than it can be?"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main

LOG = "2026-11-27 10:16:32 ERROR init failed\njavax.security.auth.login.LoginException: Receive timed out\n"


def preflight(*args: str) -> Result:
    return CliRunner().invoke(main, ["preflight", *args])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that is no case, and holds a log and three cases."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first try.log").write_text(LOG)
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "case.toml").write_text("[cluster]\ntype = 'DATALAKE'\n")
    return tmp_path


def test_a_log_without_a_case_names_the_command_that_judges_it_alone(here: Path) -> None:
    refused = preflight("--log", "first try.log")
    said = " ".join(refused.stderr.split())
    _, _, command = said.partition("the log alone: emr-diagnose ")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Receive timed out" in CliRunner().invoke(main, [*shlex.split(command), "--offline"]).stdout


def test_a_log_in_the_directory_of_a_case_is_one_of_that_case(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here / "a")

    assert "rules:" in preflight("--log", "../first try.log").stdout


def test_three_cases_are_named_and_one_or_two_are_asked_for(here: Path) -> None:
    refused = preflight("a", "b", "c")
    said = " ".join(refused.stderr.split())

    assert refused.exit_code == 2
    assert "3 cases are given: a, b, c. Give one, or the two environments of a workspace" in said
    assert preflight("a", "b").exit_code == 3
