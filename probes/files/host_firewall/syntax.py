"""Addresses, ports and protocols, as packet filters write them."""

from __future__ import annotations

import re

from probes.addresses import EVERYWHERE, V6, Ranges, parse, subtract, union
from probes.regex import regex

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-icmp": 58, "sctp": 132}

NAMED_PORTS = {"ssh": 22, "domain": 53, "http": 80, "kerberos": 88, "ntp": 123, "https": 443, "kpasswd": 464}
"""Port names that a listing without -n shows and that matter here (IANA)."""

ALL_PORTS: Ranges = ((0, 65535),)
_COUNTER = regex(r"([0-9]{1,20})([KMGT]?)")
"""The kernel counts in 64 bits."""
_THOUSANDS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_PORTS = regex(r"(?P<low>[a-z]+|\d{1,5})(?:[:-](?P<high>\d{1,5}))?", re.IGNORECASE)


def ports(text: str) -> Ranges | None:
    """Read '88', '1024:65535', '8020-8030' or 'kerberos'. None for any other text."""
    match = _PORTS.fullmatch(text.strip())
    if match is None:
        return None
    low = NAMED_PORTS.get(match["low"].lower()) if match["low"].isalpha() else int(match["low"])
    high = low if match["high"] is None else int(match["high"])
    return None if low is None or high is None or not low <= high <= 65535 else ((low, high),)


def many_ports(texts: list[str]) -> Ranges | None:
    """Read several ports. None if one of them is not understood."""
    read = [ports(text) for text in texts]
    return None if None in read or not read else union(piece for each in read if each for piece in each)


def addresses(texts: list[str]) -> Ranges | None:
    """Read blocks, single addresses, and ranges with a hyphen. None if one of them is not
    understood.
    """
    blocks = []
    for text in texts:
        first, hyphen, last = text.strip().partition("-")
        try:
            low, high = parse(first), parse(last if hyphen else first)
        except ValueError:
            return None
        if low[0] > high[1]:
            return None
        blocks.append((low[0], high[1]))
    return union(blocks) if blocks else None


def all_but(ranges: Ranges, family: int | None = None) -> Ranges:
    """Return all addresses except these.

    `family` is 4 or 6 if a packet of the other IP version cannot match the condition at all.
    """
    every = {None: EVERYWHERE, 4: ((0, V6 - 1),), 6: ((V6, V6 + (1 << 128) - 1),)}[family]
    return subtract(every, ranges)


def all_ports_but(ranges: Ranges) -> Ranges:
    return subtract(ALL_PORTS, ranges)


def counter(text: str | None) -> int | None:
    """Read the packet counter of a rule. '12K' means at least 12,000. None if there is none."""
    match = _COUNTER.fullmatch(text or "")
    return None if match is None else int(match[1]) * _THOUSANDS[match[2]]


def protocol(text: str) -> int | None:
    """Read a protocol name or number. None if it is not known."""
    word = text.strip().lower()
    if word.isascii() and word.isdigit() and len(word) < 4:
        return int(word)
    return PROTOCOLS.get(word)
