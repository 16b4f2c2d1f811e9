"""What does a user at a terminal see, and what does Ctrl-C leave behind? The program runs."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support import reports
from tests.support.applied import Applied, cloud_of, group_answer
from tests.support.factories import EMR_GROUP
from tests.support.fake_cloud import CloudReply
from tests.support.fake_groups import ADD, FakeGroups
from tests.support.places import PROJECT

pytestmark = pytest.mark.needs("alibaba-sdk")


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    with cloud_of(FakeGroups(group_answer(EMR_GROUP)), tmp_path, monkeypatch) as applied:
        yield applied


def program(cloud: Applied, *options: str, **streams: Any) -> subprocess.Popen[bytes]:
    report = msgspec.structs.replace(reports.failing(), suggested_rules=[reports.a_rule()], changes=[])
    arguments = ["apply", str(cloud.saved(report)), "--endpoint", f"ecs={cloud.endpoint}", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "diagnose", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **streams,
    )


@pytest.mark.parametrize(("typed", "code", "rules"), [(b"y\n", 0, 1), (b"\n", 1, 0)])
def test_a_user_at_a_terminal_is_asked(cloud: Applied, typed: bytes, code: int, rules: int) -> None:
    ours, theirs = pty.openpty()
    with program(cloud, stdin=theirs) as ran:
        os.close(theirs)
        os.write(ours, typed)
        out, err = ran.communicate(timeout=60)
    os.close(ours)
    assert ran.returncode == code, err
    assert b"Add 1 rule? [y/N]" in err
    assert b"Rules to add" in out
    assert len(cloud.groups.rules(EMR_GROUP)) == rules


def test_ctrl_c_while_ecs_is_silent_ends_soon_and_says_what_is_not_known(cloud: Applied) -> None:
    def silent(groups: FakeGroups, request: Any) -> CloudReply:
        return CloudReply(b"{}", hang=15)

    cloud.groups.trouble[ADD] = [silent]
    with program(cloud, "--yes", stdin=subprocess.DEVNULL) as ran:
        wait_for(lambda: ADD in cloud.calls())
        time.sleep(0.2)
        began = time.monotonic()
        ran.send_signal(signal.SIGINT)
        out, err = ran.communicate(timeout=60)
    assert time.monotonic() - began < 12
    assert (ran.returncode, b"Traceback" in err) == (130, False)
    assert b"interrupted: not known whether it took place" in b" ".join(out.split())


def wait_for(is_done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.02)
