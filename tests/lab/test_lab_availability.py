"""What happens if the lab cannot run, and if it is interrupted?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.places import PROJECT

from . import netns

HERE = Path(__file__).parent
ONE_TEST = f"{HERE}/test_lab_itself.py::test_an_address_that_nobody_has_is_silent"


@pytest.mark.parametrize(("setting", "outcome", "code"), [("", "1 skipped", 0), ("required", "1 error", 1)])
def test_without_its_tools_the_lab_skips_unless_it_is_required(setting: str, outcome: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ONE_TEST],
        env={**os.environ, "PATH": "/nonexistent", "EMR_DIAGNOSE_LAB": setting},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (outcome in done.stdout, done.returncode) == (True, code), done.stdout
    missing = "conntrack, dnsmasq, ip, kadmin.local, kdb5_util, kinit, krb5kdc"
    if setting == "required":
        assert "ip, nft, conntrack, setpriv" in done.stdout
    else:
        assert f"1 test skipped because it needs {missing}" in done.stdout
        assert done.stdout.count("Run `") == 1


def test_an_interrupted_session_leaves_nothing_behind(lab_machine: None) -> None:
    # A shell that starts a run in the background makes it ignore SIGINT, and its children too.
    script = (
        "import signal, time\nfrom tests.lab.netns import topology\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with topology('127.0.0.1 localhost'):\n    print('up', flush=True)\n    time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    mine = f"{netns.PREFIX}-{child.pid}-"
    assert mine in _namespaces()
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=300)
    assert mine not in _namespaces()
    assert not list(netns.PRIVATE_ETC.glob(f"{mine}*"))


def test_services_end_with_a_session_that_is_killed(lab_machine: None) -> None:
    script = (
        "import time\nfrom tests.lab.netns import topology\nwith topology('127.0.0.1 localhost') as hosts:\n"
        "    service = hosts['rg'].start('sh', '-c', 'echo up; exec sleep 60')\n    service.stdout.readline()\n"
        "    print(service.pid, flush=True)\n    time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    service = int(child.stdout.readline())
    child.kill()
    child.communicate(timeout=300)
    deadline = time.monotonic() + 30
    while _runs(service) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(service)
    assert any(f"-{child.pid}-" in name for name in netns.remove_stale())


def _runs(pid: int) -> bool:
    """Return True if the process runs. A zombie that its new parent has not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _namespaces() -> str:
    return subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
