"""What does a session do if the network between the hosts fails?

Client and server are two namespaces; their router drops everything from some moment on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.netns import ROUTER, Hosts, topology
from tests.support.needs import LAB_NETWORK
from tests.support.places import PROJECT
from tests.support.ssh_keys import public_text, write_private
from tests.support.ssh_server import Server, sshd

pytestmark = pytest.mark.needs(*LAB_NETWORK, "sshd")

SERVER = "core-1"
DROP = "table inet broken {\n chain every {\n type filter hook forward priority 0; policy drop;\n }\n}\n"

CLIENT = """
import sys, time
from pathlib import Path
from probes.ssh.config import LocalUser
from probes.ssh.errors import ForwardRefused, SshError
from probes.ssh.session import SshSettings, connect
from probes.ssh.target import parse

def say(*words):
    print(*words, flush=True)
    sys.stdin.readline()

home, address, work = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
settings = SshSettings(user=LocalUser("root", home, 0, {}), timeout=3.0)
try:
    if work == "connect":
        say("ready")
    began = time.monotonic()
    with connect(parse(address), settings) as session:
        process = session.start("cat")
        if work != "connect":
            say("ready")
        began = time.monotonic()
        if work == "read":
            process.read(10)
        elif work == "write":
            process.write(b"x" * (16 << 20))
        elif work == "start":
            session.start("true")
        elif work == "forward":
            session.forward("127.0.0.1", 22, 3.0)
        elif work == "file":
            session.read_file("/etc/hostname", 100)
except (SshError, ForwardRefused, TimeoutError) as error:
    say(getattr(error, "reason", type(error).__name__), round(time.monotonic() - began, 1))
"""


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with topology("127.0.0.1 localhost\n") as wired:
        yield wired


@pytest.fixture
def server(hosts: Hosts, tmp_path: Path) -> Iterator[Server]:
    host = hosts[SERVER]
    assert host.address is not None
    (tmp_path / ".ssh").mkdir()
    write_private(tmp_path / ".ssh" / "id_ed25519", "ed25519", 1)
    with sshd(tmp_path / "sshd", user_key=public_text("ed25519", 1), address=host.address, argv=host.argv) as running:
        (tmp_path / ".ssh" / "known_hosts").write_text(f"[{host.address}]:{running.port} {running.key}\n")
        yield running
    hosts[ROUTER].filter("")


@pytest.mark.parametrize(
    ("work", "reasons"),
    [
        ("connect", {"timeout"}),
        ("read", {"dropped"}),
        ("write", {"dropped", "timeout"}),
        ("start", {"timeout"}),
        ("forward", {"TimeoutError"}),
        ("file", {"timeout"}),
    ],
)
def test_a_network_that_falls_silent_ends_each_wait(
    work: str, reasons: set[str], hosts: Hosts, server: Server, tmp_path: Path
) -> None:
    address = f"ssh://{hosts[SERVER].address}:{server.port}"
    client = hosts["rg"].start(
        sys.executable, "-c", CLIENT, str(tmp_path), address, work, env={"PYTHONPATH": str(PROJECT)}
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        assert client.stdout.readline() == "ready\n"
        hosts[ROUTER].filter(DROP)
        client.stdin.write("\n")
        client.stdin.flush()
        reason, seconds = client.stdout.readline().split()
    finally:
        client.kill()
        client.wait(10)
        client.stdin.close()
        client.stdout.close()

    assert reason in reasons
    # Silence shows after a keepalive of 5 seconds and the bound of 3; a busy machine needs longer.
    assert float(seconds) < 20
