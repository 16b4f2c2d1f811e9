"""What does one release of OpenJDK read from a krb5.conf? Asks its own classes, in one JVM for many
files.

The program in `java/` is compiled into the JDK's package. It replaces the two classes that would
use the network, so nothing is resolved or sent. Its answer includes the names and servers that
would have been asked.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

SOURCES: Final = Path(__file__).with_name("java")
MODULE: Final = "java.security.jgss"


class Jdk:
    """A running JVM; see `running`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, path: Path) -> dict[str, Any]:
        """Return the JDK's whole answer for one file, in the layout of `Oracle.java`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the JVM has stopped"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running(directory: Path, hosts: Sequence[str], java: str = "java") -> Iterator[Jdk]:
    """Run a JVM. `directory`: empty, for the classes. `hosts`: what `realm_of_host` is asked.

    The installed JDK 17 compiles the program, for Java 11. `java`: the program that runs it.
    """
    no_hosts = directory / "hosts"
    no_hosts.write_text("")
    classes = directory / "classes"
    files = [str(path) for path in sorted(SOURCES.rglob("*.java"))]
    subprocess.run(
        [
            "javac",
            "-nowarn",
            "-source",
            "11",
            "-target",
            "11",
            "-d",
            str(classes),
            "--patch-module",
            f"{MODULE}={SOURCES}",
            *files,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    command = (
        java,
        "-Xshare:auto",
        "-XX:TieredStopAtLevel=1",
        f"-Djdk.net.hosts.file={no_hosts}",
        "--patch-module",
        f"{MODULE}={classes}",
        "--module",
        f"{MODULE}/sun.security.krb5.Oracle",
        *hosts,
    )
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    try:
        yield Jdk(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
