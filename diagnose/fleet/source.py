"""Where does one case of a fleet come from?"""

from __future__ import annotations

from pathlib import Path

from diagnose.case.tree import Tree
from probes.frozen import frozen


@frozen
class CaseSource:
    """One case of the inventory: a path, the files themselves, or why it cannot be read.

    It can be pickled, so a process of another machine can be given it.
    """

    name: str
    """Name in the inventory. It is in the line of the case; no path of the machine is."""
    path: Path | None = None
    """Directory or archive that the worker reads. None if `tree` or `fault` say more."""
    tree: Tree | None = None
    """The files of the case. None if the worker reads `path`."""
    fault: str | None = None
    """Why the inventory itself cannot give the case, as one sentence. None if it can."""
    bug: str | None = None
    """What failed in our own code while the case was read. None if nothing did."""
