"""Other releases of Python that this machine has, beside the one that runs the tests."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path


@cache
def interpreter(release: str) -> Path | None:
    """Return the program of a release, for example "2.7". None if there is none.

    It is on PATH, or among the versions that pyenv has built.
    """
    name = f"python{release}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = shutil.which(name)
    if found is not None and pyenv not in Path(found).parents:
        return Path(found)
    built = sorted(pyenv.glob(f"versions/{release}.*/bin/{name}"))
    return built[-1] if built else None
