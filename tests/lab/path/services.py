"""What answers at the far end where no real service is at hand: a KDC that repeats the client's
name, a server that speaks the first words of Hadoop RPC.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Sequence
from typing import Self

from probes.kerberos import der
from tests.support.fake_kdc import FakeKdc, krb_error


class EchoKdc(FakeKdc):
    """As MIT does: the error is in the name of whoever asked."""

    def answer(self, request: bytes) -> bytes:
        body = der.fields(der.fields(der.unwrap(der.read(request)))[4])
        client = [der.string(part) for part in der.items(der.fields(body[1])[1])]
        return krb_error(6, der.string(body[2]), e_text="CLIENT_NOT_FOUND", cname=client)


class BusyKdc(EchoKdc):
    """Takes large requests and never answers them, in whatever packets they come."""

    def answer(self, request: bytes) -> bytes:
        if len(request) > 1000:
            self.stopping.wait(30)
        return super().answer(request)


NEGOTIATED = bytes.fromhex("000000120e08dfffffff0f100018093a0040010210 00".replace(" ", ""))
"""What a NameNode without Kerberos answers to NEGOTIATE, recorded: no SASL needed."""


class RpcServer:
    """Reads one whole request after the preamble, as Hadoop's server does, and answers it; anything
    else is hung up on. Make it on its host.
    """

    def __init__(self, addresses: Sequence[str], port: int) -> None:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        self.listeners = [
            socket.create_server((address, port), family=family)
            for address, family in zip(addresses, families, strict=True)
        ]
        self.waker, self.woken = socket.socketpair()
        self.threads = [threading.Thread(target=self._serve, daemon=True)]
        self.identifiers: list[int] = []
        """Lengths of the client identifiers that came."""

    def __enter__(self) -> Self:
        self.threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.waker.send(b"x")
        for thread in self.threads:
            thread.join(5)
        for sock in (*self.listeners, self.waker, self.woken):
            sock.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for sock in (*self.listeners, self.woken):
                selector.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self.woken:
                        return
                    connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                    thread = threading.Thread(target=self._one, args=(connection,), daemon=True)
                    self.threads.append(thread)
                    thread.start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(8.0)
            with connection.makefile("rb") as stream:
                if stream.read(7) != b"hrpc\x09\x00\xdf":
                    return
                message = stream.read(struct.unpack("!I", stream.read(4))[0])
                self.identifiers.append(_identifier(message))
                connection.sendall(NEGOTIATED)


def _identifier(message: bytes) -> int:
    """Length of field 4 of RpcRequestHeaderProto; ValueError for bytes that are no NEGOTIATE."""
    size, at = _varint(message, 0)
    header, rest = message[at : at + size], message[at + size :]
    if rest != b"\x02\x10\x01" or header[:7] != b"\x08\x02\x10\x00\x18\x41\x22":
        raise ValueError("not NEGOTIATE")
    length, at = _varint(header, 7)
    if header[at + length :] != b"\x28\x01":
        raise ValueError("not the end of the header")
    return length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if not byte & 0x80:
            return value, at
