"""What does `collect ssh://` get from a real sshd, and does it leave anything there?"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from diagnose.collect.collection import CollectError
from diagnose.collect.node import collect as node
from diagnose.collect.node.host import HostWish
from probes.ssh.config import LocalUser
from probes.ssh.session import SshSettings
from probes.ssh.target import SshTarget
from tests.support.ssh_server import Server

pytestmark = pytest.mark.needs("sshd", "setpriv")


def children(server: Server) -> str:
    """Return the programs that sessions of this sshd run."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [row.split(None, 2) for row in listed.splitlines()[1:]]
    found = {pid for pid, _, args in rows if str(server.directory) in args}
    while more := {pid for pid, parent, _ in rows if parent in found} - found:
        found |= more
    return "\n".join(" ".join(row) for row in rows if row[0] in found and str(server.directory) not in row[2])


def ended(server: Server) -> bool:
    """Return True as soon as no session runs anything, False after 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not children(server):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.alone  # other tests write to /tmp
def test_a_host_is_collected_over_one_channel_and_nothing_is_left(server: Server, user: LocalUser) -> None:
    before = set(Path("/tmp").iterdir())
    target = SshTarget(None, "127.0.0.1", server.port)

    found = node.collect([target, target], SshSettings(user=user), HostWish(has_kdc_log=True))

    assert found.files["hosts"] == Path("/etc/hosts").read_bytes()
    assert sum(name.startswith(("ss-", "netstat-")) for name in found.files) == 2
    assert ended(server), children(server)
    assert set(Path("/tmp").iterdir()) - before == set()


def test_the_time_for_all_ends_a_host_that_hangs(
    server: Server, user: LocalUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "COMMAND", "exec sleep 60")
    began = time.monotonic()

    with pytest.raises(CollectError):
        node.collect([SshTarget(None, "127.0.0.1", server.port)], SshSettings(user=user), HostWish(), seconds=2.0)

    assert time.monotonic() - began < 30
