"""The fields of a Protocol Buffers message, without its schema: as much of the encoding as Hadoop's RPC headers use.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.errors import ProbesError

MOST_FIELDS = 1000
"""Of one message: a header has ten, and a list of mechanisms a handful."""

_LONGEST_VARINT = 10
_FIXED64 = 1


class ProtobufError(ProbesError):
    """The bytes are no message."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned number of up to 64 bits at this place, and the place after it."""
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


def delimited(data: bytes, at: int) -> tuple[bytes, int]:
    """The bytes behind a length at this place, and the place after them."""
    size, at = varint(data, at)
    if size > len(data) - at:
        raise ProtobufError("a length beyond the end")
    return data[at : at + size], at + size


def delimit(data: bytes) -> bytes:
    """The bytes behind their length."""
    size, left = bytearray(), len(data)
    while left > 0x7F:
        size.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*size, left)) + data


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field in order: int for numbers, bytes for texts, messages and fixed widths."""
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
                value, at = delimited(data, at)
            case 1 | 5:
                width = 8 if kind == _FIXED64 else 4
                if width > len(data) - at:
                    raise ProtobufError("a fixed width beyond the end")
                value, at = data[at : at + width], at + width
            case _:
                raise ProtobufError(f"wire type {kind}")
        yield number, value
    raise ProtobufError(f"more than {MOST_FIELDS} fields")
