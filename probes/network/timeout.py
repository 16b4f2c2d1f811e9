"""How does a wait end after its time, without losing what has come by then?

An event loop that was held up looks at its sockets and at its timers in one turn. asyncio.timeout
then cancels a task although its bytes are there already, and the bytes are lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
