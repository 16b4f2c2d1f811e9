"""Which name servers does a resolv.conf name, and which names does the stub resolver make of one?

Follows resolv.conf(5), https://man7.org/linux/man-pages/man5/resolv.conf.5.html, and glibc's
res_init.c: three servers at most, the last search or domain line counts, a comment sign counts in
the first column only. RES_OPTIONS and LOCALDOMAIN belong to one process and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from probes.errors import FormatError
from probes.frozen import frozen
from probes.origin import Origin

PATH = "/etc/resolv.conf"
MAX_BYTES = 1 << 20

MOST_SERVERS = 3
"""glibc's MAXNS."""
MOST_DOTS, MOST_SECONDS, MOST_ATTEMPTS = 15, 30, 5
"""glibc's RES_MAXNDOTS, RES_MAXRETRANS (seconds) and RES_MAXRETRY.
A larger number is read as this."""


@frozen
class NameServer:
    """One nameserver line."""

    address: str
    """Numeric address, with its scope if it has one."""
    origin: Origin
    """File and line."""


@frozen
class ResolvConf:
    """A whole resolv.conf."""

    servers: tuple[NameServer, ...] = ()
    """Servers in the order in which they are asked. () means the one on 127.0.0.1."""
    search: tuple[str, ...] = ()
    """Search domains, without trailing dot."""
    ndots: int = 1
    """Dots from which on a name is tried as it is first."""
    timeout: int = 5
    """Seconds to wait for one server."""
    attempts: int = 2
    """Rounds through all servers."""
    rejected: tuple[Origin, ...] = ()
    """Nameserver lines without an address."""

    def addresses(self) -> tuple[str, ...]:
        return tuple(server.address for server in self.servers) or ("127.0.0.1",)

    def names_to_try(self, name: str) -> tuple[str, ...]:
        """Return the names that are asked for, in order.
        With `ndots` dots or more the name itself comes first, otherwise the search list."""
        if name.endswith("."):
            return (name.rstrip("."),)
        longer = tuple(f"{name}.{domain}" for domain in self.search)
        return (name, *longer) if name.count(".") >= self.ndots else (*longer, name)


def read_resolv_conf(file: str, content: bytes) -> ResolvConf:
    """Read one resolv.conf, and skip every line that glibc skips.
    FormatError if the file is too large."""
    if len(content) > MAX_BYTES:
        raise FormatError(file, None, f"{len(content)} bytes", f"at most {MAX_BYTES}", is_our_bound=True)
    servers: list[NameServer] = []
    rejected: list[Origin] = []
    search: tuple[str, ...] = ()
    numbers = {"ndots": 1, "timeout": 5, "attempts": 2}
    for origin, word, rest in _lines(file, content):
        if word == "nameserver":
            address = _address(rest[0])
            if address is None:
                rejected.append(origin)
            elif len(servers) < MOST_SERVERS:
                servers.append(NameServer(address, origin))
        elif word in ("search", "domain"):
            domains = rest if word == "search" else rest[:1]
            search = tuple(domain.rstrip(".") for domain in domains if domain.rstrip("."))
        elif word == "options":
            numbers |= _options(rest)
    return ResolvConf(
        tuple(servers), search, numbers["ndots"], numbers["timeout"], numbers["attempts"], tuple(rejected)
    )


def _lines(file: str, content: bytes) -> Iterator[tuple[Origin, str, list[str]]]:
    """Yield each line that has a keyword and at least one word."""
    for number, line in enumerate(content.decode(errors="replace").split("\n"), 1):
        if line[:1] in ("#", ";"):
            continue
        words = line.split()
        if len(words) > 1 and line[:1].isalpha():
            yield Origin(file, number, words[0]), words[0], words[1:]


_LIMITS = {"ndots": MOST_DOTS, "timeout": MOST_SECONDS, "attempts": MOST_ATTEMPTS}


def _options(words: list[str]) -> Iterator[tuple[str, int]]:
    for word in words:
        name, _, value = word.partition(":")
        if name in _LIMITS and value.isascii() and value.isdigit() and len(value) <= 9:
            yield name, min(int(value), _LIMITS[name])


def _address(text: str) -> str | None:
    bare, _, scope = text.partition("%")
    try:
        address = str(ip_address(bare))
    except ValueError:
        return None
    return f"{address}%{scope}" if scope else address
