"""How does a service on loopback answer as a test wants, on any number of connections? One class
for each fault."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

from probes.endpoint import Endpoint
from tests.support.fake_kdc import FakeKdc


class FakeService(FakeKdc):
    """Reads the first bytes, answers and closes. Override `reply`.

    `answer`: bytes, or a function from the request to bytes; None for silence.
    """

    def __init__(self, said: bytes | Callable[[bytes], bytes | None] | None = None, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self.said = said

    @property
    def at(self) -> Endpoint:
        return self.endpoint("tcp")

    def on_stream(self, connection: socket.socket) -> None:
        self.requests.append(connection.recv(65536))
        said = self.said(self.requests[-1]) if callable(self.said) else self.said
        if said is None:
            self.stopping.wait(30)
        else:
            self.reply(connection, said)

    def reply(self, connection: socket.socket, said: bytes) -> None:
        connection.sendall(said)


class StayingService(FakeService):
    """Answers and keeps the connection open."""

    def reply(self, connection: socket.socket, said: bytes) -> None:
        connection.sendall(said)
        self.stopping.wait(30)


class ResettingService(FakeService):
    """Answers and resets the connection."""

    def reply(self, connection: socket.socket, said: bytes) -> None:
        connection.sendall(said)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class DrippingService(FakeService):
    """Sends one byte at a time, to outlast every timeout between reads.
    Blanks follow the answer."""

    pause = 0.05

    def reply(self, connection: socket.socket, said: bytes) -> None:
        for byte in said + b" " * 1000:
            connection.sendall(bytes((byte,)))
            if self.stopping.wait(self.pause):
                return


class FloodingService(FakeService):
    """Sends the answer again and again, as fast as the peer reads."""

    def reply(self, connection: socket.socket, said: bytes) -> None:
        while not self.stopping.is_set():
            connection.sendall(said)


class SpeakingService(FakeService):
    """Sends one reply after another: the first before it reads, if `first`, each other one after a
    request. Then it reads until the peer closes.

    `pem`: a certificate with its key. TLS begins before the first reply, or behind `upgrade`
    replies."""

    def __init__(self, *replies: bytes, first: bool = True, pem: Path | None = None, upgrade: int = 0) -> None:
        super().__init__()
        self.replies, self.first, self.upgrade = replies, first, upgrade
        self.context = None if pem is None else ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if self.context is not None and pem is not None:
            self.context.load_cert_chain(pem)

    def on_stream(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            for number, reply in enumerate(self.replies):
                if self.context is not None and number == self.upgrade:
                    connection = stack.enter_context(self.context.wrap_socket(connection.dup(), server_side=True))
                if (number or not self.first) and not self._request(connection):
                    return
                connection.sendall(reply)
            if self.context is not None and self.upgrade >= len(self.replies):
                connection = stack.enter_context(self.context.wrap_socket(connection.dup(), server_side=True))
            while self._request(connection):
                pass

    def _request(self, connection: socket.socket) -> bool:
        request = connection.recv(65536)
        if request:
            self.requests.append(request)
        return bool(request)


class PickyTlsService(FakeService):
    """Ends TLS with a client that it does not like. `wants`: "a name" that is its own, so none of
    an address is, or "a certificate" of the client."""

    def __init__(self, pem: Path, wants: str) -> None:
        super().__init__()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        if wants == "a name":
            self.context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        else:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(pem)

    def on_stream(self, connection: socket.socket) -> None:
        if connection.recv(3, socket.MSG_PEEK)[:1] != b"\x16":
            return  # no TLS: it closes
        with contextlib.suppress(OSError), self.context.wrap_socket(connection.dup(), server_side=True) as inner:
            inner.recv(65536)


class TlsService(FakeService):
    """Answers inside TLS. `certificate`: a PEM file with its key."""

    def __init__(self, said: bytes, certificate: Path) -> None:
        super().__init__(said)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)

    def on_stream(self, connection: socket.socket) -> None:
        with self.context.wrap_socket(connection.dup(), server_side=True) as inner:
            super().on_stream(inner)
