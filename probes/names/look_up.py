"""What does the resolver of a host know about one name: forward, back, and forward again?

If it has no address, what does each name server answer? The hosts file and resolv.conf are those of
the host that runs the probe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from probes.errors import FormatError
from probes.names import dns, resolvconf
from probes.names.canonical import Back, CanonicalNames
from probes.names.hosts import MAX_BYTES, HostsFile, read_hosts
from probes.names.resolvconf import ResolvConf
from probes.names.resolve import Resolution, resolve, reverse
from probes.names.resolver_view import DEAD, NOT_CONFIGURED, SOMETIMES, ResolverNote, ResolverView, ServerAnswer
from probes.network.host import Host, HostGoneError
from probes.network.this_host import THIS_HOST
from probes.vantage import Vantage

HOSTS = "/etc/hosts"

MOST_ADDRESSES = 4
"""Addresses of one name that are looked up backwards."""

MOST_OTHERS = 4
"""Other spellings of an unknown name that are tried."""


_PLAIN = frozenset({"records", "no-data", "no-such-name"})


async def look_up(
    host: str,
    *,
    timeout: float,
    back: bool = True,
    others: Sequence[str] = (),
    servers: bool = True,
    hosts: str = HOSTS,
    resolv_conf: str = resolvconf.PATH,
    by: Host = THIS_HOST,
) -> ResolverView:
    """Ask for all that the resolver of a host knows about a name, within two `timeout`s (seconds).

    * `back`: also look up the addresses backwards.
    * `others`: spellings to try if the host has no address.
    * `servers`: also ask each name server if the host has no address.
    * `by`: whose resolver is asked.
    """
    import asyncio  # see probes.network.tcp

    ends = asyncio.get_running_loop().time() + timeout
    resolution = await resolve(host, timeout=timeout, by=by)
    left = max(0.05, ends - asyncio.get_running_loop().time())
    conf = await resolv_conf_of(resolv_conf, by)
    line = await _line(hosts, host, by)
    if resolution.reason is not None:
        wanted = tuple(dict.fromkeys(other for other in others if other != host))[:MOST_OTHERS]
        share = max(left, timeout / 2)  # the resolver may have used all of the time
        vantage = Vantage(patience=share, host=by)
        questions = ask_servers(host, conf, vantage) if servers else _no_answers()
        answers, spellings = await asyncio.gather(questions, _others(wanted, share, by))
        return ResolverView(
            CanonicalNames(host), resolution.reason, resolution.error, line, spellings, answers, conf.search
        )
    reverses = await _reverse_all(resolution.addresses, left, by) if back else {}
    return ResolverView(
        CanonicalNames(host, resolution.addresses, resolution.canonical, reverses), line=line, search=conf.search
    )


async def _no_answers() -> tuple[ServerAnswer, ...]:
    return ()


async def ask_servers(host: str, conf: ResolvConf, vantage: Vantage) -> tuple[ServerAnswer, ...]:
    """Ask each server of a resolv.conf for every name that the resolver tries, all at the same
    time."""
    import asyncio

    names = conf.names_to_try(host)[: MOST_OTHERS + 1]

    async def ask_one(server: str, name: str) -> str:
        try:
            return (await dns.ask(server, name, vantage=vantage)).said
        except ValueError:
            return "no-such-name"  # a label that is empty or too long: no server can know it

    jobs = [(server, name) for server in dict.fromkeys(conf.addresses()) for name in names]
    outcomes = dict(zip(jobs, await asyncio.gather(*(ask_one(*job) for job in jobs)), strict=True))
    return tuple(
        ServerAnswer(
            server,
            _configured(conf, _worst([outcomes[server, name] for name in names])),
            next((name for name in names if outcomes[server, name] == "records"), None),
        )
        for server in dict.fromkeys(conf.addresses())
    )


def _configured(conf: ResolvConf, said: str) -> str:
    """Return what a server said, or that there is none to say it."""
    return NOT_CONFIGURED if not conf.servers and said in DEAD else said


async def _reverse_all(addresses: Sequence[str], timeout: float, by: Host) -> dict[str, Back]:
    import asyncio

    wanted = [*dict.fromkeys((*(a for a in addresses if ":" not in a), *addresses))][:MOST_ADDRESSES]
    return dict(zip(wanted, await asyncio.gather(*(_back(address, timeout, by) for address in wanted)), strict=True))


async def _back(address: str, timeout: float, by: Host) -> Back:
    import asyncio

    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout
    reversed_name = await reverse(address, timeout=timeout, by=by)
    if reversed_name.name is None:
        return Back(reason=reversed_name.reason)
    forward: Resolution = await resolve(reversed_name.name, timeout=max(0.05, ends - loop.time()), by=by)
    return Back(reversed_name.name, addresses=forward.addresses, lost=forward.reason)


def _worst(outcomes: Sequence[str]) -> str:
    """Return the outcome that made the resolver fail: silence, then a useless answer, then a no.
    A server that answers for one of the names is not dead."""
    dead = [word for word in outcomes if word in DEAD]
    if dead:
        return dead[0] if len(dead) == len(outcomes) else SOMETIMES
    return next((word for word in outcomes if word not in _PLAIN), outcomes[0])


async def _others(wanted: Iterable[str], timeout: float, by: Host) -> dict[str, tuple[str, ...]]:
    """Return the addresses of other spellings, asked one after the other.
    Hosts are resolved in parallel, and a resolver with too many questions drops some of them."""
    import asyncio

    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout
    addresses_of: dict[str, tuple[str, ...]] = {}
    for name in wanted:
        left = ends - loop.time()
        if left <= 0:
            break
        addresses = (await resolve(name, timeout=left, by=by)).addresses
        if addresses:
            addresses_of[name] = addresses
    return addresses_of


async def resolv_conf_of(path: str = resolvconf.PATH, by: Host = THIS_HOST) -> ResolvConf:
    """Read the resolv.conf of a host. A file that cannot be read counts as empty, as for glibc.

    HostGoneError if the host reads no files.
    """
    try:
        return resolvconf.read_resolv_conf(path, await by.content(path, resolvconf.MAX_BYTES + 1))
    except HostGoneError:
        raise
    except (OSError, FormatError):
        return ResolvConf()


async def _line(path: str, host: str, by: Host) -> ResolverNote | None:
    try:
        entry = _hosts(path, await by.content(path, MAX_BYTES + 1)).address_of(host)
    except (OSError, FormatError):
        return None
    return None if entry is None else ResolverNote(entry.origin.line or 0, entry.address, entry.names)


@lru_cache(maxsize=2)
def _hosts(path: str, content: bytes) -> HostsFile:
    """Read a hosts file once for all names, until the file changes.
    A file of megabytes takes seconds, in which the event loop handles no answer."""
    return read_hosts(path, content)
