"""Which address does a client dial?

The namespace has no way out, and every IPv4 address is local in it. A packet filter redirects each
TCP connection to one listener. The listener asks the kernel for the original destination, records
it and ends the connection, unless `conversation` has an answer. A connection to 0.0.0.0 is recorded
as 127.0.0.1.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tests.lab.dial.conversation import Conversation, is_zookeeper
from tests.lab.netns import PREFIX, Host, LabError, remove

Address = tuple[str, int]
"""Address and port."""

PORT: Final = 1
"""Port of the listener."""

_ORIGINAL_DESTINATION: Final = 80
"""SO_ORIGINAL_DST of linux/netfilter_ipv4.h, and IP6T_SO_ORIGINAL_DST of netfilter_ipv6."""

_CLONE_NEWNET: Final = 0x40000000
_RULES: Final = f"""
table inet dial {{
  chain output {{
    type nat hook output priority -100
    meta l4proto tcp redirect to :{PORT}
  }}
}}
"""
_SETUP: Final = (
    ("ip", "link", "set", "lo", "up"),
    ("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo"),
    ("ip", "-6", "route", "add", "local", "::/0", "dev", "lo"),
)

_SETTLE: Final = b"s"
_END: Final = b"e"
"""Orders to the thread: take the connections that wait, or end."""

_NUMBER = count()
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Pipe:
    """One half of a connection that is passed to a real server."""

    other: socket.socket
    """Where to write what this half says."""


class Recorder:
    """The listener of one namespace."""

    def __init__(self, host: Host, zookeeper: int | None) -> None:
        self.host = host
        """The namespace. Clients are started in it."""
        self._zookeeper = zookeeper
        self._listener = _listener(host.name)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._dialled: list[Address] = []
        self._thread = threading.Thread(target=self._serve)
        self._settled = threading.Event()
        self._ordered, self._orders = os.pipe()
        self._selector.register(self._ordered, selectors.EVENT_READ)
        self._thread.start()

    def take(self) -> tuple[Address, ...]:
        """Return address and port of each connection since the last call, in order.

        A client may close its connection at once, so first the thread takes what waits.
        """
        self._settled.clear()
        os.write(self._orders, _SETTLE)
        self._settled.wait()
        taken, self._dialled = self._dialled, []
        return tuple(taken)

    def close(self) -> None:
        """End the listener and its thread."""
        os.write(self._orders, _END)
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        os.close(self._ordered)
        os.close(self._orders)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    if key.fileobj.fileno() >= 0:
                        self._read(key.fileobj, key.data)
                elif os.read(self._ordered, 1) == _SETTLE:
                    self._accept()
                    self._settled.set()
                else:
                    return

    def _accept(self) -> None:
        """Take every connection that waits."""
        with suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                self._dialled.append(_destination(connection))
                self._selector.register(connection, selectors.EVENT_READ, Conversation())

    def _read(self, connection: socket.socket, state: Conversation | Pipe) -> None:
        """Read what a client or server sends, so that a client never meets a reset."""
        try:
            more = connection.recv(65536)
        except OSError:
            more = b""
        if isinstance(state, Pipe):
            self._pass(connection, state.other, more)
        elif not more:
            self._drop(connection)
        else:
            reply, is_last = state.receive(more)
            if self._zookeeper is not None and is_zookeeper(bytes(state.sent)):
                self._connect(connection, bytes(state.sent))
                return
            with suppress(OSError):
                connection.sendall(reply)
                if is_last:
                    connection.shutdown(socket.SHUT_WR)

    def _connect(self, connection: socket.socket, sent: bytes) -> None:
        """Pass a connection to the real ZooKeeper."""
        server = socket.create_connection(("127.0.0.1", self._zookeeper or 0))
        server.sendall(sent)
        self._selector.modify(connection, selectors.EVENT_READ, Pipe(server))
        self._selector.register(server, selectors.EVENT_READ, Pipe(connection))

    def _pass(self, connection: socket.socket, other: socket.socket, more: bytes) -> None:
        if more:
            with suppress(OSError):
                other.sendall(more)
            return
        self._drop(connection)
        self._drop(other)

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()


@contextmanager
def recorder(hosts_file: str, *, own: str = "127.0.0.2", zookeeper: int | None = None) -> Iterator[Recorder]:
    """Yield a recorder in a namespace of its own. Remove both afterwards.

    `hosts_file` is its /etc/hosts. `own` is the address of the machine's own name there.
    `zookeeper` is the port of a real ZooKeeper on loopback, outside of the namespace.
    """
    host = Host(f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}-dial", "dial", None)
    try:
        _make(host, f"{hosts_file}{own} {socket.gethostname()}\n")
        recording = Recorder(host, zookeeper)
        try:
            yield recording
        finally:
            recording.close()
    finally:
        remove(host.name)


def _make(host: Host, hosts_file: str) -> None:
    made = subprocess.run(["ip", "netns", "add", host.name], capture_output=True, text=True, check=False)
    if made.returncode:
        raise LabError(made.stderr)
    # A client looks its own name up, if only for its messages.
    host.write_etc("hosts", hosts_file)
    # Nobody answers on port 53, so a name that the hosts file does not have fails at once.
    host.write_etc("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    for command in _SETUP:
        done = host.run(*command)
        if done.returncode:
            raise LabError(f"{' '.join(command)}: {done.stderr}")
    host.filter(_RULES)


def _listener(namespace: str) -> socket.socket:
    """Return a listening socket of the namespace. It stays there, whichever thread uses it."""
    made: list[socket.socket] = []

    def make() -> None:
        descriptor = os.open(Path("/run/netns") / namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if _LIBC.setns(descriptor, _CLONE_NEWNET):
                raise LabError(f"setns {namespace}: {os.strerror(ctypes.get_errno())}")
        finally:
            os.close(descriptor)
        made.append(socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        raise LabError(f"no listener in {namespace}")
    return made[0]


def _destination(connection: socket.socket) -> Address:
    """Return the address that the client asked for, before the redirect."""
    peer = connection.getpeername()[0]
    if peer.startswith("::ffff:"):
        raw = connection.getsockopt(socket.SOL_IP, _ORIGINAL_DESTINATION, 16)
        port, address = struct.unpack("!2xH4s8x", raw)
        return socket.inet_ntop(socket.AF_INET, address), port
    raw = connection.getsockopt(socket.IPPROTO_IPV6, _ORIGINAL_DESTINATION, 28)
    port, address = struct.unpack("!2xH4x16s4x", raw)
    return socket.inet_ntop(socket.AF_INET6, address), port
