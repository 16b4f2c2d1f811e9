"""Does a connection of another host give its bytes in order, and its end after them?"""

from __future__ import annotations

import asyncio

import pytest

from probes.remote.inbox import Inbox


def test_bytes_come_in_their_order_and_never_more_than_asked_for() -> None:
    inbox = Inbox(b"abc")
    inbox.add(b"de")
    received = [asyncio.run(inbox.receive(2)) for _ in range(3)]
    assert received == [b"ab", b"c", b"de"]


def test_what_came_before_the_end_is_received_before_it() -> None:
    inbox = Inbox()
    inbox.add(b"last words")
    inbox.end(None)
    assert [asyncio.run(inbox.receive(100)) for _ in range(3)] == [b"last words", b"", b""]
    inbox.raise_failure()


def test_a_failure_is_raised_once_all_bytes_are_received() -> None:
    inbox = Inbox(b"half")
    inbox.end(ConnectionResetError())
    assert asyncio.run(inbox.receive(100)) == b"half"
    with pytest.raises(ConnectionResetError):
        asyncio.run(inbox.receive(100))
    with pytest.raises(ConnectionResetError):
        inbox.raise_failure()


def test_who_waits_is_woken_by_bytes_and_by_the_end() -> None:
    async def woken() -> list[bytes]:
        inbox, received = Inbox(), []
        for news in (lambda: inbox.add(b"x"), lambda: inbox.end(None)):
            asyncio.get_running_loop().call_soon(news)
            async with asyncio.timeout(10):
                received.append(await inbox.receive(5))
        return received

    assert asyncio.run(woken()) == [b"x", b""]
