"""Do sets of addresses answer as netaddr does?"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from netaddr import AddrFormatError, IPAddress, IPNetwork, IPSet, iprange_to_cidrs

from probes.addresses import (
    EVERYWHERE,
    MANY,
    V6,
    Ranges,
    cidrs,
    contains,
    intersect,
    parse,
    parse_address,
    subtract,
    text,
    union,
)

V4_BLOCKS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda drawn: _block(4, *drawn))
V6_BLOCKS = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(lambda drawn: _block(6, *drawn))
BLOCKS = st.lists(st.one_of(V4_BLOCKS, V6_BLOCKS), max_size=6)


def _block(version: int, value: int, prefix: int) -> IPNetwork:
    return IPNetwork(f"{IPAddress(value, version)}/{prefix}").cidr


@st.composite
def _blocks_and_an_address(draw: st.DrawFn) -> tuple[list[IPNetwork], IPAddress]:
    """Draw blocks, and an address that is usually at or beside an edge of one of them."""
    blocks = draw(BLOCKS)
    version = draw(st.sampled_from([4, 6]))
    edges = [edge + step for b in blocks if b.version == version for edge in (b.first, b.last) for step in (-1, 0, 1)]
    last = 2**32 - 1 if version == 4 else 2**128 - 1
    anywhere = st.integers(0, last)
    value = draw(st.one_of(st.sampled_from(edges), anywhere) if edges else anywhere)
    return blocks, IPAddress(min(max(value, 0), last), version)


@given(_blocks_and_an_address())
def test_contains_answers_as_netaddr_does(drawn: tuple[list[IPNetwork], IPAddress]) -> None:
    blocks, address = drawn
    ranges = union(parse(str(block)) for block in blocks)
    assert contains(ranges, parse_address(str(address))) is (address in IPSet(blocks))


_PARTS = st.sampled_from(["0", "1", "00", "01", "10", "32", "33", "255", "256", "1e1", "²", "+1", " 1", "-1", ""])
_SPELLINGS = st.builds(
    lambda parts, prefix, blank: ".".join(parts) + prefix + blank,
    st.lists(_PARTS, min_size=3, max_size=5),
    st.one_of(st.just(""), _PARTS.map(lambda part: f"/{part}"), st.just("/255.255.0.0")),
    st.sampled_from(["", "", " ", "\n"]),
)


@given(st.one_of(_SPELLINGS, V4_BLOCKS.map(str), V6_BLOCKS.map(str)))
def test_every_spelling_is_read_as_netaddr_reads_it(spelling: str) -> None:
    bare = spelling.strip()
    try:
        if not bare or bare != spelling.strip("\t\n\r\x0b\x0c"):
            raise ValueError(spelling)
        network = IPNetwork(bare)
    except (AddrFormatError, ValueError, TypeError, IndexError):
        with pytest.raises(ValueError, match="is not an IP address or CIDR"):
            parse(spelling)
    else:
        shift = V6 if network.version == 6 else 0
        assert parse(spelling) == (int(network.first) + shift, int(network.last) + shift)


_ENDS = st.one_of(
    *(st.tuples(st.just(bits), st.integers(0, 2**bits - 1), st.integers(0, 2**bits - 1)) for bits in (32, 128))
)


@given(_ENDS)
@example((32, 0, 2**32 - 1))
@example((128, 0, 2**128 - 1))
@example((128, 0xFFFF << 32, (0xFFFF << 32) + 5))
@example((128, 0, 0x7F000001))
def test_blocks_and_addresses_are_written_as_netaddr_writes_them(drawn: tuple[int, int, int]) -> None:
    bits, *ends = drawn
    first, last = sorted(ends)
    shift, version = (V6, 6) if bits == 128 else (0, 4)
    ends_by_netaddr = IPAddress(first, version), IPAddress(last, version)
    assert cidrs(((first + shift, last + shift),)) == [str(block) for block in iprange_to_cidrs(*ends_by_netaddr)]
    assert text(first + shift) == str(ends_by_netaddr[0])


@pytest.mark.parametrize(("value", "expected"), [(87, False), (88, True), (464, True), (465, False)])
def test_both_ends_of_a_range_of_ports_are_inside(value: int, expected: bool) -> None:
    assert contains(((88, 464),), value) is expected


def test_no_range_holds_nothing() -> None:
    assert not contains((), 0)


def test_everywhere_holds_both_families() -> None:
    assert contains(EVERYWHERE, parse_address("255.255.255.255"))
    assert contains(EVERYWHERE, parse_address("::"))


SETS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6)), max_size=3 * MANY).map(
    lambda drawn: union((low, low + length) for low, length in drawn)
)
"""Sets of small numbers with many ranges, so that every way of searching is used."""


def _members(ranges: Ranges) -> set[int]:
    return {value for low, high in ranges for value in range(low, high + 1)}


@given(SETS, SETS)
def test_set_operations_on_many_ranges_answer_as_sets_of_their_members_do(left: Ranges, right: Ranges) -> None:
    both, rest = intersect(left, right), subtract(left, right)
    assert _members(both) == _members(left) & _members(right)
    assert _members(rest) == _members(left) - _members(right)
    assert union(rest) == rest
    assert list(both) == sorted(both)


@given(SETS, st.integers(0, 410))
def test_contains_searches_many_ranges(ranges: Ranges, value: int) -> None:
    assert contains(ranges, value) is (value in _members(ranges))
