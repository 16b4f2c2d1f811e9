"""How does a real Hadoop client run once for hundreds of configurations?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.lab.dial.recorder import Recorder
from tests.support.needs import classpath

SOURCE: Final = Path(__file__).with_name("java") / "DialOracle.java"

Step = Literal["hdfs", "yarn", "history"]
Kind = Literal["hdfs", "job"]
"""What a JVM reads: the files of an HDFS client, or those of a job client."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What one step of a real client did."""

    dialled: frozenset[tuple[str, int]]
    """Address and port of each connection."""
    message: str
    """"works", or the exceptions."""


class Client:
    """One JVM that runs steps."""

    def __init__(self, process: subprocess.Popen[str], recording: Recorder, errors: Path) -> None:
        self._process = process
        self._recording = recording
        self._errors = errors

    def run(self, step: Step, directory: Path) -> Experience:
        """Run one step with the site files of the directory."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._recording.take()
        self._process.stdin.write(f"{step} {directory}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the client ended: {self._errors.read_text(errors='replace')[-2000:]}"
        return Experience(frozenset(self._recording.take()), line.rstrip("\n"))


def compiled(directory: Path) -> Path:
    """Compile the client into `directory` and return it."""
    (directory / "log4j.properties").write_text("log4j.rootLogger=OFF\n")
    command = ["javac", "-nowarn", "-d", str(directory), "-cp", classpath("hadoop"), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return directory


@contextmanager
def client(kind: Kind, classes: Path, recording: Recorder) -> Iterator[Client]:
    """Yield a client in the recorder's namespace. It ends with the test process."""
    flags = ("-Xshare:auto", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    command = recording.host.argv("java", *flags, "-cp", f"{classes}:{classpath('hadoop')}", "DialOracle", kind)
    errors = classes / f"{kind}.err"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        yield Client(process, recording, errors)
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
