"""How are bare TCP handshakes of this host made if there is nothing else to do?

They need no event loop: importing one takes longer than hundreds of handshakes.
`probes.network.runner` makes handshakes beside other probes.
"""

from __future__ import annotations

import math
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self

from probes.endpoint import Endpoint
from probes.network.sweep.sweep import Record, Sweep
from probes.vantage import Vantage

QUIET = 0.004
"""Seconds without an answer after which the next ones are not expected soon."""


def shake(
    endpoints: Mapping[str, Endpoint],
    record: Record,
    vantage: Vantage,
    *,
    descriptors: int,
    deadline: float | None = None,
    idle: Callable[[], None] = lambda: None,
) -> bool:
    """Record each endpoint once, by its key. Return True if SIGINT or SIGTERM ended it early.

    - endpoints: with a numeric address
    - descriptors: sockets that may be open at once
    - deadline: seconds, after which it ends and records what is known. None for no limit.
    - idle: called once, at a moment when only silent endpoints are waited for
    """
    end = math.inf if deadline is None else time.monotonic() + deadline
    is_idle = False
    with Interruption() as interruption:
        sweep = Sweep(endpoints.items(), record, vantage, descriptors=descriptors)
        poll = select.poll()
        poll.register(sweep.fileno(), select.POLLIN)
        interruption.watch(poll)
        try:
            while (seconds := sweep.step()) is not None and not interruption.came:
                left = min(seconds, end - time.monotonic())
                if left < 0:
                    break
                may_idle = not is_idle and left > QUIET
                if not poll.poll(math.ceil((QUIET if may_idle else left) * 1000)) and may_idle:
                    is_idle = True
                    idle()
                interruption.drain()
        finally:
            sweep.close()
        return interruption.came


class Interruption:
    """Note SIGINT and SIGTERM inside the block. Afterwards the earlier handlers are restored.

    A signal that the program does not handle is left alone. In another thread all signals are left
    alone, and its owner has to stop the run.
    """

    def __init__(self) -> None:
        self.came = False
        self._before: dict[signal.Signals, Callable[..., object]] = {}
        self._awake: tuple[int, int] | None = None
        self._wakeup = -1

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self
        self._awake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup = signal.set_wakeup_fd(self._awake[1], warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if callable(before):  # a process in the background ignores SIGINT
                self._before[number] = before
                signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        if self._awake is not None:
            signal.set_wakeup_fd(self._wakeup)
            for descriptor in self._awake:
                os.close(descriptor)

    def watch(self, poll: select.poll) -> None:
        """Let a signal end the wait of this poll."""
        if self._awake is not None:
            poll.register(self._awake[0], select.POLLIN)

    def drain(self) -> None:
        """Let the next wait begin anew, whichever signal ended the last one."""
        if self._awake is not None:
            with suppress(BlockingIOError):
                os.read(self._awake[0], 4096)

    def _note(self, _number: int, _frame: object) -> None:
        self.came = True
