"""Does anyone listen to what a module logs? A run that shows no log does not import what writes it.

To import `logging` takes as long as 100 handshakes of `probe`, and 2 % of a check of files.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def listened(module: str) -> Logger | None:
    """Return the logger of a module. None if nothing has imported `logging` to listen to it."""
    if "logging" not in sys.modules:
        return None
    import logging

    logger = logging.getLogger(module)
    return logger if logger.isEnabledFor(logging.INFO) else None
