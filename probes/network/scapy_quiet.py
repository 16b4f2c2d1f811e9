"""How is scapy kept quiet?

It warns on import and at work, on standard error and through a logger of its own.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress scapy's warnings and log lines inside the block. Exceptions get out."""
    log = logging.getLogger("scapy.runtime")
    before, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before
