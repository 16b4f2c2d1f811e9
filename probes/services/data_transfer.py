"""Does a DataNode answer here in the data transfer protocol of HDFS, and does it want SASL first?

Two questions are known that every DataNode since Hadoop 2.4 answers. Neither names a user or a
block, and neither changes anything.

* `QUESTION` asks for shared memory, which a DataNode gives over a UNIX socket alone. Over TCP it
  says so. It looks at no token, so Kerberos and a privileged port change nothing.
* `QUESTION_SASL` begins a SASL login. A DataNode that wants SASL sends its first challenge, which
  names the levels of protection. A DataNode that wants none takes the bytes for another version.

A DataNode closes the connection at the question that is not for it, so the second question follows
only a close. Silence is never an answer.

Sources: datatransfer.proto, Receiver, DataXceiver and SaslDataTransferServer of Hadoop.
"""

from __future__ import annotations

import struct
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import LARGEST, answered, exchange, not_answered
from probes.observation import Observation
from probes.regex import regex
from probes.services import protobuf
from probes.vantage import Vantage

_VERSION, _SHARED_MEMORY = 28, 89
"""DATA_TRANSFER_VERSION, and Op.REQUEST_SHORT_CIRCUIT_SHM."""

_MAGIC = bytes.fromhex("deadbeef")
"""First bytes of a client that wants SASL."""

_CLIENT = b"\x0a" + protobuf.delimit(b"emr-diagnose")
"""ShortCircuitShmRequestProto: clientName. It stands in the DataNode's log."""

_START = bytes.fromhex("08001200")
"""DataTransferEncryptorMessageProto: status SUCCESS, an empty payload."""

_PADDING = b"\xfa\x7f"
"""Key of field 2047, bytes. No message has this field, so a DataNode skips it."""

_LONGEST_LENGTH = 5
"""Bytes of the length of a message, at most."""

_LONGEST_TEXT = 300
_MOST_LEVELS = 3
_QOP = regex(rb'(?:^|,)\s*qop="([^"]{1,60})"')

LEVELS = frozenset({"auth", "auth-int", "auth-conf"})
"""Levels of protection that SASL knows."""

Login = Literal["none", "sasl"]


class DataTransferError(ProbesError):
    """The bytes are no answer of a DataNode."""


@frozen
class DataTransferReply:
    """Answer of a DataNode."""

    demands: Login
    """What a client must do first:

    * none: nothing; a block may still need its token;
    * sasl: log in with SASL.
    """
    protection: tuple[str, ...] = ()
    """Levels that it accepts: "auth", "auth-int", "auth-conf". Empty if it names none."""
    error: str | None = None
    """With what it refused a SASL login at its first message. None if it went on."""


def question(padding: int = 0) -> bytes:
    """Return the question to a DataNode that wants no SASL. padding: bytes that it skips."""
    return struct.pack("!hb", _VERSION, _SHARED_MEMORY) + protobuf.delimit(_CLIENT + _padded(padding))


def question_sasl(padding: int = 0) -> bytes:
    """Return the question to a DataNode that wants SASL. padding: bytes that it skips."""
    return _MAGIC + protobuf.delimit(_START + _padded(padding))


def _padded(size: int) -> bytes:
    return _PADDING + protobuf.delimit(bytes(size)) if size > 0 else b""


QUESTION = question()
QUESTION_SASL = question_sasl()


async def greet(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, DataTransferReply | None]:
    """Ask a DataNode without SASL, and with it if the first question was met with a close.

    * DataNode: open/service-reply with demands, protection and error in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.

    Each connection has its own patience. If neither is answered, the first one counts.
    """
    seen, reply = await _ask(endpoint, vantage, sasl=False)
    if reply is None and seen.detail.get("ended") == "closed" and not seen.detail.get("received"):
        again, other = await _ask(endpoint, vantage, sasl=True)
        return (again, other) if other is not None else (seen, None)
    return seen, reply


async def _ask(endpoint: Endpoint, vantage: Vantage, *, sasl: bool) -> tuple[Observation, DataTransferReply | None]:
    observation, received = await exchange(endpoint, QUESTION_SASL if sasl else QUESTION, is_whole, vantage)
    if received is None:
        return observation, None
    try:
        reply = decode_sasl(received.data) if sasl else decode(received.data)
    except DataTransferError:
        return not_answered(observation, received), None
    return answered(observation, describe(reply)), reply


def describe(reply: DataTransferReply) -> dict[str, object]:
    detail: dict[str, object] = {"service": "data-transfer", "demands": reply.demands}
    if reply.protection:
        detail["protection"] = list(reply.protection)
    return detail if reply.error is None else detail | {"error": reply.error}


def is_whole(data: bytes) -> bool:
    """Return True if the message is whole, or if the bytes cannot become one."""
    try:
        size, at = protobuf.varint(data, 0)
    except protobuf.ProtobufError:
        return len(data) >= _LONGEST_LENGTH
    return size > LARGEST - at or len(data) >= at + size


def decode(data: bytes) -> DataTransferReply:
    """Read the answer to QUESTION (ShortCircuitShmResponseProto).

    DataTransferError for anything else. Over TCP it is a status that is no success, and a text.
    """
    status, rest = _message(data)
    if status == 0 or not isinstance(rest.get(2), bytes):
        raise DataTransferError("no refusal of shared memory")
    return DataTransferReply("none")


def decode_sasl(data: bytes) -> DataTransferReply:
    """Read the answer to QUESTION_SASL (DataTransferEncryptorMessageProto).

    DataTransferError for anything else.
    """
    status, rest = _message(data)
    text, challenge = rest.get(3), rest.get(2)
    if status > 2 or not isinstance(challenge if status == 0 else text, bytes):
        raise DataTransferError("no challenge and no refusal")
    error = _text(text) if status and isinstance(text, bytes) else None
    return DataTransferReply("sasl", _levels(challenge) if isinstance(challenge, bytes) else (), error)


def _message(data: bytes) -> tuple[int, dict[int, int | bytes]]:
    """Return the status of a message of one length and no more, and its fields."""
    try:
        body, end = protobuf.read_delimited(data, 0)
        fields = dict(protobuf.fields(body))
    except protobuf.ProtobufError as wrong:
        raise DataTransferError(str(wrong)) from wrong
    status = fields.get(1)
    if end != len(data) or not isinstance(status, int):
        raise DataTransferError("no status")
    return status, fields


def _levels(challenge: bytes) -> tuple[str, ...]:
    """Return the levels of protection that a challenge of DIGEST-MD5 names (RFC 2831)."""
    named = _QOP.search(challenge)
    words = [] if named is None else [word.strip() for word in named[1].decode("ascii", "replace").split(",")]
    return tuple(word for word in words if word in LEVELS)[:_MOST_LEVELS]


def _text(data: bytes) -> str:
    return data[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")[:_LONGEST_TEXT]
