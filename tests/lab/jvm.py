"""How does a JVM with real servers start on a host of the lab, and how is it told what to do?"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.lab.netns import Host, LabError
from tests.lab.stopped import stopped

FLAGS: Final = (
    "-Xmx256m",
    "-Xshare:auto",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-BytecodeVerificationRemote",
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in ("java.lang", "java.net", "java.nio", "java.util", "java.util.concurrent")
    ),
    *(
        f"--add-exports=java.security.jgss/{package}=ALL-UNNAMED"
        for package in ("sun.security.krb5", "sun.security.jgss")
    ),
)
"""Options of every JVM: little memory, a quick start, and what servers of Hadoop open."""


class Jvm:
    """One JVM with several servers."""

    def __init__(self, start: Callable[[], subprocess.Popen[str]], errors: Path) -> None:
        """Start it. errors: file to which `start` directs its error output."""
        self._start = start
        self._errors = errors
        self._process = start()

    @property
    def files(self) -> Path:
        """Directory of the files that its servers read."""
        return self._errors.parent

    def ready(self) -> None:
        """Return when all servers serve."""
        self.until("ready")

    def until(self, word: str) -> None:
        """Return when the servers print this word in a line."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == f"{word}\n":
                return
        raise LabError(f"the servers did not start: {self._errors.read_text(errors='replace')[-3000:]}")

    def stop(self, name: str) -> None:
        """End one server, and leave the others."""
        self._do(f"stop {name}")

    def start(self, name: str) -> None:
        """Start a server again that was stopped."""
        self._do(f"start {name}")

    def _do(self, command: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        if not any(line == "done\n" for line in self._process.stdout):
            raise LabError(f"no {command}: {self._errors.read_text(errors='replace')[-3000:]}")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """No server of this JVM runs, and the kernel goes on to accept for them."""
        with stopped(self._process.pid):
            yield

    def release(self) -> None:
        """Let a server go on that waits for a line, and return when it serves."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.ready()

    def end(self) -> None:
        """Kill it, with all its servers."""
        self._process.kill()
        self._process.communicate()

    def begin(self) -> None:
        """Start it again after its end, and return when all its servers serve."""
        self._process = self._start()
        self.ready()


def started(host: Host, name: str, place: Path, *words: str) -> Jvm:
    """Start `java` with `FLAGS` and these words on a host. The caller ends it.

    - name: what it takes for the name of its machine.
    - place: its working directory, which gets its error output.
    """
    named = ("unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', name)
    errors = place / "errors"

    def start() -> subprocess.Popen[str]:
        with errors.open("wb") as stderr:
            return subprocess.Popen(
                host.argv(*named, "java", *FLAGS, *words),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=place,
            )

    return Jvm(start, errors)
