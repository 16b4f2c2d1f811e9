"""What does this host's own resolver know of one name: forward, back, and forward again of what came back; and where it fails, what each name server says?

The hosts file and resolv.conf read are those of this host, where the probe runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from probes.errors import FormatError
from probes.names import dns, resolvconf
from probes.names.canonical import Back, Names
from probes.names.hosts import MAX_BYTES, HostsFile, read_hosts
from probes.names.resolvconf import ResolvConf
from probes.names.resolve import Reason, Resolution, resolve, reverse
from probes.vantage import Vantage

HOSTS = "/etc/hosts"

MOST_ADDRESSES = 4
"""Addresses of one name that are looked up backwards."""

MOST_OTHERS = 4
"""Other spellings of an unknown name that are tried."""


_PLAIN = frozenset({"records", "no-data", "no-such-name"})

SOMETIMES = "answers-some"
"""Beside the words of `dns.Said`: no answer for some of the names, and an answer for others."""


@dataclass(frozen=True, slots=True)
class Line:
    """The first line of the hosts file that has the name. names: the canonical one first."""

    number: int
    address: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerSaid:
    """said: a word of `dns.Said` or SOMETIMES, the worst of all names that the resolver makes of the one; knows: that of them which this server has an address for."""

    server: str
    said: str
    knows: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """names: of the resolver; reason, error: why it has no address; line: of the hosts file; others: other spellings that do have addresses;
    servers: what each name server says, asked only where the resolver has no address; search: the search list."""

    names: Names
    reason: Reason | None = None
    error: str | None = None
    line: Line | None = None
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    servers: tuple[ServerSaid, ...] = ()
    search: tuple[str, ...] = ()


async def know(
    host: str,
    *,
    timeout: float,
    back: bool = True,
    others: Sequence[str] = (),
    servers: bool = True,
    hosts: str = HOSTS,
    resolv_conf: str = resolvconf.PATH,
) -> Known:
    """All of it within two `timeout`s, in seconds. back: look its addresses up backwards as well; where the host has no address, others: spellings to try,
    servers: ask each name server as well."""
    import asyncio  # see probes.tcp

    ends = asyncio.get_running_loop().time() + timeout
    found = await resolve(host, timeout=timeout)
    left = max(0.05, ends - asyncio.get_running_loop().time())
    conf = resolv_conf_of(resolv_conf)
    line = _line(hosts, host)
    if found.reason is not None:
        wanted = tuple(dict.fromkeys(other for other in others if other != host))[:MOST_OTHERS]
        share = max(left, timeout / 2)  # the resolver may have used up all of the time
        asked = ask_servers(host, conf, share) if servers else _nobody()
        said, known = await asyncio.gather(asked, _others(wanted, share))
        return Known(Names(host), found.reason, found.error, line, known, said, conf.search)
    looked = await _backwards(found.addresses, left) if back else {}
    return Known(Names(host, found.addresses, found.canonical, looked), line=line, search=conf.search)


async def _nobody() -> tuple[ServerSaid, ...]:
    return ()


async def ask_servers(host: str, conf: ResolvConf, timeout: float) -> tuple[ServerSaid, ...]:
    """What each server of a resolv.conf says, of every name that the resolver would have asked it for, all at once. timeout in seconds."""
    import asyncio

    tried = conf.tried(host)[: MOST_OTHERS + 1]

    async def one(server: str, name: str) -> str:
        try:
            return (await dns.ask(server, name, vantage=Vantage(patience=timeout))).said
        except ValueError:
            return "no-such-name"  # a label that is empty or too long: no server can know it

    jobs = [(server, name) for server in dict.fromkeys(conf.addresses()) for name in tried]
    said = dict(zip(jobs, await asyncio.gather(*(one(*job) for job in jobs)), strict=True))
    return tuple(
        ServerSaid(
            server,
            _worst([said[server, name] for name in tried]),
            next((name for name in tried if said[server, name] == "records"), None),
        )
        for server in dict.fromkeys(conf.addresses())
    )


async def _backwards(addresses: Sequence[str], timeout: float) -> dict[str, Back]:
    import asyncio

    wanted = [*dict.fromkeys((*(a for a in addresses if ":" not in a), *addresses))][:MOST_ADDRESSES]
    return dict(zip(wanted, await asyncio.gather(*(_back(address, timeout) for address in wanted)), strict=True))


async def _back(address: str, timeout: float) -> Back:
    import asyncio

    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout
    found = await reverse(address, timeout=timeout)
    if found.name is None:
        return Back(reason=found.reason)
    again: Resolution = await resolve(found.name, timeout=max(0.05, ends - loop.time()))
    return Back(found.name, addresses=again.addresses, lost=again.reason)


def _worst(said: Sequence[str]) -> str:
    """What made the resolver fail: silence before an answer that helps nobody, and both before a plain no. A server that answers for one name is not dead."""
    dead = [word for word in said if word in dns.DEAD]
    if dead:
        return dead[0] if len(dead) == len(said) else SOMETIMES
    return next((word for word in said if word not in _PLAIN), said[0])


async def _others(wanted: Iterable[str], timeout: float) -> dict[str, tuple[str, ...]]:
    """One after the other: hosts are looked up side by side, and a resolver that is asked for too many names at once drops questions."""
    import asyncio

    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout
    found: dict[str, tuple[str, ...]] = {}
    for name in wanted:
        left = ends - loop.time()
        if left <= 0:
            break
        addresses = (await resolve(name, timeout=left)).addresses
        if addresses:
            found[name] = addresses
    return found


def resolv_conf_of(path: str = resolvconf.PATH) -> ResolvConf:
    """One that cannot be read counts as empty, as it does for glibc."""
    try:
        return resolvconf.read_resolv_conf(path, _content(path, resolvconf.MAX_BYTES))
    except (OSError, FormatError):
        return ResolvConf()


def _line(path: str, host: str) -> Line | None:
    try:
        seen = Path(path).stat()
        entry = _hosts(path, seen.st_mtime_ns, seen.st_size).address_of(host)
    except (OSError, FormatError):
        return None
    return None if entry is None else Line(entry.origin.line or 0, entry.address, entry.names)


@lru_cache(maxsize=1)
def _hosts(path: str, changed: int, size: int) -> HostsFile:
    """Read once for all names, until it is another one: a file of megabytes takes seconds, in which no answer is heard."""
    return read_hosts(path, _content(path, MAX_BYTES))


def _content(path: str, most: int) -> bytes:
    with Path(path).open("rb") as stream:
        return stream.read(most + 1)
