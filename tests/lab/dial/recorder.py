"""Which address does a client dial?

The namespace has no way out, and every IPv4 address is local in it. A packet filter redirects each
TCP connection to one listener. The listener asks the kernel for the original destination, records
it and ends the connection. A connection to 0.0.0.0 is recorded as 127.0.0.1.
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
from itertools import count
from pathlib import Path
from typing import Final

from tests.lab.netns import PREFIX, Host, LabError, remove

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

_NUMBER = count()
_LIBC = ctypes.CDLL(None, use_errno=True)


class Recorder:
    """The listener of one namespace."""

    def __init__(self, host: Host) -> None:
        self.host = host
        """The namespace. Clients are started in it."""
        self._listener = _listener(host.name)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._dialled: list[tuple[str, int]] = []
        self._thread = threading.Thread(target=self._serve)
        self._ended, self._end = os.pipe()
        self._selector.register(self._ended, selectors.EVENT_READ)
        self._thread.start()

    def take(self) -> tuple[tuple[str, int], ...]:
        """Return address and port of each connection since the last call, in order.

        A client whose step has ended has been recorded: it waits for the end of its connection,
        which comes after the record.
        """
        taken, self._dialled = self._dialled, []
        return tuple(taken)

    def close(self) -> None:
        """End the listener and its thread."""
        os.write(self._end, b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        os.close(self._ended)
        os.close(self._end)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._drain(key.fileobj, key.data)
                else:
                    return

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self._dialled.append(_destination(connection))
        self._selector.register(connection, selectors.EVENT_READ, bytearray())

    def _drain(self, connection: socket.socket, received: bytearray) -> None:
        """Read what the client sends, so that it meets the end of a stream and no reset.

        A Hadoop client first sends its call: one that loses the connection before waits a second.
        """
        try:
            more = connection.recv(65536)
        except OSError:
            more = b""
        received += more
        if not more:
            self._selector.unregister(connection)
            connection.close()
        elif _has_call(bytes(received)):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)


@contextmanager
def recorder(hosts_file: str) -> Iterator[Recorder]:
    """Yield a recorder in a namespace of its own. Remove both afterwards.

    `hosts_file` is its /etc/hosts.
    """
    host = Host(f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}-dial", "dial", None)
    try:
        _make(host, hosts_file)
        recording = Recorder(host)
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
    # A client looks its own name up for its messages.
    host.write_etc("hosts", f"{hosts_file}127.0.0.2 {socket.gethostname()}\n")
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


def _has_call(sent: bytes) -> bool:
    """Return True if the bytes hold a call of Hadoop RPC, or are none of Hadoop RPC.

    The header of 7 bytes is followed by frames: the connection context, then the call.
    """
    if not sent.startswith(b"hrpc"):
        return len(sent) >= 4
    at = 7
    for _ in ("context", "call"):
        if len(sent) < at + 4:
            return False
        at += 4 + int.from_bytes(sent[at : at + 4], "big")
    return len(sent) >= at


def _destination(connection: socket.socket) -> tuple[str, int]:
    """Return the address that the client asked for, before the redirect."""
    peer = connection.getpeername()[0]
    if peer.startswith("::ffff:"):
        raw = connection.getsockopt(socket.SOL_IP, _ORIGINAL_DESTINATION, 16)
        port, address = struct.unpack("!2xH4s8x", raw)
        return socket.inet_ntop(socket.AF_INET, address), port
    raw = connection.getsockopt(socket.IPPROTO_IPV6, _ORIGINAL_DESTINATION, 28)
    port, address = struct.unpack("!2xH4x16s4x", raw)
    return socket.inet_ntop(socket.AF_INET6, address), port
