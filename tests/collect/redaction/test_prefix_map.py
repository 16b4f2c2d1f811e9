"""Do networks stay networks, whatever the key?"""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.collect.redaction.prefix_map import PrefixMap

V4 = st.integers(0, (1 << 32) - 1)
V6 = st.integers(0, (1 << 128) - 1)
KEYS = st.binary(min_size=32, max_size=32)
PRIVATE = st.one_of(
    st.integers(10 << 24, (11 << 24) - 1), st.integers(192 << 24 | 168 << 16, (192 << 24 | 169 << 16) - 1)
)


def shared(one: int, other: int, bits: int) -> int:
    """Return how many leading bits two addresses share."""
    return bits - (one ^ other).bit_length()


@given(KEYS, st.lists(V4, max_size=8), st.one_of(V4, PRIVATE), st.one_of(V4, PRIVATE))
def test_addresses_share_as_many_bits_as_before(key: bytes, known: list[int], one: int, other: int) -> None:
    moved = PrefixMap(4, key, [(each, 32) for each in known])
    assert shared(moved(one), moved(other), 32) == shared(one, other, 32)


@given(KEYS, V6, V6, st.integers(0, 127))
def test_addresses_of_ipv6_too(key: bytes, one: int, other: int, length: int) -> None:
    near = (one >> (128 - length) << (128 - length)) | (other & ((1 << (128 - length)) - 1))
    moved = PrefixMap(6, key, [(one, 128)])
    assert shared(moved(one), moved(near), 128) == shared(one, near, 128)


@given(KEYS, V4, st.integers(0, 32))
def test_a_prefix_of_an_address_becomes_a_prefix_of_the_new_one(key: bytes, address: int, length: int) -> None:
    moved = PrefixMap(4, key)
    host_bits = 32 - length
    assert moved(address, length) == moved(address) >> host_bits << host_bits


@given(KEYS, st.lists(st.one_of(V4, PRIVATE), min_size=2, max_size=20))
def test_the_addresses_of_a_case_keep_their_order(key: bytes, known: list[int]) -> None:
    moved = PrefixMap(4, key, [(each, 32) for each in known])
    assert [moved(each) for each in sorted(known)] == sorted(map(moved, known))


@given(KEYS, V4)
def test_an_address_keeps_its_class(key: bytes, number: int) -> None:
    before, after = (ipaddress.IPv4Address(each) for each in (number, PrefixMap(4, key)(number)))
    for what in ("is_private", "is_global", "is_loopback", "is_link_local", "is_multicast", "is_reserved"):
        assert getattr(before, what) == getattr(after, what), (before, after)


@given(KEYS, V6)
def test_an_address_of_ipv6_keeps_its_class(key: bytes, number: int) -> None:
    before, after = (ipaddress.IPv6Address(each) for each in (number, PrefixMap(6, key)(number)))
    for what in ("is_private", "is_global", "is_loopback", "is_link_local", "is_multicast"):
        assert getattr(before, what) == getattr(after, what), (before, after)


@given(KEYS, st.integers(0, (1 << 24) - 1), st.lists(st.integers(1, 255), max_size=4))
def test_an_address_that_ends_in_0_still_does(key: bytes, network: int, hosts: list[int]) -> None:
    """A forgotten /24 is told by its last zero."""
    base = network << 8
    moved = PrefixMap(4, key, [(base, 32), *((base | host, 32) for host in hosts)])
    assert moved(base) & 0xFF == 0


@pytest.mark.parametrize(
    "block", ["0.0.0.0/8", "127.0.0.0/8", "100.100.0.0/16", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.0/24"]
)
@given(KEYS, st.integers(0, (1 << 32) - 1))
def test_blocks_with_a_meaning_stay(block: str, key: bytes, number: int) -> None:
    network = ipaddress.IPv4Network(block)
    address = int(network.network_address) | number & int(network.hostmask)
    assert PrefixMap(4, key)(address) == address


def test_a_name_server_that_anybody_uses_stays_if_the_case_names_it() -> None:
    public = int(ipaddress.IPv4Address("223.5.5.5"))
    keys = [bytes([number]) * 32 for number in range(16)]
    assert {PrefixMap(4, key, [(public, 32)])(public) for key in keys} == {public}
    assert len({PrefixMap(4, key)(public) for key in keys}) > 8
