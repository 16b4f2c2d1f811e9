"""Does HBase RPC answer here, and does it require Kerberos?

The question is the preamble of every client since HBase 0.96: "HBas", version 0 and a byte for the
login. No call follows. There are two, each on a connection of its own.

* `kerberos` names Kerberos. A server without security answers that the client may go on without. A
  server with security is silent, because it waits for a token.
* `simple` names no login. A server with security refuses it with AccessDeniedException. A server
  without is silent, because it waits for the header of the connection.

So a server that is silent to both has not been told apart from one that hangs. The answers name no
principal. Master and RegionServer answer alike.

Sources: RPC.proto, ServerRpcConnection.processPreamble and SaslUtil of HBase.
"""

from __future__ import annotations

from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import LARGEST, answered, exchange, not_answered
from probes.observation import Observation
from probes.services import protobuf
from probes.vantage import Vantage

_MAGIC, _VERSION = b"HBas", b"\0"
_SIMPLE, _KERBEROS = b"\x50", b"\x51"
QUESTION = _MAGIC + _VERSION + _KERBEROS
"""A client that wants to log in with Kerberos."""
QUESTION_SIMPLE = _MAGIC + _VERSION + _SIMPLE
"""A client without a login."""

_SWITCH_TO_SIMPLE = bytes.fromhex("00000000ffffffa8")
"""Status SUCCESS of the login, and -88: go on without it."""
_STATUS = {b"\0\0\0\0", b"\0\0\0\1"}
_NO_CALL = 0xFFFFFFFF
_DENIED = "AccessDeniedException"
_LONGEST_TEXT = 300

Demand = Literal["simple", "kerberos", "unknown"]


class HbaseError(ProbesError):
    """The bytes are no answer of HBase."""


@frozen
class HbaseReply:
    """Answer of an HBase server to a preamble."""

    demands: Demand
    """What a client needs:

    * simple: no login;
    * kerberos: a login, which is Kerberos unless the cluster has another of its own;
    * unknown: the server refused the preamble for another reason.
    """
    error: str | None = None
    """Class of the exception with which it refused. None if it did not."""


async def preamble(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, HbaseReply | None]:
    """Send one preamble, and the other one if the first is met with silence.

    * HBase: open/service-reply with demands and error in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.

    Each connection has its own patience. A server with security lets the first one pass.
    """
    seen, reply = await _ask(endpoint, vantage, QUESTION)
    if reply is None and seen.state == "open" and seen.detail.get("ended") == "silent":
        again, other = await _ask(endpoint, vantage, QUESTION_SIMPLE)
        return (again, other) if again.state == "open" else (seen, None)
    return seen, reply


async def _ask(endpoint: Endpoint, vantage: Vantage, question: bytes) -> tuple[Observation, HbaseReply | None]:
    observation, received = await exchange(endpoint, question, is_whole, vantage)
    if received is None:
        return observation, None
    try:
        reply = decode(received.data)
    except HbaseError:
        return not_answered(observation, received), None
    return answered(observation, describe(reply)), reply


def describe(reply: HbaseReply) -> dict[str, object]:
    detail: dict[str, object] = {"service": "hbase-rpc", "demands": reply.demands}
    return detail if reply.error is None else detail | {"error": reply.error}


def is_whole(data: bytes) -> bool:
    """Return True if an answer is whole, or if the bytes cannot become one."""
    if len(data) < 4:
        return False
    if data[:4] in _STATUS:
        return len(data) >= len(_SWITCH_TO_SIMPLE)
    size = int.from_bytes(data[:4], "big")
    return size > LARGEST - 4 or len(data) >= 4 + size


def decode(data: bytes) -> HbaseReply:
    """Read the answer to a preamble. HbaseError for anything else."""
    if data == _SWITCH_TO_SIMPLE:
        return HbaseReply("simple")
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 or not 0 < size <= len(data) - 4:
        raise HbaseError("not a whole frame")
    try:
        header, _ = protobuf.read_delimited(data[4 : 4 + size], 0)
        fields = dict(protobuf.fields(header))
        exception = fields.get(2)
        if fields.get(1) != _NO_CALL or not isinstance(exception, bytes):
            raise HbaseError("no refusal of a connection")
        name = dict(protobuf.fields(exception)).get(1)
    except protobuf.ProtobufError as wrong:
        raise HbaseError(str(wrong)) from wrong
    if not isinstance(name, bytes) or b".hbase." not in name:
        raise HbaseError("no exception of HBase")
    error = name[:_LONGEST_TEXT].decode("utf-8", "replace")
    return HbaseReply("kerberos" if error.endswith(_DENIED) else "unknown", error)
