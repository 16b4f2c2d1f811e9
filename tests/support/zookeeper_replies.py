"""What does ZooKeeper send, as bytes?"""

from __future__ import annotations

import struct

SRVR = b"Zookeeper version: 3.8.4-abc, built on 2024\nLatency min/avg/max: 0/0/0\nMode: follower\nNode count: 5\n"


def frame(content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + content


def session(timeout: int = 6000, identifier: int = 0x100017A, *, old: bool = False) -> bytes:
    """Return the answer to a ConnectRequest. `old`: of a server before 3.4."""
    return frame(struct.pack("!iiqi", 0, timeout, identifier, 16) + bytes(16) + (b"" if old else b"\0"))


def answer(number: int, error: int = 0, content: bytes = b"") -> bytes:
    """Return the answer to a request."""
    return frame(struct.pack("!iqi", number, 7, error) + content)


SESSION = session()
EXISTS = answer(1, content=bytes(68))
CLOSED = answer(2)
WANTS_SASL = answer(1, -124)
