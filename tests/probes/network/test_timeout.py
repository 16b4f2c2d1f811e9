"""A wait ends after its time, and takes what has come by then."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from probes.network.timeout import STEP, running_timeout, timeout


async def received(seconds: float, late: float = 0.0, *, sent: bytes = b"") -> bytes:
    """Wait for bytes of a peer that sends once the wait has begun. late: seconds for which the loop
    then stands still."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()

    def speak() -> None:
        theirs.sendall(sent)
        time.sleep(late)

    with ours, theirs:
        ours.setblocking(False)
        if sent:
            loop.call_soon(speak)
        async with timeout(seconds):
            return await loop.sock_recv(ours, 16)


def test_what_came_in_time_counts_although_the_loop_looks_late() -> None:
    assert asyncio.run(received(0.05, late=0.2, sent=b"world")) == b"world"


def test_silence_ends_as_a_timeout_without_errno() -> None:
    with pytest.raises(TimeoutError) as raised:
        asyncio.run(received(0.05))

    assert raised.value.errno is None


def test_a_time_that_is_over_already_ends_the_wait() -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(received(-1.0))


def test_a_wait_that_is_cancelled_is_no_timeout() -> None:
    async def scene() -> bytes:
        waiting = asyncio.create_task(received(30.0))
        await asyncio.sleep(0)
        waiting.cancel()
        return await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scene())


def test_a_loop_that_stands_still_is_no_block_that_hangs() -> None:
    async def scene() -> bool:
        asyncio.get_running_loop().call_soon(time.sleep, 4 * STEP)
        async with running_timeout(2 * STEP):
            await asyncio.sleep(STEP / 2)
        return True

    assert asyncio.run(scene())


@pytest.mark.parametrize("seconds", [-1.0, 0.05, 1.5 * STEP])
def test_a_block_that_hangs_ends_while_the_loop_runs(seconds: float) -> None:
    async def scene() -> None:
        async with running_timeout(seconds):
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
