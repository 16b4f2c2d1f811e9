"""Given a case that does not work yet, then `check --watch` looks again until it does.

SIGTERM does what Ctrl-C does, and is obeyed also where a shell started the tests in the background.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.cli.watch import USUAL_SECONDS, Watch, state_of, watched, with_seconds
from diagnose.report.model import Report
from tests.support import incident_cases as cases
from tests.support.closed_port import closed_port
from tests.support.reports import failing


def without(*ports: int) -> dict[str, cases.Content]:
    """Return the healthy cluster without the rules for these ports."""
    rules = [cases.rule("TCP", port) for port in cases.PORTS if port not in ports]
    return {**cases.healthy(), **cases.group_of_nodes(rules)}


def broken() -> dict[str, cases.Content]:
    return without(9083)


def change(folder: Path, files: dict[str, cases.Content]) -> None:
    """Write each file that differs at once, so that no round reads a part of it."""
    for name, content in cases.contents(files).items():
        if (folder / name).read_bytes() != content:
            written = folder.with_name("written")
            written.write_bytes(content)
            written.replace(folder / name)


@contextmanager
def watching(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "diagnose", "check", str(folder), "--watch", "0.2", "--no-color", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], mark: str) -> str:
    """Return what is on standard error until a line has the mark."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if mark in line:
            return said
    raise AssertionError(said)


def test_files_are_read_again_once_they_change_and_green_ends_it(tmp_path: Path) -> None:
    cases.write(tmp_path, broken())
    with watching(tmp_path, "--offline", "--format", "json") as process:
        first = read_until(process, "Waiting for a file to change")
        assert "SG-SVC" in first
        assert "DOES NOT WORK" in first
        change(tmp_path, without())
        output, rest = process.communicate(timeout=60)

    assert process.returncode == 0
    assert json.loads(output)["status"] == "pass"
    assert "ALLOWED" in rest


def test_what_changed_is_shown_between_two_rounds(tmp_path: Path) -> None:
    cases.write(tmp_path, broken())
    with watching(tmp_path, "--offline") as process:
        read_until(process, "Round 1")
        change(tmp_path, without(9083, 9866))
        second = read_until(process, "Round 2")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)

    assert "Connections that are no longer known to work: 1" in second
    assert "SG-DATANODE" in second
    assert process.returncode == 1
    assert output.endswith("Exit code 1.\n")


def test_an_input_that_cannot_be_read_is_told_and_waited_for(tmp_path: Path) -> None:
    cases.write(tmp_path, broken())
    with watching(tmp_path, "--offline") as process:
        read_until(process, "Round 1")
        (tmp_path / "case.toml").write_text("[cluster\n")
        read_until(process, "case.toml:1: found a mistake")
        change(tmp_path, cases.healthy())
        process.communicate(timeout=60)

    assert process.returncode == 0


def test_ctrl_c_with_an_unreadable_input_has_its_exit_code(tmp_path: Path) -> None:
    cases.write(tmp_path, broken())
    with watching(tmp_path, "--offline") as process:
        read_until(process, "Round 1")
        (tmp_path / "case.toml").write_text("[cluster\n")
        read_until(process, "case.toml:1: found a mistake")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert process.returncode == 2


def test_ctrl_c_between_two_rounds_ends_with_the_exit_code_of_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases.write(tmp_path, broken())

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("diagnose.cli.watch.time.sleep", interrupted)

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--watch"])

    assert result.exit_code == 1
    assert result.stdout.endswith("Exit code 1.\n")
    assert "Ctrl-C ends it" in result.stderr


def test_the_deadline_bounds_all_rounds(tmp_path: Path) -> None:
    cases.write(tmp_path, broken())
    began = time.monotonic()

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--watch", "0.2", "--deadline", "1"])

    assert result.exit_code == 1
    assert 1 <= time.monotonic() - began < 20
    assert "The 1 s of --deadline are over.\n" in result.stderr
    assert result.stdout.endswith("Exit code 1.\n")


def test_a_healthy_case_is_one_round(tmp_path: Path) -> None:
    cases.write(tmp_path, cases.healthy())

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--watch"])

    assert result.exit_code == 0
    assert "Round" not in result.stderr


def test_packets_are_sent_in_each_round(tmp_path: Path) -> None:
    """Given a service that is down, then every round asks it."""
    with closed_port() as port:
        (tmp_path / "hive-site.xml").write_text(
            "<configuration><property><name>hive.metastore.uris</name>"
            f"<value>thrift://127.0.0.1:{port}</value></property></configuration>"
        )
        with watching(tmp_path, "--from", "127.0.0.0/24", "--format", "json") as process:
            said = read_until(process, "Round 2")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)

    assert "The next one in 0.2 s" in said
    assert "Inputs that changed" not in said
    assert process.returncode in (1, 130)  # whether Ctrl-C came between two rounds or in one


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["--watch"], [f"--watch={USUAL_SECONDS:g}"]),
        (["--watch", "case"], [f"--watch={USUAL_SECONDS:g}", "case"]),
        (["--watch", "5", "case"], ["--watch", "5", "case"]),
        (["--watch", "0.5"], ["--watch", "0.5"]),
        (["--watch=5"], ["--watch=5"]),
        (["--watch", "--offline"], [f"--watch={USUAL_SECONDS:g}", "--offline"]),
        (["--", "--watch"], ["--", "--watch"]),
    ],
)
def test_the_seconds_may_be_left_out(given: list[str], read: list[str]) -> None:
    assert with_seconds(given) == read


def test_standard_input_cannot_be_watched(tmp_path: Path) -> None:
    cases.write(tmp_path, broken())

    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", "--watch", "--log", "-"], input="x")

    assert result.exit_code == 2
    assert "standard input" in result.stderr


def test_the_state_of_files_differs_once_one_is_written_added_or_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    states = [state_of([tmp_path])]
    (tmp_path / "a").write_text("12")
    states.append(state_of([tmp_path]))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_text("")
    states.append(state_of([tmp_path]))
    (tmp_path / "a").unlink()
    states.append(state_of([tmp_path]))

    assert len(set(states)) == 4
    assert state_of([tmp_path]) == states[-1]
    assert state_of([tmp_path / "gone"]) == ()


def test_the_report_before_ctrl_c_is_not_lost() -> None:
    first = failing()
    rounds = iter([first])

    def ask(_: float | None) -> Report:
        for report in rounds:
            return report
        raise KeyboardInterrupt

    watch = Watch(0.01, None, None, lambda _: None, lambda *_: "")

    assert watched(ask, lambda _: "", watch) is first


@pytest.mark.parametrize("seconds", ["nan", "inf"])
def test_seconds_that_never_end_are_wrong_usage(tmp_path: Path, seconds: str) -> None:
    result = CliRunner().invoke(main, ["check", str(tmp_path), "--offline", f"--watch={seconds}"])
    assert result.exit_code == 2
    assert "bug" not in result.output
