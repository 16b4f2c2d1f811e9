"""How does a wait end after its time, without losing what has come by then?

An event loop that was held up looks at its sockets and at its timers in one turn. asyncio.timeout
then cancels a task although its bytes are there already, and the bytes are lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

STEP = 0.25
"""Seconds after which `running_timeout` looks again. A loop that is held up counts as one step."""


@asynccontextmanager
async def timeout(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError if the block takes longer than so many seconds.

    A task that waits for bytes gets what is there when the loop looks, however late that is.
    """
    import asyncio  # only a probe pays for it

    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        # The loop reads sockets before it runs timers. The reader wakes in the next turn, and the
        # end of the time, which this timer only puts off until then, comes behind it.
        timer = loop.call_later(seconds, lambda: limit.reschedule(loop.time()))
        try:
            yield
        finally:
            timer.cancel()


@asynccontextmanager
async def running_timeout(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError if the block takes longer than so many seconds while the loop runs.

    On a busy host the loop stands still now and then, and what it waits for comes late. That is no
    block that hangs.
    """
    import asyncio  # only a probe pays for it

    loop, left = asyncio.get_running_loop(), seconds
    timer: asyncio.TimerHandle | None = None
    async with asyncio.timeout(None) as limit:

        def step() -> None:
            nonlocal left, timer
            left -= STEP
            if left > 0:
                timer = loop.call_later(min(STEP, left), step)
            else:
                limit.reschedule(loop.time())

        timer = loop.call_later(min(STEP, seconds), step)
        try:
            yield
        finally:
            timer.cancel()
