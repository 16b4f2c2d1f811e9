"""Which port of this host refuses, over TCP and over UDP?"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Final

DISCARD: Final = 9


@contextlib.contextmanager
def closed_port(host: str = "127.0.0.1") -> Iterator[int]:
    """Yield a port on which nothing listens.

    It stays bound, so that no other test gets it. Over UDP the socket has a peer, and the kernel
    refuses what others send.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as tcp, socket.socket(family, socket.SOCK_DGRAM) as udp:
            tcp.bind((host, 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind((host, port))
                udp.connect((host, DISCARD))
            except OSError:
                continue
            yield port
            return
