"""How are log lines of both packages shown on standard error?

Each module logs under its own name, so the tree is `probes.*` and `diagnose.*`. No log line holds
a key, a password or the text of a login's failure.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from diagnose.output.clean import clean

TREES = ("probes", "diagnose")


class CleanFormatter(logging.Formatter):
    """Makes one line of each record, without anything that a terminal obeys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return seconds since the start, the module and the message."""
        return clean(f"{record.relativeCreated / 1000:.3f} s {record.name}: {record.getMessage()}")


@contextmanager
def shown_log() -> Iterator[None]:
    """Write the log to standard error until the block ends."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CleanFormatter())
    loggers = [logging.getLogger(name) for name in TREES]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
