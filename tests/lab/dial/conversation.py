"""What does the recorder say to a client, and when does it end the connection?

A Hadoop client first sends its call, because one that loses the connection before waits a second.
What Spark asks before it opens the files of a job is answered. Every other call ends the
connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from probes.services.protobuf import delimit, fields, read_delimited

_HELLO: Final = 7
"""Bytes before the first frame: "hrpc", version, service class, authentication."""

_APPLICATION: Final = b"\x08\x01\x10\x01"
"""ApplicationIdProto: id 1, cluster_timestamp 1."""

_MOST: Final = b"\x08\x80\x40\x10\x08"
"""ResourceProto: 8192 MiB of memory, 8 virtual cores."""

REPLIES: Final[Mapping[str, bytes]] = {
    "getNewApplication": b"\x0a" + delimit(_APPLICATION) + b"\x12" + delimit(_MOST),
    "getClusterMetrics": b"\x0a" + delimit(b"\x08\x01"),
    "mkdirs": b"\x08\x01",
    "delete": b"\x08\x01",
    "setPermission": b"",
}
"""Method of ApplicationClientProtocol or ClientProtocol -> its response message."""

_ZOOKEEPER: Final = (b"\x00\x00\x00\x2c\x00\x00\x00\x00", b"\x00\x00\x00\x2d\x00\x00\x00\x00")
"""How the first request of a ZooKeeper session begins: its length, and version 0."""


def is_zookeeper(sent: bytes) -> bool:
    """Return True if the client speaks to a ZooKeeper server."""
    return sent[:8] in _ZOOKEEPER


class Conversation:
    """One connection of a client."""

    def __init__(self) -> None:
        self.sent = bytearray()
        """All that the client has sent."""
        self._read = _HELLO

    def receive(self, more: bytes) -> tuple[bytes, bool]:
        """Take what the client sends. Return what to answer, and True to end the stream."""
        self.sent += more
        if not self.sent.startswith(b"hrpc"):
            return b"", len(self.sent) >= 4
        replies = [_reply(frame) for frame in self._frames()]
        known = [reply for reply in replies if reply is not None]
        return b"".join(known), len(known) < len(replies)

    def _frames(self) -> Iterator[bytes]:
        while len(self.sent) >= self._read + 4:
            size = int.from_bytes(self.sent[self._read : self._read + 4], "big")
            end = self._read + 4 + size
            if len(self.sent) < end:
                return
            frame = bytes(self.sent[self._read + 4 : end])
            self._read = end
            yield frame


def _reply(frame: bytes) -> bytes | None:
    """Return the reply to one frame, or None if it is a call without one.

    RpcRequestHeaderProto has the number of the call in field 3, RequestHeaderProto the method in
    field 1. The connection context and pings have a negative number and get no reply.
    """
    header, at = read_delimited(frame, 0)
    number = dict(fields(header)).get(3, 0)
    assert isinstance(number, int)
    if number & 1:  # zigzag encoding of a negative number
        return b""
    request, _ = read_delimited(frame, at)
    method = dict(fields(request)).get(1, b"")
    assert isinstance(method, bytes)
    message = REPLIES.get(method.decode())
    if message is None:
        return None
    # RpcResponseHeaderProto: callId in field 1, status SUCCESS in field 2
    response = delimit(b"\x08" + _number(number >> 1) + b"\x10\x00") + delimit(message)
    return len(response).to_bytes(4, "big") + response


def _number(value: int) -> bytes:
    """Return a number as a varint."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*encoded, value))
