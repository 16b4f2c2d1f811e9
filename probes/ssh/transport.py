"""What does paramiko's transport lack for a tool that must end in time and tell exact reasons?

Importing this module imports paramiko, so it is imported by functions only.

- A refused channel keeps its own reason. paramiko has one place for the last error of all threads,
  and drops the server's words.
- A channel that opens after its opener gave up is closed.
- No host certificate is asked for, because paramiko does not check who signed it.
- A peer that sends more than its window, or a table without end, is cut off.
- A peer that no longer reads is cut off.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import paramiko
from paramiko.common import MSG_CHANNEL_DATA, MSG_CHANNEL_EXTENDED_DATA, cMSG_CHANNEL_CLOSE, cMSG_GLOBAL_REQUEST
from paramiko.message import Message
from paramiko.packet import Packetizer

from probes.ssh.errors import ForwardRefused
from probes.untrusted import clean

if TYPE_CHECKING:
    from paramiko.channel import Channel

WINDOW: Final = 2 << 20
"""Bytes that a peer may send on a channel before they are read."""
MOST_PACKET: Final = 1 << 20
"""Bytes of one packet. OpenSSH sends 256 KiB at most."""
MOST_EXTENSIONS: Final = 64
"""Entries of a table of extensions, RFC 8308. OpenSSH sends four."""
KEEPALIVE: Final = 5
"""Seconds of silence after which the server is asked for a sign of life."""
JOIN: Final = 2.0
"""Seconds to wait for the thread of a session that is closed."""

_QUIET: Final = logging.getLogger("paramiko")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False
_QUIET.setLevel(logging.CRITICAL + 1)


class Stream(Protocol):
    """What a session runs over: a socket, or a channel of another session."""

    def send(self, data: bytes, /) -> int:
        """Send some of the bytes and return how many."""

    def recv(self, most: int, /) -> bytes:
        """Return what has come. Empty at the end."""

    def settimeout(self, seconds: float | None, /) -> None:
        """Limit each call."""

    def close(self) -> None:
        """Close the stream."""


class BoundedStream:
    """A stream whose peer must go on reading: `send` fails if it does not for `bound` seconds."""

    def __init__(self, stream: Stream, bound: float) -> None:
        self._stream, self._bound = stream, bound
        self._stalled: float | None = None
        self.heard = time.monotonic()
        """When the last bytes came."""

    def send(self, data: bytes) -> int:
        """Send some of the bytes and return how many. paramiko tries again after a TimeoutError,
        and closes the connection after another OSError."""
        try:
            sent = self._stream.send(data)
        except TimeoutError:
            now = time.monotonic()
            self._stalled = self._stalled or now
            if now - self._stalled > self._bound:
                raise OSError("the peer does not read") from None
            raise
        self._stalled = None
        return sent

    def recv(self, most: int) -> bytes:
        """Return what has come. Empty at the end."""
        data = self._stream.recv(most)
        self.heard = time.monotonic()
        return data

    def settimeout(self, seconds: float | None) -> None:
        """Limit each call."""
        self._stream.settimeout(seconds)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class BoundedPacketizer(Packetizer):
    """A reader of packets that does not wait for one of 4 GB."""

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """Return exactly `n` bytes. SSHException if no packet has as many."""
        if n > MOST_PACKET:
            raise paramiko.SSHException("a packet larger than SSH allows")
        return super().read_all(n, check_rekey)


class BoundedSftp(paramiko.SFTPClient):
    """A client of SFTP that does not wait for a reply of 4 GB."""

    def _read_all(self, n: int) -> bytes:
        if n > MOST_PACKET:
            raise EOFError
        data: bytes = super()._read_all(n)  # type: ignore[misc]
        return data


class SessionTransport(paramiko.Transport):
    """One SSH connection as a client."""

    _channel_handler_table: Mapping[int, Any]

    def __init__(self, stream: Stream, kinds: Sequence[str], bound: float) -> None:
        """Prepare a connection over a stream.

        kinds: types of host keys, the preferred ones first; bound: seconds for each wait.
        """
        self._stream = BoundedStream(stream, bound)
        over: Any = self._stream
        super().__init__(over, default_window_size=WINDOW, packetizer_class=BoundedPacketizer)
        self._bound = bound
        self._asked: float | None = None
        # The caller waits for `bound` seconds; these only end the thread if it does not.
        self.banner_timeout = self.handshake_timeout = 2 * bound
        self.auth_timeout = self.channel_timeout = bound
        self.clear_to_send_timeout = bound
        self.farewell = ""
        self._kinds = tuple(kinds)
        self._refused: dict[int, ForwardRefused] = {}
        self._opening = threading.local()
        self._channel_handler_table = {
            **paramiko.Transport._channel_handler_table,  # type: ignore[attr-defined]
            MSG_CHANNEL_DATA: _feed,
            MSG_CHANNEL_EXTENDED_DATA: _feed_extended,
        }

    @property
    def preferred_keys(self) -> Sequence[str]:
        """Types of host keys to ask for."""
        return self._kinds

    def open_or_refuse(self, kind: str, timeout: float, destination: tuple[str, int] | None = None) -> Channel:
        """Return a new channel. ForwardRefused if the server does not open it, TimeoutError after
        `timeout` seconds, EOFError if the session ends meanwhile."""
        self._opening.number = None
        try:
            return self.open_channel(kind, destination, ("127.0.0.1", 0) if destination else None, timeout=timeout)
        except Exception as error:  # whatever the peer's bytes led paramiko to
            refused = self._refused.pop(self._opening.number, None)
            if refused is not None:
                raise refused from None
            if not self.is_active():
                raise EOFError from error
            raise TimeoutError from error

    def watch(self) -> None:
        """Ask the server for a sign of life when nothing comes, and end the session if none does.

        The kernel of a host whose sshd hangs, or of a hop, answers for it, so TCP does not tell.
        """
        self.packetizer.set_keepalive(KEEPALIVE, self._ask_for_life)

    def abandon(self) -> None:
        """Close the connection, without waiting long for its thread."""
        self.active = False
        self.packetizer.complete_handshake()
        self.packetizer.close()
        self.sock.close()
        if self.is_alive() and threading.current_thread() is not self:
            self.join(JOIN)

    # What follows is called by paramiko, in the thread of the transport unless it says otherwise.

    def _ask_for_life(self) -> None:
        now = time.monotonic()
        if self._asked is None or self._stream.heard > self._asked:
            self._asked = now
        elif now - self._asked > self._bound:
            raise EOFError
        question = Message()
        question.add_byte(cMSG_GLOBAL_REQUEST)
        question.add_string("keepalive@openssh.com")
        question.add_boolean(True)
        self._send_user_message(question)  # type: ignore[attr-defined]

    def _next_channel(self) -> int:
        """Return the number of a new channel, and keep it for the thread that opens it."""
        number: int = super()._next_channel()  # type: ignore[misc]
        self._opening.number = number
        return number

    def _parse_channel_open_failure(self, message: Message) -> None:
        number, code = message.get_int(), message.get_int()
        words = message.get_string().decode("utf-8", "replace")
        event = self.channel_events.get(number)
        if event is not None:
            self._refused[number] = ForwardRefused(code, clean(words))
            self._channels.delete(number)  # type: ignore[attr-defined]
            del self.channel_events[number]
            event.set()

    def _parse_channel_open_success(self, message: Message) -> None:
        number = message.get_int()
        theirs = message.get_int()
        if self._channels.get(number) is None:  # type: ignore[attr-defined]
            self.channel_events.pop(number, None)
            close = Message()
            close.add_byte(cMSG_CHANNEL_CLOSE)
            close.add_int(theirs)
            self._send_message(close)  # type: ignore[attr-defined]
            return
        message.rewind()
        super()._parse_channel_open_success(message)  # type: ignore[misc]

    def _parse_ext_info(self, message: Message) -> None:
        count = message.get_int()
        if count > MOST_EXTENSIONS:
            raise paramiko.SSHException("a table of extensions without end")
        self.server_extensions = {message.get_text(): message.get_string() for _ in range(count)}

    def _parse_disconnect(self, message: Message) -> None:
        message.get_int()
        self.farewell = clean(message.get_string().decode("utf-8", "replace"))


def _feed(channel: Any, message: Message) -> None:
    data = message.get_binary()
    _check(channel.in_buffer, data)
    channel.in_buffer.feed(data)


def _feed_extended(channel: Any, message: Message) -> None:
    is_stderr = message.get_int() == 1
    data = message.get_binary()
    if is_stderr:
        _check(channel.in_stderr_buffer, data)
        channel.in_stderr_buffer.feed(data)


def _check(buffer: Any, data: bytes) -> None:
    """Raise if the peer sent more than it may. Otherwise it could fill the memory."""
    if len(buffer) + len(data) > WINDOW:
        raise paramiko.SSHException("more data than the window has room for")


def prepare(sock: socket.socket, bound: float) -> None:
    """Set how soon a dead network ends a connection: after `bound` seconds without an answer."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(bound * 1000))
