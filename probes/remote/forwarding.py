"""What can a host be asked if it runs no command for us, and only its SSH server connects?

Each handshake is a channel of the kind "direct-tcpip", RFC 4254, section 7.2. The server names the
error of connect(2), as OpenSSH does, or says nothing while a peer is silent. What is not seen is
not claimed: a refusal may be a reset or an ICMP error.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol, Self
from weakref import WeakKeyDictionary

from probes.errors import ProbesError
from probes.language import tr
from probes.network.blocking_call import with_timeout
from probes.network.host import Datagrams, Handshake, HostGoneError, NameAnswer, Sending
from probes.network.pacing import OFFSETS
from probes.remote import error_texts
from probes.remote.stream import StreamConnection
from probes.remote.wire import SLACK, RemoteError
from probes.ssh.errors import ForwardRefused

AT_ONCE = 20
"""Channels that are opened at once."""

_PROHIBITED, _CONNECT_FAILED, _UNKNOWN_KIND = 1, 2, 3
"""Reasons of RFC 4254, section 5.1."""

_TRIAL_SECONDS = 5.0
"""Seconds for the question of whether the server forwards at all."""


class Channel(Protocol):
    """A connection through the other host, as of paramiko. Calls block."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""

    def recv(self, most: int, /) -> bytes:
        """Return what has come, b"" at the end."""

    def settimeout(self, seconds: float | None, /) -> None:
        """Limit each call."""

    def close(self) -> None:
        """End the connection."""


Forward = Callable[[str, int, float], Channel]
"""Connects from the other host to address and port within so many seconds. ForwardRefused if that
fails, TimeoutError for silence, ProbesError if the session has ended."""


class ForwardingHost:
    """A host whose SSH server opens TCP connections."""

    most_sockets = AT_ONCE * len(OFFSETS)
    """A sweep counts a socket for each attempt at an endpoint, of which the server makes one."""

    def __init__(self, forward: Forward, is_open: Callable[[], bool]) -> None:
        """Try if the server forwards. RemoteError if it does not.

        is_open: True while the session lasts.
        """
        self._forward, self._is_open = forward, is_open
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        try:
            forward("127.0.0.1", 9, _TRIAL_SECONDS).close()
        except ForwardRefused as refused:
            if refused.code in (_PROHIBITED, _UNKNOWN_KIND):
                raise RemoteError(_not_forwarded(refused)) from None
        except TimeoutError:
            raise RemoteError(tr("no answer within {seconds:g} s", seconds=_TRIAL_SECONDS)) from None

    @property
    def lost(self) -> str | None:
        """Why it sends nothing any more. None while it does."""
        return None if self._is_open() else tr("the connection ended")

    def close(self) -> None:
        """Do nothing: the session is not ours."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def connect(self, address: str, port: int, sending: Sending, *, keep: bool) -> Handshake:
        """Make one handshake. Of the moments only the first counts."""
        if sending.hops is not None or sending.segment is not None or sending.source is not None:
            text = tr("SSH forwarding chooses no source address, hop limit or segment size")
            return Handshake(HostGoneError(text), 0.0)
        slots = self._slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
        async with slots:
            attempt = _Attempt(self._forward, address, port, sending.patience)
            try:
                await with_timeout(attempt.run, timeout=sending.patience + SLACK, name="forward")
            except TimeoutError:
                seconds = sending.patience + SLACK
                failure: OSError | None = HostGoneError(tr("no answer within {seconds:g} s", seconds=seconds))
            except (ProbesError, EOFError) as error:
                failure = HostGoneError(str(error) or tr("the connection ended"))
            except BaseException:
                attempt.abandon()
                raise
            else:
                failure = attempt.failure
        if attempt.channel is None or failure is not None:
            attempt.abandon()
            return Handshake(failure, attempt.elapsed, is_blind=not isinstance(failure, TimeoutError))
        if not keep:
            attempt.abandon()
            return Handshake(None, attempt.elapsed)
        stream = _ChannelStream(attempt.channel, self._is_open)
        return Handshake(None, attempt.elapsed, connection=StreamConnection(stream, lambda: None))

    async def converse(self, address: str, port: int, datagrams: Sequence[bytes], sending: Sending) -> Datagrams:
        return Datagrams(None, 0, failure=HostGoneError(tr("SSH forwarding carries no UDP")))

    async def addresses(self, name: str, timeout: float) -> NameAnswer:
        _cannot(tr("SSH forwarding looks up no names"))

    async def name(self, address: str, timeout: float) -> NameAnswer:
        _cannot(tr("SSH forwarding looks up no names"))

    async def content(self, path: str, most: int) -> bytes:
        _cannot(tr("SSH forwarding reads no files"))

    async def own_name(self) -> str:
        _cannot(tr("SSH forwarding tells nothing of the host itself"))

    async def clock(self) -> float:
        _cannot(tr("SSH forwarding tells nothing of the host itself"))

    async def sender(self, address: str, source: str | None = None) -> tuple[str | None, int | None]:
        _cannot(tr("SSH forwarding tells nothing of the host itself"))


class _Attempt:
    """One channel, opened by a thread that may be abandoned."""

    def __init__(self, forward: Forward, address: str, port: int, patience: float) -> None:
        self.channel: Channel | None = None
        self.failure: OSError | None = None
        self.elapsed = 0.0
        """Milliseconds."""
        self._forward, self._asked = forward, (address, port, patience)
        self._lock = threading.Lock()
        self._is_abandoned = False

    def run(self) -> None:
        """Open it. What the server says of the endpoint becomes `failure`."""
        began = time.monotonic()
        try:
            channel = self._forward(*self._asked)
        except ForwardRefused as refused:
            self.failure = _failure(refused)
        except TimeoutError:
            self.failure = TimeoutError()
        else:
            with self._lock:
                self.channel = channel
                is_late = self._is_abandoned
            if is_late:
                _end(channel)
        self.elapsed = (time.monotonic() - began) * 1000

    def abandon(self) -> None:
        """Close it, now or once it opens."""
        with self._lock:
            self._is_abandoned = True
            channel = self.channel
        if channel is not None:
            threading.Thread(target=lambda: _end(channel), name="forward close", daemon=True).start()


class _ChannelStream:
    """A channel as `probes.remote.stream.PeerStream`."""

    def __init__(self, channel: Channel, is_open: Callable[[], bool]) -> None:
        self._channel, self._is_open = channel, is_open
        channel.settimeout(None)

    def write(self, data: bytes) -> None:
        self._channel.sendall(data)

    def read(self, most: int) -> bytes:
        data = self._channel.recv(most)
        # A session that is lost closes its channels just before it says so.
        if not data and self._is_open():
            time.sleep(0.2)
        if not data and not self._is_open():
            raise HostGoneError(tr("the connection ended"))
        return data

    def close(self) -> None:
        _end(self._channel)


def _end(channel: Channel) -> None:
    """Close a channel. One whose session has ended meanwhile is closed already."""
    with contextlib.suppress(OSError, EOFError):
        channel.close()


def _failure(refused: ForwardRefused) -> OSError:
    """Return what a refusal says of the endpoint. HostGoneError if it says nothing of it."""
    if refused.code in (_PROHIBITED, _UNKNOWN_KIND):
        return HostGoneError(_not_forwarded(refused))
    known = error_texts.failure(refused.text) if refused.code == _CONNECT_FAILED else None
    if known is not None:
        return known
    return HostGoneError(tr("its SSH server cannot connect, and names no known reason: “{text}”", text=refused.text))


def _not_forwarded(refused: ForwardRefused) -> str:
    return tr("its SSH server does not forward the connection: “{text}”", text=refused.text)


def _cannot(text: str) -> NoReturn:
    raise HostGoneError(text)
