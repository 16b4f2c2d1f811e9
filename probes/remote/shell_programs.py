"""Which programs of bash does this tool run on another host, and how are they started?"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from typing import Final, TypeVar

from probes.errors import ProbesError
from probes.frozen import frozen
from probes.language import tr
from probes.network.blocking_call import with_timeout
from probes.network.host import HostGoneError
from probes.remote import error_texts
from probes.remote.stream import StreamConnection
from probes.remote.wire import NO_INTERPRETER, SLACK, SOON, Pipe, Start

T = TypeVar("T")

COMMAND: Final = (
    f"exec /bin/sh -c 'command -v bash >/dev/null 2>&1 || exit {NO_INTERPRETER}; LC_ALL=C; export LC_ALL; "
    'exec bash -p -c "IFS= read -r -d \\"\\" text; eval \\"\\$text\\""\''
)
"""Read standard input up to a NUL byte, run it, and leave the rest of it to it. Every login shell
reads the command: all of it is one quoted word for /bin/sh."""

_MOST_NOISE = 256 * 1024
"""Bytes that a login and bash may print before the connection is open or refused."""

_CHUNK = 64 * 1024

_ENDINGS: Final = {0: None, 91: "Connection reset by peer", 92: "Connection timed out"}
"""Exit status of shell_connection.txt -> what bash said. A status that is missing is no order."""


def script(program: str, token: str, **values: object) -> bytes:
    """Return a program. token: the line with which it shows that it has begun."""
    folder = files("probes.remote")
    text = "".join(folder.joinpath(name).read_text("ascii") for name in ("shell_common.txt", program))
    for name, value in {"token": token, **values}.items():
        text = text.replace(f"@{name.upper()}@", str(value))
    return text.encode("ascii") + b"\0"


@frozen
class Opening:
    """What came of an attempt to connect."""

    outcome: str
    """"ok", "failed" or "silence"."""
    elapsed: float
    """Milliseconds."""
    has_icmp: bool
    """True if the host received ICMP errors meanwhile, for whatever packet."""
    text: str
    """What bash said of a failure."""


class _Program:
    """A program that runs once, with its input and output. It is started by its first call, which
    may be abandoned: `close` ends it whenever it comes."""

    def __init__(self, start: Start, text: bytes, token: str) -> None:
        self._start, self._text, self._token = start, text, f"\n{token}".encode("ascii")
        self._pipe: Pipe | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def begin(self) -> bytes:
        """Start it. Return what came after its token. HostGoneError if it does not say it."""
        pipe = self._start(COMMAND)
        with self._lock:
            self._pipe = pipe
            is_closed = self._is_closed
        if is_closed:
            pipe.close()
        pipe.write(self._text)
        return self.read_to(self._token + b"\n", b"")

    def read_to(self, mark: bytes, received: bytes) -> bytes:
        """Read until the mark comes. Return what came after it. HostGoneError if it does not."""
        return self.parted(mark, received)[1]

    def parted(self, mark: bytes, received: bytes) -> tuple[bytes, bytes]:
        """Return what came before the mark, and after it."""
        while mark not in received:
            chunk = self.pipe.read(_CHUNK)
            if not chunk or len(received) > _MOST_NOISE:
                raise HostGoneError(tr("an answer that cannot be read"))
            received += chunk
        before, _, after = received.partition(mark)
        return before, after

    @property
    def pipe(self) -> Pipe:
        """Its input and output."""
        assert self._pipe is not None
        return self._pipe

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._is_closed = True
            pipe = self._pipe
        if pipe is not None:
            with suppress(OSError, ProbesError):
                pipe.close()


class _Connection(_Program):
    """A program that passes on the bytes of a connection, as `probes.remote.stream.PeerStream`."""

    def open(self, patience: float) -> tuple[Opening, bytes]:
        """Return what came of it, and the first bytes of the peer."""
        began = time.monotonic()
        received = self.begin()
        mark = self._token + b" "
        try:
            text, received = self.parted(mark, received)
            while b"\n" not in received:
                chunk = self.pipe.read(_CHUNK)
                if not chunk:
                    raise HostGoneError(tr("an answer that cannot be read"))
                received += chunk
        except HostGoneError:
            if time.monotonic() - began >= patience and self.pipe.exit_status(1.0) in (137, None):
                return Opening("silence", patience * 1000, False, ""), b""
            raise
        line, _, first = received.partition(b"\n")
        try:
            status, taken, came = map(int, line.split())
        except ValueError:
            raise HostGoneError(tr("an answer that cannot be read")) from None
        said = text.decode("utf-8", "replace")
        return Opening("failed" if status else "ok", taken / 1000, came != 0, said), first

    def write(self, data: bytes) -> None:
        self.pipe.write(data)

    def read(self, most: int) -> bytes:
        data = self.pipe.read(most)
        if data:
            return data
        status = self.pipe.exit_status(SLACK)
        if status not in _ENDINGS:
            raise HostGoneError(tr("the connection ended"))
        failure = error_texts.failure(_ENDINGS[status] or "")
        if failure is not None:
            raise failure
        return b""


async def open_connection(
    start: Start, address: str, port: int, patience: float, released: Callable[[], None]
) -> tuple[Opening, StreamConnection | None]:
    """Make a handshake. Return what came of it, and the open connection.

    HostGoneError if the host does not say. released: called in the event loop once an open
    connection is closed.
    """
    import asyncio

    loop, token = asyncio.get_running_loop(), _token()
    seconds = f"{patience:.6f}"
    text = script("shell_connection.txt", token, seconds=seconds, address=address, port=port)
    program = _Connection(start, text, token)

    def close_later() -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(released)

    opened = False
    try:
        opening, first = await _bounded(lambda: program.open(patience), patience + SLACK)
        opened = opening.outcome == "ok"
        return opening, StreamConnection(program, close_later, first) if opened else None
    finally:
        if not opened:
            threading.Thread(target=program.close, name="remote close", daemon=True).start()


async def content(start: Start, path: str, most: int) -> bytes:
    """Return at most so many bytes of a file. OSError as bash names it."""
    token = _token()
    name = "".join(f"\\x{byte:02x}" for byte in path.encode())
    program = _Program(start, script("shell_file.txt", token, path=name, most=most), token)

    def everything() -> tuple[int | None, bytes]:
        received = bytearray(program.begin())
        while len(received) <= most + _MOST_NOISE and (chunk := program.pipe.read(_CHUNK)):
            received += chunk
        return program.pipe.exit_status(1.0), bytes(received)

    try:
        status, data = await _bounded(everything, SOON + SLACK)
    finally:
        threading.Thread(target=program.close, name="remote close", daemon=True).start()
    if status == 0 and len(data) <= most:
        return data
    failure = error_texts.failure(data.decode("utf-8", "replace")) if status == 1 else None
    if failure is None:
        raise HostGoneError(tr("an answer that cannot be read"))
    raise OSError(failure.errno, failure.strerror, path)


async def _bounded(call: Callable[[], T], seconds: float) -> T:
    """Return what a blocking call returns. HostGoneError if the host ends or takes longer."""
    try:
        return await with_timeout(call, timeout=seconds, name="remote bash")
    except TimeoutError:
        raise HostGoneError(tr("no answer within {seconds:g} s", seconds=seconds)) from None
    except HostGoneError:
        raise
    except (ProbesError, OSError, ValueError) as error:  # ValueError: a closed file
        raise HostGoneError(str(error)) from error


def _token() -> str:
    return f"emr-diagnose {secrets.token_hex(16)}"
