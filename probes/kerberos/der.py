"""How is the small part of DER that Kerberos messages use written and read?

The rules are those of X.690 chapter 10: definite lengths in their shortest form, one-byte tags,
shortest integers, nothing behind the end. The reader takes one level at a time, so nesting is never
deeper than the caller's own code. Reading raises only `DerError`, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from probes.errors import ProbesError
from probes.frozen import frozen

INTEGER, BIT_STRING, OCTET_STRING, GENERAL_STRING, GENERALIZED_TIME, SEQUENCE = 0x02, 0x03, 0x04, 0x1B, 0x18, 0x30

LARGEST = 64 * 1024
"""Bytes of one element that the reader accepts."""

_MOST_CHILDREN = 256
_TIME_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
_MOST_INTEGER_BYTES = 16


class DerError(ProbesError):
    """Bytes that are not DER.

    `offset`: place in the bytes that the reader was given. `problem`: a short clause.
    """

    def __init__(self, offset: int, problem: str) -> None:
        self.offset, self.problem = offset, problem
        super().__init__(f"byte {offset}: {problem}")


@frozen
class Element:
    """One element: a tag and what it contains."""

    tag: int
    """Identifier byte, with the class and constructed bits."""
    content: bytes
    """Bytes inside, without tag and length."""
    offset: int = 0
    """Place of `content` in the outermost bytes that were read."""


def context(number: int) -> int:
    """Return the tag byte of an explicit `[number]`, 0-30."""
    return 0xA0 | number


def application(number: int) -> int:
    """Return the tag byte of `[APPLICATION number]`, 0-30."""
    return 0x60 | number


# Writing


def write(tag: int, content: bytes) -> bytes:
    """Return tag, length and content as bytes."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def write_integer(value: int) -> bytes:
    """Return an INTEGER: two's complement in as few bytes as hold the sign."""
    magnitude = value if value >= 0 else ~value
    return write(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def write_string(text: str) -> bytes:
    """Return a KerberosString: a GeneralString, ASCII by RFC 4120 and UTF-8 in practice.
    Bytes that could not be decoded when the text was read are written back unchanged."""
    return write(GENERAL_STRING, text.encode("utf-8", "surrogateescape"))


def write_time(moment: datetime) -> bytes:
    """Return a KerberosTime: whole seconds, UTC."""
    return write(GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def write_flags(flags: int) -> bytes:
    """Return KerberosFlags: 32 bits, bit 0 is the highest."""
    return write(BIT_STRING, b"\0" + flags.to_bytes(4, "big"))


def write_sequence(items: Iterable[bytes]) -> bytes:
    """Return a SEQUENCE, or SEQUENCE OF, of elements that are already written."""
    return write(SEQUENCE, b"".join(items))


def write_fields(fields: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a SEQUENCE of elements with explicit context tags, in the order given."""
    return write_sequence(write(context(number), content) for number, content in fields)


# Reading


def read(data: bytes) -> Element:
    """Return the one element that `data` consists of. DerError if anything follows it."""
    element, end = _next(data, 0, 0)
    if end != len(data):
        raise DerError(end, f"{len(data) - end} bytes behind the end")
    return element


def unwrap(element: Element) -> Element:
    """Return the element inside an explicit tag."""
    inner, end = _next(element.content, 0, element.offset)
    if end != len(element.content):
        raise DerError(element.offset + end, "more than one element in an explicit tag")
    return inner


def items(element: Element) -> tuple[Element, ...]:
    """Return the elements of a SEQUENCE or SEQUENCE OF."""
    expect(element, SEQUENCE)
    elements: list[Element] = []
    at = 0
    while at < len(element.content):
        if len(elements) == _MOST_CHILDREN:
            raise DerError(element.offset + at, f"more than {_MOST_CHILDREN} elements")
        child, at = _next(element.content, at, element.offset)
        elements.append(child)
    return tuple(elements)


def fields(element: Element) -> dict[int, Element]:
    """Return the fields of a SEQUENCE of explicit context tags, by number. The tags must ascend."""
    numbered: dict[int, Element] = {}
    last = -1
    for child in items(element):
        number = child.tag & 0x1F
        if child.tag & 0xE0 != 0xA0 or number <= last:
            raise DerError(child.offset, f"tag {child.tag:#04x} where a context tag above {last} belongs")
        numbered[number] = unwrap(child)
        last = number
    return numbered


def expect(element: Element, tag: int) -> Element:
    """Return the element itself if it has this tag. DerError if it has another one."""
    if element.tag != tag:
        raise DerError(element.offset, f"tag {element.tag:#04x} instead of {tag:#04x}")
    return element


def integer(element: Element, low: int, high: int) -> int:
    """Return an INTEGER. DerError if it lies outside low..high."""
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
    r"""Return a KerberosString. Bytes that are not UTF-8 become \\xNN."""
    return expect(element, GENERAL_STRING).content.decode("utf-8", "backslashreplace")


def time(element: Element) -> datetime:
    """Return a KerberosTime, aware, in UTC."""
    content = expect(element, GENERALIZED_TIME).content
    if len(content) != 15 or not content[:14].isdigit() or content[14:] != b"Z":
        raise DerError(element.offset, "a time that is not YYYYMMDDHHMMSSZ")
    year, month, day, hour, minute, second = (int(content[a:b]) for a, b in _TIME_PARTS)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise DerError(element.offset, "a time that no calendar has") from None


def octets(element: Element) -> bytes:
    """Return the content of an OCTET STRING."""
    return expect(element, OCTET_STRING).content


def _next(data: bytes, at: int, base: int) -> tuple[Element, int]:
    """Return the element at `at`, and the place behind it.
    base: offset of `data` in the outermost bytes."""
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
