"""Which keys does this keytab hold, of which principals, kvno and enctypes?

The format is MIT's: a version, then records behind a signed length. A negative length is a slot that was deleted, whose old key may still be in it, and is skipped;
zero ends the file. Behind the key a record may have a 32-bit kvno, which overrules the 8-bit one before it unless it is zero. Version 0x0501 is in the byte order of
the machine that wrote it, counts the realm as a part of the name, and has no type of name; the order is found out by trying.

libkrb5 uses what comes before a record that is cut off or does not add up, and is silent about the rest; so does this reader, but it says where the damage is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from probes.errors import FormatError
from probes.principal import Principal
from probes.secret import Secret

LARGEST = 16 * 1024 * 1024
MOST_ENTRIES = 100_000
_MOST_PARTS = 64
_PREFIX = 2
_MARK = 5

Order = Literal["big", "little"]
_ORDERS: tuple[Order, Order] = ("little", "big")


class KeytabError(FormatError):
    """Not a keytab, or damage in one. offset: of the byte that shows it; nothing of what was read is in the text."""

    def __init__(self, file: str, offset: int, found: str, expected: str) -> None:
        self.offset = offset
        super().__init__(file, None, f"{found} at byte {offset}", expected)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key. name_type: RFC 4120 6.2, 0 where the file has none; enctype: number of RFC 3961, signed; written: when the entry was, by the clock of the writer."""

    principal: Principal
    name_type: int
    kvno: int
    enctype: int
    key: Secret
    written: datetime


@dataclass(frozen=True, slots=True)
class Keytab:
    """file: as the user knows it; version: 1 or 2; entries in the order of the file; holes: deleted slots that were skipped;
    damage: why the rest of the file could not be read, None if all of it was."""

    file: str
    version: int
    entries: tuple[Entry, ...]
    holes: int
    damage: KeytabError | None = None

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Each once, in the order of the file."""
        return tuple(dict.fromkeys(entry.principal for entry in self.entries))

    def of(self, principal: Principal) -> tuple[Entry, ...]:
        """Its entries, newest kvno first."""
        found = (entry for entry in self.entries if entry.principal == principal)
        return tuple(sorted(found, key=lambda entry: -entry.kvno))

    def newest(self, principal: Principal) -> tuple[Entry, ...]:
        """Its entries of the highest kvno: the keys that a login uses."""
        entries = self.of(principal)
        return tuple(entry for entry in entries if entry.kvno == entries[0].kvno)


def parse(data: bytes, file: str) -> Keytab:
    """A whole file. KeytabError if it is no keytab, or no entry can be read before the damage; file: its name in that error."""
    if len(data) > LARGEST:
        raise KeytabError(file, LARGEST, "more bytes", f"at most {LARGEST}")
    if len(data) < _PREFIX or data[0] != _MARK or data[1] not in (1, 2):
        raise KeytabError(file, 0, "another beginning", "the version of a keytab, 05 01 or 05 02")
    if data[1] == 2:
        return _Reader(data, file, 2, "big").whole()
    little, big = (_attempt(data, file, order) for order in _ORDERS)
    if isinstance(little, KeytabError) or (little.damage is not None and not isinstance(big, KeytabError)):
        little, big = big, little
    if isinstance(little, KeytabError):
        raise little
    return little


def _attempt(data: bytes, file: str, order: Order) -> Keytab | KeytabError:
    try:
        return _Reader(data, file, 1, order).whole()
    except KeytabError as error:
        return error


@dataclass(slots=True)
class _Reader:
    """A file, and where in it the reader is. end: of the record that is being read."""

    data: bytes
    file: str
    version: int
    order: Order
    at: int = _PREFIX
    end: int = 0

    def whole(self) -> Keytab:
        entries: list[Entry] = []
        holes, damage = 0, None
        try:
            for size in self._sizes():
                if size < 0:
                    holes += 1
                    self.at -= size
                elif len(entries) == MOST_ENTRIES:
                    raise self._error("another entry", f"at most {MOST_ENTRIES}")
                else:
                    entries.append(self._entry(size))
        except KeytabError as error:
            damage = error
        if damage is not None and not entries:
            raise damage
        return Keytab(self.file, self.version, tuple(entries), holes, damage)

    def _sizes(self) -> Iterator[int]:
        """The signed length of each record, with the reader behind it, until the end of the file."""
        while self.at < len(self.data):
            self.end = len(self.data)
            size = self._number(4, signed=True)
            if size == 0:
                return
            if self.at + abs(size) > len(self.data) and size > 0:
                raise self._error(f"a record of {size} bytes", f"at most {len(self.data) - self.at}")
            yield size

    def _entry(self, size: int) -> Entry:
        self.end = self.at + size
        parts_there = self._number(2) - (self.version == 1)
        if not 0 < parts_there <= _MOST_PARTS:
            raise self._error(f"a name of {parts_there} parts", f"1 to {_MOST_PARTS}")
        realm = self._text()
        parts = tuple(self._text() for _ in range(parts_there))
        name_type = self._number(4, signed=True) if self.version == 2 else 0
        written = datetime.fromtimestamp(self._number(4), UTC)
        kvno = self._number(1)
        enctype = self._number(2, signed=True)
        key = Secret(self._counted())
        if self.end - self.at >= 4:
            kvno = self._number(4) or kvno
        self.at = self.end  # later versions may say more here
        return Entry(Principal(parts, realm), name_type, kvno, enctype, key, written)

    def _number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self._take(size), self.order, signed=signed)

    def _counted(self) -> bytes:
        """Realm, part of a name or key: none of them may be empty, and libkrb5 takes the length as signed."""
        size = self._number(2, signed=True)
        if size <= 0:
            raise self._error(f"a length of {size}", "at least 1")
        return self._take(size)

    def _text(self) -> str:
        return self._counted().decode("utf-8", "backslashreplace")

    def _take(self, size: int) -> bytes:
        if self.at + size > self.end:
            raise self._error(f"{self.end - self.at} bytes", f"{size} of the record")
        self.at += size
        return self.data[self.at - size : self.at]

    def _error(self, found: str, expected: str) -> KeytabError:
        return KeytabError(self.file, self.at, found, expected)
