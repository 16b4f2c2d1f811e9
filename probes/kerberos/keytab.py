"""Which keys does this keytab hold, of which principals, kvno and enctypes?

The format is MIT's: a version, then records, each behind a signed length.

* A negative length is a deleted slot. It is skipped, because the old key may still be in it.
* A length of zero ends the file.
* Behind the key a record may have a 32-bit kvno. It replaces the 8-bit one unless it is zero.
* Version 0x0501 counts the realm as a part of the name, and has no name type. It uses the byte
  order of the machine that wrote it, which is found by trying both.

libkrb5 uses the records before the first damaged one and is silent about the rest.
So does this reader, but it reports where the damage is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from probes.errors import FormatError
from probes.frozen import frozen, mutable
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
    """Not a keytab, or a damaged one.

    `offset`: the byte that shows it. The text contains no byte of the file.
    """

    def __init__(self, file: str, offset: int, found: str, expected: str) -> None:
        self.offset = offset
        super().__init__(file, None, f"{found} at byte {offset}", expected)


@frozen
class KeytabEntry:
    """One key of a principal."""

    principal: Principal
    """Whose key it is."""
    name_type: int
    """Name type of RFC 4120 6.2. 0 if the file has none."""
    kvno: int
    """Version number of the key."""
    enctype: int
    """Number of RFC 3961, signed."""
    key: Secret
    """The key itself."""
    written: datetime
    """Time at which the entry was written, by the clock of the writer, aware."""


@frozen
class Keytab:
    """One keytab file."""

    file: str
    """Name of the file as the user knows it."""
    version: int
    """1 (0x0501) or 2 (0x0502)."""
    entries: tuple[KeytabEntry, ...]
    """Keys in the order of the file."""
    holes: int
    """Deleted slots that were skipped."""
    damage: KeytabError | None = None
    """Why the rest of the file could not be read. None if all of it was read."""

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Return each principal once, in the order of the file."""
        return tuple(dict.fromkeys(entry.principal for entry in self.entries))

    @property
    def has_keys(self) -> bool:
        """Return False if this is a list of a keytab, from which the keys were taken."""
        return any(len(entry.key) for entry in self.entries)

    def entries_of(self, principal: Principal) -> tuple[KeytabEntry, ...]:
        """Return the entries of a principal, newest kvno first."""
        entries = (entry for entry in self.entries if entry.principal == principal)
        return tuple(sorted(entries, key=lambda entry: -entry.kvno))

    def newest_of(self, principal: Principal) -> tuple[KeytabEntry, ...]:
        """Return the entries of a principal's highest kvno: the keys that a login uses."""
        entries = self.entries_of(principal)
        return tuple(entry for entry in entries if entry.kvno == entries[0].kvno)


def parse(data: bytes, file: str) -> Keytab:
    """Read a whole file. `file` is its name in errors.
    KeytabError if it is no keytab, or if no entry can be read before the damage."""
    if len(data) > LARGEST:
        raise KeytabError(file, LARGEST, "more bytes", f"at most {LARGEST}")
    if len(data) < _PREFIX or data[0] != _MARK or data[1] not in (1, 2):
        raise KeytabError(file, 0, "no keytab version", "05 01 or 05 02")
    if data[1] == 2:
        return _KeytabReader(data, file, 2, "big").whole()
    little, big = (_attempt(data, file, order) for order in _ORDERS)
    if isinstance(little, KeytabError) or (little.damage is not None and not isinstance(big, KeytabError)):
        little, big = big, little
    if isinstance(little, KeytabError):
        raise little
    return little


def _attempt(data: bytes, file: str, order: Order) -> Keytab | KeytabError:
    try:
        return _KeytabReader(data, file, 1, order).whole()
    except KeytabError as error:
        return error


@mutable
class _KeytabReader:
    """A file, and the place in it that is read next."""

    data: bytes
    file: str
    version: int
    order: Order
    at: int = _PREFIX
    end: int = 0
    """Place behind the record that is being read."""

    def whole(self) -> Keytab:
        entries: list[KeytabEntry] = []
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
        """Yield the signed length of each record until the file ends.
        The reader stands behind the length."""
        while self.at < len(self.data):
            self.end = len(self.data)
            size = self._number(4, signed=True)
            if size == 0:
                return
            if self.at + abs(size) > len(self.data) and size > 0:
                raise self._error(f"a record of {size} bytes", f"at most {len(self.data) - self.at}")
            yield size

    def _entry(self, size: int) -> KeytabEntry:
        self.end = self.at + size
        count = self._number(2) - (self.version == 1)
        if not 0 < count <= _MOST_PARTS:
            raise self._error(f"a name of {count} parts", f"1 to {_MOST_PARTS}")
        realm = self._text()
        parts = tuple(self._text() for _ in range(count))
        name_type = self._number(4, signed=True) if self.version == 2 else 0
        written = datetime.fromtimestamp(self._number(4), UTC)
        kvno = self._number(1)
        enctype = self._number(2, signed=True)
        key = Secret(self._counted())
        if self.end - self.at >= 4:
            kvno = self._number(4) or kvno
        self.at = self.end  # a later version may add fields here
        return KeytabEntry(Principal(parts, realm), name_type, kvno, enctype, key, written)

    def _number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self._take(size), self.order, signed=signed)

    def _counted(self) -> bytes:
        """Return a realm, a part of a name or a key.
        It must not be empty: libkrb5 reads the length as signed."""
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
