"""Does Apache Spark give the lines that this machine gives, whatever becomes of its executors?"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner

from diagnose.case.tree import Tree
from diagnose.cli import main
from diagnose.fleet import spark
from diagnose.fleet.diagnosis import carried, line_of
from diagnose.fleet.record import decode
from diagnose.fleet.settings import FleetSettings
from diagnose.fleet.source import CaseSource
from tests.support.needs import JARS
from tests.support.places import PROJECT

HANG = 400.0
"""Seconds after which a run is taken to hang. One takes 30 s, and longer beside others."""

FIXTURES = sorted(path.parent for path in (PROJECT / "fixtures").glob("*/krb5.conf"))
CASES = 40
SETTINGS = FleetSettings(date(2026, 11, 29))
EXAMPLE = PROJECT / "examples" / "spark" / "fleet_job.py"
EXECUTOR = b"CoarseGrainedExecutorBackend"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a directory of cases, one of which cannot be read and one of which is an archive."""
    root = tmp_path_factory.mktemp("inventory")
    for number in range(CASES):
        shutil.copytree(FIXTURES[number % len(FIXTURES)], root / f"c-{number:03}")
    (root / f"c-{CASES - 1:03}" / "case.toml").write_text("[cluster\n")
    shutil.make_archive(str(root / "c-archive"), "gztar", FIXTURES[0])
    return root


@pytest.fixture(scope="module")
def expected(inventory: Path) -> bytes:
    """Return the lines of the engine of this machine."""
    done = CliRunner().invoke(main, ["fleet", str(inventory), "--reports", "--jobs", "2"])
    assert done.exit_code == 2
    return done.stdout_bytes


OPTIONS = {
    "spark.executor.memory": "512m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
CLUSTER = ["--master", "local-cluster[2,1,512]", *(f"--conf={key}={value}" for key, value in OPTIONS.items())]
"""Two executors, each a process of its own."""


def environment(**changes: str) -> Mapping[str, str]:
    """Return variables for a Spark of this machine."""
    return {
        **os.environ,
        "PYTHONPATH": str(JARS / "pyspark"),
        "SPARK_HOME": str(JARS / "pyspark" / "pyspark"),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": shlex.join([*CLUSTER, "pyspark-shell"]),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **changes,
    }


PLAIN = [sys.executable, "-m", "diagnose"]
SUBMITTED = [str(JARS / "pyspark" / "pyspark" / "bin" / "spark-submit"), *CLUSTER, str(EXAMPLE)]


def started(program: list[str], inventory: Path, results: Path, **changes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*program, "fleet", str(inventory), "--engine", "spark", "--reports", "-o", str(results)],
        env=environment(**changes),
        cwd=results.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def below(pid: int) -> Iterator[int]:
    """Yield the processes that a process started, and those that they started."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield int(child)
            yield from below(int(child))


def executors(pid: int) -> list[int]:
    found = []
    for each in below(pid):
        command = Path(f"/proc/{each}/cmdline")
        if command.exists() and EXECUTOR in command.read_bytes():
            found.append(each)
    return found


@pytest.mark.needs("java", "pyspark")
def test_a_killed_executor_loses_no_line_and_changes_none(inventory: Path, expected: bytes, tmp_path: Path) -> None:
    results = tmp_path / "r.ndjson"
    run = started(SUBMITTED, inventory, results)
    until = time.monotonic() + HANG
    part = tmp_path / "r.ndjson.part"
    while not (part.exists() and part.stat().st_size) and run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    killed = executors(run.pid)[:1]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    _, said = run.communicate(timeout=HANG)

    assert killed, said
    assert run.returncode == 2, said
    assert results.read_bytes() == expected


@pytest.mark.needs("java", "pyspark")
def test_ctrl_c_ends_a_run_on_spark_and_this_machine_goes_on_with_it(
    inventory: Path, expected: bytes, tmp_path: Path
) -> None:
    results, part = tmp_path / "r.ndjson", tmp_path / "r.ndjson.part"
    run = started(PLAIN, inventory, results)
    until = time.monotonic() + HANG
    while not (part.exists() and part.stat().st_size) and run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=HANG)
    kept = part.read_bytes()
    words = ["fleet", str(inventory), "--reports", "--resume", "-o", str(results)]
    then = CliRunner().invoke(main, words)

    assert run.returncode == 130, said
    assert 0 < len(kept) < len(expected)
    assert "--resume" in said
    assert then.exit_code == 2
    assert results.read_bytes() == expected


@pytest.mark.needs("java", "pyspark")
def test_executors_without_the_package_are_told_and_not_taken_for_bad_cases(inventory: Path, tmp_path: Path) -> None:
    run = started(
        PLAIN, inventory, tmp_path / "r.ndjson", PYSPARK_PYTHON=str(Path(sys.base_prefix) / "bin" / "python3")
    )
    _, said = run.communicate(timeout=HANG)

    assert run.returncode == 2
    assert said.splitlines()[-1] == (
        "Error: Spark ended with an error: emr-diagnose is not installed on its executors; "
        "docs/fleet.md says how to install it there"
    )
    assert list(tmp_path.iterdir()) == []


def test_without_pyspark_the_command_that_installs_it_is_told(inventory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    done = CliRunner().invoke(main, ["fleet", str(inventory), "--engine", "spark"])

    assert done.exit_code == 2
    assert "pip install 'emr-diagnose[spark]'" in done.stderr


def test_jobs_are_not_for_spark(inventory: Path) -> None:
    done = CliRunner().invoke(main, ["fleet", str(inventory), "--engine", "spark", "--jobs", "2"])
    assert (done.exit_code, "--jobs works with --engine local alone" in done.stderr) == (2, True)


@pytest.mark.parametrize("case", FIXTURES, ids=lambda case: case.name)
def test_a_case_sent_with_its_files_gives_the_line_of_its_path(case: Path) -> None:
    source = CaseSource("of/another/name", case)
    sent = carried(source)

    assert (sent.path, sent.tree is None) == (None, False)
    assert line_of(sent, SETTINGS) == line_of(source, SETTINGS)


def test_a_case_that_cannot_be_read_gives_the_same_line_when_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "torn.tar.gz").write_bytes(b"\x1f\x8b torn")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "case.toml").write_text("[cluster\n")
    for name in ("torn.tar.gz", "empty", "bad", "absent"):
        source = CaseSource(name, tmp_path / name)
        assert line_of(carried(source), SETTINGS) == line_of(source, SETTINGS)


def test_a_job_that_ends_in_a_timeout_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket to the JVM may time out. That is no sign that the job still runs."""
    context = Mock(defaultParallelism=2)
    context.parallelize.side_effect = TimeoutError("timed out")
    monkeypatch.setattr(spark, "_Session", lambda: nullcontext(Mock(sparkContext=context)))
    engine = spark.SparkEngine(SETTINGS, HANG)

    with pytest.raises(spark.SparkError, match="timed out"):
        list(engine.lines([CaseSource("a", tree=Tree("a", {}))]))


def test_a_bug_while_a_case_is_read_is_the_line_of_that_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_: object) -> None:
        raise ZeroDivisionError("of ours")

    (tmp_path / "case.toml").write_text("")
    source = CaseSource("a", tmp_path)
    monkeypatch.setattr("diagnose.fleet.diagnosis.trees", break_down)
    (batch,) = spark.batches([source, CaseSource("b", tree=Tree("b", {}))], 9)

    assert [each.name for each in batch] == ["a", "b"]
    assert decode(line_of(batch[0], SETTINGS)).state == "bug"
    assert line_of(batch[0], SETTINGS) == line_of(source, SETTINGS)


def test_a_job_has_at_most_so_many_cases_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "MOST_BYTES", 250)
    sources = [CaseSource(f"{size}", tree=Tree("c", {"f": bytes(size)})) for size in (100, 100, 100, 0, 0, 0, 900, 1)]
    batches = [[source.name for source in batch] for batch in spark.batches(sources, 3)]

    assert batches == [["100", "100", "100"], ["0", "0", "0"], ["900"], ["1"]]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "An error occurred while calling x.\n: org.apache.spark.SparkException: Too much memory\n\tat a.B(C:1)",
            "org.apache.spark.SparkException: Too much memory",
        ),
        (
            "An error.\n: org.apache.spark.SparkException: Job aborted: x\nTraceback:\nOSError: No space\n\tat a.B",
            "OSError: No space",
        ),
        ("Java gateway process exited before sending its port number", "Java gateway process exited before sending"),
        ("", "RuntimeError"),
        ("\x1b[31mred\nmore", "red"),
    ],
)
def test_an_error_of_spark_is_one_line(error: str, told: str) -> None:
    assert told in spark.error_words(RuntimeError(error))
    assert "\n" not in spark.error_words(RuntimeError(error))
