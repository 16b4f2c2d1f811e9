"""Which rung of the ladder is taken, and what is said of it?"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from probes.endpoint import Endpoint
from probes.network.host import Host
from probes.remote.ladder import remote_host
from probes.remote.wire import RemoteError
from probes.ssh.errors import ForwardRefused, SshError
from tests.support.asked_twice import both
from tests.support.forwarding import forward
from tests.support.remote import LocalPipe


class LocalProcess(LocalPipe):
    """A command of this host, as a process of a session."""

    def read(self, most: int, timeout: float | None = None) -> bytes:
        return super().read(most)


class LocalSession:
    """This host as a login. `lacks`: words of the commands that it cannot run."""

    is_open = True

    def __init__(self, *lacks: str, runs: bool = True, forwards: bool = True) -> None:
        self._lacks, self._runs, self._forwards = lacks, runs, forwards
        self.processes: list[LocalProcess] = []

    def start(self, command: str) -> LocalProcess:
        if not self._runs:
            raise SshError("there", "channel", "there: the server refuses the request “exec”")
        self.processes.append(LocalProcess("exit 127" if any(word in command for word in self._lacks) else command))
        return self.processes[-1]

    def forward(self, host: str, port: int, timeout: float) -> socket.socket:
        if not self._forwards:
            raise ForwardRefused(1, "administratively prohibited")
        return forward(host, port, timeout)


@contextmanager
def ended(session: LocalSession) -> Iterator[LocalSession]:
    try:
        yield session
    finally:
        for process in session.processes:
            process.close()
            process.process.wait(10)
            assert process.process.stdout is not None
            process.process.stdout.close()


@pytest.mark.parametrize(
    ("session", "words"),
    [
        (LocalSession(), "Python 3."),
        (LocalSession("python"), "bash "),
        (LocalSession("python", "bash"), "The SSH server there opens TCP connections"),
        (LocalSession(runs=False), "The SSH server there opens TCP connections"),
        (LocalSession("python", forwards=False), "bash "),
    ],
)
def test_the_best_rung_is_taken_and_named(session: LocalSession, words: str, listener: Endpoint) -> None:
    with ended(session):
        host, how = remote_host(session)
        with host:
            assert how.startswith(words)
            _, there = both(host, "tcp", listener)
    assert (there.state, there.reason) == ("open", "syn-ack")


def test_without_any_rung_each_reason_is_told() -> None:
    with ended(LocalSession("python", "bash", forwards=False)) as session, pytest.raises(RemoteError) as error:
        remote_host(session)
    assert "it has no Python; bash: it has no bash; forwarding: " in str(error.value)
    with pytest.raises(RemoteError, match="refuses the request"):
        remote_host(LocalSession(runs=False, forwards=False))


def test_only_the_last_rung_knows_no_clock() -> None:
    for session, knows in ((LocalSession("python"), True), (LocalSession(runs=False), False)):
        with ended(session):
            host, how = remote_host(session)
            with host:
                assert (_clock(host) is not None) is knows, how


def _clock(host: Host) -> float | None:
    try:
        return asyncio.run(host.clock())
    except OSError:
        return None
