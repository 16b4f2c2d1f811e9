"""How does a KDC on loopback answer as a test wants? One class for each fault, UDP and TCP on the
same port.

Its messages are written with `probes.kerberos.der`. tests/probes/kerberos/test_as_req.py compares
them with scapy and a real KDC.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from probes.endpoint import Endpoint, Transport
from probes.kerberos import der

REALM = "EMR.C-0A1B2C3D4E5F6071.COM"


def krb_error(
    code: int = 18,
    realm: str = REALM,
    *,
    e_text: str | None = "CLIENT LOCKED OUT",
    now: datetime | None = None,
    cname: Sequence[str] | None = None,
    e_data: bytes | None = None,
) -> bytes:
    """Return a KRB-ERROR as MIT writes it; with cname, for that client."""
    moment = now or datetime.now(UTC)
    sname = der.write_fields(
        ((0, der.write_integer(2)), (1, der.write_sequence((der.write_string("krbtgt"), der.write_string(realm)))))
    )
    fields = [
        (0, der.write_integer(5)),
        (1, der.write_integer(30)),
        (4, der.write_time(moment)),
        (5, der.write_integer(moment.microsecond)),
        (6, der.write_integer(code)),
    ]
    if cname is not None:
        parts = der.write_sequence(map(der.write_string, cname))
        fields += [(7, der.write_string(realm)), (8, der.write_fields(((0, der.write_integer(1)), (1, parts))))]
    fields += [(9, der.write_string(realm)), (10, sname)]
    if e_text is not None:
        fields.append((11, der.write_string(e_text)))
    if e_data is not None:
        fields.append((12, der.write(der.OCTET_STRING, e_data)))
    return der.write(der.application(30), der.write_fields(fields))


def framed(message: bytes) -> bytes:
    """Return the message behind its four bytes of length (RFC 4120 7.2.2)."""
    return struct.pack("!I", len(message)) + message


class FakeKdc:
    """A KDC. `with FakeKdc() as kdc` opens both ports until the block ends.
    Override `answer`, `on_datagram` or `on_stream`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        self.connections: list[socket.socket] = []
        self.threads: list[threading.Thread] = []

    def answer(self, request: bytes) -> bytes:
        """Return the message for a request, without framing."""
        return krb_error()

    def on_datagram(self, request: bytes, sender: Any) -> None:
        self.udp.sendto(self.answer(request), sender)

    def on_stream(self, connection: socket.socket) -> None:
        request = self.read_request(connection)
        if request is not None:
            connection.sendall(framed(self.answer(request)))

    def read_request(self, connection: socket.socket) -> bytes | None:
        """Return one framed request, None if the peer closes first."""
        received = b""
        while len(received) < 4 or len(received) < 4 + int.from_bytes(received[:4], "big"):
            chunk = connection.recv(65536)
            if not chunk:
                return None
            received += chunk
        self.requests.append(received[4:])
        return received[4:]

    def endpoint(self, transport: Transport) -> Endpoint:
        return Endpoint(self.host, self.port, transport, self.host)

    def __enter__(self) -> Self:
        self.tcp, self.udp = self._listen()
        self.port: int = self.tcp.getsockname()[1]
        self.waker, self.woken = socket.socketpair()
        # Closed here and not in the thread: a test that counts descriptors needs a fixed moment.
        self.selector = selectors.DefaultSelector()
        self._start(self._serve)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self.waker.send(b"x")
        self.threads[0].join(60)
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(60)
        for sock in (self.tcp, self.udp, self.waker, self.woken, *self.connections):
            sock.close()

    def _listen(self) -> tuple[socket.socket, socket.socket]:
        """Open the same free port for both transports."""
        for _ in range(20):
            tcp = socket.socket(self.family, socket.SOCK_STREAM)
            udp = socket.socket(self.family, socket.SOCK_DGRAM)
            try:
                tcp.bind((self.host, 0))
                udp.bind((self.host, tcp.getsockname()[1]))
                tcp.listen(1024)
            except OSError:
                tcp.close()
                udp.close()
            else:
                return tcp, udp
        raise RuntimeError("no port is free for both transports")

    def _start(self, target: Any, *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        """Take what comes. Before the end, take what has come already: this thread may be late."""
        with self.selector as selector:
            for sock in (self.tcp, self.udp, self.woken):
                selector.register(sock, selectors.EVENT_READ)
            ready: set[object] = set()
            while ready != {self.woken}:
                ready = {key.fileobj for key, _ in selector.select()}
                if self.udp in ready:
                    request, sender = self.udp.recvfrom(65536)
                    self.requests.append(request)
                    self.on_datagram(request, sender)
                if self.tcp in ready:
                    connection, _ = self.tcp.accept()
                    self.connections.append(connection)
                    self._start(self._handle, connection)

    def _handle(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self.on_stream(connection)


class StoppedClockKdc(FakeKdc):
    """Shows one moment for ever, so that all of its answers are equally long.

    Microseconds take one byte to three."""

    def answer(self, request: bytes) -> bytes:
        return krb_error(now=datetime(2026, 11, 29, 8, 30, 15, 500_000, UTC))


class SilentKdc(FakeKdc):
    """Accepts everything and answers nothing."""

    def on_datagram(self, request: bytes, sender: Any) -> None:
        return

    def on_stream(self, connection: socket.socket) -> None:
        self.stopping.wait(30)


class DeafKdc(FakeKdc):
    """Loses the first datagrams."""

    def __init__(self, host: str = "127.0.0.1", lost: int = 1) -> None:
        super().__init__(host)
        self.lost = lost

    def on_datagram(self, request: bytes, sender: Any) -> None:
        if len(self.requests) > self.lost:
            super().on_datagram(request, sender)


class SlowKdc(FakeKdc):
    """Waits `delay` seconds before it answers."""

    def __init__(self, delay: float) -> None:
        super().__init__()
        self.delay = delay

    def answer(self, request: bytes) -> bytes:
        self.stopping.wait(self.delay)
        return super().answer(request)


class ForeignService(FakeKdc):
    """Another protocol on the KDC's port: sends the same bytes to everybody, then waits."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self.said = said

    def on_datagram(self, request: bytes, sender: Any) -> None:
        self.udp.sendto(self.said, sender)

    def on_stream(self, connection: socket.socket) -> None:
        connection.sendall(self.said)
        self.stopping.wait(30)


class TwiceKdc(FakeKdc):
    """Sends every answer twice, as a network that repeats packets."""

    def on_datagram(self, request: bytes, sender: Any) -> None:
        super().on_datagram(request, sender)
        super().on_datagram(request, sender)


class OtherAddressKdc(FakeKdc):
    """A host with two addresses that answers datagrams from the wrong one."""

    def on_datagram(self, request: bytes, sender: Any) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", self.port))
            other.sendto(self.answer(request), sender)


class LyingKdc(FakeKdc):
    """Sends a length that is not the length of the message."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def on_stream(self, connection: socket.socket) -> None:
        request = self.read_request(connection)
        if request is not None:
            connection.sendall(struct.pack("!I", self.length) + self.answer(request))
            self.stopping.wait(30)


class DrippingKdc(FakeKdc):
    """Sends one byte every `pause` seconds, to outlast every timeout between reads."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self.pause = pause

    def on_stream(self, connection: socket.socket) -> None:
        request = self.read_request(connection)
        for byte in framed(self.answer(request or b"")):
            connection.sendall(bytes((byte,)))
            if self.stopping.wait(self.pause):
                return


class ClosingKdc(FakeKdc):
    """Reads the request, sends `partly` bytes of its answer, and closes; with `reset`, by a RST."""

    def __init__(self, *, reset: bool = False, partly: int = 0) -> None:
        super().__init__()
        self.reset, self.partly = reset, partly

    def on_stream(self, connection: socket.socket) -> None:
        request = self.read_request(connection)
        if self.partly:
            connection.sendall(framed(self.answer(request or b""))[: self.partly])
        if self.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
