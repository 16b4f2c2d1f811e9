"""A command that runs on the other host: what it reads, what it writes, how it ends."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from probes.language import tr
from probes.ssh.errors import SshError
from probes.untrusted import clean

if TYPE_CHECKING:
    from paramiko.channel import Channel

TICK: Final = 0.2
"""Seconds after which a wait looks at standard error and at the session."""
SHORT: Final = 0.005
"""The same while standard error is written to."""
MOST_STDERR: Final = 64 << 10
"""Bytes of standard error that are kept. The rest is read and dropped, so the command goes on."""


class RemoteProcess:
    """One command. One thread may write while another one reads."""

    def __init__(self, channel: Channel, host: str, bound: float) -> None:
        """host: for errors; bound: seconds of silence after which a wait ends."""
        self._channel, self._host, self._bound = channel, host, bound
        self._stderr, self._lock = bytearray(), threading.Lock()
        channel.settimeout(TICK)

    def write(self, data: bytes, timeout: float | None = None) -> None:
        """Write all bytes to its standard input. SshError if it does not read for `timeout` seconds
        (the session's bound, unless given), or if it has ended."""
        bound = self._bound if timeout is None else timeout
        rest, deadline = memoryview(data), time.monotonic() + bound
        while rest:
            try:
                sent = self._channel.send(rest[: 32 << 10].tobytes())
            except TimeoutError:
                self._drain()
                if time.monotonic() > deadline:
                    text = tr("{host}: the command reads nothing for {bound} s", host=self._host, bound=f"{bound:g}")
                    raise SshError(self._host, "timeout", text) from None
                continue
            except Exception as error:  # of several kinds, if the session is over
                raise self._gone() from error
            if sent == 0:
                raise self._gone()
            rest, deadline = rest[sent:], time.monotonic() + bound

    def close_stdin(self) -> None:
        """Tell it that no more input comes."""
        with suppress(OSError, EOFError):  # it has ended, which reading tells
            self._channel.shutdown_write()

    def read(self, most: int, timeout: float | None = None) -> bytes:
        """Return the next bytes of its standard output, at most `most`. Empty at the end.

        SshError "timeout" if none come for `timeout` seconds (the session's bound, unless given),
        "dropped" if the session ended before the output did.
        """
        bound = self._bound if timeout is None else timeout
        deadline = time.monotonic() + bound
        while (data := self._received(most)) is None:
            if time.monotonic() > deadline:
                text = tr("{host}: the command writes nothing for {bound} s", host=self._host, bound=f"{bound:g}")
                raise SshError(self._host, "timeout", text)
        if not data:
            self._drain()
            if self._is_cut():
                raise self._gone()
        return data

    def stderr(self, most: int) -> str:
        """Return the first `most` characters that it wrote to standard error, as far as it did.

        Each line of it is cleaned.
        """
        self._drain()
        return "\n".join(map(clean, self._stderr.decode("utf-8", "replace")[:most].split("\n")))

    def exit_status(self, timeout: float) -> int | None:
        """Return its exit status. None if it ended by a signal, or not within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self._channel.status_event.wait(min(TICK, max(0.0, deadline - time.monotonic()))):
            self._drain()
            if time.monotonic() >= deadline:
                return None
        return None if self._channel.exit_status < 0 else self._channel.exit_status

    def close(self) -> None:
        """Give it up. A command that writes or reads later gets an error."""
        with suppress(OSError, EOFError):
            self._channel.close()

    def _received(self, most: int) -> bytes | None:
        """Return what is there, or comes soon. None if nothing does. Empty at the end."""
        if self._drain() and not self._channel.recv_ready():
            time.sleep(SHORT)
            return None
        try:
            return self._channel.recv(most)
        except TimeoutError:
            return None

    def _drain(self) -> bool:
        """Read what has come to standard error. Return True if something has."""
        is_some = False
        with self._lock:
            while self._channel.recv_stderr_ready():
                data = self._channel.recv_stderr(1 << 20)
                self._stderr += data[: MOST_STDERR - len(self._stderr)]
                is_some = is_some or bool(data)
        return is_some

    def _is_cut(self) -> bool:
        """Return True if the output ended because the session did, not because the server said so.

        The thread of the session closes its channels just before it notes that it is no longer
        active, so that is waited for.
        """
        if self._channel.eof_received or self._channel.exit_status >= 0:
            return False
        transport = self._channel.get_transport()
        transport.join(1.0)
        return not transport.is_active()

    def _gone(self) -> SshError:
        if self._is_cut():
            text = tr("{host}: the SSH session ended while the command ran", host=self._host)
        else:
            text = tr("{host}: the command ended before it read all its input", host=self._host)
        return SshError(self._host, "dropped", text)
