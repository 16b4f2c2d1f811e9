"""How is an address replaced so that networks stay networks?

As in Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002) each bit
is flipped or kept by the bits before it, with a secret key. Two addresses that share exactly k
leading bits share exactly k afterwards, so a prefix of the one becomes a prefix of the other.

Two things are added:

- The bits before a block with a meaning are never flipped. What is in a private block stays in it.
- A bit that parts addresses of the case is kept: of two addresses the smaller stays the smaller.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from diagnose import data

MOST_ORDERED: Final = 20_000
"""Most addresses of a case whose order stays. Of further ones only the prefixes are kept."""

Step = tuple[int, int]
"""Number of leading bits, and their value."""


class PrefixMap:
    """Replaces addresses of one version of IP."""

    def __init__(self, version: int, key: bytes, known: Iterable[tuple[int, int]] = ()) -> None:
        """Take the key of this run. `known`: address and prefix length of what the case names."""
        self._bits: Final = 32 if version == 4 else 128
        self._key: Final = key
        self._kept: set[Step] = set()
        self._stay: set[Step] = set()
        self._flips: dict[Step, int] = {}
        found = list(known)
        table = data.table("redaction")["addresses"]
        for block in (*table["stay"], *table["class"], *table["embeds"]):
            self._keep_above(block, is_whole=block in table["stay"])
        for literal in table["public"]:
            address = ipaddress.ip_address(literal)
            if address.version == version and (int(address), self._bits) in found:
                self._keep_above(literal, is_whole=True)
        self._keep_order(found[:MOST_ORDERED])

    def __call__(self, address: int, length: int | None = None) -> int:
        """Return what stands for the first `length` bits of the address. The others become 0."""
        length = self._bits if length is None else length
        result = 0
        for depth in range(length):
            step = (depth, address >> (self._bits - depth) if depth else 0)
            if step in self._stay:
                rest = length - depth
                return (result << rest | (address >> (self._bits - length)) & ((1 << rest) - 1)) << (
                    self._bits - length
                )
            bit = address >> (self._bits - 1 - depth) & 1
            result = result << 1 | bit ^ self._flip(step)
        return result << (self._bits - length)

    def _flip(self, step: Step) -> int:
        if step in self._kept:
            return 0
        if (known := self._flips.get(step)) is not None:
            return known
        text = f"{self._bits} {step[0]} {step[1]}".encode()
        flip = self._flips[step] = blake2b(text, digest_size=1, key=self._key).digest()[0] & 1
        return flip

    def _keep_above(self, block: str, *, is_whole: bool) -> None:
        """Keep the bits of a block. `is_whole`: also those behind them."""
        network = ipaddress.ip_network(block)
        if network.max_prefixlen != self._bits:
            return
        start = int(network.network_address)
        self._kept |= {(depth, start >> (self._bits - depth)) for depth in range(network.prefixlen)}
        if is_whole:
            self._stay.add((network.prefixlen, start >> (self._bits - network.prefixlen)))

    def _keep_order(self, known: Iterable[tuple[int, int]]) -> None:
        seen: set[Step] = set()
        for address, length in dict.fromkeys(known):
            for depth in range(length):
                step = (depth, address >> (self._bits - depth))
                bit = address >> (self._bits - 1 - depth) & 1
                seen.add((depth + 1, step[1] << 1 | bit))
                if (depth + 1, step[1] << 1 | 1 - bit) in seen:
                    self._kept.add(step)
            if length == self._bits == 32 and not address & 0xFF:
                # A forgotten /24 is told by its last zero.
                self._kept |= {(depth, address >> (32 - depth)) for depth in range(24, 32)}
