"""Which of these source addresses does an ordered list of rules let through to one port?

The first entry that matches an address decides it. An entry may be uncertain: a list that it refers
to is not known, so it may match or not. A piece is decided only if both possibilities give the same
outcome. Otherwise it is unknown and names the missing fact.

The borders of all entries cut the sources into cells that no entry divides. A set of cells is the
bits of one integer. One pass over the entries takes from the undecided cells what each entry
covers. This costs two integer operations an entry, however scattered the sets are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from probes.addresses import MANY, V6, Range, Ranges, contains, union
from probes.frozen import frozen
from probes.language import marked, tr
from probes.rules.client_ports import RANGES

CLIENT_PORTS, LINUX_CLIENT_PORTS = RANGES["any"], RANGES["linux"]

BY_CLIENT_PORT = marked("which source ports the client uses: a rule accepts only some")
"""Beginning of the doubt about a rule that holds for some client ports only."""

ANY_PORT: Ranges = ((0, 65535),)

MOST_BITS_AT_ONCE = 4096
"""Cells from which on their runs are sought byte by byte: each step on a large number costs all of
its length."""


class Entry(NamedTuple):
    """One rule, reduced to one question. A tuple, because every case makes thousands of them."""

    protocol: int | None
    """IANA number. None for every protocol."""
    ports: Ranges
    """Destination ports."""
    region: Ranges
    """The asked sources that the entry matches."""
    accept: bool
    """True for accept, False for drop."""
    rule: object
    """Object that the entry was made of, returned with the pieces that it decides."""
    doubt: str = ""
    """Why the entry may not match after all. "" if it certainly matches."""
    source_ports: Ranges = ANY_PORT
    """Ports of the client."""


@frozen
class Default:
    """What happens to an address that no entry matches."""

    accept: bool | None
    """None if it is not known, for the reason in `doubt`."""
    why: str
    """One clause about the default."""
    doubt: str = ""
    """The missing fact. "" if `accept` is known."""


class Piece(NamedTuple):
    """Addresses that share one outcome."""

    low: int
    """First address."""
    high: int
    """Last address."""
    accept: bool | None
    """None if the outcome is unknown, for the reasons in `doubts`."""
    rule: object | None
    """Object that decided. None if the default decided."""
    doubts: tuple[str, ...] = ()
    """The missing facts. Empty if the outcome is known."""


_LOW = itemgetter(0)
"""Return the first address of a piece."""

_Row = tuple[int, int, int, bool, Entry]
"""What the hot loop needs of an entry, looked up in advance: lowest port, highest port, cells,
whether a doubt or several port ranges need a second look, and the entry.
"""

_Share = tuple[int, bool | None, object | None, tuple[str, ...]]
"""Cells of one outcome, then the fields accept, rule and doubts of `Piece`."""


class Ruleset:
    """Ordered entries for one range of sources. Ask it port by port."""

    __slots__ = (
        "_all",
        "_by_client_port",
        "_by_protocol",
        "_cuts",
        "_rows",
        "client_ports",
        "default",
        "sources",
        "strict",
    )

    def __init__(
        self,
        entries: Iterable[Entry],
        sources: Ranges,
        default: Default,
        client_ports: Range = CLIENT_PORTS,
        *,
        strict: bool = True,
    ) -> None:
        """Prepare the entries.

        `strict`: an address that passes from only some of the usual client ports is denied.
        Otherwise it is unknown, with the doubt BY_CLIENT_PORT.
        """
        self.strict = strict
        self.sources = sources
        self.default = default
        self.client_ports = client_ports
        entries = list(_reachable(entries, sources))
        regions = [sources, *[entry[2] for entry in entries]]
        self._cuts = sorted({edge for region in regions for low, high in region for edge in (low, high + 1)})
        places = {cut: place for place, cut in enumerate(self._cuts)}
        self._all = _cells(sources, places)
        self._rows: list[_Row] = []
        for entry in entries:
            ports, region = entry[1], entry[2]
            if len(region) == 1:  # as in nearly every rule
                low, high = region[0]
                cells = (1 << places[high + 1]) - (1 << places[low])
            else:
                cells = _cells(region, places)
            self._rows.append((ports[0][0], ports[-1][1], cells, entry[5] != "" or len(ports) > 1, entry))
        self._by_protocol: dict[int, tuple[list[_Row], list[_Row]]] = {}
        self._by_client_port: dict[tuple[int, int], list[_Row]] = {}

    def pieces(self, protocol: int, port: int) -> list[Piece]:
        """Cut the whole source range into pieces of one outcome each, in address order.

        An address is accepted only if every source port that a client may use is accepted.
        """
        starts = self._source_port_starts(protocol, port)
        if len(starts) == 1:
            return sorted(self._decide(protocol, port, starts[0]), key=_LOW)
        return self._combine([(self._decide(protocol, port, start), start) for start in starts])

    def accepted(self, protocol: int, port: int) -> Ranges:
        """Return the sources that certainly pass."""
        starts = self._source_port_starts(protocol, port)
        if len(starts) > 1:
            return union((piece.low, piece.high) for piece in self.pieces(protocol, port) if piece.accept)
        cells = 0
        for share, accept, _, _ in self._shares(protocol, port, starts[0]):
            if accept:
                cells |= share
        return self._ranges(cells)

    def _source_port_starts(self, protocol: int, port: int) -> list[int]:
        """Cut the client ports wherever an entry for this protocol and port begins or ends.

        Return the first port of each strip: all ports of a strip are decided alike.
        """
        first, last = self.client_ports
        particular = self._rows_of(protocol)[1]
        if not particular:
            return [first]
        cuts = {first}
        for row in particular:
            if row[0] <= port <= row[1]:
                cuts.update(
                    edge for low, high in row[4].source_ports for edge in (low, high + 1) if first < edge <= last
                )
        usual = LINUX_CLIENT_PORTS[0]  # from here on, a strip that is denied is denied to Linux
        if len(cuts) > 1 and first < usual <= last:
            cuts.add(usual)
        return sorted(cuts)

    def _rows_of(self, protocol: int) -> tuple[list[_Row], list[_Row]]:
        """Return the rows of this protocol, and those among them that require a client port."""
        rows_of_protocol = self._by_protocol.get(protocol)
        if rows_of_protocol is None:
            rows = [row for row in self._rows if row[4][0] is None or row[4][0] == protocol]
            rows_of_protocol = rows, [row for row in rows if row[4].source_ports is not ANY_PORT]
            self._by_protocol[protocol] = rows_of_protocol
        return rows_of_protocol

    def _rows_for(self, protocol: int, source_port: int) -> list[_Row]:
        """Return the rows of this protocol that match this client port."""
        rows, particular = self._rows_of(protocol)
        if not particular:
            return rows
        key = (protocol, source_port)
        fitting = self._by_client_port.get(key)
        if fitting is None:
            fitting = self._by_client_port[key] = [
                row for row in rows if row[4].source_ports is ANY_PORT or contains(row[4].source_ports, source_port)
            ]
        return fitting

    def _decide(self, protocol: int, port: int, source_port: int) -> list[Piece]:
        return [
            Piece(low, high, accept, rule, doubts)
            for cells, accept, rule, doubts in self._shares(protocol, port, source_port)
            for low, high in self._ranges(cells)
        ]

    def _shares(self, protocol: int, port: int, source_port: int) -> list[_Share]:
        undecided = self._all
        doubtful: list[_Row] = []
        shares: list[_Share] = []
        for row in self._rows_for(protocol, source_port):
            lowest, highest, cells, look_again, entry = row
            if not lowest <= port <= highest:
                continue
            taken = undecided & cells
            if not taken:
                continue
            if look_again:
                if not contains(entry.ports, port):
                    continue
                if entry.doubt:
                    doubtful.append(row)
                    continue
            undecided ^= taken
            if doubtful:
                shares += _doubted(taken, entry.accept, entry.rule, doubtful)
            else:
                shares.append((taken, entry[3], entry[4], ()))
            if not undecided:
                return shares
        return shares + self._by_default(undecided, doubtful)

    def _by_default(self, rest: int, doubtful: Sequence[_Row]) -> list[_Share]:
        default = self.default
        if not rest:
            return []
        if default.accept is None:
            return [
                (cells, None, None, tuple(dict.fromkeys((default.doubt, *doubts))))
                for cells, doubts in _by_doubts(rest, doubtful)
            ]
        return _doubted(rest, default.accept, None, doubtful)

    def _ranges(self, cells: int) -> Ranges:
        """Return the address ranges of runs of neighbouring cells. No range holds addresses of both
        families.
        """
        cuts = self._cuts
        ranges: list[Range] = []
        for place, after in _runs(cells):
            low, high = cuts[place], cuts[after] - 1
            if low < V6 <= high:
                ranges.append((low, V6 - 1))
                low = V6
            ranges.append((low, high))
        return tuple(ranges)

    def _combine(self, strips: list[tuple[list[Piece], int]]) -> list[Piece]:
        """Combine the strips of client ports to one outcome for each address.

        Denied if a strip that Linux uses is denied. Unknown if only another strip is denied.
        """
        cuts = sorted({piece.low for pieces, _ in strips for piece in pieces})
        combined: list[Piece] = []
        for low, high in self.sources:
            edges = [low, *(cut for cut in cuts if low < cut <= high), high + 1]
            for first, after in pairwise(edges):
                here = [(_piece_at(pieces, first), start) for pieces, start in strips]
                combined.append(_combined(first, after - 1, here, self.strict))
        return combined


def _reachable(entries: Iterable[Entry], sources: Ranges) -> Iterator[Entry]:
    """Yield the entries that match something, up to the first that certainly decides all packets.

    No later entry can decide anything.
    """
    for entry in entries:
        protocol, ports, region, _, _, doubt, source_ports = entry
        if region and ports:
            yield entry
            if protocol is None and region == sources and not doubt and ports == ANY_PORT == source_ports:
                return


def _cells(region: Ranges, places: Mapping[int, int]) -> int:
    """Return the cells of a region.

    These are all bits from its first address up to the address after its last, which is excluded.
    """
    if len(region) <= MANY:
        cells = 0
        for low, high in region:
            cells |= (1 << places[high + 1]) - (1 << places[low])
        return cells
    # The same for long lists, without a large number for each of their ranges.
    size = len(places) // 8 + 1
    starts, ends = bytearray(size), bytearray(size)
    for low, high in union(region):
        first, after = places[low], places[high + 1]
        starts[first >> 3] |= 1 << (first & 7)
        ends[after >> 3] |= 1 << (after & 7)
    return int.from_bytes(ends, "little") - int.from_bytes(starts, "little")


def _runs(cells: int) -> Iterator[Range]:
    """Yield the runs of neighbouring cells: the place of the first, and that after the last."""
    if cells.bit_length() > MOST_BITS_AT_ONCE:
        # A run begins or ends where a cell and its neighbour below differ.
        edges = cells ^ (cells << 1)
        borders: list[int] = []
        data = edges.to_bytes(edges.bit_length() // 8 + 1, "little")
        for number, byte in enumerate(data):
            if byte:
                borders += [number * 8 + bit for bit in range(8) if byte >> bit & 1]
        yield from zip(borders[::2], borders[1::2], strict=True)
        return
    while cells:
        first = cells & -cells
        cells += first  # the carry passes the neighbours and stops at the cell after them
        after = cells & -cells
        cells ^= after
        yield first.bit_length() - 1, after.bit_length() - 1


def _piece_at(pieces: Iterable[Piece], address: int) -> Piece:
    return next(piece for piece in pieces if piece.low <= address <= piece.high)


def _combined(low: int, high: int, strips: list[tuple[Piece, int]], strict: bool) -> Piece:
    usual = [piece for piece, start in strips if contains((LINUX_CLIENT_PORTS,), start)] or [
        piece for piece, _ in strips
    ]
    denied = [piece for piece in usual if piece.accept is False]
    if denied and (strict or len(denied) == len(usual)):
        return Piece(low, high, False, denied[0].rule)
    doubts = {doubt: None for piece, _ in strips for doubt in piece.doubts}
    if any(piece.accept is False for piece, _ in strips):
        doubts[tr(BY_CLIENT_PORT)] = None
    if doubts:
        return Piece(low, high, None, strips[0][0].rule, tuple(doubts))
    return Piece(low, high, True, usual[0].rule)


def _doubted(cells: int, accept: bool, rule: object | None, doubtful: Sequence[_Row]) -> list[_Share]:
    """Return shares for cells that uncertain entries may have decided first.

    Unknown if one of these entries would have decided the other way.
    """
    against = [row for row in doubtful if row[4].accept is not accept]
    return [(part, None if doubts else accept, rule, doubts) for part, doubts in _by_doubts(cells, against)]


def _by_doubts(cells: int, doubtful: Sequence[_Row]) -> list[tuple[int, tuple[str, ...]]]:
    """Split the cells by the uncertain entries that cover them, and name the missing facts of each
    part.
    """
    parts = [(cells, 0)]  # the second number is a set too, of places in `doubtful`
    for place, row in enumerate(doubtful):
        finer: list[tuple[int, int]] = []
        for part, covering in parts:
            inside = part & row[2]
            if inside:
                finer.append((inside, covering | 1 << place))
            if inside != part:
                finer.append((part ^ inside, covering))
        parts = finer
    return [
        (part, tuple({row[4].doubt: None for place, row in enumerate(doubtful) if covering >> place & 1}))
        for part, covering in parts
    ]
