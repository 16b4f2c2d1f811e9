"""Which packets does the kernel hand to a capture?

A classic BPF program (https://docs.kernel.org/networking/filter.html) over packets that begin with
their IP header. It accepts:

- packets from or to one of the addresses
- ICMP errors that quote a packet to one of them, from any sender
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

_LOAD_WORD, _LOAD_BYTE, _AND, _JUMP, _EQUAL, _RETURN = 0x20, 0x30, 0x54, 0x05, 0x15, 0x06
_Instruction = tuple[int, int, int, int]
"""code, jump if true, jump if false, k."""

_V4_SOURCE, _V4_TARGET, _V4_PROTOCOL = 12, 16, 9
_V4_QUOTED_TARGET = 20 + 8 + 16
"""Target of the quoted packet, behind an IP header without options and an ICMP header.

Routers send no options.
"""
_V6_SOURCE, _V6_TARGET, _V6_NEXT = 8, 24, 6
_V6_QUOTED_TARGET = 40 + 8 + 24
_ICMP, _ICMP6 = 1, 58


def program(addresses: Iterable[bytes], snap: int) -> bytes:
    """Return the program: struct sock_filter, one after the other.

    addresses: of 4 or 16 bytes each; snap: bytes of a packet that are kept.
    """
    known = list(addresses)
    v4 = _family(
        [a for a in known if len(a) == 4], (_V4_SOURCE, _V4_TARGET), (_V4_PROTOCOL, _ICMP), _V4_QUOTED_TARGET, snap
    )
    v6 = _family(
        [a for a in known if len(a) == 16], (_V6_SOURCE, _V6_TARGET), (_V6_NEXT, _ICMP6), _V6_QUOTED_TARGET, snap
    )
    head = [(_LOAD_BYTE, 0, 0, 0), (_AND, 0, 0, 0xF0), (_EQUAL, 0, 1, 0x40), (_JUMP, 0, 0, 1), (_JUMP, 0, 0, len(v4))]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in (*head, *v4, *v6))


def _family(
    addresses: Sequence[bytes], places: Sequence[int], errors: tuple[int, int], quoted: int, snap: int
) -> list[_Instruction]:
    """Return comparisons at each place, and behind them, for ICMP only, with the quoted packet.

    To load beyond the end of a short packet ends the program.
    """
    there = [step for address in addresses for place in places for step in _compare(place, address, snap)]
    place, protocol = errors
    icmp = [step for address in addresses for step in _compare(quoted, address, snap)]
    return [
        *there,
        (_LOAD_BYTE, 0, 0, place),
        (_EQUAL, 1, 0, protocol),
        (_RETURN, 0, 0, 0),
        *icmp,
        (_RETURN, 0, 0, 0),
    ]


def _compare(place: int, address: bytes, snap: int) -> list[_Instruction]:
    """Return instructions that accept if the address is at `place`, and else go on behind them."""
    words = [int.from_bytes(address[n : n + 4], "big") for n in range(0, len(address), 4)]
    steps: list[_Instruction] = []
    for n, word in enumerate(words):
        left = 2 * (len(words) - n - 1) + 1  # instructions to the end, behind the comparison
        steps += [(_LOAD_WORD, 0, 0, place + 4 * n), (_EQUAL, 0, left, word)]
    return [*steps, (_RETURN, 0, 0, snap)]
