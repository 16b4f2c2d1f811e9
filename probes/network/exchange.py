"""What does a peer answer to these bytes on one TCP connection, one turn after another?

The handshake has one patience as its budget, and everything after it another one, so a peer that
drips bytes gains no time. The reply is kept up to a bound, together with how it ended. What it
means is decided by the module that knows the protocol.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Mapping
from typing import Literal, Protocol

from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.network import sockets, tcp
from probes.network.host import OpenConnection
from probes.network.protocol_guess import foreign
from probes.network.timeout import timeout
from probes.network.tls import Peer, Secured, TlsError
from probes.observation import Observation
from probes.vantage import Vantage

LARGEST = 64 * 1024
"""Bytes of a reply that are read. No reply to a first question is longer; a flood ends here."""

_CHUNK = 16 * 1024

FACTS_SECONDS = 1.0
"""Seconds that another host may take to tell what its kernel knows of a connection."""

Ended = Literal["whole", "closed", "silent", "incomplete", "too-long", "tls-failed"]


@frozen
class RawReply:
    """What came on one connection after the handshake."""

    data: bytes
    """Reply, at most the bound asked for."""

    ended: Ended
    """How the reply ended.

    - whole: the reply is complete
    - closed: the peer closed or reset the connection, perhaps in the middle
    - silent: no byte came in time
    - incomplete: some bytes came, then nothing more
    - too-long: the bound was reached
    - tls-failed: TLS was asked for and could not be set up
    """

    errno: str | None = None
    """Name of the error that closed it. None if the peer closed it in order."""

    tls: Peer | None = None
    """How the peer presented itself. None without TLS."""

    tls_error: str | None = None
    """Why there is no TLS. None if there is, or if none was asked for."""

    protocol: str | None = None
    """Protocol that the peer's own words name. None if they name none."""

    acknowledged: bool | None = None
    """True if the kernel of the peer acknowledged all that was sent.

    None if bytes came, or if the host that sends cannot tell.
    """

    def detail(self) -> dict[str, object]:
        """Return plain values for the observation of a peer that is not the asked service."""
        detail: dict[str, object] = {"ended": self.ended, "received": len(self.data)}
        if self.data:
            detail |= foreign(self.data)
        if self.protocol is not None:
            detail["protocol"] = self.protocol
        if self.errno is not None:
            detail["errno"] = self.errno
        if self.tls_error is not None:
            detail["tls_error"] = self.tls_error
        if self.acknowledged is not None:
            detail["acknowledged"] = self.acknowledged
        return detail


class _Channel(Protocol):
    async def send(self, data: bytes) -> None: ...

    async def receive(self, most: int) -> bytes: ...


@frozen
class Turn:
    """What is sent at one point of a conversation, and when its reply is complete."""

    said: bytes
    """Bytes to send. Empty if the peer speaks now."""

    whole: Callable[[bytes], bool]
    """Return True if the bytes of the reply to this turn are all that is awaited."""

    secure: bool = False
    """True to set up TLS before these bytes."""


Dialogue = Generator[Turn, bytes, None]
"""Yield one turn after another. Each `yield` returns the reply to it, which is complete."""


async def exchange(
    endpoint: Endpoint,
    said: bytes,
    whole: Callable[[bytes], bool],
    vantage: Vantage,
    *,
    most: int = LARGEST,
    secure: bool = False,
) -> tuple[Observation, RawReply | None]:
    """Connect, send `said` and read until `whole` returns True for the bytes that came.

    The observation is that of the handshake. The reply is None if the handshake failed.
    secure: inside TLS, whatever certificate is shown; endpoint.host is the name asked for.
    """
    seen, replies = await converse(endpoint, _one(Turn(said, whole, secure)), vantage, most=most)
    return seen, replies[0] if replies else None


async def converse(
    endpoint: Endpoint, dialogue: Dialogue, vantage: Vantage, *, most: int = LARGEST
) -> tuple[Observation, tuple[RawReply, ...]]:
    """Connect and hold a dialogue, until it ends or a reply is not complete.

    The observation is that of the handshake. There is one reply a turn that began, so none if the
    handshake failed. The patience after the handshake is for the whole dialogue. most: bytes of one
    reply.
    """
    seen, connection = await tcp.open_connection(endpoint, vantage)
    if connection is None:
        return seen, (RawReply(b"", "closed", seen.word("errno")),) if seen.state == "open" else ()
    with connection:
        return seen, tuple(await _hold(connection, endpoint.host, dialogue, vantage.patience, most))


def _one(turn: Turn) -> Dialogue:
    yield turn


async def _hold(
    connection: OpenConnection, name: str, dialogue: Dialogue, patience: float, most: int
) -> list[RawReply]:
    replies: list[RawReply] = []
    received = bytearray()
    tls: Peer | None = None
    channel: _Channel = connection
    try:
        async with timeout(patience):
            turn = next(dialogue, None)
            while turn is not None:
                received.clear()
                if turn.secure:
                    secured = Secured(connection, name)
                    tls = await secured.handshake()
                    channel = secured
                if turn.said:
                    await channel.send(turn.said)
                ended = await _receive(channel, received, turn.whole, most)
                replies.append(RawReply(bytes(received), ended, tls=tls))
                turn = _next(dialogue, bytes(received)) if ended == "whole" else None
            return replies
    except TlsError as error:
        return [*replies, RawReply(error.received, "tls-failed", tls_error=error.why)]
    except ssl.SSLError as error:  # after the handshake: an alert, or records that are none
        return [*replies, RawReply(bytes(received), "closed", tls=tls, tls_error=error.reason or "unknown")]
    except OSError as error:
        # A TimeoutError without errno is our own timeout. With one, the kernel gave the connection
        # up.
        if isinstance(error, TimeoutError) and error.errno is None:
            if received:
                return [*replies, RawReply(bytes(received), "incomplete", tls=tls)]
            return [*replies, RawReply(b"", "silent", tls=tls, acknowledged=await _acknowledged(connection))]
        return [*replies, RawReply(bytes(received), "closed", sockets.errno_name(error.errno), tls)]


async def _acknowledged(connection: OpenConnection) -> bool | None:
    """Return True if nothing that was sent waits for an acknowledgement. None if that is not
    known."""
    try:
        async with timeout(FACTS_SECONDS):
            return (await connection.facts()).unacknowledged == 0
    except OSError:  # TimeoutError is one
        return None


def _next(dialogue: Dialogue, reply: bytes) -> Turn | None:
    """Return the turn that follows a reply. None if the dialogue has ended."""
    try:
        return dialogue.send(reply)
    except StopIteration:
        return None


async def _receive(channel: _Channel, received: bytearray, whole: Callable[[bytes], bool], most: int) -> Ended:
    while not whole(bytes(received)):
        if len(received) >= most:
            return "too-long"
        chunk = await channel.receive(min(_CHUNK, most - len(received)))
        if not chunk:
            return "closed"
        received += chunk
    return "whole"


def answered(seen: Observation, detail: Mapping[str, object]) -> Observation:
    """Return the observation of a peer that answered as only the asked service does."""
    return replace(seen, reason="service-reply", detail=detail)


def not_answered(seen: Observation, reply: RawReply) -> Observation:
    """Return the observation of a peer that is not the asked service: open/syn-ack, with what
    came in `detail`."""
    return replace(seen, detail=reply.detail())
