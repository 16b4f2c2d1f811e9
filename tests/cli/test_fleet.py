"""Does `fleet` lose no line, double none, hide no bad case and end as it says?"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.cli.progress import Progress, duration
from diagnose.fleet import diagnosis
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from tests.support.places import PROJECT

OURS = (sys.executable, "-m", "diagnose", "fleet")
KINDS = ("healthy", "minimal", "non-ha")
HANG = 120.0
ASKING = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")
"""What Python's audit calls a packet that is sent, or a name that is looked up."""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory of 30 cases and one that is broken."""
    folder = tmp_path_factory.mktemp("fleet") / "cases"
    for number in range(10):
        for kind in KINDS:
            shutil.copytree(PROJECT / "fixtures" / kind, folder / f"{number:02}-{kind}")
    (folder / "05-broken").mkdir()
    (folder / "05-broken" / "ListNodes.json").write_text('{"Nodes": [')
    return folder


@pytest.fixture(scope="module")
def undisturbed(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the lines of a run that nothing stopped."""
    results = tmp_path_factory.mktemp("results") / "r.ndjson"
    assert fleet(cases, "-o", results, "--jobs", "2").exit_code == 2
    return results.read_bytes()


def fleet(*args: object) -> Result:
    return CliRunner().invoke(main, ["fleet", *map(str, args)], env={"COLUMNS": "80"})


def lines(content: bytes | str) -> list[dict[str, object]]:
    return [json.loads(line) for line in content.splitlines()]


HELD = """
import os, sys, time
from diagnose.__main__ import run
from diagnose.fleet import diagnosis

line_of, held = diagnosis.line_of, sys.argv.pop(1)

def holding(source, settings):
    first = os.getppid()
    while source.name == held and os.getppid() == first:
        time.sleep(0.01)
    return line_of(source, settings)

diagnosis.line_of = holding
run()
"""
"""A run that does not get past one case, however fast the machine is."""


def begun(args: Sequence[object], until: Path, undisturbed: bytes, least: int) -> subprocess.Popen[bytes]:
    """Return a run of its own process that has written so many lines, and no more."""
    held = str(lines(undisturbed)[least]["case"])
    command = [sys.executable, "-c", HELD, held, "fleet", *map(str, args)]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=PROJECT)
    end = time.monotonic() + HANG
    while not (until.exists() and until.read_bytes().count(b"\n") >= least) and run.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert run.poll() is None
    return run


def test_each_case_has_one_line_and_the_broken_one_says_why(undisturbed: bytes) -> None:
    found = lines(undisturbed)
    names = [str(line["case"]) for line in found]

    assert len(names) == len(set(names)) == 31
    assert names == sorted(names)
    assert [line["case"] for line in found if line["state"] != "diagnosed"] == ["05-broken"]


@pytest.mark.parametrize("jobs", [1, 4])
def test_the_number_of_processes_changes_nothing(cases: Path, undisturbed: bytes, jobs: int, tmp_path: Path) -> None:
    fleet(cases, "-o", tmp_path / "r.ndjson", "--jobs", jobs)
    assert (tmp_path / "r.ndjson").read_bytes() == undisturbed


@pytest.mark.parametrize("least", [0, 1, random.Random(7).randrange(2, 28), 30])
def test_a_run_that_is_killed_and_resumed_equals_one_that_was_not(
    cases: Path, undisturbed: bytes, least: int, tmp_path: Path
) -> None:
    results = tmp_path / "r.ndjson"
    part = tmp_path / "r.ndjson.part"
    with begun((cases, "-o", results), part, undisturbed, least) as run:
        run.send_signal(signal.SIGKILL)
    kept = part.read_bytes()
    assert undisturbed.startswith(kept)
    assert kept.count(b"\n") == least

    resumed = fleet(cases, "-o", results, "--resume")

    assert results.read_bytes() == undisturbed
    assert not part.exists()
    assert resumed.exit_code == 2
    assert "31 cases" in resumed.stderr


def test_a_killed_run_that_is_not_resumed_keeps_what_was_done(cases: Path, tmp_path: Path) -> None:
    part = tmp_path / "r.ndjson.part"
    part.write_bytes(b'{"what": "an earlier run did"}\n')
    refused = fleet(cases, "-o", tmp_path / "r.ndjson")

    assert refused.exit_code == 2
    assert "--resume" in refused.stderr
    assert part.read_bytes() == b'{"what": "an earlier run did"}\n'


def test_resume_with_other_options_is_refused(cases: Path, undisturbed: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.ndjson.part").write_bytes(undisturbed[:5000])
    refused = fleet(cases, "-o", tmp_path / "r.ndjson", "--resume", "--fail-on", "warning")
    assert refused.exit_code == 2
    assert "other options" in refused.stderr


def test_resume_without_an_unfinished_run_begins_one(cases: Path, undisturbed: bytes, tmp_path: Path) -> None:
    fleet(cases, "-o", tmp_path / "r.ndjson", "--resume")
    assert (tmp_path / "r.ndjson").read_bytes() == undisturbed


@pytest.mark.parametrize("args", [(), ("--format", "json")])
def test_resume_needs_a_file(cases: Path, args: Sequence[str]) -> None:
    refused = fleet(cases, "--resume", *args)
    assert refused.exit_code == 2
    assert "-o results.ndjson" in refused.stderr


# The broken case, once it is done, counts more than the interruption.
@pytest.mark.parametrize(("done", "code"), [(3, 130), (20, 2)])
def test_ctrl_c_ends_in_one_line_that_says_what_was_done(
    cases: Path, undisturbed: bytes, done: int, code: int, tmp_path: Path
) -> None:
    part = tmp_path / "r.ndjson.part"
    with begun((cases, "-o", tmp_path / "r.ndjson", "--jobs", "1"), part, undisturbed, done) as run:
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=HANG)

    assert (run.returncode, part.read_bytes().count(b"\n")) == (code, done)
    assert said.decode() == (
        f"Interrupted: {done} cases are in {part}. To continue, run the same command with --resume.\n"
    )


def test_lines_go_to_standard_output_without_a_file(cases: Path, undisturbed: bytes) -> None:
    done = fleet(cases)
    assert done.stdout_bytes == undisturbed
    assert done.stderr.startswith("31 cases, ")


def test_a_reader_that_has_enough_ends_the_run(cases: Path) -> None:
    with subprocess.Popen([*OURS, str(cases)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.wait(timeout=HANG) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_ends_the_run_with_2(cases: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*OURS, str(cases)], stdout=full, stderr=subprocess.PIPE, cwd=PROJECT, check=False)
    assert done.returncode == 2


def test_the_summary_goes_to_every_output_that_is_asked_for(cases: Path, undisturbed: bytes, tmp_path: Path) -> None:
    names = {"ndjson": "l.ndjson", "json": "s.json", "markdown": "s.md", "html": "s.html", "prometheus": "s.prom"}
    args = [word for name, file in names.items() for word in ("--format", name, "-o", tmp_path / file)]
    done = fleet(cases, *args, "--format", "terminal")

    assert (tmp_path / "l.ndjson").read_bytes() == undisturbed
    assert json.loads((tmp_path / "s.json").read_bytes())["cases"] == 31
    assert done.stdout.startswith("31 cases, ")
    assert done.stderr == ""
    for file in names.values():
        assert (tmp_path / file).stat().st_size > 0


def test_a_resumed_run_has_the_summary_of_all_cases(cases: Path, undisturbed: bytes, tmp_path: Path) -> None:
    whole, resumed = tmp_path / "whole.json", tmp_path / "resumed.json"
    fleet(cases, "-o", whole)
    (tmp_path / "r.ndjson.part").write_bytes(undisturbed[: len(undisturbed) // 2])
    fleet(cases, "--resume", "--format", "ndjson", "-o", tmp_path / "r.ndjson", "--format", "json", "-o", resumed)
    assert resumed.read_bytes() == whole.read_bytes()


def test_a_run_with_reports_has_them(tmp_path: Path) -> None:
    (line,) = lines(fleet(PROJECT / "fixtures/healthy", "--reports").stdout)
    assert isinstance(line["report"], dict)
    assert line["report"]["schema_version"] == "1"


@pytest.mark.parametrize(("kind", "code"), [("healthy", 0), ("datalake-ha-kerberos", 1), ("minimal", 3)])
def test_the_exit_code_of_one_case_is_that_of_check(kind: str, code: int) -> None:
    assert fleet(PROJECT / "fixtures" / kind).exit_code == code


@pytest.mark.parametrize("given", ["/nonexistent", "empty", "empty.ndjson"])
def test_an_inventory_without_a_case_is_no_success(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("empty.ndjson").touch()
    done = fleet(given, "-o", "r.ndjson")

    assert done.exit_code == 2
    assert given in done.stderr
    assert not Path("r.ndjson").exists()
    assert not Path("r.ndjson.part").exists()


def test_a_network_that_is_none_is_wrong_usage(cases: Path) -> None:
    assert fleet(cases, "--from", "10.0.0.0.0").exit_code == 2


def test_a_case_that_takes_too_long_does_not_stop_the_run(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = diagnosis.line_of

    def slow(source: CaseSource, settings: FleetSettings) -> bytes:
        if source.name.startswith("00-healthy"):
            time.sleep(HANG)
        return real(source, settings)

    monkeypatch.setattr(diagnosis, "line_of", slow)
    found = lines(fleet(cases, "--case-timeout", "5").stdout)
    assert [line["case"] for line in found if line["state"] == "timed-out"] == ["00-healthy"]
    assert len(found) == 31


def test_nothing_is_sent_and_no_name_is_asked_for(cases: Path) -> None:
    program = (
        "import os, sys\n"
        f"EVENTS = {ASKING}\n"
        "def watch(event, _):\n"
        "    if event in EVENTS: os.write(2, event.encode()); os._exit(99)\n"
        "sys.addaudithook(watch)\n"
        "from diagnose.cli import main\n"
        "main(['fleet', sys.argv[1], '--jobs', '2'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(cases)], capture_output=True, cwd=PROJECT, check=False, timeout=HANG
    )
    assert (done.returncode, b"killed" in done.stdout) == (2, False)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 s"), (59.5, "1 min"), (61, "2 min"), (3600, "1 h 0 min"), (12_000, "3 h 20 min")]
)
def test_a_duration_is_said_as_a_person_says_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_progress_shows_rate_and_remaining_time(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Progress()
    shown.cases(812, 10_000, 61.0)
    assert capsys.readouterr().err.endswith("812 of 10000 cases, 61.0 a second, 3 min left")
    Progress().cases(5, None, 2.0)
    assert capsys.readouterr().err.endswith("5 cases, 2.0 a second")


def test_each_schema_is_printed() -> None:
    for name in ("fleet", "fleet-summary"):
        assert json.loads(CliRunner().invoke(main, ["schema", name]).stdout)["title"]
