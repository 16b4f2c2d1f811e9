"""Does text that steers a terminal reach any output? Names in files and on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.output.clean import STEERING
from diagnose.report.formats import FORMATS
from tests.support.places import PROJECT

STEERS = re.compile(STEERING)
TRICK = "\u202e\u009b31m\u200b\u2066"
SHOWN = (*(("check", name) for name in FORMATS), ("plan", "terminal"), ("plan", "json"))


@pytest.fixture
def tricky(tmp_path: Path) -> Path:
    """Return the healthy case without the rules of its cluster, with such text in many names."""
    place = tmp_path / "case"
    copytree(PROJECT / "fixtures" / "kdc-port", place)
    for file in [*place.glob("*.json"), *place.glob("krb5.conf"), *place.glob("*.xml")]:
        text = file.read_text()
        for word in ("core-1-1", "master-1-2", 'Description": "', "EMR.C-"):
            text = text.replace(word, f"{word}{TRICK}")
        file.write_text(text)
    return place


@pytest.mark.parametrize(("command", "name"), SHOWN)
def test_no_format_shows_text_that_steers(tricky: Path, command: str, name: str) -> None:
    args = [command, str(tricky), "--verbose", "--format", name, *(["--offline"] if command == "check" else [])]
    result = CliRunner().invoke(main, args)
    for stream in (result.stdout, result.stderr):
        assert not STEERS.search(stream.replace("\n", "")), (name, STEERS.search(stream.replace("\n", "")))
    if name == "json":
        assert TRICK in json.dumps(json.loads(result.stdout), ensure_ascii=False)


def test_kerberos_and_probe_show_no_text_that_steers(tricky: Path) -> None:
    for args in (
        ["kerberos", str(tricky / "krb5.conf")],
        ["kerberos", str(tricky / "krb5.conf"), "--format", "json"],
        ["probe", f"tcp://127.0.0.1:1?x={TRICK}"],
        ["probe", "tcp://127.0.0.1:1", f"tcp://no{TRICK}.invalid:1", "--format", "json", "--verbose"],
        ["probe", f"tcp://{TRICK}"],
        ["probe", "--targets", f"/nonexistent/{TRICK}"],
        ["check", f"/nonexistent/{TRICK}"],
        ["check", f"--{TRICK}"],
        ["check", str(tricky), "--offline", "--keytab", f"/nonexistent/{TRICK}"],
        ["check", str(tricky), "--offline", "-o", f"/nonexistent/{TRICK}.json"],
        ["kerberos", f"/nonexistent/{TRICK}"],
        ["explain", TRICK],
        [TRICK],
    ):
        result = CliRunner().invoke(main, args)
        for stream in (result.stdout, result.stderr):
            assert not STEERS.search(stream.replace("\n", "")), (args, stream)
