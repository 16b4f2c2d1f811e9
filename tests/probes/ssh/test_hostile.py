"""Does a server that sends rubbish get anything but an error in time?

It knows the protocol up to a point, and then sends messages of every type with bytes at random.
"""

from __future__ import annotations

import random
import socket
import time
from contextlib import suppress
from pathlib import Path

import paramiko
import pytest
from paramiko.message import Message

from probes.ssh.config import LocalUser
from probes.ssh.errors import ForwardRefused, SshError
from probes.ssh.session import SshSession, SshSettings, connect
from probes.ssh.target import SshTarget
from tests.support.fake_ssh import BANNER, LOGIN_SECONDS, Manners, bounded, fake_sshd, listening, packet

SEEDS = range(20)
BOUND = 0.5
MOST = 20.0
"""Seconds for a session in which every wait may run into its bound."""


@pytest.fixture
def user(tmp_path: Path) -> LocalUser:
    """Make a user without keys, agent or known hosts."""
    (tmp_path / ".ssh").mkdir()
    return LocalUser("me", tmp_path, 1000, {})


def rubbish(chosen: random.Random) -> bytes:
    """Return a message of some type: numbers and texts that are too long, and bytes at random."""
    firsts = [b"\0\0\0\0", b"\0\0\0\1", b"\xff" * 4, b"\0\0\0\5sftp\0", b"\0\0\0\2\x1b[", chosen.randbytes(7)]
    parts = [chosen.choice(firsts)]
    parts += [chosen.choice([b"\0\0\0\0", b"\0\0\0\1", chosen.randbytes(chosen.randint(0, 40))]) for _ in range(5)]
    kinds = (range(1, 101), range(50, 67), range(80, 101))
    return bytes([chosen.choice(chosen.choice(kinds))]) + b"".join(parts)


@pytest.mark.parametrize("seed", SEEDS)
def test_before_the_key_exchange(seed: int, user: LocalUser) -> None:
    chosen = random.Random(seed)

    def handle(connection: socket.socket) -> None:
        connection.sendall(BANNER)
        for _ in range(5):
            connection.sendall(packet(rubbish(chosen)) if seed % 2 else chosen.randbytes(50))
        time.sleep(3)

    began = time.monotonic()
    with listening(handle) as port, pytest.raises(SshError) as error:
        connect(SshTarget(None, "127.0.0.1", port), SshSettings(user=user, timeout=BOUND))
    assert error.value.reason in ("timeout", "dropped", "algorithms")
    assert time.monotonic() - began < MOST


def send(transport: paramiko.Transport, payload: bytes) -> None:
    message = Message()
    message.add_bytes(payload)
    transport._send_message(message)  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_session(seed: int, user: LocalUser) -> None:
    chosen = random.Random(seed)

    def run(channel: paramiko.Channel) -> None:
        for _ in range(30):
            send(channel.get_transport(), rubbish(chosen))
        time.sleep(0.3)

    manners = Manners(run=run, serve_files=run, methods="password" if seed % 2 else "keyboard-interactive")
    with fake_sshd(user.home, manners) as (port, line):
        (user.home / ".ssh" / "known_hosts").write_text(f"{line}\n")
        given = SshSettings(user=user, ask=lambda _: manners.password, timeout=LOGIN_SECONDS)
        with connect(SshTarget(None, "127.0.0.1", port), given) as session:
            began = time.monotonic()
            use(bounded(session, BOUND))
            assert time.monotonic() - began < MOST


def use(session: SshSession) -> None:
    """Do all that a session can do. Its errors are no others than these, and steer no terminal."""
    errors: list[Exception] = []
    for work in (command, lambda opened: opened.forward("10.0.0.1", 80, BOUND).close(), read_file, command):
        try:
            work(session)
        except (SshError, ForwardRefused, TimeoutError) as error:
            errors.append(error)
    assert "\x1b" not in "".join(map(str, errors))


def command(session: SshSession) -> None:
    process = session.start("true")
    process.write(b"x" * 1000)
    while process.read(1000):
        pass
    process.exit_status(BOUND)
    assert "\x1b" not in process.stderr(1000)
    process.close()


def read_file(session: SshSession) -> None:
    session.read_file("/etc/krb5.conf", 1000)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_login(seed: int, user: LocalUser) -> None:
    chosen = random.Random(seed)
    manners = Manners()

    def ask(_: str) -> str:
        for transport in manners.transports:
            with suppress(EOFError):
                for _number in range(10):
                    send(transport, rubbish(chosen))
        return "wrong"

    began = time.monotonic()
    with fake_sshd(user.home, manners) as (port, line):
        (user.home / ".ssh" / "known_hosts").write_text(f"{line}\n")
        given = SshSettings(user=user, ask=ask, timeout=BOUND, silence=BOUND)
        errors: list[SshError] = []
        try:
            connect(SshTarget(None, "127.0.0.1", port), given).close()
        except SshError as error:
            errors.append(error)
    assert all(error.reason in ("auth", "dropped", "timeout") and "\x1b" not in str(error) for error in errors)
    assert time.monotonic() - began < 2 * MOST
