"""What does Ctrl-C do while a report is made of what was already seen?"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from probes.frozen import mutable


@mutable
class Pending:
    """Whether Ctrl-C waits for the report."""

    came: bool = False
    """True if it came inside the block."""

    def note(self, _number: int, _frame: object) -> None:
        """Note the first Ctrl-C. The second one ends the run."""
        if self.came:
            raise KeyboardInterrupt
        self.came = True


@contextmanager
def deferred() -> Iterator[Pending]:
    """Note Ctrl-C inside the block instead of obeying it, so that what was seen is reported.

    SIGTERM leads to the same handler. See `diagnose.__main__`.
    """
    pending = Pending()
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield pending
        return
    signal.signal(signal.SIGINT, pending.note)
    try:
        yield pending
    finally:
        signal.signal(signal.SIGINT, before)
