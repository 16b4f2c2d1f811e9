"""Entries in order: which of them are read, and which decide."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from probes.addresses import Ranges, parse
from probes.rules.ruleset import ANY_PORT, Default, Entry, Piece, Ruleset

TCP = 6

SOURCES: Ranges = (parse("10.0.0.0/28"), parse("fd00::/124"))
DENIED = Default(False, "no rule matches")


@dataclass
class Taken:
    """Entries that count how many of them were taken."""

    entries: tuple[Entry, ...]
    count: int = 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self.entries:
            self.count += 1
            yield entry


def everything(accept: bool, rule: str) -> Entry:
    return Entry(None, ANY_PORT, SOURCES, accept, rule)


NARROW = Entry(TCP, ((88, 88),), (SOURCES[0],), False, "narrow")


def test_an_entry_that_decides_every_packet_is_the_last_that_is_read() -> None:
    entries = Taken((NARROW, everything(True, "all"), everything(False, "too late"), NARROW))
    ruleset = Ruleset(entries, SOURCES, DENIED)
    assert entries.count == 2
    assert ruleset.pieces(TCP, 88) == [
        Piece(*SOURCES[0], False, "narrow"),
        Piece(*SOURCES[1], True, "all"),
    ]
    assert ruleset.accepted(TCP, 88) == (SOURCES[1],)
    assert ruleset.accepted(TCP, 89) == SOURCES


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"protocol": 17}, False),
        ({"ports": ((1, 65535),)}, False),
        ({"ports": ((0, 10), (12, 65535))}, False),
        ({"region": SOURCES[1:]}, False),
        ({"doubt": "whether it exists"}, None),
        ({"source_ports": ((0, 40000),)}, False),
    ],
)
def test_what_an_entry_leaves_open_is_decided_by_the_next(fields: dict[str, object], outcome: bool | None) -> None:
    # Given an accept that lacks one thing of those that decide every packet
    first = everything(True, "first")._replace(**fields)  # type: ignore[arg-type]
    ruleset = Ruleset([first, everything(False, "next")], SOURCES, DENIED)
    port = 11 if first.ports != ((1, 65535),) else 0
    here = ruleset.pieces(TCP, port)[0]
    assert here.accept is outcome
    assert here.doubts == (("whether it exists",) if outcome is None else ())
    assert ruleset.accepted(TCP, port) == (SOURCES[1:] if "region" in fields else ())


def test_memory_grows_with_the_blocks_and_not_with_their_square() -> None:
    blocks = tuple((2 * number, 2 * number) for number in range(20_000))
    entries = [Entry(TCP, ((88, 88),), blocks, True, "many")]
    tracemalloc.start()
    try:
        ruleset = Ruleset(entries, ((0, 1 << 32),), DENIED)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert ruleset.accepted(TCP, 88) == blocks
    assert most < 1000 * len(blocks)  # a number with a bit for each border takes 5,000 bytes, for each border
