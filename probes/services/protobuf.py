"""Which fields does a Protocol Buffers message have, without its schema?

Only the part of the encoding that Hadoop's RPC headers use is read.
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.errors import ProbesError

MOST_FIELDS = 1000
"""Fields of one message: a header has ten, and a list of mechanisms a few."""

_LONGEST_VARINT = 10
_FIXED64 = 1


class ProtobufError(ProbesError):
    """The bytes are no message."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the unsigned number of up to 64 bits at this place, and the place behind it."""
    value = 0
    for count in range(_LONGEST_VARINT):
        if at >= len(data):
            raise ProtobufError("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if value >> 64:
                raise ProtobufError("a number of more than 64 bits")
            return value, at
    raise ProtobufError("a number that does not end")


def read_delimited(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the bytes behind a length at this place, and the place behind them."""
    size, at = varint(data, at)
    if size > len(data) - at:
        raise ProtobufError("a length beyond the end")
    return data[at : at + size], at + size


def delimit(data: bytes) -> bytes:
    """Return the bytes behind their length."""
    size, left = bytearray(), len(data)
    while left > 0x7F:
        size.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*size, left)) + data


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field in order.
    A value is an int for numbers, and bytes for texts, messages and fixed widths."""
    at = 0
    for _ in range(MOST_FIELDS):
        if at == len(data):
            return
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise ProtobufError("a field without a number")
        value: int | bytes
        match kind:
            case 0:
                value, at = varint(data, at)
            case 2:
                value, at = read_delimited(data, at)
            case 1 | 5:
                width = 8 if kind == _FIXED64 else 4
                if width > len(data) - at:
                    raise ProtobufError("a fixed width beyond the end")
                value, at = data[at : at + width], at + width
            case _:
                raise ProtobufError(f"wire type {kind}")
        yield number, value
    raise ProtobufError(f"more than {MOST_FIELDS} fields")
