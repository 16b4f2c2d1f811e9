"""scapy warns, on import and at work, on standard error and through a logger of its own. How is it kept quiet where it is used?"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """No warning and no line in a log of scapy's gets out of the block; exceptions do."""
    log = logging.getLogger("scapy.runtime")
    before, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before
