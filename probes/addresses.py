"""Exact sets of IP addresses, as sorted disjoint integer ranges on one number line.

IPv4 addresses take 0 .. 2**32-1. IPv6 addresses follow, shifted by 2**32. So one set may hold both
families, and every operation is the same for both. netaddr reads every spelling that is not plain;
nothing else needs it, because to load it takes longer than many a command.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter

from probes.language import tr

Range = tuple[int, int]
"""First and last member, both included."""

Ranges = tuple[Range, ...]
"""Sorted, disjoint, not adjacent."""

V6 = 1 << 32
"""First place of IPv6 on the number line."""

ALL_V4: Range = (0, V6 - 1)
ALL_V6: Range = (V6, V6 + (1 << 128) - 1)
EVERYWHERE: Ranges = (ALL_V4, ALL_V6)

MANY = 16
"""Ranges of a set from which on a search by halves is faster than a loop."""

_LAST = itemgetter(1)
"""Return the last member of a range."""


LOOPBACK: Ranges = ((127 << 24, (128 << 24) - 1), (V6 + 1, V6 + 1))
"""127.0.0.0/8 and ::1: addresses that always mean the machine which uses them."""


@lru_cache(maxsize=65536)
def parse(text: str) -> Range:
    """Return the range of '192.168.1.0/24', '192.168.1.7' or 'fd00::/8'.

    Host bits are cut, as ECS does. ValueError names the text if it is no address or CIDR.
    """
    plain = _plain_v4(text)
    if plain is not None:
        return plain
    from netaddr import AddrFormatError, IPNetwork

    bare = text.strip()
    if not bare or bare != text.strip("\t\n\r\x0b\x0c"):
        raise ValueError(tr("{text!r} is not an IP address or CIDR", text=text))
    try:
        network = IPNetwork(bare)
    except (AddrFormatError, ValueError, TypeError, IndexError):
        raise ValueError(tr("{text!r} is not an IP address or CIDR", text=text)) from None
    shift = V6 if network.version == 6 else 0
    return int(network.first) + shift, int(network.last) + shift


def _plain_v4(text: str) -> Range | None:
    """Return the range of four numbers and dots, with or without a prefix.

    None for every other spelling, right or wrong.
    """
    address, slash, prefix = text.partition("/")
    octets = address.split(".")
    if len(octets) != 4 or not all(_is_plain(octet, 255) for octet in octets):
        return None
    if slash and not _is_plain(prefix, 32):
        return None
    value = int.from_bytes(map(int, octets), "big")
    others = (1 << 32 - int(prefix or 32)) - 1
    return value & ~others, value | others


def _is_plain(text: str, most: int) -> bool:
    """Return True for a number up to `most`, in its only usual spelling."""
    is_number = 1 <= len(text) <= 3 and text.isascii() and text.isdecimal()
    return is_number and (text[0] != "0" or text == "0") and int(text) <= most


def parse_address(text: str) -> int:
    """Return the place of one address on the number line. ValueError if the text is a network or no
    address.
    """
    low, high = parse(text)
    if low != high or "/" in text:
        raise ValueError(tr("{text!r} is not a single IP address", text=text))
    return low


def union(ranges: Iterable[Range]) -> Ranges:
    """Sort and merge ranges.

    IPv4 and IPv6 ranges stay apart, although 255.255.255.255 and :: are neighbours on the line.
    """
    given = set(ranges)  # often the same range again and again
    if len(given) < 2:
        return tuple(given)
    merged: list[Range] = []
    for low, high in sorted(given):
        if merged and low <= merged[-1][1] + 1 and low != V6:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def subtract(whole: Ranges, taken: Ranges) -> Ranges:
    """Return the part of `whole` that is not in `taken`."""
    left: list[Range] = []
    place, count = 0, len(taken)
    for low, high in whole:
        start = low
        while place < count and taken[place][1] < start:
            place += 1
        while place < count and taken[place][0] <= high:
            cut_low, cut_high = taken[place]
            if cut_low > start:
                left.append((start, cut_low - 1))
            start = cut_high + 1
            if cut_high > high:
                break  # it may reach into the next range too
            place += 1
        if start <= high:
            left.append((start, high))
    return tuple(left)


def intersect(left: Ranges, right: Ranges) -> Ranges:
    """Return what is in both sets.

    The result needs no merge: parts of disjoint sorted ranges are disjoint and sorted.
    """
    # Nearly always both have one range. CIDRs are nested or disjoint, so no new value is needed.
    if len(left) == 1 and len(right) == 1:
        (a_low, a_high), (b_low, b_high) = left[0], right[0]
        if a_low > b_high or b_low > a_high:
            return ()
        if b_low <= a_low and a_high <= b_high:
            return left
        if a_low <= b_low and b_high <= a_high:
            return right
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    found: list[Range] = []
    for low, high in few:
        for place in range(bisect_left(many, low, key=_LAST), len(many)):
            other_low, other_high = many[place]
            if other_low > high:
                break
            found.append((max(low, other_low), min(high, other_high)))
    return tuple(found)


def contains(ranges: Ranges, value: int) -> bool:
    """Return whether one of the ranges holds the value: a place on the number line, or a port."""
    if len(ranges) > MANY:
        place = bisect_left(ranges, value, key=_LAST)
        return place < len(ranges) and ranges[place][0] <= value
    for low, high in ranges:  # noqa: SIM110 - a loop takes half the time of any(), and rule sets ask very often
        if low <= value <= high:
            return True
    return False


def covers(whole: Ranges, part: Ranges) -> bool:
    """Return True if every address of `part` is in `whole`."""
    return not subtract(part, whole)


def size(ranges: Ranges) -> int:
    """Count the addresses."""
    return sum(high - low + 1 for low, high in ranges)


def cidrs(ranges: Ranges) -> list[str]:
    """Return the shortest list of CIDR blocks that is exactly this set, IPv4 first.

    A single address is written with /32 or /128.
    """
    return [block for part in ranges for block in _blocks(part)]


@lru_cache(maxsize=65536)
def _blocks(part: Range) -> tuple[str, ...]:
    low, high = part
    shift, width = (V6, 128) if low >= V6 else (0, 32)
    blocks: list[str] = []
    while low <= high:
        aligned = low - shift | 1 << width
        bits = min((aligned & -aligned).bit_length(), (high - low + 1).bit_length()) - 1
        blocks.append(f"{text(low)}/{width - bits}")
        low += 1 << bits
    return tuple(blocks)


def text(address: int) -> str:
    """Return the usual spelling of one address."""
    if address < V6:
        return ".".join(map(str, address.to_bytes(4, "big")))
    from socket import AF_INET6, inet_ntop

    return inet_ntop(AF_INET6, (address - V6).to_bytes(16, "big"))
