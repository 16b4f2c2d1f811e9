"""Is this Thrift server Impala?

Impala answers the protocol of HiveServer2, and one method more: PingImpalaHS2Service. It is called
with a session that does not exist, so Impala refuses it and opens nothing. HiveServer2, Kyuubi and
the Spark Thrift Server do not have the method. With SASL nothing is told before a login.

Sources: ImpalaService.thrift, ImpalaServer::PingImpalaHS2Service.
https://github.com/apache/impala/blob/master/common/thrift/ImpalaService.thrift
"""

from __future__ import annotations

import struct
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.network.exchange import answered, exchange, not_answered
from probes.observation import Observation
from probes.services import thrift
from probes.vantage import Vantage

METHOD = b"PingImpalaHS2Service"
_STRICT, _CALL, _REPLY = 0x80010000, 1, 2
_STRUCT, _STRING, _STOP = 12, 11, 0
_NO_METHOD = "invalid method name"
_SASL_ERROR = b"\x04"
_RESULT = struct.pack("!II", _STRICT | _REPLY, len(METHOD)) + METHOD
"""Beginning of a result."""

Engine = Literal["impala", "other", "sasl", "unknown"]
"""Who answered.

- impala: it has the method.
- other: it says that it has no such method.
- sasl: it wants SASL first, and does not tell.
- unknown: a Thrift server that failed in another way.
"""


class ImpalaError(ProbesError):
    """The bytes are no answer of a Thrift server to the call."""


def question() -> bytes:
    """Return the call with the handle of no session: a GUID and a secret of no byte."""
    empty = struct.pack("!BhI", _STRING, 1, 0) + struct.pack("!BhI", _STRING, 2, 0) + bytes((_STOP,))
    nested = empty
    for _ in range(3):  # session id, handle, request
        nested = struct.pack("!Bh", _STRUCT, 1) + nested + bytes((_STOP,))
    return struct.pack("!II", _STRICT | _CALL, len(METHOD)) + METHOD + struct.pack("!I", 0) + nested


async def ping(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, Engine | None]:
    """Call the method without SASL.

    * A Thrift server: open/service-reply with engine and transport in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, received = await exchange(endpoint, question(), is_whole, vantage)
    if received is None:
        return observation, None
    try:
        engine = decode(received.data)
    except ImpalaError:
        return not_answered(observation, received), None
    return answered(observation, describe(engine)), engine


def describe(engine: Engine) -> dict[str, object]:
    return {"service": "thrift", "transport": "sasl" if engine == "sasl" else "nosasl", "engine": engine}


def decode(data: bytes) -> Engine:
    """Read the answer to the call. ImpalaError for anything else."""
    if data.startswith(_RESULT):
        return "impala"  # it refused the session itself
    try:
        if data[:1] == _SASL_ERROR:
            thrift.decode_sasl(data)
            return "sasl"
        return "other" if _NO_METHOD in thrift.decode_exception(data).lower() else "unknown"
    except thrift.ThriftError as wrong:
        raise ImpalaError(str(wrong)) from wrong


def is_whole(data: bytes) -> bool:
    """Return True if the kind of answer is known, or if the bytes cannot become one."""
    return data.startswith(_RESULT) or (not _RESULT.startswith(data) and thrift.is_whole_call(data))
