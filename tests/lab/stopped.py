"""How is a server stopped for a while, so that its kernel goes on to accept and nothing answers?"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SECONDS: Final = 30.0
"""A busy machine takes a while to stop every thread."""


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stop a process until the block ends. SIGSTOP returns before its threads have stopped.

    TimeoutError if one of them never does.
    """
    os.kill(pid, signal.SIGSTOP)
    try:
        limit = time.monotonic() + SECONDS
        while not all(_is_stopped(thread) for thread in Path(f"/proc/{pid}/task").iterdir()):
            if time.monotonic() > limit:
                raise TimeoutError(f"process {pid} did not stop")
            time.sleep(0.005)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _is_stopped(thread: Path) -> bool:
    """Return True if a thread has stopped, or ended. proc(5): the state is behind the name."""
    try:
        return (thread / "stat").read_text().rpartition(") ")[2][0] in "TtZX"
    except (FileNotFoundError, ProcessLookupError):
        return True
