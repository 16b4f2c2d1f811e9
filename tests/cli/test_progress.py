"""Is the line of progress shown on a terminal alone, and gone at the end?"""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from diagnose.cli.progress import PHASES, Progress, progress
from tests.support.fake_service import FakeService


def said_on_stderr(*args: str, terminal: bool) -> tuple[bytes, bytes]:
    """Return what a command writes to standard output and to standard error.

    Standard error is a terminal or a pipe.
    """
    ours, theirs = os.openpty() if terminal else os.pipe()
    command = [sys.executable, "-m", "diagnose", *args]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    output, _ = process.communicate(timeout=60)
    said = b""
    while True:
        try:
            some = os.read(ours, 4096)
        except OSError:  # how Linux ends a terminal whose other side is closed
            break
        if not some:
            break
        said += some
    os.close(ours)
    return output, said


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_probe_shows_it_on_a_terminal_alone(terminal: bool) -> None:
    with FakeService() as silent, FakeService(b"") as closing:
        targets = [f"zookeeper://127.0.0.1:{service.port}" for service in (silent, closing)]
        output, said = said_on_stderr("probe", *targets, "--patience", "0.4", "--format", "json", terminal=terminal)

    assert output.startswith(b"[")
    if terminal:
        assert said == b"\rprobing: 1 of 2 finished\rprobing: 2 of 2 finished\r\x1b[K"
    else:
        assert said == b""


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_check_shows_the_same(terminal: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("case")
    with FakeService(b"") as service:
        (directory / "hive-site.xml").write_text(
            "<configuration><property><name>hive.metastore.uris</name>"
            f"<value>thrift://127.0.0.1:{service.port}</value></property></configuration>"
        )
        output, said = said_on_stderr("check", str(directory), "--from", "127.0.0.0/24", terminal=terminal)

    assert output
    assert (b"\rprobing: " in said) == terminal
    assert said.endswith(b"\r\x1b[K") == terminal


def test_check_names_what_it_does_from_its_first_moment_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Given a terminal, then every phase is named before it begins, name look-ups too."""
    directory = tmp_path_factory.mktemp("case")
    with FakeService(b"") as service:
        (directory / "hive-site.xml").write_text(
            "<configuration><property><name>hive.metastore.uris</name>"
            f"<value>thrift://127.0.0.1:{service.port}</value></property></configuration>"
        )
        _, said = said_on_stderr("check", str(directory), "--from", "127.0.0.0/24", terminal=True)

    phases = [b"reading the case", b"asking DNS", b"looking up names", b"probing", b"asking further", b"judging"]
    places = [said.index(phase) for phase in phases]
    assert said.startswith("\r\x1b[Kreading the case …".encode())
    assert places == sorted(places)


def test_it_never_counts_past_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    shown = Progress()
    shown(3, 2)

    assert screen.getvalue() == "\rprobing: 2 of 2 finished"


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_is_shown_at_once(monkeypatch: pytest.MonkeyPatch, phase: str) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    shown = Progress()
    shown.begin(phase)
    shown.clear()

    assert screen.getvalue() == f"\r{PHASES[phase]} …\r", "click takes out codes where no terminal reads"


def test_thousands_of_answers_are_few_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    with progress() as shown:
        assert shown is not None
        for done in range(1, 5001):
            shown(done, 5000)

    assert screen.getvalue().count("probing: ") < 1000
    assert screen.getvalue().endswith("probing: 5000 of 5000 finished\r\x1b[K")


def test_a_terminal_that_is_gone_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        writes = 0

        def write(self, _: str) -> int:
            Gone.writes += 1
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stderr", Gone())
    shown = Progress()
    shown(1, 2)
    tried = Gone.writes
    shown(2, 2)
    shown.clear()

    assert Gone.writes == tried > 0


def test_a_closed_standard_error_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with progress() as shown:
        assert shown is None
