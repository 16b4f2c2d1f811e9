"""How does one write and read the small part of DER that Kerberos messages are made of?

X.690 with the strictness of its chapter 10: definite lengths in their shortest form, one-byte tags, shortest integers, nothing behind the end. The reader takes one
level at a time, so nesting is as deep as the caller's own code and no deeper. Reading raises `DerError` only, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from probes.errors import ProbesError

INTEGER, BIT_STRING, OCTET_STRING, GENERAL_STRING, GENERALIZED_TIME, SEQUENCE = 0x02, 0x03, 0x04, 0x1B, 0x18, 0x30

LARGEST = 64 * 1024
"""Bytes of one element that the reader accepts."""

_MOST_CHILDREN = 256
_TIME_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
_MOST_INTEGER_BYTES = 16


class DerError(ProbesError):
    """offset: where in the bytes given to the reader; problem: a short clause."""

    def __init__(self, offset: int, problem: str) -> None:
        self.offset, self.problem = offset, problem
        super().__init__(f"byte {offset}: {problem}")


@dataclass(frozen=True, slots=True)
class Element:
    """tag: the identifier byte with class and constructed bits; content: the bytes inside; offset: of the content, in the outermost bytes read."""

    tag: int
    content: bytes
    offset: int = 0


def context(number: int) -> int:
    """Tag byte of `[number]` around something, 0-30."""
    return 0xA0 | number


def application(number: int) -> int:
    """Tag byte of `[APPLICATION number]` around something, 0-30."""
    return 0x60 | number


# Writing


def write(tag: int, content: bytes) -> bytes:
    """Tag, length, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def write_integer(value: int) -> bytes:
    """Two's complement in as few bytes as hold the sign."""
    magnitude = value if value >= 0 else ~value
    return write(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def write_string(text: str) -> bytes:
    """KerberosString: a GeneralString which is ASCII by RFC 4120 and UTF-8 in practice. Undecodable bytes that came in with the text go out as they were."""
    return write(GENERAL_STRING, text.encode("utf-8", "surrogateescape"))


def write_time(moment: datetime) -> bytes:
    """KerberosTime: seconds, UTC, no fraction."""
    return write(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def write_flags(flags: int) -> bytes:
    """KerberosFlags: 32 bits, bit 0 the highest."""
    return write(BIT_STRING, b"\0" + flags.to_bytes(4, "big"))


def write_sequence(items: Iterable[bytes]) -> bytes:
    """SEQUENCE, or SEQUENCE OF, of elements already written."""
    return write(SEQUENCE, b"".join(items))


def write_fields(fields: Iterable[tuple[int, bytes]]) -> bytes:
    """SEQUENCE of elements with explicit context tags, in the order given."""
    return write_sequence(write(context(number), content) for number, content in fields)


# Reading


def read(data: bytes) -> Element:
    """The one element that `data` is; DerError for anything behind it."""
    element, end = _next(data, 0, 0)
    if end != len(data):
        raise DerError(end, f"{len(data) - end} bytes behind the end")
    return element


def inside(element: Element) -> Element:
    """What an explicit tag is around."""
    inner, end = _next(element.content, 0, element.offset)
    if end != len(element.content):
        raise DerError(element.offset + end, "more than one element in an explicit tag")
    return inner


def items(element: Element) -> tuple[Element, ...]:
    """The elements of a SEQUENCE (OF)."""
    expect(element, SEQUENCE)
    found: list[Element] = []
    at = 0
    while at < len(element.content):
        if len(found) == _MOST_CHILDREN:
            raise DerError(element.offset + at, f"more than {_MOST_CHILDREN} elements")
        child, at = _next(element.content, at, element.offset)
        found.append(child)
    return tuple(found)


def fields(element: Element) -> dict[int, Element]:
    """A SEQUENCE of explicit context tags, which must ascend -> number: what the tag is around."""
    found: dict[int, Element] = {}
    last = -1
    for child in items(element):
        number = child.tag & 0x1F
        if child.tag & 0xE0 != 0xA0 or number <= last:
            raise DerError(child.offset, f"tag {child.tag:#04x} where a context tag above {last} belongs")
        found[number] = inside(child)
        last = number
    return found


def expect(element: Element, tag: int) -> Element:
    """The element itself, if it has this tag."""
    if element.tag != tag:
        raise DerError(element.offset, f"tag {element.tag:#04x} instead of {tag:#04x}")
    return element


def integer(element: Element, low: int, high: int) -> int:
    """An INTEGER within low..high."""
    content = expect(element, INTEGER).content
    if not 0 < len(content) <= _MOST_INTEGER_BYTES:
        raise DerError(element.offset, f"an integer of {len(content)} bytes")
    if len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1)):
        raise DerError(element.offset, "an integer with needless bytes")
    value = int.from_bytes(content, "big", signed=True)
    if not low <= value <= high:
        raise DerError(element.offset, f"integer {value} outside {low}..{high}")
    return value


def string(element: Element) -> str:
    """A KerberosString; bytes that are not UTF-8 become \\xNN."""
    return expect(element, GENERAL_STRING).content.decode("utf-8", "backslashreplace")


def time(element: Element) -> datetime:
    """A KerberosTime."""
    content = expect(element, GENERALIZED_TIME).content
    if len(content) != 15 or not content[:14].isdigit() or content[14:] != b"Z":
        raise DerError(element.offset, "a time that is not YYYYMMDDHHMMSSZ")
    year, month, day, hour, minute, second = (int(content[a:b]) for a, b in _TIME_PARTS)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise DerError(element.offset, "a time that no calendar has") from None


def octets(element: Element) -> bytes:
    """The content of an OCTET STRING."""
    return expect(element, OCTET_STRING).content


def _next(data: bytes, at: int, base: int) -> tuple[Element, int]:
    """The element at `at`, and where the one after it begins. base: offset of `data` in the outermost bytes."""
    if len(data) - at < 2:
        raise DerError(base + at, "end of data in a header")
    tag, size = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise DerError(base + at, "a tag of more than one byte")
    start = at + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 3:
            raise DerError(base + at + 1, "an indefinite or oversized length")
        if len(data) - start < count:
            raise DerError(base + start, "end of data in a length")
        size = int.from_bytes(data[start : start + count], "big")
        if size < 0x80 or size >> (8 * (count - 1)) == 0:
            raise DerError(base + at + 1, "a length not in its shortest form")
        start += count
    if size > LARGEST:
        raise DerError(base + at + 1, f"a length of {size}")
    if len(data) - start < size:
        raise DerError(base + start, f"{size} bytes announced, {len(data) - start} there")
    return Element(tag, data[start : start + size], base + start), start + size
