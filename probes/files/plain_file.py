"""How is a file read that a user names?

Only a plain file is read, because its end is known, and at most a bounded part of it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_plain(path: Path, most: int) -> bytes:
    """Return the content, at most one byte more than `most`, which shows that the file is larger.

    OSError if it cannot be read or is no plain file. A pipe may never end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(21, "is a directory")
        if not stat.S_ISREG(mode):
            raise OSError(22, "is no plain file")
        return stream.read(most + 1)
