"""SSH servers that misbehave, and one that asks for passwords. All on loopback, in threads."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_PARTIALLY_SUCCESSFUL,
    AUTH_SUCCESSFUL,
    OPEN_SUCCEEDED,
    cMSG_CHANNEL_OPEN_FAILURE,
)
from paramiko.message import Message
from paramiko.server import InteractiveQuery

from probes.ssh.session import SshSession
from tests.support.ssh_keys import public_text, write_private

BANNER = b"SSH-2.0-OpenSSH_9.2\r\n"

LOGIN_SECONDS = 30.0
"""Bound of each wait of a login that shall succeed. Both sides compute keys in this process."""


def bounded(opened: SshSession, seconds: float) -> SshSession:
    """Let each wait of a session end after so many seconds, and return it. Its login had longer."""
    opened._settings = replace(opened._settings, timeout=seconds, silence=seconds)
    return opened


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection in a thread. Gives the port on 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            handle(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            taken.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in taken:
            connection.close()


def packet(payload: bytes) -> bytes:
    """Return an SSH packet before encryption: RFC 4253, section 6."""
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + b"\0" * padding


def disconnect(words: bytes) -> bytes:
    """Return a packet that ends the connection, with some words."""
    return packet(b"\1" + struct.pack(">II", 2, len(words)) + words + struct.pack(">I", 0))


@dataclass(slots=True)
class Manners:
    """How a fake server behaves."""

    methods: str = "publickey,password,keyboard-interactive"
    """Methods that it names."""
    password: str = "hunter2-canary"
    """The only right one, for both methods that ask."""
    prompts: Sequence[str] = ("Password: ",)
    """Prompts of keyboard-interactive."""
    key: str = ""
    """Public key that it takes."""
    after_key: str = ""
    """Methods that it wants after the key. Empty: none."""
    wants_more: bool = False
    """True: after each answer of keyboard-interactive it wants a further one."""
    banner: str = ""
    """Banner of the login."""
    run: Callable[[paramiko.Channel], None] = lambda channel: channel.send_exit_status(0)
    """What a command does."""
    serve_files: Callable[[paramiko.Channel], None] | None = None
    """What the subsystem "sftp" does. None: there is none."""
    is_mute: bool = False
    """True: a request for a command gets no answer."""
    forward: Callable[[], int] = lambda: OPEN_SUCCEEDED
    """Answer to a connection to be forwarded."""
    refusal: bytes = b""
    """Words of the refusal to forward."""
    tried: list[str] = field(default_factory=list)
    """Passwords and keys that came."""
    commands: list[bytes] = field(default_factory=list)
    """Commands that came."""
    channels: list[paramiko.Channel] = field(default_factory=list)
    """Channels that it opened."""
    transports: list[FakeTransport] = field(default_factory=list)
    """Connections that came."""


class FakeTransport(paramiko.Transport):
    """The server's end, which may refuse in words of its own."""

    manners: Manners

    def _parse_channel_open(self, message: Message) -> None:
        kind, number = message.get_text(), message.get_int()
        message.rewind()
        if kind == "direct-tcpip" and self.manners.refusal:
            refusal = Message()
            refusal.add_byte(cMSG_CHANNEL_OPEN_FAILURE)
            refusal.add_int(number)
            refusal.add_int(2)
            refusal.add_string(self.manners.refusal)
            refusal.add_string("en")
            self._send_message(refusal)  # type: ignore[attr-defined]
        else:
            super()._parse_channel_open(message)  # type: ignore[misc]


class FakeServer(paramiko.ServerInterface):
    """What the server says, by its manners."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.has_key = False

    def get_allowed_auths(self, username: str) -> str:
        return self.manners.after_key if self.has_key else self.manners.methods

    def get_banner(self) -> tuple[Any, Any]:
        return self.manners.banner or None, "en"

    def check_auth_none(self, username: str) -> int:
        return AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> int:
        self.manners.tried.append(password)
        return AUTH_SUCCESSFUL if password == self.manners.password else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.manners.tried.append(key.get_name())
        if f"{key.get_name()} {key.get_base64()}" != self.manners.key:
            return AUTH_FAILED
        self.has_key = bool(self.manners.after_key)
        return AUTH_PARTIALLY_SUCCESSFUL if self.has_key else AUTH_SUCCESSFUL

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        return AUTH_PARTIALLY_SUCCESSFUL if self.manners.wants_more else InteractiveQuery("", "", *self.manners.prompts)

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        self.manners.tried += responses
        return AUTH_SUCCESSFUL if responses == [self.manners.password] * len(self.manners.prompts) else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_direct_tcpip_request(self, chanid: int, origin: Any, destination: Any) -> int:
        return self.manners.forward()

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.manners.commands.append(command)
        if self.manners.is_mute:
            threading.Event().wait(5)
            return False

        start(self.manners.run, channel)
        return True

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        if self.manners.serve_files is None:
            return False
        start(self.manners.serve_files, channel)
        return True


def start(run: Callable[[paramiko.Channel], None], channel: paramiko.Channel) -> None:
    """Run what a command does, in a thread, after the answer to the request is sent."""

    def work() -> None:
        with suppress(OSError, EOFError):
            time.sleep(0.1)
            run(channel)
            channel.close()

    threading.Thread(target=work, daemon=True).start()


@contextmanager
def fake_sshd(directory: Path, manners: Manners) -> Iterator[tuple[int, str]]:
    """Run a fake server. Gives its port, and its line for a file of known hosts."""
    key = paramiko.PKey.from_path(str(write_private(directory / "host_key", "ed25519", 300)))

    def handle(connection: socket.socket) -> None:
        transport = FakeTransport(connection)
        transport.manners = manners
        manners.transports.append(transport)
        transport.add_server_key(key)
        transport.start_server(server=FakeServer(manners))
        while transport.is_active():
            channel = transport.accept(0.2)
            if channel is not None:
                manners.channels.append(channel)

    with listening(handle) as port:
        try:
            yield port, f"[127.0.0.1]:{port} {public_text('ed25519', 300)}"
        finally:
            for transport in manners.transports:
                transport.close()
