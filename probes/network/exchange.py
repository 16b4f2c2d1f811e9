"""What does a peer answer to these bytes on one TCP connection?

The handshake has one patience, everything after it another: a peer that sends a byte now and then gains nothing. What came is kept up to a bound, together with
how it ended; what it means is for the module that knows the protocol.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from probes.endpoint import Endpoint
from probes.network import sockets, tcp
from probes.network.protocol_guess import foreign
from probes.network.tls import Peer, Secured, TlsError
from probes.observation import Observation
from probes.vantage import Vantage

LARGEST = 64 * 1024
"""Bytes of an answer that are read: no answer to a first question is longer, and a flood ends here."""

_CHUNK = 16 * 1024

Ended = Literal["whole", "closed", "silent", "incomplete", "too-long", "tls-failed"]


@dataclass(frozen=True, slots=True)
class Heard:
    """data: what came, at most the bound asked for.

    ended: whole: the asker had all it wanted; closed: the peer closed or reset the connection, perhaps in the middle; silent: not a byte of an answer came in time;
    incomplete: some came, then nothing more; too-long: it never ended; tls-failed: TLS was asked for and not had.
    errno: name of the error that closed it; tls: how the peer presented itself; tls_error: why there is no TLS; protocol: the peer's, where its words gave it away.
    """

    data: bytes
    ended: Ended
    errno: str | None = None
    tls: Peer | None = None
    tls_error: str | None = None
    protocol: str | None = None

    def detail(self) -> dict[str, object]:
        """For the observation of a peer that did not answer as the asked service does."""
        told: dict[str, object] = {"ended": self.ended, "received": len(self.data)}
        if self.data:
            told |= foreign(self.data)
        if self.protocol is not None:
            told["protocol"] = self.protocol
        if self.errno is not None:
            told["errno"] = self.errno
        if self.tls_error is not None:
            told["tls_error"] = self.tls_error
        return told


class _Channel(Protocol):
    async def send(self, data: bytes) -> None: ...

    async def receive(self, most: int) -> bytes: ...


async def exchange(
    endpoint: Endpoint,
    said: bytes,
    whole: Callable[[bytes], bool],
    vantage: Vantage,
    *,
    most: int = LARGEST,
    secure: bool = False,
) -> tuple[Observation, Heard | None]:
    """Connect, send `said`, read until `whole` is content with what came. The observation is that of the handshake; None where there was none.

    secure: inside TLS, whatever certificate is shown; endpoint.host is the name asked for.
    """
    seen, sock = await tcp.open_connection(endpoint, vantage)
    if sock is None:
        return seen, None
    with sock:
        return seen, await _within(sock, endpoint.host if secure else None, said, whole, vantage.patience, most)


async def _within(
    sock: socket.socket, name: str | None, said: bytes, whole: Callable[[bytes], bool], patience: float, most: int
) -> Heard:
    import asyncio  # see probes.tcp

    received = bytearray()
    tls: Peer | None = None
    try:
        async with asyncio.timeout(patience):
            channel: _Channel = _Plain(sock)
            if name is not None:
                secured = Secured(sock, name)
                tls = await secured.handshake()
                channel = secured
            await channel.send(said)
            ended = await _receive(channel, received, whole, most)
            return Heard(bytes(received), ended, tls=tls)
    except TlsError as error:
        return Heard(error.received, "tls-failed", tls_error=error.why)
    except ssl.SSLError as error:  # after the handshake: an alert, or records that are none
        return Heard(bytes(received), "closed", tls=tls, tls_error=error.reason or "unknown")
    except OSError as error:
        # A TimeoutError without errno is the end of our patience; with one it is the kernel that gave the connection up.
        if isinstance(error, TimeoutError) and error.errno is None:
            return Heard(bytes(received), "incomplete" if received else "silent", tls=tls)
        return Heard(bytes(received), "closed", sockets.errno_name(error.errno), tls)


async def _receive(channel: _Channel, received: bytearray, whole: Callable[[bytes], bool], most: int) -> Ended:
    while not whole(bytes(received)):
        if len(received) >= most:
            return "too-long"
        chunk = await channel.receive(min(_CHUNK, most - len(received)))
        if not chunk:
            return "closed"
        received += chunk
    return "whole"


@dataclass(frozen=True, slots=True)
class _Plain:
    sock: socket.socket

    async def send(self, data: bytes) -> None:
        import asyncio

        await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def receive(self, most: int) -> bytes:
        import asyncio

        return await asyncio.get_running_loop().sock_recv(self.sock, most)


def answered(seen: Observation, detail: Mapping[str, object]) -> Observation:
    """The observation of a peer that answered as only the asked service does."""
    return replace(seen, reason="service-reply", detail=detail)


def not_answered(seen: Observation, heard: Heard) -> Observation:
    """Connected, and nothing that the asked service would say: open/syn-ack, and what came instead in `detail`."""
    return replace(seen, detail=heard.detail())
