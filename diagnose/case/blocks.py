"""Is this text the block of a vSwitch?

A VPC has at most a /8 of IPv4 and a /48 of IPv6 addresses. A larger block is a slip such as
0.0.0.0/0, and must never become a rule for everybody, whichever file it came from.
"""

from __future__ import annotations

from probes.addresses import V6, Range, parse
from probes.language import tr

MOST_ADDRESSES = (1 << 24, 1 << 80)
"""Addresses of the largest VPC: IPv4 and IPv6."""


def block_of(text: str) -> Range:
    """Return the block. ValueError if it is no address or CIDR, or larger than any VPC."""
    block = parse(text)
    if block[1] - block[0] >= MOST_ADDRESSES[block[0] >= V6]:
        raise ValueError(tr("{text} is larger than any VPC, expected the CIDR of a vSwitch", text=text))
    return block


def is_vswitch(text: str) -> bool:
    """Return True if the text is a block that fits into a VPC."""
    try:
        block_of(text)
    except ValueError:
        return False
    return True


def is_forgotten_prefix(text: str) -> bool:
    """Return True for an IPv4 address without a prefix that ends in .0.

    Such an address is a network whose prefix length was forgotten, because no host has it.
    """
    block = parse(text)
    return "/" not in text and block[0] < V6 and block[0] == block[1] and block[0] % 256 == 0
