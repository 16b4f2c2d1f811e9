"""What does a hosts file contain about a name, read as glibc reads it?

Follows hosts(5), https://man7.org/linux/man-pages/man5/hosts.5.html, and nss_files of glibc, which
the JDK asks as well. The first name of a line is the canonical one: `_HOST` in a Kerberos principal
becomes that name, so the order on a line matters.
"""

from __future__ import annotations

import ipaddress
from dataclasses import field

from probes.errors import FormatError
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

MAX_BYTES = 4 << 20

_FIELD = regex(r"[^ \t\n\v\f\r]+")
"""Text between characters that isspace() of the C locale accepts.
A no-break space is part of a name."""


class HostsError(FormatError):
    """A file is no text, or too large to be a hosts file."""


_MISSPELT = regex(r"(\d{1,4}(?:\.\d{1,4}){3})(?:[,;:]|/\d{1,2})?")
"""An IPv4 address as people write it, and inet_pton does not take it."""


@frozen
class HostEntry:
    """One line of a hosts file."""

    address: str
    """Address in its shortest usual spelling, IPv6 in lower case."""
    names: tuple[str, ...]
    """Names as written. The first is canonical."""
    origin: Origin
    """File and line. `key` is the address as written."""

    @property
    def canonical(self) -> str:
        return self.names[0]


@frozen
class HostsFile:
    """A whole hosts file.

    Names are compared without regard to ASCII case, and exactly otherwise: a name with a trailing
    dot is another name.
    """

    entries: tuple[HostEntry, ...] = ()
    """Lines in file order."""
    rejected: tuple[Origin, ...] = ()
    """Lines without a valid address or without a name, which glibc skips.
    `key` is their first word."""
    swapped: tuple[HostEntry, ...] = ()
    """Those of them with an address behind a name, or with one that is misspelt, as they were
    probably meant."""
    _by_name: dict[str, tuple[HostEntry, ...]] = field(init=False, repr=False, compare=False)
    _by_address: dict[str, HostEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, list[HostEntry]] = {}
        by_address: dict[str, HostEntry] = {}
        for entry in self.entries:
            by_address.setdefault(entry.address, entry)
            for name in dict.fromkeys(map(_fold, entry.names)):
                by_name.setdefault(name, []).append(entry)
        object.__setattr__(self, "_by_name", {name: tuple(found) for name, found in by_name.items()})
        object.__setattr__(self, "_by_address", by_address)

    def address_of(self, name: str) -> HostEntry | None:
        """Return the first line with this name, of either address family."""
        return next(iter(self.all_of(name)), None)

    def all_of(self, name: str) -> tuple[HostEntry, ...]:
        """Return every line with this name.
        A caller that wants one address family takes the first line of that family."""
        return self._by_name.get(_fold(name), ())

    def dialled(self, name: str) -> HostEntry | None:
        """Return the line whose address Java dials: the first with IPv4, else the first.

        None if no line has the name. Source: java.net.preferIPv6Addresses is false by default.
        """
        lines = self.all_of(name)
        return next((line for line in lines if ":" not in line.address), next(iter(lines), None))

    def canonical(self, name: str) -> str | None:
        """Return the first name of the first line with this name: the resolver's canonical name."""
        entry = self.address_of(name)
        return None if entry is None else entry.canonical

    def name_of(self, address: str) -> HostEntry | None:
        """Return the first line with this address, in any spelling of it: the reverse lookup."""
        return self._by_address.get(_address(address) or "")


def read_hosts(file: str, content: bytes) -> HostsFile:
    """Read one hosts file. HostsError is the only error.
    Bytes that are not UTF-8, as in comments of another encoding, become U+FFFD."""
    if len(content) > MAX_BYTES:
        raise HostsError(file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}", is_our_bound=True)
    if wide_encoding(content) is not None:
        raise HostsError(file, None, tr(UTF_16), tr(AS_UTF_8))
    if (at := content.find(0)) >= 0:
        raise HostsError(file, content.count(b"\n", 0, at) + 1, tr("a zero byte"), tr("text"))
    entries: list[HostEntry] = []
    rejected: list[Origin] = []
    swapped: list[HostEntry] = []
    for number, line in enumerate(content.decode(errors="replace").split("\n"), 1):
        words: list[str] = _FIELD.findall(line.partition("#")[0])
        if not words:
            continue
        origin = Origin(file, number, words[0])
        address = _address(words[0])
        if address is None or len(words) == 1:
            rejected.append(origin)
            swapped += _turned(words, origin) if address is None else ()
        else:
            entries.append(HostEntry(address, tuple(words[1:]), origin))
    return HostsFile(tuple(entries), tuple(rejected), tuple(swapped))


def _turned(words: list[str], origin: Origin) -> tuple[HostEntry, ...]:
    """Return the entry that a line means whose one address is not its first word, or nothing."""
    if (meant := _corrected(words[0])) is not None:
        return (HostEntry(meant, tuple(words[1:]), origin),) if len(words) > 1 else ()
    addresses = [address for word in words if (address := _address(word)) is not None]
    names = tuple(word for word in words if _address(word) is None)
    return (HostEntry(addresses[0], names, origin),) if len(addresses) == 1 else ()


def _corrected(word: str) -> str | None:
    """Return the address that a word means: with a comma behind it, a prefix length, leading zeros.

    None if the word is no IPv4 address with one of these.
    """
    if (found := _MISSPELT.fullmatch(word)) is None:
        return None
    return _address(".".join(str(int(part)) for part in found[1].split(".")))


def _address(text: str) -> str | None:
    """Return the address if inet_pton accepts it.
    A zone, leading zeros and short forms of IPv4 are not accepted."""
    if "%" in text:
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _fold(name: str) -> str:
    return name.lower() if name.isascii() else name
