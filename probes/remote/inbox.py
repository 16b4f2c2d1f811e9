"""Which bytes of a peer came to a connection of another host, and how did it end?"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Inbox:
    """What came and was not received yet. It belongs to one event loop."""

    def __init__(self, first: bytes = b"") -> None:
        """Take the bytes that came already."""
        self._arrived: deque[bytes] = deque([first] if first else [])
        self._failure: OSError | None = None
        self._has_ended = False
        self._news: asyncio.Event | None = None

    def add(self, data: bytes) -> None:
        """Take bytes that came."""
        self._arrived.append(data)
        self._wake()

    def end(self, failure: OSError | None) -> None:
        """Note that nothing more comes. failure: why, None if the peer closed in order."""
        self._has_ended, self._failure = True, failure
        self._wake()

    def raise_failure(self) -> None:
        """Raise the failure with which the connection ended, if it did."""
        if self._failure is not None:
            raise self._failure

    async def receive(self, most: int) -> bytes:
        """Wait for bytes and return at most so many. b"" at the end, OSError after a failure."""
        import asyncio

        while not self._arrived and not self._has_ended:
            self._news = asyncio.Event()
            await self._news.wait()
        if self._arrived:
            first = self._arrived.popleft()
            if len(first) > most:
                self._arrived.appendleft(first[most:])
            return first[:most]
        self.raise_failure()
        return b""

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()
