"""How long does a library call last that has no time limit of its own?

At most as long as the caller wants to wait: it runs in a daemon thread that is abandoned at the deadline. An abandoned one ends by itself and does not keep the
interpreter from exiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def patiently(call: Callable[[], T], *, timeout: float, name: str) -> T:
    """What the call returns, or raises. TimeoutError after `timeout` seconds, RuntimeError where no thread can be had. name: of the thread, cut to 64."""
    import asyncio  # see probes.tcp

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        result: T | None = None
        failure: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - handed to who waits
            failure = error

        def deliver() -> None:
            if answer.done():
                return
            if failure is not None:
                answer.set_exception(failure)
            else:
                answer.set_result(result)  # type: ignore[arg-type]

        try:
            loop.call_soon_threadsafe(deliver)
        except RuntimeError:
            return  # the loop was closed meanwhile: nobody waits any more

    threading.Thread(target=work, name=name[:64], daemon=True).start()
    await asyncio.wait((answer,), timeout=timeout)
    if answer.done():
        return answer.result()
    answer.cancel()
    raise TimeoutError(f"no answer within {timeout:g} s")
