"""A remote host without SSH: its programs run here, behind pipes."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping

from probes.remote.host import RemoteHost
from probes.remote.shell import ShellHost


class LocalPipe:
    """A shell command of this host, as `probes.remote.wire.Pipe`."""

    def __init__(self, command: str, environment: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )
        self._writing = threading.Lock()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        view = memoryview(data)
        with self._writing:
            while view:
                view = view[self.process.stdin.write(view) :]

    def read(self, most: int) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.read(most)

    def exit_status(self, timeout: float) -> int | None:
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """End it by its input alone, as a lost connection does.

        A write that goes on would hit the next pipe, which gets the number of this one.
        """
        assert self.process.stdin is not None
        with self._writing, contextlib.suppress(OSError):
            self.process.stdin.close()


class NoisyPipe:
    """A program that answers with given bytes, again and again if it is asked to, and then ends."""

    def __init__(self, said: bytes, status: int | None = 0, *, answers: Callable[[bytes], bytes] | None = None) -> None:
        """answers: what it says to bytes that are written, b"" for nothing."""
        self._status, self._answers = status, answers
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._rest = said
        self._ends = answers is None

    def write(self, data: bytes) -> None:
        if self._answers is not None:
            self._said.put(self._answers(data))

    def read(self, most: int) -> bytes:
        while not self._rest and not self._ends:
            self._rest = self._said.get()
        said, self._rest = self._rest[:most], self._rest[most:]
        return said

    def exit_status(self, timeout: float) -> int | None:
        return self._status

    def close(self) -> None:
        self._ends = True
        self._said.put(b"")


@contextlib.contextmanager
def a_shell_host(**environment: str) -> Iterator[ShellHost]:
    """Yield a host whose bash runs here. environment: of its login shell."""
    pipes: list[LocalPipe] = []

    def start(command: str) -> LocalPipe:
        pipes.append(LocalPipe(command, environment or None))
        return pipes[-1]

    try:
        with ShellHost(start) as host:
            yield host
    finally:
        for pipe in pipes:
            pipe.close()
            pipe.process.wait(10)
            assert pipe.process.stdout is not None
            pipe.process.stdout.close()


@contextlib.contextmanager
def a_remote_host(**environment: str) -> Iterator[RemoteHost]:
    """Yield a host whose agent runs here. environment: of its shell, for example PATH."""
    pipes: list[LocalPipe] = []

    def start(command: str) -> LocalPipe:
        pipes.append(LocalPipe(command, environment or None))
        return pipes[-1]

    try:
        with RemoteHost(start) as host:
            yield host
    finally:
        for pipe in pipes:
            pipe.process.wait(10)
            assert pipe.process.stdout is not None
            pipe.process.stdout.close()


class LocalSession:
    """A session without SSH: its commands run here."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.environment, self.pipes = environment, list[LocalPipe]()

    def start(self, command: str) -> LocalProcess:
        self.pipes.append(LocalProcess(command, self.environment))
        return self.pipes[-1]  # type: ignore[return-value]

    def __enter__(self) -> LocalSession:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self.pipes:
            pipe.close()
            pipe.process.wait(10)
            assert pipe.process.stdout is not None
            pipe.process.stdout.close()


class LocalProcess(LocalPipe):
    """A command of this host, as `probes.ssh.process.RemoteProcess`."""

    def read(self, most: int, timeout: float | None = None) -> bytes:
        return super().read(most)
