"""How does a process of ours end: by a signal, a full stream, or for want of descriptors?

Each test runs the whole process, because the interpreter takes part in how it ends.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from diagnose.cli import LEAST_FILES
from tests.support.places import PROJECT

OURS = (sys.executable, "-m", "diagnose")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", "fixtures/healthy", "--offline"),
    ("check", "tests/support/loopback/krb5.conf", "--from", "127.0.0.0/8", "--deadline", "30"),
    ("plan", "fixtures/healthy"),
    ("probe", "tcp://127.0.0.1:1"),
    ("kerberos", "fixtures/healthy/krb5.conf"),
    ("explain", "SG-KDC-UDP"),
    ("schema",),
    ("demo",),
    ("--help",),
)
USAGE_ERRORS: tuple[tuple[str, ...], ...] = (
    ("check", "--nope"),
    ("check", "/nonexistent"),
    ("probe",),
    ("probe", "tcp://"),
    ("explain", "NO-SUCH-CODE"),
    ("nosuch",),
    ("--nope",),
)
DELAYS = (0.0, 0.03, 0.08, 0.15, 0.25, 0.4)
"""Seconds after the first statement of ours."""
AT_ONCE = 2
"""Processes that are interrupted side by side. One waits for its moment while another works."""


def started(args: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a command, and wait until its first statement has run.

    The interpreter starts before that, and what it does then is not ours.
    """
    process = subprocess.Popen([*OURS, *args], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None and not catches_sigterm(process.pid):
        time.sleep(0.001)
    return process


def catches_sigterm(pid: int) -> bool:
    """Return True if the process has a handler for SIGTERM: the last step before its imports."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@cache
def exit_code(args: tuple[str, ...]) -> int:
    """Return the exit code of a command that nothing interrupts."""
    return subprocess.run([*OURS, *args], cwd=PROJECT, capture_output=True, check=False, timeout=120).returncode


def interrupted(args: Sequence[str], number: signal.Signals, delay: float) -> tuple[bool, int, str]:
    """Send a signal so many seconds after the start.

    Return whether the command had ended before, its exit code, and standard error.
    """
    process = started(args)
    time.sleep(delay)
    was_over = process.poll() is not None
    return was_over, *ended(process, number)


def ended(process: subprocess.Popen[bytes], number: signal.Signals) -> tuple[int, str]:
    if process.poll() is None:
        process.send_signal(number)
    _, error = process.communicate(timeout=60)
    return process.returncode, error.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_an_interrupt_at_any_moment_is_130_without_a_traceback(args: tuple[str, ...], number: signal.Signals) -> None:
    """Given a command, when the signal comes at any moment, then it is interrupted or had ended."""
    own = exit_code(args)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = dict(zip(DELAYS, pool.map(lambda delay: interrupted(args, number, delay), DELAYS), strict=True))
    for delay, (was_over, code, error) in ends.items():
        assert "Traceback" not in error, delay
        assert "Aborted" not in error, delay
        assert code == 130 or (code == own and (was_over or code in (0, 1, 3))), (delay, code, error)
        if code == 130:
            assert error.count("\n") <= 3, error


INTERRUPTED_BEFORE_THE_FIRST_STEP = """
import asyncio, sys

def interrupted(coroutine):
    raise KeyboardInterrupt

asyncio.run = interrupted
sys.argv = ["emr-diagnose", "probe", "tcp://localhost:1"]
from diagnose.__main__ import run
run()
"""


INTERRUPTED_IN_AN_IMPORT = """
import sys, types

class Name(str):
    def __repr__(self):
        raise KeyboardInterrupt  # while Python makes the text of an ImportError

class Cut(types.ModuleType):
    def __getattribute__(self, name):
        if name == "__name__":
            return Name("cut")
        raise AttributeError(name)

sys.modules["cut"] = Cut("cut")
sys.argv = ["emr-diagnose", "plan", "."]
import diagnose.cli
diagnose.cli.import_module = lambda _: exec("from cut import command", {})
from diagnose.__main__ import run
run()
"""


def test_an_interrupt_inside_an_import_is_no_bug() -> None:
    """Given a failing import, when Ctrl-C comes, then the TypeError of Python is no bug of ours."""
    command = [sys.executable, "-c", INTERRUPTED_IN_AN_IMPORT]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted before there was anything to report.")


INTERRUPTED_WHILE_A_CLASS_IS_MADE = """
import sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "diagnose.cli":
            class Named:
                def __set_name__(self, owner, name):
                    raise KeyboardInterrupt
            class Holder:
                named = Named()

sys.meta_path.insert(0, Finder())
from diagnose.__main__ import run
run()
"""


def test_an_interrupt_while_a_class_is_made_is_told_in_one_line() -> None:
    """Given the import of the commands, when Ctrl-C comes inside it, then there is no traceback."""
    command = [sys.executable, "-c", INTERRUPTED_WHILE_A_CLASS_IS_MADE]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted before there was anything to report.")


def test_an_interrupt_before_the_first_step_is_told_in_one_line() -> None:
    """Given a question that was not yet asked, when Ctrl-C comes, then Python warns of nothing."""
    command = [sys.executable, "-c", INTERRUPTED_BEFORE_THE_FIRST_STEP]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted before there was anything to report.")


def test_sigterm_reports_what_was_learned(tmp_path: Path) -> None:
    """Given a silent KDC, when SIGTERM comes while it is asked, then the report is whole."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quiet:
        quiet.bind(("127.0.0.1", 0))
        file = tmp_path / "krb5.conf"
        file.write_text(
            "[libdefaults]\n default_realm = R.X\n[realms]\n R.X = {\n"
            f"  kdc = 127.0.0.1:{quiet.getsockname()[1]}\n }}\n"
        )
        process = started(("check", str(file), "--from", "127.0.0.0/8", "--format", "json"))
        quiet.settimeout(60)
        for _ in range(2):  # the second one is sent by a loop that runs
            quiet.recv(2000)
        process.send_signal(signal.SIGTERM)
        output, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b'"cancelled"' in output
    assert b'"exit_code": 130' in output
    assert b"Traceback" not in error


def test_sigterm_ends_a_process_that_ignores_ctrl_c() -> None:
    """Given a process that a shell started in the background, when it is terminated, then it
    reports and ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quiet:
        quiet.bind(("127.0.0.1", 0))
        target = f"krb5+udp://127.0.0.1:{quiet.getsockname()[1]}?realm=R.X"
        shell = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
        process = subprocess.Popen(
            [*shell, *OURS, "probe", target, "--patience", "30"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        quiet.settimeout(60)
        quiet.recv(2000)
        process.send_signal(signal.SIGINT)
        quiet.recv(2000)  # it is sent by a loop that goes on
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"not finished in time" in b" ".join(output.split())


@pytest.mark.parametrize("args", USAGE_ERRORS, ids=" ".join)
@pytest.mark.parametrize("streams", ["2>/dev/full", ">/dev/full 2>/dev/full", "2>&-", ">&- 2>&-"])
def test_a_usage_error_is_exit_2_whatever_the_streams_are(args: tuple[str, ...], streams: str) -> None:
    command = ["sh", "-c", f'exec "$@" {streams}', "sh", *OURS, *args]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2


@pytest.mark.parametrize("args", [*COMMANDS, ("--version",), ("check", "--help"), ("probe", "--list")], ids=" ".join)
def test_an_output_that_cannot_be_written_is_exit_2_and_one_line(args: tuple[str, ...]) -> None:
    command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", *OURS, *args]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    "args", [("--help",), ("demo",), ("check", "fixtures/healthy", "--offline"), ("probe", "--list")]
)
def test_a_reader_that_went_away_is_no_fault(args: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*OURS, *args], cwd=PROJECT, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("most", [5, 8, 12])
@pytest.mark.parametrize("args", [COMMANDS[1], ("demo",), ("probe", "tcp://127.0.0.1:1")], ids=" ".join)
def test_too_few_descriptors_end_in_one_clear_line(args: tuple[str, ...], most: int) -> None:
    done = with_files(most, args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: this process may open only {most} files. Raise the limit: ulimit -n 256\n"


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_the_least_number_of_descriptors_is_enough(args: tuple[str, ...]) -> None:
    done = with_files(LEAST_FILES, args)
    assert done.stderr == ""
    assert done.returncode in ((0, 1, 3) if args[0] == "probe" or "--deadline" in args else (0,))


def test_a_low_soft_limit_is_raised() -> None:
    shell = ["sh", "-c", 'ulimit -S -n 8; exec "$@"', "sh", *OURS, "explain", "SG-KDC-UDP"]
    assert subprocess.run(shell, cwd=PROJECT, capture_output=True, check=False, timeout=60).returncode == 0


def with_files(most: int, args: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command that may open so many files, and may not raise that limit."""
    shell = ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", *OURS, *args]
    return subprocess.run(shell, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("check", "--log", "-", "--offline"), 2, "cannot read standard input: it is closed"),
        (("fleet", "-"), 2, "cannot read standard input: it is closed"),
        (("fleet", "fixtures", "--jobs", "1", "--format", "json", "-o", "/dev/null"), 1, ""),
        (("check", "fixtures/minimal", "--via", "ssh://127.0.0.1:1"), 3, "127.0.0.1:1 cannot be reached"),
    ],
)
def test_a_closed_standard_input_is_no_bug(args: tuple[str, ...], code: int, said: str) -> None:
    """Given a process without standard input, as below a service, then what needs it says so."""
    done = subprocess.run(
        [*OURS, *args], cwd=PROJECT, capture_output=True, check=False, timeout=120, preexec_fn=lambda: os.close(0)
    )
    assert done.returncode == code, done.stderr
    assert said in " ".join((done.stdout + done.stderr).decode().split())
