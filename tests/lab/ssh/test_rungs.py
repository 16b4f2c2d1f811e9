"""Does a real sshd carry each rung of the ladder, and is nothing left behind?"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from probes.network.host import Host, HostGoneError, Sending
from probes.remote.ladder import remote_host
from probes.ssh.config import LocalUser
from probes.ssh.process import RemoteProcess
from probes.ssh.session import SshSession, SshSettings, connect
from probes.ssh.target import SshTarget
from tests.support.asked_twice import both
from tests.support.deaf_listener import deaf_listener
from tests.support.fake_kdc import REALM, FakeKdc
from tests.support.ssh_server import Server

pytestmark = pytest.mark.needs("sshd", "setpriv")


class Lacking:
    """A session with a host that cannot run commands with certain words."""

    def __init__(self, session: SshSession, *lacks: str) -> None:
        self._session, self._lacks = session, lacks

    @property
    def is_open(self) -> bool:
        return self._session.is_open

    def start(self, command: str) -> RemoteProcess:
        return self._session.start("exit 127" if any(word in command for word in self._lacks) else command)

    def forward(self, host: str, port: int, timeout: float) -> object:
        return self._session.forward(host, port, timeout)


LACKS = {"Python": (), "bash": ("python",), "The SSH server": ("python", "bash")}


@pytest.mark.parametrize("rung", LACKS)
def test_a_kdc_and_bytes_through_each_rung(rung: str, server: Server, user: LocalUser) -> None:
    data = bytes(range(256)) * 50

    async def through(host: Host, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        came = await host.connect("127.0.0.1", port, Sending(3.0), keep=True)
        assert came.connection is not None
        with closing(listener.accept()[0]) as peer, came.connection as connection:
            await connection.send(data)
            assert peer.recv(len(data), socket.MSG_WAITALL) == data
            peer.sendall(data)
            got = b""
            while len(got) < len(data):
                got += await connection.receive(4096)
            assert got == data
            peer.shutdown(socket.SHUT_WR)
            assert await connection.receive(10) == b""

    target = SshTarget(None, "127.0.0.1", server.port)
    with connect(target, SshSettings(user=user)) as session:
        host, how = remote_host(Lacking(session, *LACKS[rung]))
        assert how.startswith(rung)
        with host, FakeKdc() as kdc:
            here, there = both(host, "kerberos", kdc.endpoint("tcp"), realm=REALM)
            assert (there.state, there.reason) == (here.state, here.reason) == ("open", "kerberos-reply")
            here, there = both(host, "kerberos", kdc.endpoint("udp"), realm=REALM)
            assert there.state == ("not-probed" if rung == "The SSH server" else here.state)
            with socket.create_server(("127.0.0.1", 0)) as listener:
                asyncio.run(asyncio.wait_for(through(host, listener), 30))
            assert bool(_programs(server.port)) is (rung != "The SSH server")
    assert_nothing_is_left(server)


def test_more_kept_connections_than_sshd_has_sessions(server: Server, user: LocalUser) -> None:
    async def scene(host: Host, port: int) -> list[object]:
        async def one() -> object:
            came = await host.connect("127.0.0.1", port, Sending(5.0), keep=True)
            if came.connection is not None:
                with came.connection:
                    await asyncio.sleep(0.1)
            return came.failure

        return list(await asyncio.gather(*(one() for _ in range(20))))

    with (
        connect(SshTarget(None, "127.0.0.1", server.port), SshSettings(user=user)) as session,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        host, _ = remote_host(Lacking(session, "python"))
        with host:
            failures = asyncio.run(asyncio.wait_for(scene(host, listener.getsockname()[1]), 60))
    assert failures == [None] * 20


@pytest.mark.parametrize("rung", LACKS)
def test_a_closed_port_and_a_silent_one(rung: str, server: Server, user: LocalUser) -> None:
    target = SshTarget(None, "127.0.0.1", server.port)
    with connect(target, SshSettings(user=user)) as session, deaf_listener() as deaf:
        host, _ = remote_host(Lacking(session, *LACKS[rung]))
        with host:
            _, there = both(host, "tcp", deaf)
            assert (there.state, there.reason) == ("filtered", "no-response")
            came = asyncio.run(host.connect("127.0.0.1", 1, Sending(2.0), keep=False))
    # OpenSSH names no reason for what fails at once, as a closed port of its own host does.
    assert isinstance(came.failure, ConnectionRefusedError | HostGoneError)


def assert_nothing_is_left(server: Server) -> None:
    """No program of a session with this server is there any more."""
    deadline = time.monotonic() + 60
    while (left := _programs(server.port)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def _programs(port: int) -> list[str]:
    """Return the commands that sshd has started for a client of this port."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            variables = (process / "environ").read_bytes().split(b"\0")
            if any(one.startswith(b"SSH_CONNECTION=") and one.endswith(b" %d" % port) for one in variables):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found
