"""Does Hadoop RPC answer here, does it require Kerberos, and as which principal does it accept
clients?

The question is the first message of every client since Hadoop 2: the connection header of version 9
with AuthProtocol SASL, then a SASL NEGOTIATE. A server that requires Kerberos lists its mechanisms,
and with GSSAPI both halves of its service principal, in clear. A server that requires nothing
answers SUCCESS at once. The question names no user, so nothing can be refused.

RpcHeader.proto of Hadoop: RpcResponseHeaderProto, RpcSaslProto.
"""

from __future__ import annotations

import struct
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import LARGEST, answered, exchange, not_answered
from probes.observation import Observation
from probes.services import protobuf
from probes.vantage import Vantage

VERSION = 9
_SERVICE_CLASS, _AUTH_SASL = 0, 0xDF
_NEGOTIATE = bytes.fromhex("021001")
"""Delimited RpcSaslProto: state NEGOTIATE."""


def header(client: bytes = b"") -> bytes:
    """Return the header of a SASL call.
    `client`: identifier of the client. A server reads it and does not use it before a login."""
    # RpcRequestHeaderProto: protobuf engine, final packet, call -33 (SASL), client id, retry -1.
    return bytes.fromhex("08021000184122") + protobuf.delimit(client) + bytes.fromhex("2801")


def question(client: bytes = b"") -> bytes:
    """Return the first message of a client. `client`: see `header`."""
    message = protobuf.delimit(header(client)) + _NEGOTIATE
    return b"hrpc" + bytes((VERSION, _SERVICE_CLASS, _AUTH_SASL)) + struct.pack("!I", len(message)) + message


QUESTION = question()

_CALL_SASL = (-33) & 0xFFFFFFFF
_LONGEST_TEXT = 300
_MOST_MECHANISMS = 20
_STATES = ("SUCCESS", "NEGOTIATE", "INITIATE", "CHALLENGE", "RESPONSE", "WRAP")

Demands = Literal["simple", "kerberos", "token", "unknown"]


class HadoopRpcError(ProbesError):
    """The bytes are no Hadoop RPC answer."""


@frozen
class Mechanism:
    """One way to log in that a server offers."""

    method: str
    """AuthMethod: "KERBEROS", "TOKEN" or "SIMPLE"."""
    mechanism: str
    """Name of the SASL mechanism."""
    protocol: str
    """First half of the service principal, for GSSAPI."""
    server: str
    """Second half of the service principal, for GSSAPI."""


@frozen
class RpcReply:
    """Answer of a Hadoop RPC server."""

    demands: Demands
    """What a client needs:

    * simple: no login;
    * kerberos: a Kerberos login;
    * token: a delegation token, as for the daemons of a job;
    * unknown: the server refused to negotiate, or offers none of these.
    """
    mechanisms: tuple[Mechanism, ...] = ()
    """Mechanisms that the server offers."""
    version: int | None = None
    """Version of its RPC. None if not given."""
    error: str | None = None
    """Class and text of the exception if the server refused to negotiate, else None."""

    @property
    def principal(self) -> str | None:
        """Return "hdfs/master-1-1.example" as the server will identify itself.
        None without Kerberos.
        The server does not send its realm."""
        kerberos = next((each for each in self.mechanisms if each.method == "KERBEROS"), None)
        return None if kerberos is None else f"{kerberos.protocol}/{kerberos.server}"


@frozen
class SaslStep:
    """One message of a server during a login."""

    state: str
    """State of RpcSaslProto: "NEGOTIATE", "CHALLENGE", "SUCCESS" …"""
    token: bytes = b""
    """Token for the client. b"" without one."""
    offers: tuple[tuple[Mechanism, bytes], ...] = ()
    """Each mechanism that is offered, and its SaslAuth as it came."""
    error: str | None = None
    """Class and text of the exception if the server refused, else None."""


async def negotiate(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, RpcReply | None]:
    """Send the question. The reply is None unless it is Hadoop's.

    * Hadoop RPC: open/service-reply with demands, principal, mechanisms and error in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, received = await exchange(endpoint, QUESTION, is_whole, vantage)
    if received is None:
        return observation, None
    try:
        reply = decode(received.data)
    except HadoopRpcError:
        return not_answered(observation, received), None
    return answered(observation, describe(reply)), reply


def describe(reply: RpcReply) -> dict[str, object]:
    detail: dict[str, object] = {
        "service": "hadoop-rpc",
        "demands": reply.demands,
        "principal": reply.principal,
        "mechanisms": [f"{one.method}/{one.mechanism}".rstrip("/") for one in reply.mechanisms],
    }
    return detail if reply.error is None else detail | {"error": reply.error}


def is_whole(data: bytes) -> bool:
    """Return True if the frame is whole, or if the bytes cannot become a frame."""
    if len(data) < 4:
        return False
    size = int.from_bytes(data[:4], "big")
    return not 0 < size <= LARGEST - 4 or len(data) >= 4 + size


def decode(data: bytes) -> RpcReply:
    """Read the framed answer to QUESTION. HadoopRpcError for anything else."""
    try:
        sasl, version, error = _parts(data)
        return RpcReply("unknown", (), version, error) if sasl is None else _sasl(sasl, version)
    except protobuf.ProtobufError as wrong:
        raise HadoopRpcError(str(wrong)) from wrong


def sasl_step(data: bytes) -> SaslStep:
    """Read one framed message of a server during a login. HadoopRpcError for anything else."""
    try:
        sasl, _, error = _parts(data)
        if sasl is None:
            return SaslStep("", error=error)
        fields = list(protobuf.fields(sasl))
        auths = [value for number, value in fields if number == 4 and isinstance(value, bytes)][:_MOST_MECHANISMS]
        offers = tuple((mechanism(auth), auth) for auth in auths)
    except protobuf.ProtobufError as wrong:
        raise HadoopRpcError(str(wrong)) from wrong
    state = next((value for number, value in fields if number == 2 and isinstance(value, int)), None)
    if state is None or state >= len(_STATES):
        raise HadoopRpcError("no SASL state")
    token = next((value for number, value in fields if number == 3 and isinstance(value, bytes)), b"")
    return SaslStep(_STATES[state], token, offers)


def _parts(data: bytes) -> tuple[bytes | None, int | None, str | None]:
    """Return RpcSaslProto, version and error of a framed message. One of the first and the last is
    None."""
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 or not 0 < size <= len(data) - 4:
        raise HadoopRpcError("not a whole frame")
    body = data[4 : 4 + size]
    head, at = protobuf.read_delimited(body, 0)
    status, version, error = _header(head)
    return (None, version, error) if status else (protobuf.read_delimited(body, at)[0], version, None)


def _header(data: bytes) -> tuple[int, int | None, str | None]:
    """Return status (0 success, 1 error, 2 fatal), version, error.
    A header that answers no SASL call and reports no failure is an error."""
    fields = dict(protobuf.fields(data))
    call, status, version = fields.get(1), fields.get(2), fields.get(3)
    if not isinstance(call, int) or not isinstance(status, int) or status > 2:
        raise HadoopRpcError("no response header")
    if status == 0 and call & 0xFFFFFFFF != _CALL_SASL:
        raise HadoopRpcError(f"an answer to call {call}")
    texts = [_text(part) for number in (4, 5) if isinstance(part := fields.get(number), bytes)]
    if status and not texts:
        raise HadoopRpcError("a failure without an exception")
    return status, version if isinstance(version, int) else None, ": ".join(texts)[:_LONGEST_TEXT] or None


def _sasl(data: bytes, version: int | None) -> RpcReply:
    state: int | None = None
    mechanisms: list[Mechanism] = []
    for number, value in protobuf.fields(data):
        if number == 2 and isinstance(value, int):
            state = value
        elif number == 4 and isinstance(value, bytes) and len(mechanisms) < _MOST_MECHANISMS:
            mechanisms.append(mechanism(value))
    if state is None or state >= len(_STATES):
        raise HadoopRpcError("no SASL state")
    return RpcReply(_demands(_STATES[state], [one.method for one in mechanisms]), tuple(mechanisms), version)


def _demands(state: str, methods: list[str]) -> Demands:
    """Return what a client needs.
    A server that accepts SIMPLE requires nothing, whatever else it offers."""
    if state == "SUCCESS" or "SIMPLE" in methods:
        return "simple"
    if state != "NEGOTIATE":
        return "unknown"
    return "kerberos" if "KERBEROS" in methods else "token" if "TOKEN" in methods else "unknown"


def mechanism(data: bytes) -> Mechanism:
    """Read one SaslAuth. ProtobufError if it is none."""
    fields = dict(protobuf.fields(data))
    texts = [_text(part) if isinstance(part := fields.get(number), bytes) else "" for number in (1, 2, 3, 4)]
    return Mechanism(*texts)


def _text(data: bytes) -> str:
    return data[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")[:_LONGEST_TEXT]
