"""Which port may a program open that a test starts?"""

from __future__ import annotations

import random
import socket
from typing import Final

PORTS: Final = range(20_000, 32_000)
"""Below the ports that Linux gives to sockets that ask for any. So no other test gets the port
before the program opens it, and no connection that waits for the program takes it as its own."""

TRIES: Final = 100


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that is free over TCP and UDP. RuntimeError if none was found."""
    for port in random.sample(PORTS, TRIES):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind((host, port))
                udp.bind((host, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free for both transports")
