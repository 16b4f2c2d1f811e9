"""A port that answers nothing, on this host."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator

from probes.endpoint import Endpoint


@contextlib.contextmanager
def deaf_listener(address: str = "127.0.0.1") -> Iterator[Endpoint]:
    """Yield a listener whose queue is full: the kernel drops further SYNs."""
    with contextlib.ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.bind((address, 0))
        sock.listen(0)
        clients = [stack.enter_context(socket.socket()) for _ in range(3)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(sock.getsockname())
        select.select([], clients, [], 30)  # one of them has the only place
        yield Endpoint(address, sock.getsockname()[1], "tcp", address)
