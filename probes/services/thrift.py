"""Does HiveServer2, or a metastore, answer here in binary Thrift, and does it want SASL first?

Two questions, a connection each. `negotiate` starts SASL with a mechanism: a server that has it goes on or complains of the empty token, one that has not says
"Unsupported mechanism type", and with a name that no server has the second is certain. Nobody's name or password is sent.
`call` asks for a method that no service has: Thrift without SASL answers with an exception that names it.

Thrift's TSaslTransport has no document but its code: a byte of status, four of length, the payload; START 1, OK 2, BAD 3, ERROR 4, COMPLETE 5. It takes whatever else
begins a connection for a status, and says "Invalid status 72" of an H. https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.network.exchange import answered, exchange, not_answered
from probes.observation import Observation
from probes.vantage import Vantage

UNHEARD_OF = "X-PROBE"
"""A mechanism that no server has."""

METHOD = "emr_diagnose_probe"
"""A method that no service has."""

_START, _OK, _BAD, _ERROR, _COMPLETE = range(1, 6)
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


@dataclass(frozen=True, slots=True)
class Sasl:
    """says: unsupported: it has SASL, but not this mechanism; continue, complete, failed: it has the mechanism; invalid-status: it has SASL and took our first
    byte for a status; text: its words."""

    says: Says
    text: str

    @property
    def has_mechanism(self) -> bool:
        return self.says in ("continue", "complete", "failed")


async def negotiate(
    endpoint: Endpoint,
    mechanism: str = UNHEARD_OF,
    *,
    vantage: Vantage,
) -> tuple[Observation, Sasl | None]:
    """open/service-reply with transport "sasl" in `detail` where Thrift with SASL answers; open/syn-ack with what came instead; else as `probes.network.tcp`."""
    said = started(mechanism)
    seen, heard = await exchange(endpoint, said, _sasl_whole, vantage)
    if heard is None:
        return seen, None
    try:
        sasl = decode_sasl(heard.data)
    except ThriftError:
        return not_answered(seen, heard), None
    told = {"service": "thrift", "transport": "sasl", "mechanism": mechanism, "says": sasl.says, "text": sasl.text}
    return answered(seen, told), sasl


async def call(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, str | None]:
    """open/service-reply with transport "nosasl" where Thrift without SASL answers, "sasl" where the answer is "Invalid status"; the exception's text."""
    seen, heard = await exchange(endpoint, question(), _call_whole, vantage)
    if heard is None:
        return seen, None
    try:
        if heard.data[:1] == bytes((_ERROR,)):
            text, transport = decode_sasl(heard.data).text, "sasl"
        else:
            text, transport = decode_exception(heard.data), "nosasl"
    except ThriftError:
        return not_answered(seen, heard), None
    return answered(seen, {"service": "thrift", "transport": transport, "text": text}), text


def started(mechanism: str) -> bytes:
    """START with the name, OK with an empty token."""
    return _framed(_START, mechanism.encode()) + _framed(_OK, b"")


def question(name: str = METHOD) -> bytes:
    """A call of this method without arguments, in the strict binary protocol."""
    return struct.pack("!II", _STRICT | _CALL, len(name)) + name.encode() + struct.pack("!IB", 0, _STOP)


def decode_sasl(data: bytes) -> Sasl:
    """One whole message of a SASL server. ThriftError for anything else."""
    if not _sasl_framed(data):
        raise ThriftError("no SASL message")
    status, size = data[0], int.from_bytes(data[1:_HEADER], "big")
    payload = data[_HEADER : _HEADER + size]
    if len(payload) < size:
        raise ThriftError("a SASL message that is cut off")
    if status == _START:
        raise ThriftError("a client")
    text = payload[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")[:_LONGEST_TEXT]
    if status in (_OK, _COMPLETE):
        return Sasl("continue" if status == _OK else "complete", "")  # a token, which is nobody's business
    lower = text.lower()
    if _NO_SUCH_MECHANISM in lower:
        return Sasl("unsupported", text)
    return Sasl("invalid-status" if lower.startswith("invalid status") else "failed", text)


def decode_exception(data: bytes) -> str:
    """The text of a TApplicationException. ThriftError for anything else."""
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


def _framed(status: int, payload: bytes) -> bytes:
    return struct.pack("!BI", status, len(payload)) + payload


def _sasl_framed(data: bytes) -> bool:
    return (
        len(data) >= _HEADER and _START <= data[0] <= _COMPLETE and int.from_bytes(data[1:_HEADER], "big") <= _LARGEST
    )


def _sasl_whole(data: bytes) -> bool:
    if len(data) < _HEADER:
        return False
    return not _sasl_framed(data) or len(data) >= _HEADER + int.from_bytes(data[1:_HEADER], "big")


def _call_whole(data: bytes) -> bool:
    if data[:1] == bytes((_ERROR,)):
        return _sasl_whole(data)
    try:
        decode_exception(data)
    except ThriftError:
        # Whatever does not begin as an exception is not going to be one.
        return len(data) >= 4 and int.from_bytes(data[:4], "big") != _STRICT | _EXCEPTION
    return True
