"""A stand-in for many services: listens on TCP and UDP ports of one host, as its controller says
over a pipe.

Runs as a script inside a namespace and imports nothing of ours. One JSON object a line on
standard input, {"tcp": {port: answer}, "udp": [port, …]}, is the whole wanted state; the answer
line says what could not be opened. A TCP port accepts, and `answer` says what it does with the
first bytes it is sent: "" closes, hex digits are sent back, null answers the first step of Hadoop
RPC, HDFS data transfer, Thrift or HTTP and closes at anything else. A UDP port echoes.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

READ_SIZE = 65536

FIRST_STEPS: Mapping[bytes, bytes] = {
    b"\x01\x00\x00\x00": b"\x03\x00\x00\x00\x1aUnsupported mechanism type",
    b"GET ": b"HTTP/1.1 401 Authentication required\r\nWWW-Authenticate: Negotiate\r\n"
    b"Set-Cookie: hadoop.auth=; Path=/\r\nContent-Length: 0\r\n\r\n",
}
"""First bytes of a client -> what a server of that protocol says: BAD of Thrift, and a login of
Hadoop's web servers."""

SHARED_MEMORY, NO_SHARED_MEMORY = b"\x00\x1c\x59", b"\x0a\x08\x03\x12\x06no shm"
"""A client that asks a DataNode for shared memory, and what a DataNode says over TCP."""

RPC = b"hrpc"
NEGOTIATION = "000000300a08dfffffff0f1000180924100122200a084b45524245524f5312064753534150491a04%s22066d6173746572"
"""What a server of Hadoop RPC with Kerberos says; %s is its user, four letters as hex digits."""

USERS: Mapping[int, str] = {8032: "yarn"}
"""Port -> the user that the server of Hadoop RPC there runs as, if it is not hdfs."""


class Servers:
    def __init__(self) -> None:
        self.poll = selectors.DefaultSelector()
        self.tcp: dict[int, tuple[socket.socket, bytes | None]] = {}
        self.udp: dict[int, socket.socket] = {}

    def want(self, tcp: Mapping[int, bytes | None], udp: set[int]) -> list[str]:
        """Open and close until exactly these ports are served; what failed, in words."""
        for port in [p for p in self.tcp if p not in tcp]:
            self._drop(self.tcp.pop(port)[0])
        for port in [p for p in self.udp if p not in udp]:
            self._drop(self.udp.pop(port))
        failed: list[str] = []
        for port, answer in tcp.items():
            try:
                listener = self.tcp[port][0] if port in self.tcp else self._open(socket.SOCK_STREAM, port)
            except OSError as error:
                failed.append(f"tcp {port}: {error}")
            else:
                self.tcp[port] = (listener, answer)
        for port in udp - self.udp.keys():
            try:
                self.udp[port] = self._open(socket.SOCK_DGRAM, port)
            except OSError as error:
                failed.append(f"udp {port}: {error}")
        return failed

    def serve(self, seconds: float | None) -> None:
        """One round of whatever is ready."""
        for key, _ in self.poll.select(seconds):
            kind, port = key.data
            with suppress(OSError):
                if kind == "listener":
                    client, _peer = self.tcp[port][0].accept()
                    client.setblocking(False)
                    self.poll.register(client, selectors.EVENT_READ, ("client", port))
                elif kind == "client":
                    self._client(key.fileobj, port)
                elif kind == "udp":
                    for _ in range(64):
                        data, peer = self.udp[port].recvfrom(READ_SIZE)
                        self.udp[port].sendto(data, peer)

    def _client(self, client: object, port: int) -> None:
        assert isinstance(client, socket.socket)
        try:
            asked = client.recv(READ_SIZE)
            answer = self.tcp[port][1] if port in self.tcp else b""
            if answer is None:
                answer = first_step(asked[:4], port)
            if asked and answer:
                client.sendall(answer)
                return
        except OSError:
            pass
        self._drop(client)

    def _open(self, kind: socket.SocketKind, port: int) -> socket.socket:
        opened = socket.socket(socket.AF_INET6, kind)  # of both families, as a JVM's are
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            opened.bind(("::", port))  # a namespace of the lab, nothing else can reach it
            if kind == socket.SOCK_STREAM:
                opened.listen(4096)
        except OSError:
            opened.close()
            raise
        opened.setblocking(False)
        self.poll.register(opened, selectors.EVENT_READ, ("listener" if kind == socket.SOCK_STREAM else "udp", port))
        return opened

    def _drop(self, gone: socket.socket) -> None:
        with suppress(KeyError, ValueError):
            self.poll.unregister(gone)
        gone.close()


def first_step(begin: bytes, port: int) -> bytes:
    """Return what the server of this port says to a client that begins so."""
    if begin.startswith(SHARED_MEMORY):
        return NO_SHARED_MEMORY
    if begin != RPC:
        return FIRST_STEPS.get(begin, b"")
    return bytes.fromhex(NEGOTIATION % USERS.get(port, "hdfs").encode().hex())


def main() -> None:
    servers = Servers()
    servers.poll.register(sys.stdin, selectors.EVENT_READ, ("control", 0))
    buffered = b""
    while True:
        ready = servers.poll.select(None)
        if any(key.data[0] == "control" for key, _ in ready):
            piece = os.read(sys.stdin.fileno(), READ_SIZE)  # unbuffered, or select would miss lines
            if not piece:
                return
            *lines, buffered = (buffered + piece).split(b"\n")
            for line in lines:
                order = json.loads(line)
                wanted = {
                    int(port): None if answer is None else bytes.fromhex(answer)
                    for port, answer in order["tcp"].items()
                }
                print(json.dumps(servers.want(wanted, set(order["udp"]))), flush=True)
        servers.serve(0)


if __name__ == "__main__":
    main()
