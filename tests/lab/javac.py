"""How is a Java program of the lab compiled?"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab.netns import LabError

SECONDS = 300.0


def compiled_java(directory: Path, path: str, *sources: Path, options: Sequence[str] = ()) -> Path:
    """Compile the sources into `directory`, which is made if it is not there, and return it.

    path: class path of the libraries. LabError with the text of javac if it refuses.
    """
    command = ["javac", "-nowarn", *options, "-d", str(directory), "-cp", path, *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise LabError(done.stderr)
    return directory
