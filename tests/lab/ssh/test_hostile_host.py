"""What does `check --via` say when the other host fails it, when does it end, and what is left
there? A real sshd, looked at from outside."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.lab.cases import MASTER_PORTS, healthy
from tests.lab.diagnosis import serve_cluster
from tests.lab.netns import RG, Host
from tests.lab.over_ssh import WRITABLE, Desk, desk
from tests.lab.scene import Lab
from tests.support.needs import LAB_CLUSTER
from tests.support.places import PROJECT

pytestmark = pytest.mark.needs(*LAB_CLUSTER, "sshd")

AGENT: Final = Path(__file__).with_name("fake_agent.py")

BOUND: Final = 60.0
"""Seconds after which a run must have ended, whatever the host does."""

GONE_SECONDS: Final = 29.0
"""Seconds after which nothing of a run may be left on the host."""

STARTED_SECONDS: Final = 60.0
"""Seconds after which a run must have begun to send."""


@dataclass(frozen=True)
class Ended:
    """A run of the tool."""

    exit_code: int
    report: dict[str, Any]
    output: str
    errors: str
    seconds: float
    """From what was done to the host to the end."""


@dataclass(frozen=True)
class There:
    """The host that the tool logs in to, seen from outside."""

    place: Desk
    case: Path
    name: str
    """Its namespace."""
    own: frozenset[int]
    """Processes that it has without a run."""
    silent: Host
    """The host with the port that is silent."""

    @property
    def processes(self) -> dict[int, str]:
        """What runs there because of a run: process -> its command line."""
        listed = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=True)
        found = {}
        for pid in {int(pid) for pid in listed.stdout.split()} - self.own:
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it has ended meanwhile
        return found

    @property
    def agents(self) -> list[int]:
        """Processes of the script that the tool sent."""
        return [pid for pid, line in self.processes.items() if "sys.path" in line and "sshd" not in line]

    @property
    def sessions(self) -> list[int]:
        """Processes of sshd that serve a login."""
        return [pid for pid, line in self.processes.items() if line.startswith("sshd")]

    @property
    def files(self) -> list[str]:
        """What lies where a login can write."""
        root = f"/proc/{self.place.rg.pid}/root"
        return [
            os.path.join(directory, name)  # noqa: PTH118 - a path in /proc/PID/root, which no Path resolves
            for writable in WRITABLE
            for directory, folders, names in os.walk(f"{root}{writable}")
            for name in (*folders, *names)
        ]

    @property
    def connections(self) -> list[str]:
        """Open connections to its sshd."""
        command = ("ip", "netns", "exec", self.name, "ss", "-Htn", "state", "established")
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        return [line for line in listed.stdout.splitlines() if f":{self.place.rg.port} " in line]

    @property
    def has_sent(self) -> bool:
        """True once a packet of the run came to the silent port."""
        return re.search(r"counter packets [1-9]", self.silent.run("nft", "list", "ruleset").stdout) is not None

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the tool and wait until its script runs on the host and has begun to send."""
        process = self.launch("--format", "json", *arguments)
        _until(lambda: self.agents and self.has_sent, "no agent that sends", STARTED_SECONDS)
        return process

    def launch(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the tool."""
        return subprocess.Popen(
            self.place.argv(self.case, *arguments),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def nothing_is_left(self) -> None:
        """Fail if a process, a session or a file of the run is still there."""
        _until(lambda: not (self.processes or self.connections), "still there")
        assert self.files == []


def _until(holds: Callable[[], object], words: str, seconds: float = GONE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, words
        time.sleep(0.05)


def ended(process: subprocess.Popen[str]) -> Ended:
    began = time.monotonic()
    try:
        out, errors = process.communicate(timeout=BOUND)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    report = json.loads(out) if out.startswith("{") else {}
    return Ended(process.returncode, report, out, errors, time.monotonic() - began)


@contextmanager
def there(lab: Lab, directory: Path, settings: Sequence[str] = ()) -> Iterator[There]:
    """Yield the resource-group host with an sshd, and a case of which one port is silent, so that a
    run takes some seconds."""
    serve_cluster(lab)
    lab.host_firewall("master", f"tcp dport {MASTER_PORTS['metastore']} counter drop")
    case = healthy()
    lab.enforce(case.documents.values())
    # Not below /tmp, which logins see empty.
    with ExitStack() as undo:
        files = Path(tempfile.mkdtemp(prefix="emrlab-", dir="/run"))
        undo.callback(shutil.rmtree, files, ignore_errors=True)
        place = undo.enter_context(desk(lab.host(RG), files, is_empty=True, settings=settings))
        name = lab.host(RG).name
        listed = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=True)
        own = frozenset(map(int, listed.stdout.split()))
        yield There(place, case.write(directory / "case"), name, own, lab.host("master"))


@pytest.fixture
def host(lab: Lab, tmp_path: Path) -> Iterator[There]:
    with there(lab, tmp_path) as found:
        yield found


def told(run: Ended) -> str:
    """Return what the report says of the host that failed, in one text."""
    skipped = [f"{skip['check']}: {skip['cause']}" for skip in run.report["skipped"]]
    errors = [place["error"] or "" for place in run.report["places"]]
    details = [str(seen["detail"]) for flow in run.report["flows"] for seen in flow["observations"]]
    return "\n".join([*skipped, *errors, *details])


def test_nothing_is_left_after_a_run(host: There) -> None:
    run = ended(host.start())

    assert run.exit_code in (1, 3)
    assert [place["error"] for place in run.report["places"]] == [None]
    host.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_the_tool_is_ended(number: signal.Signals, host: There) -> None:
    process = host.start()
    process.send_signal(number)
    run = ended(process)

    assert run.seconds < GONE_SECONDS
    host.nothing_is_left()


@pytest.mark.parametrize("who", ["sessions", "agents"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_host_that_fails_in_mid_run_is_told(number: signal.Signals, who: str, host: There) -> None:
    """Given a session or the script there that is killed or stopped in mid-run, when the run ends,
    then the report has the configuration's part, says what is missing, and claims nothing."""
    process = host.start()
    hit = getattr(host, who)
    assert hit
    for pid in hit:
        os.kill(pid, number)
    try:
        run = ended(process)
    finally:
        for pid in hit:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGCONT)

    assert run.exit_code == 3, run
    assert "further packets from ssh://rg: " in told(run)
    assert run.report["flows"]
    assert not run.report["bugs"]
    assert not [finding for finding in run.report["findings"] if finding["confidence"] == "proven"]
    assert run.seconds < BOUND / 2
    host.nothing_is_left()


@pytest.fixture
def manner(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """Make a directory with a `python3` that misbehaves so."""
    with tempfile.TemporaryDirectory(prefix="emrlab-", dir="/run") as directory:
        fake = Path(directory) / "python3"
        agent = shutil.copy(AGENT, directory)
        python = f"PATH={os.defpath} exec python3 -I {agent}"
        fake.write_text(f'#!/bin/sh\n{python} "{request.param}" "$@"\n')
        fake.chmod(0o755)
        yield str(request.param), Path(directory)


EXPECTED: Final = {"garbage": 3, "endless line": 3, "endless lines": 3, "wrong types": 3, "controls": 4, "noise": 1}
"""What a Python does -> exit code. One that calls itself broken is taken at its word, and one that
does not begin is replaced by bash."""


@pytest.mark.parametrize("manner", EXPECTED, indirect=True)
def test_an_agent_that_misbehaves_is_told_and_steers_nothing(
    manner: tuple[str, Path], lab: Lab, tmp_path: Path
) -> None:
    """Given a host whose Python begins well and then says anything, when the case is checked from
    there, then the report has the rest, in bounded time and memory, without a control character."""
    name, directory = manner
    with there(lab, tmp_path, [f"SetEnv PATH={directory}:/usr/bin:/bin"]) as host:
        run = ended(host.launch("--format", "json"))
        shown = ended(host.launch())
        host.nothing_is_left()

    assert shown.output
    assert run.exit_code == EXPECTED[name], run
    assert run.report["flows"]
    assert run.seconds < BOUND / 2
    if EXPECTED[name] == 3:
        assert "packets from ssh://rg: " in told(run) or "an answer that cannot be read" in told(run)
    assert not set(shown.output + shown.errors + run.errors) & set("\x1b\x07\u202e")
