"""What of a captured packet is header: held against packets that scapy makes, and against bytes
of any kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, PadN

from probes.network import headers

SAID = b"uid=admin,password=secret"
V4, V6 = IP(src="192.0.2.1", dst="192.0.2.2"), IPv6(src="2001:db8::1", dst="2001:db8::2")


@pytest.mark.parametrize(
    "before",
    [
        V4 / TCP(options=[("MSS", 1460), ("Timestamp", (1, 2))]),
        V4 / UDP(),
        IP(options=[IPOption_Router_Alert()]) / UDP(),
        V4 / ICMP(type=8),
        V4 / ICMP(type=3, code=4) / V4 / UDP(),
        V4 / ICMP(type=11) / V4 / TCP(),
        IP(src="192.0.2.1", dst="192.0.2.2", frag=185, proto=6),
        IP(src="192.0.2.1", dst="192.0.2.2", proto=47),
        V6 / TCP(),
        V6 / UDP(),
        V6 / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"1234")]) / UDP(),
        V6 / IPv6ExtHdrFragment(nh=6, offset=180),
        V6 / IPv6ExtHdrFragment(offset=0) / UDP(),
        V6 / ICMPv6DestUnreach() / V6 / UDP(),
    ],
)
def test_nothing_that_was_said_counts_as_header(before: Any) -> None:
    assert headers.size(bytes(before / SAID)) == len(bytes(before))


@given(st.binary(max_size=200))
def test_any_bytes_have_a_size_within_them(packet: bytes) -> None:
    assert 0 <= headers.size(packet) <= len(packet)
