"""Where does one case of a fleet come from?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from diagnose.case.model import Skipped
from probes.frozen import frozen


@frozen
class CaseSource:
    """One case of the inventory: a path, the files themselves, or why it cannot be read.

    It can be pickled, so a process of another machine can be given it.
    """

    name: str
    """Name in the inventory. It is in the line of the case; no path of the machine is."""
    path: Path | None = None
    """Directory or archive that the worker reads. None if `files` or `fault` say more."""
    files: Mapping[str, bytes] | None = None
    """Path inside the case -> content. None if the worker reads `path`."""
    skipped: tuple[Skipped, ...] = ()
    """Entries of `files` that were not read."""
    fault: str | None = None
    """Why the inventory itself cannot give the case, as one sentence. None if it can."""
