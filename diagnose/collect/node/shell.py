"""How is a host read: which bytes does it send for a request, and why does it send none?

`shell.txt` runs there under /bin/sh, and its input are the requests. One channel serves them all,
and nothing is written there. What comes back is bounded in bytes and time, and may be anything.
"""

from __future__ import annotations

import binascii
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from importlib.resources import files
from typing import Final, Literal, Protocol, TypeAlias

from diagnose.case.collected_hosts import HostCause
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.untrusted import clean

COMMAND: Final = "exec /bin/sh"
"""What the login shell of the host runs. The script comes on standard input."""

GREETING_SECONDS: Final = 20.0
"""Time in which the script must have begun."""
COMMAND_SECONDS: Final = 15
"""Time for one file or command, which the host keeps."""
MOST_NOISE: Final = 256 << 10
"""Most bytes that a login may print before the script begins."""
MOST_BYTES: Final = 64 << 20
"""Most bytes of all answers of one host."""
_MOST_LINE: Final = 16 << 10
_CHUNK: Final = 64 << 10

Verb = Literal["file", "end", "names", "login", "run"]


class Process(Protocol):
    """A running command on the host, as `probes.ssh.process.RemoteProcess`. Calls block."""

    def write(self, data: bytes) -> None:
        """Write all of it. OSError or ProbesError if the command has ended."""
        ...

    def read(self, most: int, timeout: float | None = None) -> bytes:
        """Return the next bytes, empty at the end. OSError or ProbesError if none come in time."""
        ...

    def close(self) -> None:
        """Give it up."""
        ...


@frozen
class ReadRequest:
    """One thing to read."""

    verb: Verb
    """A file, its end, the names in a directory, the environment of a login shell, a command."""
    text: str
    """Path, or the words of the command."""
    most: int
    """Most bytes that are wanted."""
    is_root: bool = False
    """True: through `sudo -n`."""

    @property
    def line(self) -> bytes:
        """The request as the host reads it. One byte more tells a longer content."""
        verb = f"root-{self.verb}" if self.is_root else self.verb
        most = self.most if self.verb == "end" else self.most + 1
        return f"{verb} {most} {COMMAND_SECONDS} {self.text}\n".encode("utf-8", "surrogateescape")


@frozen
class HostBytes:
    """What the host sent for one request."""

    content: bytes = field(repr=False)
    """The bytes. They are worth nothing if there is a cause."""
    cause: HostCause | None
    """Why they are not what was asked for. None if they are."""
    words: str = ""
    """What the command wrote to standard error, cleaned."""


@frozen
class HostGreeting:
    """What the host says of itself."""

    is_root: bool
    """True if the login is that of root."""
    name: str
    """What `uname -n` says."""


class HostShellError(ProbesError):
    """The host cannot be read. The message says why."""


_Dead: TypeAlias = Literal["lost", "no-time", "too-much", "garbled"]


class HostShell:
    """The script, running on one host. A failure ends it: later requests get the same cause."""

    def __init__(self, process: Process, seconds: float) -> None:
        """Start the script. HostShellError if it does not begin; `seconds`: for everything."""
        self._process, self._deadline = process, time.monotonic() + seconds
        self._buffer, self._taken = bytearray(), 0
        self._dead: _Dead | None = None
        token = f"emr-diagnose-{secrets.token_hex(8)}"
        script = files("diagnose.collect.node").joinpath("shell.txt").read_text("ascii")
        try:
            process.write(script.replace("TOKEN", token).encode())
            words = self._greeting(token.encode(), min(self._deadline, time.monotonic() + GREETING_SECONDS))
        except _BrokenError as broken:
            raise HostShellError(broken.cause) from broken
        except (OSError, ProbesError) as error:
            raise HostShellError(str(error)) from error
        self._is_base64 = words[1:2] == ["base64"]
        self.greeting = HostGreeting(words[2:3] == ["0"], " ".join(words[3:]))

    def ask(self, requests: Sequence[ReadRequest]) -> list[HostBytes]:
        """Return what the host sends for each request, in their order. Never raise."""
        if self._dead is None:
            try:
                self._process.write(b"".join(request.line for request in requests))
            except (OSError, ProbesError):
                self._end("lost")
        return [self._answer(request) for request in requests]

    def close(self) -> None:
        """End the script. Its input ends with it."""
        self._process.close()

    def _answer(self, request: ReadRequest) -> HostBytes:
        if self._dead is not None:
            return HostBytes(b"", self._dead)
        try:
            return _judged(*self._framed(request.most), request)
        except _BrokenError as broken:
            return HostBytes(b"", self._end(broken.cause))
        except (OSError, ProbesError):
            return HostBytes(b"", self._end("no-time" if time.monotonic() >= self._deadline else "lost"))

    def _end(self, cause: _Dead) -> _Dead:
        self._dead = cause
        self._process.close()
        return cause

    def _framed(self, most: int) -> tuple[bytes, str]:
        """Return the content of the next answer and the text behind it."""
        first = self._line(self._deadline)
        if first == b"-":
            return b"", _NOT_THERE
        if first != b">":
            raise _BrokenError("garbled")
        content = bytearray()
        while not (line := self._line(self._deadline)).startswith(b"<"):
            content += self._decoded(line)
            self._taken += len(line)
            if len(content) > most + 1:
                raise _BrokenError("garbled")
            if self._taken > 2 * MOST_BYTES:  # a byte takes one and a third of base64, or three of od
                raise _BrokenError("too-much")
        return bytes(content), self._decoded(line[1:]).decode("utf-8", "replace")

    def _decoded(self, line: bytes) -> bytes:
        try:
            return binascii.a2b_base64(line, strict_mode=True) if self._is_base64 else bytes.fromhex(line.decode())
        except ValueError:
            raise _BrokenError("garbled") from None

    def _greeting(self, token: bytes, deadline: float) -> list[str]:
        noise = 0
        while not (line := self._line(deadline)).startswith(token):
            noise += len(line) + 1
            if noise > MOST_NOISE:
                raise _BrokenError("garbled")
        return clean(line.decode("utf-8", "replace")).split(" ")

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _MOST_LINE:
                raise _BrokenError("garbled")
            left = deadline - time.monotonic()
            if left <= 0:
                raise _BrokenError("no-time")
            data = self._process.read(_CHUNK, left)
            if not data:
                raise _BrokenError("lost")
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line


class _BrokenError(Exception):
    """What comes is no answer, or none comes."""

    def __init__(self, cause: _Dead) -> None:
        self.cause = cause
        super().__init__(cause)


_NOT_THERE: Final = "No such file or directory=1"
"""What stands for the answer about a file that is not there."""

_PHRASES: Final[Sequence[tuple[str, HostCause]]] = (
    ("command not found", "no-program"),
    ("sudo:", "sudo"),
    ("not a regular file", "special"),
    ("Too many levels of symbolic links", "loop"),
    ("Permission denied", "denied"),
    ("Operation not permitted", "denied"),
    ("must be root", "denied"),
    ("No such file or directory", "absent"),
    ("Not a directory", "absent"),
)
"""Phrase of a message in the language C -> what it means. The first that is in it counts."""


def _judged(content: bytes, said: str, request: ReadRequest) -> HostBytes:
    text, _, number = said.rpartition("=")
    words = clean(text)
    if len(content) > request.most:
        return HostBytes(b"", "too-large")
    if number == "0":
        return HostBytes(content, None, words)
    return HostBytes(b"", next(_causes(number, text, request.is_root)), words)


def _causes(status: str, text: str, is_root: bool) -> Iterator[HostCause]:
    """Yield what a status and a message mean, the surest first."""
    if status in ("124", "137"):
        yield "slow"
    if is_root and status == "127":  # sudo itself says 1 where the program is missing
        yield "sudo"
    yield from (cause for phrase, cause in _PHRASES[:2] if phrase in text)
    if status == "127":
        yield "no-program"
    yield from (cause for phrase, cause in _PHRASES if phrase in text)
    yield "failed"
