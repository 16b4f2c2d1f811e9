"""How is a library call limited that has no timeout of its own?

It runs in a daemon thread, which is abandoned at the timeout. An abandoned thread ends by itself
and does not keep the interpreter from exiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def with_timeout(call: Callable[[], T], *, timeout: float, name: str) -> T:
    """Return what the call returns, or raise what it raises.

    TimeoutError after `timeout` seconds, RuntimeError if no thread can be started.
    name: of the thread, cut to 64 characters.
    """
    import asyncio  # only a probe pays for it

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        result: T | None = None
        failure: Exception | None = None
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - raised by the caller that waits
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
            return  # the loop was closed meanwhile, so nobody waits

    threading.Thread(target=work, name=name[:64], daemon=True).start()
    await asyncio.wait((answer,), timeout=timeout)
    if answer.done():
        return answer.result()
    answer.cancel()
    raise TimeoutError(f"no answer within {timeout:g} s")
