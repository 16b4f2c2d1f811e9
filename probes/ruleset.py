"""Which of these source addresses does an ordered list of rules let through, to one port?

Order is the order of the entries; the first entry that matches an address decides it. An entry may be uncertain: a list it refers to is not known,
so it may match or not. A piece is then decided only if it would be decided the same either way; if not it is unknown, and says what it waits for.
One pass over the entries keeps the addresses not yet decided as integer ranges; each rule takes what it covers of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from probes.addresses import Range, Ranges, intersect, subtract, union

CLIENT_PORTS: Range = (1024, 65535)
"""Ports that a client may be given by its kernel: https://www.alibabacloud.com/help/en/vpc/network-acl-overview advises to allow all of them."""

LINUX_CLIENT_PORTS: Range = (32768, 60999)
"""net.ipv4.ip_local_port_range of Linux: https://docs.kernel.org/networking/ip-sysctl.html"""

ANY_PORT: Ranges = ((0, 65535),)


class Entry(NamedTuple):
    """One rule as seen by one question. A tuple, since thousands are made for every case.

    region: the asked sources it matches; doubt: why it may not match after all, "" if it surely does;
    rule: what it was made of, handed back with the pieces it decides; protocol: IANA number, None for every one."""

    protocol: int | None
    ports: Ranges
    region: Ranges
    accept: bool
    rule: object
    doubt: str = ""
    source_ports: Ranges = ANY_PORT


@dataclass(frozen=True, slots=True)
class Default:
    """What happens to an address that no entry matches. accept None: not known, for the reason in doubt."""

    accept: bool | None
    why: str
    doubt: str = ""


class Piece(NamedTuple):
    """Addresses low..high share one outcome. accept None: unknown, `doubts` says why; rule None: the default decided."""

    low: int
    high: int
    accept: bool | None
    rule: object | None
    doubts: tuple[str, ...] = ()


_LOW = itemgetter(0)
"""Of a piece: its first address."""

_Row = tuple[int, int, Ranges | None, Ranges, bool, Entry, int | None]
"""port low, port high, all port ranges if more than one, region, certain, entry, protocol: what the hot loop needs, looked up before."""


class Ruleset:
    """Ordered entries for one range of sources; ask it port by port."""

    __slots__ = ("_by_client_port", "_by_protocol", "_rows", "client_ports", "default", "entries", "sources")

    def __init__(
        self, entries: Iterable[Entry], sources: Ranges, default: Default, client_ports: Range = CLIENT_PORTS
    ) -> None:
        self.entries = [entry for entry in entries if entry.region]
        self.sources = sources
        self.default = default
        self.client_ports = client_ports
        self._rows: list[_Row] = []
        for entry in self.entries:
            protocol, ports, region, _, _, doubt, _ = entry
            if ports:
                more = ports if len(ports) > 1 else None
                self._rows.append((ports[0][0], ports[-1][1], more, region, not doubt, entry, protocol))
        self._by_protocol: dict[int, tuple[list[_Row], list[_Row]]] = {}
        self._by_client_port: dict[tuple[int, int], list[_Row]] = {}

    def pieces(self, protocol: int, port: int) -> list[Piece]:
        """The whole source range cut into pieces of one outcome each, in address order. An address counts as accepted only where every
        source port that a client may use is accepted."""
        return sorted(self._unordered(protocol, port), key=_LOW)

    def accepted(self, protocol: int, port: int) -> Ranges:
        """Sources that are surely let through."""
        return union([piece[:2] for piece in self._unordered(protocol, port) if piece[2]])

    def _unordered(self, protocol: int, port: int) -> list[Piece]:
        strips = self._source_port_strips(protocol, port)
        if len(strips) == 1:
            return self._decide(protocol, port, strips[0][0])
        return self._combine([(self._decide(protocol, port, low), low) for low, _ in strips])

    def _source_port_strips(self, protocol: int, port: int) -> list[Range]:
        """Cut the client ports wherever an entry for this protocol and port begins or ends."""
        first, last = self.client_ports
        particular = self._rows_of(protocol)[1]
        if not particular:
            return [self.client_ports]
        cuts = {first}
        for row in particular:
            if row[0] <= port <= row[1]:
                cuts.update(
                    edge for low, high in row[5].source_ports for edge in (low, high + 1) if first < edge <= last
                )
        if len(cuts) > 1:
            cuts.update(edge for edge in (LINUX_CLIENT_PORTS[0], LINUX_CLIENT_PORTS[1] + 1) if first < edge <= last)
        starts = sorted(cuts)
        return [(low, after - 1) for low, after in pairwise([*starts, last + 1])]

    def _rows_of(self, protocol: int) -> tuple[list[_Row], list[_Row]]:
        """Rows of this protocol, and those among them that are particular about the client's port."""
        found = self._by_protocol.get(protocol)
        if found is None:
            rows = [row for row in self._rows if row[6] is None or row[6] == protocol]
            found = self._by_protocol[protocol] = rows, [r for r in rows if r[5].source_ports is not ANY_PORT]
        return found

    def _rows_for(self, protocol: int, source_port: int) -> list[_Row]:
        """Rows of this protocol that match this client port."""
        rows, particular = self._rows_of(protocol)
        if not particular:
            return rows
        key = (protocol, source_port)
        fitting = self._by_client_port.get(key)
        if fitting is None:
            fitting = self._by_client_port[key] = [
                row for row in rows if row[5].source_ports is ANY_PORT or _within(source_port, row[5].source_ports)
            ]
        return fitting

    def _decide(self, protocol: int, port: int, source_port: int) -> list[Piece]:
        undecided: Sequence[Range] = self.sources
        doubtful: list[Entry] = []
        pieces: list[Piece] = []
        rows = [row for row in self._rows_for(protocol, source_port) if row[0] <= port <= row[1]]
        for _, _, more, region, certain, entry, _ in rows:
            if more is not None and not _within(port, more):
                continue
            if not certain:
                doubtful.append(entry)
                continue
            accept, rule = entry.accept, entry.rule
            for first, last in region:
                taken, undecided = _take(undecided, first, last)
                for part in taken:
                    if doubtful:
                        pieces += _doubted(part, accept, rule, doubtful)
                    else:
                        pieces.append(Piece(part[0], part[1], accept, rule))
            if not undecided:
                return pieces
        for rest in undecided:
            pieces += self._by_default(rest, doubtful)
        return pieces

    def _by_default(self, rest: Range, doubtful: Sequence[Entry]) -> list[Piece]:
        default = self.default
        if default.accept is None:
            doubts = {default.doubt: None} | {
                entry.doubt: None for entry in doubtful if intersect((rest,), entry.region)
            }
            return [Piece(*rest, None, None, tuple(doubts))]
        return _doubted(rest, default.accept, None, doubtful) if doubtful else [Piece(*rest, default.accept, None)]

    def _combine(self, strips: list[tuple[list[Piece], int]]) -> list[Piece]:
        """Client-port strips -> one answer for each address: denied in a strip that Linux uses is denied; denied elsewhere only is unknown."""
        cuts = sorted({edge for pieces, _ in strips for piece in pieces for edge in (piece.low, piece.high + 1)})
        combined: list[Piece] = []
        for low, high in self.sources:
            edges = [low, *(cut for cut in cuts if low < cut <= high), high + 1]
            for first, after in pairwise(edges):
                here = [(_holding(pieces, first), start) for pieces, start in strips]
                combined.append(_worst(first, after - 1, here))
        return combined


def _take(undecided: Sequence[Range], first: int, last: int) -> tuple[list[Range], list[Range]]:
    """What of the undecided ranges lies in first..last, and what is left of them."""
    taken: list[Range] = []
    left: list[Range] = []
    for part in undecided:
        start, end = part
        if end < first or last < start:
            left.append(part)
        elif first <= start and end <= last:
            taken.append(part)
        else:
            if start < first:
                left.append((start, first - 1))
                start = first
            if last < end:
                taken.append((start, last))
                left.append((last + 1, end))
            else:
                taken.append((start, end))
    return taken, left


def _within(value: int, ranges: Ranges) -> bool:
    return any(low <= value <= high for low, high in ranges)


def _holding(pieces: Iterable[Piece], address: int) -> Piece:
    return next(piece for piece in pieces if piece.low <= address <= piece.high)


def _worst(low: int, high: int, strips: list[tuple[Piece, int]]) -> Piece:
    usual = [piece for piece, start in strips if _within(start, (LINUX_CLIENT_PORTS,))] or [
        piece for piece, _ in strips
    ]
    for piece in usual:
        if piece.accept is False:
            return Piece(low, high, False, piece.rule)
    doubts = {doubt: None for piece, _ in strips for doubt in piece.doubts}
    if any(piece.accept is False for piece, _ in strips):
        doubts["which source ports the client uses: a rule accepts only some"] = None
    if doubts:
        return Piece(low, high, None, strips[0][0].rule, tuple(doubts))
    return Piece(low, high, True, usual[0].rule)


def _doubted(piece: Range, accept: bool, rule: object | None, doubtful: Sequence[Entry]) -> list[Piece]:
    """A piece that uncertain entries came before: unknown where one of them would have decided the other way."""
    against = [(intersect((piece,), entry.region), entry.doubt) for entry in doubtful if entry.accept is not accept]
    shaken = union(part for region, _ in against for part in region)
    sure = [Piece(low, high, accept, rule) for low, high in subtract((piece,), shaken)]
    edges = sorted({edge for region, _ in against for low, high in region for edge in (low, high + 1)})
    unsure = []
    for low, high in shaken:
        cuts = [low, *(edge for edge in edges if low < edge <= high), high + 1]
        for first, after in pairwise(cuts):
            doubts = {doubt: None for region, doubt in against if _within(first, region)}
            unsure.append(Piece(first, after - 1, None, rule, tuple(doubts)))
    return sure + unsure
