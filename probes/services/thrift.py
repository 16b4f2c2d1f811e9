"""Does HiveServer2 or a metastore answer here in binary Thrift, and does it require SASL first?

There are two questions, each on a connection of its own.

* `negotiate` starts SASL with a mechanism. A server that has it goes on, or reports the empty token
  as an error. A server without it answers "Unsupported mechanism type". With a name that no server
  has, the second is certain. No user name or password is sent.
* `call` asks for a method that no service has. Thrift without SASL answers with an exception that
  names it.

Thrift's TSaslTransport is documented by its code only: a status byte, four bytes of length, the
payload; START 1, OK 2, BAD 3, ERROR 4, COMPLETE 5. It reads the first byte of any other protocol as
a status, and answers "Invalid status 72" to an H.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md
"""

from __future__ import annotations

import struct
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen, replace
from probes.network.exchange import RawReply, answered, exchange, not_answered
from probes.observation import Observation
from probes.vantage import Vantage

UNHEARD_OF = "X-PROBE"
"""A mechanism that no server has."""

METHOD = "emr_diagnose_probe"
"""A method that no service has."""

START, OK, BAD, ERROR, COMPLETE = range(1, 6)
_HEADER = 5
_LARGEST = 16 * 1024
_LONGEST_TEXT = 300

_STRICT = 0x80010000
_CALL, _REPLY, _EXCEPTION = 1, 2, 3
_STOP, _STRING, _I32 = 0, 11, 8
_NO_SUCH_MECHANISM = "unsupported mechanism type"

Says = Literal["unsupported", "continue", "complete", "failed", "invalid-status"]


class ThriftError(ProbesError):
    """The bytes are no Thrift answer."""


@frozen
class Sasl:
    """Answer of a server that speaks SASL."""

    says: Says
    """What the answer means:

    * unsupported: it has SASL, but not this mechanism;
    * continue, complete, failed: it has the mechanism;
    * invalid-status: it has SASL, and read our first byte as a status.
    """
    text: str
    """Text of the server."""


async def negotiate(
    endpoint: Endpoint,
    mechanism: str = UNHEARD_OF,
    *,
    vantage: Vantage,
    secure: bool = False,
) -> tuple[Observation, Sasl | None]:
    """Start SASL with a mechanism. secure: inside TLS, whatever certificate is shown.

    * Thrift with SASL: open/service-reply with transport "sasl" in `detail`.
    * Another answer: open/syn-ack with what came instead, and "tls" if the peer made TLS.
    * Not connected: as in `probes.network.tcp`.
    """
    sent = start_message(mechanism)
    observation, received = await exchange(endpoint, sent, is_whole_sasl, vantage, secure=secure)
    if received is None:
        return observation, None
    if received.ended == "tls-failed":  # "Invalid status 22": a server that takes our TLS for SASL
        return _other_reply(observation, received), None
    try:
        sasl = decode_sasl(received.data)
    except ThriftError:
        return _other_reply(observation, received), None
    detail = {"service": "thrift", "transport": "sasl", "mechanism": mechanism, "says": sasl.says, "text": sasl.text}
    return answered(observation, detail), sasl


async def call(endpoint: Endpoint, vantage: Vantage, *, secure: bool = False) -> tuple[Observation, str | None]:
    """Call a method that no service has, and return the text of the exception.

    * Thrift without SASL: open/service-reply with transport "nosasl" in `detail`.
    * "Invalid status": open/service-reply with transport "sasl".
    * Another answer, or not connected: as in `negotiate`.
    """
    observation, received = await exchange(endpoint, question(), is_whole_call, vantage, secure=secure)
    if received is None:
        return observation, None
    if received.ended == "tls-failed":
        return _other_reply(observation, received), None
    try:
        if received.data[:1] == bytes((ERROR,)):
            text, transport = decode_sasl(received.data).text, "sasl"
        else:
            text, transport = decode_exception(received.data), "nosasl"
    except ThriftError:
        return _other_reply(observation, received), None
    return answered(observation, {"service": "thrift", "transport": transport, "text": text}), text


def _other_reply(observation: Observation, received: RawReply) -> Observation:
    seen = not_answered(observation, received)
    if received.tls is None:
        return seen
    return replace(seen, detail={**seen.detail, "tls": {"version": received.tls.version}})


def start_message(mechanism: str) -> bytes:
    """Return START with the name of the mechanism, and OK with an empty token."""
    return framed(START, mechanism.encode()) + framed(OK, b"")


def question(name: str = METHOD) -> bytes:
    """Return a call of this method without arguments, in the strict binary protocol."""
    return struct.pack("!II", _STRICT | _CALL, len(name)) + name.encode() + struct.pack("!IB", 0, _STOP)


def decode_sasl(data: bytes) -> Sasl:
    """Read one whole message of a SASL server. ThriftError for anything else."""
    status, payload = sasl_message(data)
    if status == START:
        raise ThriftError("a client")
    text = payload[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")[:_LONGEST_TEXT]
    if status in (OK, COMPLETE):
        return Sasl("continue" if status == OK else "complete", "")  # the token is not kept
    lower = text.lower()
    if _NO_SUCH_MECHANISM in lower:
        return Sasl("unsupported", text)
    return Sasl("invalid-status" if lower.startswith("invalid status") else "failed", text)


def sasl_message(data: bytes) -> tuple[int, bytes]:
    """Return status and payload of one whole SASL message. ThriftError for anything else."""
    if not _has_sasl_header(data):
        raise ThriftError("no SASL message")
    status, size = data[0], int.from_bytes(data[1:_HEADER], "big")
    payload = data[_HEADER : _HEADER + size]
    if len(payload) < size:
        raise ThriftError("a SASL message that is cut off")
    return status, payload


def decode_exception(data: bytes) -> str:
    """Return the text of a TApplicationException. ThriftError for anything else."""
    kind, at = _u32(data, 0)
    size, at = _u32(data, at)
    if kind != _STRICT | _EXCEPTION or size > _LARGEST:
        raise ThriftError("no exception of Thrift")
    at += size + 4  # the name that was called, its sequence number
    while at < len(data) and data[at] != _STOP:
        field = data[at]
        if field == _STRING:
            size, at = _u32(data, at + 3)
            if size > len(data) - at:
                raise ThriftError("a text that is cut off")
            return data[at : at + min(size, 4 * _LONGEST_TEXT)].decode("utf-8", "replace")[:_LONGEST_TEXT]
        if field != _I32:
            raise ThriftError("an exception with fields that it does not have")
        at += 7
    if at >= len(data):
        raise ThriftError("an exception that is cut off")
    return ""


def _u32(data: bytes, at: int) -> tuple[int, int]:
    if at + 4 > len(data):
        raise ThriftError("cut off")
    return int.from_bytes(data[at : at + 4], "big"), at + 4


def framed(status: int, payload: bytes) -> bytes:
    """Return one SASL message."""
    return struct.pack("!BI", status, len(payload)) + payload


def _has_sasl_header(data: bytes) -> bool:
    return len(data) >= _HEADER and START <= data[0] <= COMPLETE and int.from_bytes(data[1:_HEADER], "big") <= _LARGEST


def is_whole_sasl(data: bytes) -> bool:
    """Return True if the SASL message is whole, or if the bytes cannot become one."""
    if len(data) < _HEADER:
        return False
    return not _has_sasl_header(data) or len(data) >= _HEADER + int.from_bytes(data[1:_HEADER], "big")


def is_whole_call(data: bytes) -> bool:
    if data[:1] == bytes((ERROR,)):
        return is_whole_sasl(data)
    try:
        decode_exception(data)
    except ThriftError:
        # Bytes that do not begin as an exception cannot become one.
        return len(data) >= 4 and int.from_bytes(data[:4], "big") != _STRICT | _EXCEPTION
    return True
