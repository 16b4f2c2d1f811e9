"""Does ZooKeeper want its clients to log in with SASL before anything else?

`srvr` cannot tell. A session can: the server opens it for everybody, and refuses the first request
of a client that did not log in. The session is closed at once. Opening and closing it are two
transactions that every server of the ensemble writes, so this is asked only if the user asks for
it.

The request is whether "/" exists, which every server answers and nobody needs a right for.
https://zookeeper.apache.org/doc/r3.8.4/zookeeperAdmin.html#sc_authOptions
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import Dialogue, RawReply, Turn, answered, converse, not_answered
from probes.observation import Observation
from probes.vantage import Vantage

TIMEOUT_MS = 4000
"""Session timeout that is asked for: two ticks of a server with the default tick."""

_LARGEST = 4096
_PASSWORD = 16
_CONNECTED = frozenset({36, 37})
"""Bytes of the answer to CONNECT. Servers before 3.4 have no byte for read-only."""
_XID_EXISTS, _XID_CLOSE = 1, 2
_EXISTS, _CLOSE = 3, -11
_ERRORS: Mapping[int, Literal["accepted", "wants-sasl", "refused"]] = {
    0: "accepted",
    -124: "wants-sasl",  # SESSIONCLOSEDREQUIRESASLAUTH
    -115: "wants-sasl",  # AUTHFAILED
}

Clients = Literal["accepted", "wants-sasl", "refused", "no-session", "unknown"]


class ZooKeeperSessionError(ProbesError):
    """The bytes are no answer within a session of ZooKeeper."""


@frozen
class SessionReply:
    """What a ZooKeeper server gives a client that does not log in."""

    clients: Clients
    """What such a client gets:

    * accepted: an answer to its request;
    * wants-sasl: the end of its session, because it did not log in;
    * refused: another error;
    * no-session: no session;
    * unknown: a session, and no answer to its request.
    """
    timeout_ms: int | None
    """Session timeout that the server grants. None without a session."""
    error: int | None
    """Code of the error. None without an answer to the request."""


def _frame(content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + content


CONNECT = _frame(struct.pack("!iqiqi", 0, 0, TIMEOUT_MS, 0, _PASSWORD) + bytes(_PASSWORD) + b"\0")
"""ConnectRequest: no session before, no password, no read-only server."""

EXISTS = _frame(struct.pack("!iii", _XID_EXISTS, _EXISTS, 1) + b"/" + b"\0")
"""ExistsRequest for "/", without a watch."""

CLOSE = _frame(struct.pack("!ii", _XID_CLOSE, _CLOSE))
"""Close the session."""


async def session(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, SessionReply | None]:
    """Open a session, ask if "/" exists, and close it.

    * ZooKeeper: open/service-reply with clients, timeout_ms and error in `detail`.
    * Another answer: open/syn-ack with what came instead. A server without a quorum closes.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, replies = await converse(endpoint, _dialogue(), vantage, most=_LARGEST)
    if not replies:
        return observation, None
    try:
        reply = decode(*(one.data for one in replies[:2]))
    except ZooKeeperSessionError:
        return not_answered(observation, replies[0]), None
    return answered(observation, describe(reply) | {"closed": _was_closed(replies)}), reply


def describe(reply: SessionReply) -> dict[str, object]:
    return {
        "service": "zookeeper",
        "clients": reply.clients,
        "timeout_ms": reply.timeout_ms,
        "error": reply.error,
    }


def is_whole(data: bytes) -> bool:
    """Return True if the frame is whole, or if it is larger than any that is awaited."""
    if len(data) < 4:
        return False
    size = int.from_bytes(data[:4], "big")
    return size > _LARGEST - 4 or len(data) >= 4 + size


def decode(connected: bytes, exists: bytes = b"") -> SessionReply:
    """Read the answers to CONNECT and to EXISTS. ZooKeeperSessionError if the first is none.
    `exists`: b"" if the request was not answered."""
    granted = _granted(connected)
    if granted is None:
        return SessionReply("no-session", None, None)
    try:
        error = _error(exists)
    except ZooKeeperSessionError:
        return SessionReply("unknown", granted, None)
    return SessionReply(_ERRORS.get(error, "refused"), granted, error)


def _dialogue() -> Dialogue:
    connected = yield Turn(CONNECT, is_whole)
    try:
        if _granted(connected) is None:
            return
    except ZooKeeperSessionError:
        return
    answer = yield Turn(EXISTS, is_whole)
    try:
        if _ERRORS.get(_error(answer)) == "wants-sasl":
            return  # the server has closed the session
    except ZooKeeperSessionError:
        pass
    yield Turn(CLOSE, is_whole)


def _was_closed(replies: tuple[RawReply, ...]) -> bool:
    """Return True if the server acknowledged the end of the session, or ended it."""
    return len(replies) < 3 or replies[2].ended in ("whole", "closed")


def _granted(connected: bytes) -> int | None:
    """Return the timeout of the session. None if the server gives none."""
    body = _body(connected)
    if len(body) not in _CONNECTED:
        raise ZooKeeperSessionError("no answer to CONNECT")
    version, timeout, identifier, size = struct.unpack_from("!iiqi", body)
    if version != 0 or timeout < 0 or size != _PASSWORD:
        raise ZooKeeperSessionError("no answer to CONNECT")
    return timeout if identifier and timeout else None


def _error(exists: bytes) -> int:
    """Return the error code of the answer to EXISTS."""
    body = _body(exists)
    if len(body) < 16:
        raise ZooKeeperSessionError("no header of an answer")
    number, _, error = struct.unpack_from("!iqi", body)
    if number != _XID_EXISTS or error > 0:
        raise ZooKeeperSessionError("an answer to another request")
    return int(error)


def _body(data: bytes) -> bytes:
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 or size > min(len(data), _LARGEST) - 4:
        raise ZooKeeperSessionError("not a whole frame")
    return data[4 : 4 + size]
