"""What does a question bring if its peer answers at once, and the event loop looks late?"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import TypeVar

from probes.endpoint import Endpoint

T = TypeVar("T")

PATIENCE = 0.2
"""Seconds that the question may take."""

_HELD_UP = 3 * PATIENCE
"""Seconds for which the loop is held up once the answer is sent."""


def asked_late(ask: Callable[[Endpoint], Awaitable[T]], answer: bytes) -> T:
    """Ask a peer of the same event loop. It answers one request, and then the loop stands still."""
    return asyncio.run(_asked(ask, answer))


async def _asked(ask: Callable[[Endpoint], Awaitable[T]], answer: bytes) -> T:
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def accept() -> None:
            connection = stack.enter_context(listener.accept()[0])
            loop.add_reader(connection, reply, connection)
            stack.callback(loop.remove_reader, connection)

        def reply(connection: socket.socket) -> None:
            loop.remove_reader(connection)
            connection.recv(1 << 20)
            connection.sendall(answer)
            time.sleep(_HELD_UP)

        loop.add_reader(listener, accept)
        stack.callback(loop.remove_reader, listener)
        return await ask(Endpoint("127.0.0.1", listener.getsockname()[1], "tcp", "127.0.0.1"))
