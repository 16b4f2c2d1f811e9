"""Does Hadoop RPC answer here, does it demand Kerberos, and as which principal does it accept clients?

The question is the first message of every client since Hadoop 2: the connection header of version 9 with AuthProtocol SASL, then a SASL NEGOTIATE. A server that
demands Kerberos lists its mechanisms, and with GSSAPI the two halves of its service principal, in clear; one that demands nothing says SUCCESS at once.
Nothing is claimed about who asks, so nothing can be refused.

RpcHeader.proto of Hadoop: RpcResponseHeaderProto, RpcSaslProto.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.network.exchange import LARGEST, answered, exchange, not_answered
from probes.observation import Observation
from probes.services import protobuf
from probes.vantage import Vantage

VERSION = 9
_SERVICE_CLASS, _AUTH_SASL = 0, 0xDF
_NEGOTIATE = bytes.fromhex("021001")
"""Delimited RpcSaslProto: state NEGOTIATE."""


def question(client: bytes = b"") -> bytes:
    """client: the identifier of the client, which servers read and, before anybody has logged in, do nothing with."""
    # RpcRequestHeaderProto: protobuf engine, final packet, call -33 (SASL), client id, retry -1.
    header = bytes.fromhex("08021000184122") + protobuf.delimit(client) + bytes.fromhex("2801")
    message = protobuf.delimit(header) + _NEGOTIATE
    return b"hrpc" + bytes((VERSION, _SERVICE_CLASS, _AUTH_SASL)) + struct.pack("!I", len(message)) + message


QUESTION = question()

_CALL_SASL = (-33) & 0xFFFFFFFF
_LONGEST_TEXT = 300
_MOST_MECHANISMS = 20
_STATES = ("SUCCESS", "NEGOTIATE", "INITIATE", "CHALLENGE", "RESPONSE", "WRAP")

Demands = Literal["simple", "kerberos", "token", "unknown"]


class HadoopRpcError(ProbesError):
    """The bytes are no Hadoop RPC answer."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """method: AuthMethod ("KERBEROS", "TOKEN", "SIMPLE"); mechanism: SASL's name; protocol and server: the halves of the principal for GSSAPI."""

    method: str
    mechanism: str
    protocol: str
    server: str


@dataclass(frozen=True, slots=True)
class Reply:
    """demands: simple: no login needed; kerberos: it is; token: delegation tokens alone, as the daemons of a job do. error: where the server refused
    to negotiate, class and text of its exception; version: of its RPC, where told."""

    demands: Demands
    mechanisms: tuple[Mechanism, ...] = ()
    version: int | None = None
    error: str | None = None

    @property
    def principal(self) -> str | None:
        """ "hdfs/master-1-1.example" as the server will identify itself; without realm, which it does not tell."""
        found = next((one for one in self.mechanisms if one.method == "KERBEROS"), None)
        return None if found is None else f"{found.protocol}/{found.server}"


async def negotiate(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, Reply | None]:
    """open/service-reply with demands, principal, mechanisms, error in `detail` for Hadoop RPC; open/syn-ack with what came instead for anything else; else as
    `probes.network.tcp`. The reply is None unless it is Hadoop's."""
    seen, heard = await exchange(endpoint, QUESTION, whole, vantage)
    if heard is None:
        return seen, None
    try:
        reply = decode(heard.data)
    except HadoopRpcError:
        return not_answered(seen, heard), None
    return answered(seen, describe(reply)), reply


def describe(reply: Reply) -> dict[str, object]:
    told: dict[str, object] = {
        "service": "hadoop-rpc",
        "demands": reply.demands,
        "principal": reply.principal,
        "mechanisms": [f"{one.method}/{one.mechanism}".rstrip("/") for one in reply.mechanisms],
    }
    return told if reply.error is None else told | {"error": reply.error}


def whole(data: bytes) -> bool:
    """A whole frame, or what cannot become one."""
    if len(data) < 4:
        return False
    size = int.from_bytes(data[:4], "big")
    return not 0 < size <= LARGEST - 4 or len(data) >= 4 + size


def decode(data: bytes) -> Reply:
    """The answer to QUESTION, framed. HadoopRpcError for anything else, and for nothing else."""
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 or not 0 < size <= len(data) - 4:
        raise HadoopRpcError("not a whole frame")
    body = data[4 : 4 + size]
    try:
        header, at = protobuf.delimited(body, 0)
        status, version, error = _header(header)
        if status != 0:
            return Reply("unknown", (), version, error)
        sasl, at = protobuf.delimited(body, at)
        return _sasl(sasl, version)
    except protobuf.ProtobufError as wrong:
        raise HadoopRpcError(str(wrong)) from wrong


def _header(data: bytes) -> tuple[int, int | None, str | None]:
    """Status (0 success, 1 error, 2 fatal), version, error. A header that answers no SASL call and reports no failure is none of ours."""
    found = dict(protobuf.fields(data))
    call, status, version = found.get(1), found.get(2), found.get(3)
    if not isinstance(call, int) or not isinstance(status, int) or status > 2:
        raise HadoopRpcError("no response header")
    if status == 0 and call & 0xFFFFFFFF != _CALL_SASL:
        raise HadoopRpcError(f"an answer to call {call}")
    told = [_text(part) for number in (4, 5) if isinstance(part := found.get(number), bytes)]
    if status and not told:
        raise HadoopRpcError("a failure without an exception")
    return status, version if isinstance(version, int) else None, ": ".join(told)[:_LONGEST_TEXT] or None


def _sasl(data: bytes, version: int | None) -> Reply:
    state: int | None = None
    mechanisms: list[Mechanism] = []
    for number, value in protobuf.fields(data):
        if number == 2 and isinstance(value, int):
            state = value
        elif number == 4 and isinstance(value, bytes) and len(mechanisms) < _MOST_MECHANISMS:
            mechanisms.append(_mechanism(value))
    if state is None or state >= len(_STATES):
        raise HadoopRpcError("no SASL state")
    return Reply(_demands(_STATES[state], [one.method for one in mechanisms]), tuple(mechanisms), version)


def _demands(state: str, methods: list[str]) -> Demands:
    """A server that would take SIMPLE demands nothing, whatever else it offers."""
    if state == "SUCCESS" or "SIMPLE" in methods:
        return "simple"
    if state != "NEGOTIATE":
        return "unknown"
    return "kerberos" if "KERBEROS" in methods else "token" if "TOKEN" in methods else "unknown"


def _mechanism(data: bytes) -> Mechanism:
    found = dict(protobuf.fields(data))
    texts = [_text(part) if isinstance(part := found.get(number), bytes) else "" for number in (1, 2, 3, 4)]
    return Mechanism(*texts)


def _text(data: bytes) -> str:
    return data[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")[:_LONGEST_TEXT]
