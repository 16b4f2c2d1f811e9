"""Do the walk-throughs show what the commands print today? `GOLDEN=accept` writes it into them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.places import PROJECT

BLOCK = re.compile(r"(?P<fence>```(?:console)?)\n\$ (?P<command>emr-diagnose [^\n]*)\n(?P<shown>.*?)```", re.DOTALL)
LOG = "2026-11-27 10:16:32 ERROR init failed\njavax.security.auth.login.LoginException: Receive timed out\n"


PREFLIGHT = re.compile(BLOCK.pattern.replace("emr-diagnose ", "emr-diagnose preflight ", 1), re.DOTALL)


def today(block: re.Match[str]) -> str:
    """Return the block with what its command prints on a terminal of 80 columns."""
    words = shlex.split(block["command"])[1:]
    done = CliRunner().invoke(main, words, env={"COLUMNS": "80", "NO_COLOR": "1"})
    return f"{block['fence']}\n$ {block['command']}\n{done.stdout}```"


@pytest.mark.parametrize("name", ["support.md"])
def test_the_output_on_the_page_is_that_of_the_command(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PROJECT / "fixtures" / "datalake-ha-kerberos", tmp_path / "case")
    (tmp_path / "init.log").write_text(LOG)
    monkeypatch.chdir(tmp_path)
    page = PROJECT / "docs" / name
    text = page.read_text("utf-8")

    fresh = BLOCK.sub(today, text)
    if os.environ.get("GOLDEN") == "accept":
        page.write_text(fresh, "utf-8")
    assert len(BLOCK.findall(text)) >= 3
    assert text == fresh


def test_the_page_about_fleets_shows_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    page = PROJECT / "docs" / "fleet.md"
    text = page.read_text("utf-8")

    fresh = BLOCK.sub(today, text)
    if os.environ.get("GOLDEN") == "accept":
        page.write_text(fresh, "utf-8")
    assert BLOCK.search(text)
    assert text == fresh


def test_readme_shows_what_preflight_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    page = PROJECT / "README.md"
    text = page.read_text("utf-8")

    fresh = PREFLIGHT.sub(today, text)
    if os.environ.get("GOLDEN") == "accept":
        page.write_text(fresh, "utf-8")
    assert PREFLIGHT.search(text)
    assert text == fresh
