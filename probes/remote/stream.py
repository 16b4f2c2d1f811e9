"""How is an open connection of another host used, if a blocking stream carries its bytes?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, Self

from probes.errors import ProbesError
from probes.language import tr
from probes.network.blocking_call import with_timeout
from probes.network.host import ConnectionFacts, HostGoneError
from probes.remote.inbox import Inbox

MOST_FROM_PEER = 1 << 20
"""Bytes of a peer that are read. No probe wants more."""

_SEND_SECONDS = 10.0
"""Seconds in which the way to the other host must take what is sent."""

_CHUNK = 64 * 1024


class PeerStream(Protocol):
    """Bytes to and from a peer. Calls block."""

    def write(self, data: bytes) -> None:
        """Write all of it. OSError or ProbesError if that is not possible."""

    def read(self, most: int) -> bytes:
        """Return the next bytes, b"" at the end. OSError if the connection ended in disorder."""

    def close(self) -> None:
        """End the connection."""


class StreamConnection:
    """A connection whose bytes a thread reads."""

    def __init__(self, stream: PeerStream, released: Callable[[], None], first: bytes = b"") -> None:
        """Take an open stream, inside an event loop.

        released: called once it is closed. first: bytes of the peer that were read already.
        """
        import asyncio

        self._stream, self._released = stream, released
        self._loop = asyncio.get_running_loop()
        self._inbox = Inbox(first)
        threading.Thread(target=self._read, name="remote connection", daemon=True).start()

    async def send(self, data: bytes) -> None:
        self._inbox.raise_failure()
        try:
            await with_timeout(lambda: self._stream.write(data), timeout=_SEND_SECONDS, name="remote write")
        except ProbesError as error:
            raise HostGoneError(str(error)) from error

    async def receive(self, most: int) -> bytes:
        return await self._inbox.receive(most)

    async def facts(self) -> ConnectionFacts:
        raise HostGoneError(tr("it cannot tell what the kernel knows of a connection"))

    def reset_on_close(self) -> None:
        """Change nothing: such a host cannot let a connection end by a reset."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing waits for the other host, so the event loop does not.
        threading.Thread(target=self._close, name="remote close", daemon=True).start()

    def _close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._released()

    def _read(self) -> None:
        received = 0
        while received < MOST_FROM_PEER:
            try:
                data = self._stream.read(_CHUNK)
            except ProbesError as error:
                self._tell(b"", HostGoneError(str(error)))
                return
            except (OSError, ValueError) as error:  # ValueError: it was closed here
                self._tell(b"", error if isinstance(error, OSError) else HostGoneError(str(error)))
                return
            self._tell(data, None)
            if not data:
                return
            received += len(data)

    def _tell(self, data: bytes, failure: OSError | None) -> None:
        try:
            if data:
                self._loop.call_soon_threadsafe(self._inbox.add, data)
            else:
                self._loop.call_soon_threadsafe(self._inbox.end, failure)
        except RuntimeError:
            return  # the loop was closed meanwhile, so nobody waits
