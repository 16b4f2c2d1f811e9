"""How does a real client run once for hundreds of configurations?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.lab.dial.recorder import Address, Recorder
from tests.lab.javac import compiled_java
from tests.support.needs import classpath

JAVA: Final = Path(__file__).with_name("java")
LOOP: Final = JAVA / "DialLoop.java"

Step = Literal["hdfs", "yarn", "history", "metastore", "jdbc", "submit"]


@dataclass(frozen=True, slots=True)
class Program:
    """A real client."""

    name: str
    """How people call it, with its release."""
    source: Path
    """Class that runs its steps."""
    jars: tuple[str, ...]
    """Directories below .ci with its libraries."""
    flags: tuple[str, ...] = ()
    """What its JVM needs beside the usual."""


HADOOP_3: Final = Program("hadoop-client 3.3.6", JAVA / "HadoopClient.java", ("hadoop",))
HADOOP_2: Final = Program("hadoop-client 2.10.2", JAVA / "HadoopClient.java", ("hadoop2",))
HIVE: Final = Program("hive-jdbc 3.1.3", JAVA / "HiveClient.java", ("hadoop", "hive"))
SPARK: Final = Program(
    "spark-submit 3.5.1",
    JAVA / "SparkClient.java",
    ("spark", "hadoop"),
    tuple(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in ("java.lang", "java.net", "java.nio", "java.util", "sun.nio.ch", "sun.security.action")
    ),
)


@dataclass(frozen=True, slots=True)
class Experience:
    """What one step of a real client did."""

    dialled: tuple[Address, ...]
    """Each place that the client connected to, in order, once."""
    message: str
    """"works", or the exceptions."""


class Client:
    """One JVM that runs steps."""

    def __init__(self, process: subprocess.Popen[str], recording: Recorder, errors: Path) -> None:
        self._process = process
        self._recording = recording
        self._errors = errors

    def run(self, step: str, directory: Path, *words: str) -> Experience:
        """Run one step with the files of the directory."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._recording.take()
        self._process.stdin.write(f"{' '.join((step, str(directory), *words))}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the client ended: {self._errors.read_text(errors='replace')[-2000:]}"
        return Experience(tuple(dict.fromkeys(self._recording.take())), line.rstrip("\n"))


def compiled(program: Program, directory: Path) -> Path:
    """Compile the client into `directory` and return it."""
    (directory / "log4j.properties").write_text("log4j.rootLogger=OFF\n")
    (directory / "log4j2.properties").write_text("rootLogger.level = off\n")
    return compiled_java(directory, classpath(*program.jars), LOOP, program.source)


@contextmanager
def client(
    program: Program, classes: Path, recording: Recorder, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Client]:
    """Yield a client in the recorder's namespace. It ends with the test process."""
    flags = ("-Xshare:auto", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *program.flags)
    path = f"{classes}:{classpath(*program.jars)}"
    command = recording.host.argv("java", *flags, "-cp", path, program.source.stem, *arguments)
    errors = classes / f"{'-'.join(('client', *arguments))}.err"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, **(environment or {})},
        )
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
