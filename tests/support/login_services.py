"""How do services on loopback lead a login as Hadoop RPC, Thrift and web servers do?"""

from __future__ import annotations

import re
import socket
from base64 import b64decode, b64encode

from probes.kerberos import der
from tests.support.acceptor import HDFS, Acceptor
from tests.support.fake_service import FakeService
from tests.support.service_replies import SPNEGO, auth, framed, header, number, text


class LoginService(FakeService):
    """Accepts a login with an acceptor's keys. None: it refuses, in the words of the service."""

    def __init__(self, acceptor: Acceptor | None, refusal: str = "GSS initiate failed") -> None:
        super().__init__()
        self.acceptor, self.refusal = acceptor, refusal
        self.choice = b""
        self.after = b""
        """What the client sends after its login."""


OFFER = framed(header(), number(2, 1) + auth("TOKEN", "DIGEST-MD5") + auth("KERBEROS", "GSSAPI", *HDFS.parts))
"""What a server offers that runs as the principal of the ticket."""


class HadoopLogins(LoginService):
    """Leads the login of Hadoop RPC."""

    def on_stream(self, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OFFER)
        first = self.token_of(connection.recv(65536))
        if self.acceptor is None:
            connection.sendall(framed(header(2, error=self.refusal)))
            return
        connection.sendall(self.challenge(self.acceptor.answer(first)))
        if not connection.recv(65536):
            return  # the client does not take the answer
        connection.sendall(self.challenge(self.acceptor.offer()))
        last = connection.recv(65536)
        if not last:
            return  # the client does not take the offer
        self.choice = self.acceptor.read_choice(self.token_of(last))
        connection.sendall(framed(header(), number(2, 0)))
        self.after = connection.recv(65536)

    @staticmethod
    def challenge(token: bytes) -> bytes:
        return framed(header(), number(2, 3) + text(3, token))

    @staticmethod
    def token_of(message: bytes) -> bytes:
        """Return the token in a message: it begins after the state, as a client writes it."""
        state = re.search(rb"\x10[\x02\x04]\x1a", message)
        assert state is not None
        at = state.end()
        size = message[at] & 0x7F
        if message[at] & 0x80:
            at += 1
            size |= message[at] << 7
        return message[at + 1 : at + 1 + size]


class ThriftLogins(LoginService):
    """Leads the login of HiveServer2 and the metastore."""

    def on_stream(self, connection: socket.socket) -> None:
        said = connection.recv(65536)
        assert said[:11] == b"\x01\0\0\0\x06GSSAPI"
        if self.acceptor is None:
            connection.sendall(self.message(3, self.refusal.encode()))
            return
        connection.sendall(self.message(2, self.acceptor.answer(said[16:])))
        empty = connection.recv(65536)
        if not empty:
            return  # the client does not take the answer
        assert empty == self.message(2, b"")
        connection.sendall(self.message(2, self.acceptor.offer()))
        last = connection.recv(65536)
        if not last:
            return
        assert last[:1] == b"\x05"
        self.choice = self.acceptor.read_choice(last[5:])
        connection.sendall(self.message(5, b""))
        self.after = connection.recv(65536)

    @staticmethod
    def message(status: int, payload: bytes) -> bytes:
        return bytes((status,)) + len(payload).to_bytes(4, "big") + payload


class WebLogins(LoginService):
    """Leads the login of a web server."""

    def on_stream(self, connection: socket.socket) -> None:
        said = connection.recv(65536).decode()
        if "\r\nAuthorization:" not in said:
            connection.sendall(SPNEGO)
            return
        if self.acceptor is None:
            body = self.refusal.encode()
            head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            connection.sendall(head + body)
            return
        line = next(line for line in said.split("\r\n") if line.startswith("Authorization: Negotiate "))
        init = der.unwrap(der.read(der.read(b64decode(line.rpartition(" ")[2])).content[8:]))
        first = der.octets(der.fields(init)[2])
        reply = der.write_fields(((0, b"\x0a\x01\0"), (2, der.write(der.OCTET_STRING, self.acceptor.answer(first)))))
        answer = b64encode(der.write(0xA1, reply)).decode()
        reply_head = f"HTTP/1.1 200 OK\r\nWWW-Authenticate: Negotiate {answer}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(reply_head.encode())
        self.after = connection.recv(65536)
