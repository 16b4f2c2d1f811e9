"""A cluster on loopback: services, and a KDC that answers AS-REQs with real KRB-ERRORs.

The demo and the tests use it. Endpoints in `silent` receive packets and send nothing back. From
outside this looks like a security group that drops them; no packet is dropped here.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from probes.endpoint import Endpoint
from probes.kerberos import der
from probes.services import protobuf

CLIENT_REVOKED, CLIENT_UNKNOWN = 18, 6
"""Error codes of RFC 4120 section 7.5.9. MIT's KDC answers the first for K/M in a realm it serves,
and the second for every other client.
"""

_AS_REQ, _KRB_ERROR = 10, 30
_LARGEST_REQUEST = 64 * 1024

_FIRST_STEPS: Mapping[bytes, bytes] = {
    b"\x01\x00\x00\x00": b"\x03\x00\x00\x00\x1aUnsupported mechanism type",
    b"GET ": b"HTTP/1.1 401 Authentication required\r\nWWW-Authenticate: Negotiate\r\n"
    b"Set-Cookie: hadoop.auth=; Path=/\r\nContent-Length: 0\r\n\r\n",
    b"POST": b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
    b"\x00\x1c\x59\x0e": b"\x0a\x08\x03\x12\x06no shm",
    b"HBas": bytes.fromhex("00000000ffffffa8"),
    b"srvr": b"srvr is not executed because it is not in the whitelist.\n",
}
"""First bytes of a client -> what a server of that protocol says to them.

BAD of Thrift, a login of Hadoop's web servers, a DataNode's refusal of shared memory, no security
of HBase, and a four-letter word that ZooKeeper does not take.
"""


_RPC = b"hrpc"
USER = "hdfs"
"""User that a server of Hadoop RPC runs as, unless it is told another one."""


def negotiation(user: str, host: str = "master") -> bytes:
    """Return what a server of Hadoop RPC offers that runs as user/host and wants Kerberos."""
    texts = enumerate((b"KERBEROS", b"GSSAPI", user.encode(), host.encode()), 1)
    auth = b"".join(bytes((number << 3 | 2,)) + protobuf.delimit(text) for number, text in texts)
    header = bytes.fromhex("08dfffffff0f10001809")  # answer to call -33, success, version 9
    sasl = b"\x10\x01\x22" + protobuf.delimit(auth)  # state NEGOTIATE
    body = protobuf.delimit(header) + protobuf.delimit(sasl)
    return struct.pack("!I", len(body)) + body


class EmbeddedCluster:
    """Serve `listeners` and `kdcs` while the `with` block runs.

    - listeners: TCP endpoints that answer the first step of each service's protocol, and close
    - kdcs: endpoints of either transport that answer Kerberos requests
    - users: listener -> the user that its server of Hadoop RPC runs as, if it is not `USER`

    All must be on loopback addresses. Every endpoint answers unless it is in `silent`. OSError if
    an address cannot be bound.
    """

    def __init__(
        self,
        listeners: Iterable[Endpoint],
        kdcs: Iterable[Endpoint],
        realm: str,
        users: Mapping[Endpoint, str] | None = None,
    ) -> None:
        self.realm = realm
        self._users = users or {}
        self.silent: set[Endpoint] = set()
        self._listeners, self._kdcs = tuple(listeners), tuple(kdcs)
        self._selector = selectors.DefaultSelector()
        self._stack = ExitStack()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="embedded cluster", daemon=True)

    def __enter__(self) -> Self:
        try:
            for endpoint in (*self._listeners, *self._kdcs):
                self._selector.register(self._bind(endpoint), selectors.EVENT_READ, endpoint)
        except OSError:
            self._selector.close()
            self._stack.close()
            raise
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._selector.close()
        self._stack.close()

    def _bind(self, endpoint: Endpoint) -> socket.socket:
        address = endpoint.address or endpoint.host
        if not address.startswith("127."):
            raise ValueError(f"{address} is not a loopback address")
        kind = socket.SOCK_STREAM if endpoint.transport == "tcp" else socket.SOCK_DGRAM
        sock = self._stack.enter_context(socket.socket(socket.AF_INET, kind))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, endpoint.port))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        return sock

    def _serve(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.05):
                endpoint, sock = key.data, key.fileobj
                if isinstance(sock, socket.socket):
                    with suppress(OSError):
                        self._datagram(endpoint, sock) if endpoint.transport == "udp" else self._stream(endpoint, sock)

    def _datagram(self, endpoint: Endpoint, sock: socket.socket) -> None:
        request, sender = sock.recvfrom(_LARGEST_REQUEST)
        reply = answer(request, self.realm)
        if reply is not None and endpoint not in self.silent:
            sock.sendto(reply, sender)

    def _stream(self, endpoint: Endpoint, sock: socket.socket) -> None:
        connection, _ = sock.accept()
        with connection:
            if endpoint in self.silent:
                return
            connection.settimeout(1.0)
            if endpoint not in self._kdcs:
                connection.sendall(self._first_step(endpoint, connection.recv(_LARGEST_REQUEST)[:4]))
                return
            with connection.makefile("rb") as stream:
                header = stream.read(4)
                size = struct.unpack("!I", header)[0] if len(header) == 4 else 0
                reply = answer(stream.read(size), self.realm) if 0 < size <= _LARGEST_REQUEST else None
            if reply is not None:
                connection.sendall(struct.pack("!I", len(reply)) + reply)

    def _first_step(self, endpoint: Endpoint, begin: bytes) -> bytes:
        """Return what the server says to a client that begins so."""
        return negotiation(self._users.get(endpoint, USER)) if begin == _RPC else _FIRST_STEPS.get(begin, b"")


def answer(request: bytes, realm: str) -> bytes | None:
    """Return the reply of a KDC of `realm` that issues no tickets.

    None for anything but an AS-REQ: MIT's KDC does not answer it either.
    """
    try:
        body = der.fields(der.unwrap(der.expect(der.read(request), der.application(_AS_REQ))))[4]
        asked = der.fields(body)
        client = [der.string(part) for part in der.items(der.fields(asked[1])[1])]
        wanted = der.string(asked[2])
    except (der.DerError, KeyError):
        return None
    known = client == ["K", "M"] and wanted == realm
    return krb_error(
        CLIENT_REVOKED if known else CLIENT_UNKNOWN, wanted, "CLIENT LOCKED OUT" if known else "CLIENT_NOT_FOUND"
    )


def krb_error(code: int, realm: str, text: str) -> bytes:
    """Build a KRB-ERROR (RFC 4120 section 5.9.1) about krbtgt/realm."""
    now = datetime.now(UTC)
    krbtgt = der.write_sequence((der.write_string("krbtgt"), der.write_string(realm)))
    fields = (
        (0, der.write_integer(5)),
        (1, der.write_integer(_KRB_ERROR)),
        (4, der.write_time(now)),
        (5, der.write_integer(now.microsecond)),
        (6, der.write_integer(code)),
        (9, der.write_string(realm)),
        (10, der.write_fields(((0, der.write_integer(2)), (1, krbtgt)))),
        (11, der.write_string(text)),
    )
    return der.write(der.application(_KRB_ERROR), der.write_fields(fields))
