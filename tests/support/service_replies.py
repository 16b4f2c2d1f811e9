"""What do Hadoop RPC, HTTP and Thrift servers reply, as bytes?"""

from __future__ import annotations

import struct

from probes.services import thrift

SIMPLE = bytes.fromhex("00000012 0e 08dfffffff0f100018093a004001 02 1000")
"""As a server without Kerberos sends it."""


CALL = 0xFFFFFFDF
"""-33, unsigned."""


def number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def text(field: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def delimited(message: bytes) -> bytes:
    return _varint(len(message)) + message


def framed(*messages: bytes) -> bytes:
    body = b"".join(map(delimited, messages))
    return struct.pack("!I", len(body)) + body


def header(status: int = 0, *, call: int = CALL, error: str = "") -> bytes:
    told = text(4, "org.apache.hadoop.Boom") + text(5, error) if error else b""
    return number(1, call) + number(2, status) + number(3, 9) + told + text(7, b"") + number(8, 1)


def auth(method: str, mechanism: str = "", protocol: str = "", server: str = "") -> bytes:
    return text(4, text(1, method) + text(2, mechanism) + text(3, protocol) + text(4, server))


KERBEROS = framed(
    header(), number(2, 1) + auth("TOKEN", "DIGEST-MD5") + auth("KERBEROS", "GSSAPI", "hdfs", "master-1-1.example")
)


SPNEGO = (
    b"HTTP/1.1 401 Authentication required\r\nDate: x\r\nWWW-Authenticate: Negotiate\r\n"
    b"Set-Cookie: hadoop.auth=; Path=/\r\n"
    b"Server: Jetty(6.1.26)\r\nContent-Length: 43\r\n\r\n<html><b>Authentication   required</b></html>"
)


IPC = (
    b"HTTP/1.1 404 Not Found\r\nContent-type: text/plain\r\n\r\n"
    b"It looks like you are making an HTTP request to a Hadoop IPC port. "
    b"This is not the correct port for the web interface on this daemon.\r\n"
)


def sasl(status: int, text: str = "") -> bytes:
    return struct.pack("!BI", status, len(text.encode())) + text.encode()


def an_exception(
    text: str = "Invalid method name: 'x'", name: str = thrift.METHOD, *, kind_first: bool = False
) -> bytes:
    message = struct.pack("!BhI", 11, 1, len(text)) + text.encode()
    kind = struct.pack("!Bhi", 8, 2, 1)
    body = kind + message if kind_first else message + kind
    return struct.pack("!II", 0x80010003, len(name)) + name.encode() + struct.pack("!I", 0) + body + b"\0"
