"""Where are addresses in a text, in which spelling, and what stands for them?"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator
from hashlib import blake2b
from typing import Final

from diagnose import data
from diagnose.collect.redaction.prefix_map import PrefixMap
from diagnose.collect.redaction.tally import Tally
from probes.regex import regex

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|[01]?\d?\d)"
_PATTERN: Final = regex(
    r"(?<!\w)(?=[0-9a-f:])(?:"
    rf"(?<![.-])(?P<back4>(?:{_OCTET}\.){{1,4}})(?P<arpa4>in-addr\.arpa)\b"
    r"|(?<![.-])(?P<back6>(?:[0-9a-f]\.){1,32})(?P<arpa6>ip6\.arpa)\b"
    r"|(?<![:-])(?P<maker>[0-9a-f]{2}(?P<mark>[:-])[0-9a-f]{2}(?P=mark)[0-9a-f]{2})"
    r"(?P<card>(?:(?P=mark)[0-9a-f]{2}){3})(?![0-9a-f:-])"
    r"|(?<![:.])(?P<v6>(?=[0-9a-f]{0,4}:)[0-9a-f:]{2,45}(?:(?<=\d)(?:\.\d{1,3}){3})?)(?![a-z0-9_])"
    r"(?:/(?P<length6>1[01]\d|12[0-8]|\d?\d)(?!\d))?"
    rf"|(?<!\.)(?<!EMR-)(?<!HDP-)(?<!CDH-)(?P<v4>{_OCTET}(?:\.{_OCTET}){{3}})(?!\.?\d|[a-z_])"
    r"(?:/(?P<length4>3[0-2]|[12]?\d)(?!\d|\.\d))?"
    rf"|(?<!\d-)(?P<dashed>{_OCTET}(?:-{_OCTET}){{3}})(?![\d-]))",
    re.IGNORECASE | re.ASCII,
)
"""Every spelling of an address, read in one pass, so that nothing is replaced twice."""

_NETSTAT: Final = regex(r"^(?:tcp|udp)6?\s+\d+\s+\d+\s.*$", re.MULTILINE)
"""A line of netstat, which writes an address of IPv6 and its port with a colon between them."""
_WITH_PORT: Final = regex(r"(?<=\s)([0-9A-Fa-f:.]+)(:(?:\d{1,5}|\*)(?=\s|$))")
_HINT: Final = regex(r"\d[.:-]|::|:[0-9A-Fa-f]*:")

Known = tuple[int, int, int]
"""Version, address as a number, and prefix length."""


def addresses_in(text: str) -> Iterator[Known]:
    """Yield each address of a text. The host bits of a prefix are not counted if they are 0."""
    for found in _PATTERN.finditer(text):
        if found["v4"]:
            yield _known(4, _number(found["v4"]), 32, found["length4"])
        elif found["dashed"]:
            yield 4, _number(found["dashed"].replace("-", ".")), 32
        elif found["v6"] and (address := _v6(found["v6"])) is not None:
            inner = address.ipv4_mapped
            yield _known(6, int(address), 128, found["length6"]) if inner is None else (4, int(inner), 32)


class AddressText:
    """Replaces the addresses of texts."""

    def __init__(self, key: bytes, known: Collection[Known]) -> None:
        """Take the key of this run, and what the case names."""
        self._key = key
        self._maps = {
            version: PrefixMap(version, key, sorted(each[1:] for each in known if each[0] == version))
            for version in (4, 6)
        }
        self._embeds = tuple(map(ipaddress.IPv6Network, data.table("redaction")["addresses"]["embeds"]))

    def __call__(self, text: str, tally: Tally) -> str:
        """Return the text with its addresses replaced."""
        if not _HINT.search(text):
            return text
        parts, end = [], 0
        for line in _NETSTAT.finditer(text):
            parts += [self._replaced(text[end : line.start()], tally), self._netstat(line[0], tally)]
            end = line.end()
        return "".join((*parts, self._replaced(text[end:], tally)))

    def _netstat(self, line: str, tally: Tally) -> str:
        return _WITH_PORT.sub(lambda found: self._replaced(found[1], tally) + found[2], line)

    def _replaced(self, text: str, tally: Tally) -> str:
        return _PATTERN.sub(lambda found: self._counted(found, tally), text)

    def _counted(self, found: re.Match[str], tally: Tally) -> str:
        """Return what stands for one address."""
        text = self._new(found)
        if text == found[0]:
            return text
        tally.add("address")
        return text

    def _new(self, found: re.Match[str]) -> str:
        if found["v4"]:
            return self._v4(found["v4"], found["length4"])
        if found["v6"]:
            return self._v6(found["v6"], found["length6"])
        if found["dashed"]:
            return self._v4(found["dashed"].replace("-", "."), None).replace(".", "-")
        if found["back4"]:
            return self._reverse_v4(found["back4"]) + found["arpa4"]
        if found["back6"]:
            return self._reverse_v6(found["back6"]) + found["arpa6"]
        digits = blake2b(found[0].lower().replace("-", ":").encode(), digest_size=3, key=self._key).hexdigest()
        return found["maker"] + "".join(f"{found['mark']}{digits[place : place + 2]}" for place in (0, 2, 4))

    def address(self, version: int, number: int, length: int) -> int:
        """Return what stands for an address. Bits behind `length` become 0."""
        if version == 6:
            block = next((each for each in self._embeds if ipaddress.IPv6Address(number) in each), None)
            if block is not None:
                inner = number & 0xFFFFFFFF
                return int(block.network_address) | self._maps[4](inner, max(0, length - 96))
        return self._maps[version](number, length)

    def _v4(self, before: str, length: str | None) -> str:
        _, number, bits = _known(4, _number(before), 32, length)
        octets = str(ipaddress.IPv4Address(self.address(4, number, bits))).split(".")
        # 010.0.0.1 keeps its zero: readers differ in what they make of it.
        pairs = zip(before.split("."), octets, strict=True)
        padded = (new.zfill(len(old)) if old[0] == "0" < old else new for old, new in pairs)
        return ".".join(padded) + ("" if length is None else f"/{length}")

    def _v6(self, before: str, length: str | None) -> str:
        address = _v6(before)
        tail = "" if length is None else f"/{length}"
        if address is None:  # a colon behind it ends a clause
            has_colon = before.endswith(":") and _v6(before[:-1]) is not None
            return (self._v6(before[:-1], None) + ":" if has_colon else before) + tail
        _, number, bits = _known(6, int(address), 128, length)
        new = ipaddress.IPv6Address(self.address(6, number, bits))
        if new.ipv4_mapped is not None and "." in before:
            return f"{before[: before.rfind(':') + 1]}{new.ipv4_mapped}{tail}"
        return _spelt_as(before, new) + tail

    def _reverse_v4(self, labels: str) -> str:
        octets = labels.rstrip(".").split(".")[::-1]
        number = _number(".".join((*octets, *["0"] * (4 - len(octets)))))
        new = str(ipaddress.IPv4Address(self.address(4, number, 8 * len(octets)))).split(".")[: len(octets)]
        return "".join(f"{octet}." for octet in new[::-1])

    def _reverse_v6(self, labels: str) -> str:
        digits = labels.replace(".", "")[::-1]
        new = f"{self.address(6, int(digits.ljust(32, '0'), 16), 4 * len(digits)):032x}"[: len(digits)]
        return "".join(f"{digit}." for digit in new[::-1])


def _known(version: int, number: int, bits: int, length: str | None) -> Known:
    """Return how much of an address counts: with a prefix length and without host bits, the
    prefix."""
    if length is None:
        return version, number, bits
    host_bits = bits - int(length)
    return version, number, bits if number & ((1 << host_bits) - 1) else int(length)


def _number(text: str) -> int:
    return int.from_bytes(bytes(map(int, text.split("."))), "big")


def _v6(text: str) -> ipaddress.IPv6Address | None:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return address


def _spelt_as(before: str, address: ipaddress.IPv6Address) -> str:
    """Return the address written out if the other was, and in capitals if the other was."""
    text = str(address) if "::" in before else address.exploded
    if "::" not in before and any(len(group) < 4 for group in before.split(":")):
        text = ":".join(f"{int(group, 16):x}" for group in text.split(":"))
    return text.upper() if before != before.lower() else text
