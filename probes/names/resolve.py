"""Which addresses does this host's own resolver give for a name, in the order its programs use?

getaddrinfo is asked because the daemons of a cluster ask it: hosts file, nsswitch and search list
count, and `probes.names.dns` cannot know them. `reverse` asks getnameinfo for the same reason.
"""

from __future__ import annotations

import logging
import math
import socket
import time
from collections.abc import Iterable

from probes.frozen import frozen
from probes.names.canonical import Reason
from probes.network import sockets
from probes.network.host import Host, HostGoneError, NameAnswer
from probes.network.this_host import THIS_HOST
from probes.observation import Observation, State
from probes.vantage import Vantage

_LOG = logging.getLogger(__name__)

_NOT_FOUND = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY})
AT_ONCE = 64
"""Lookups at the same time.
Each is a thread, and a resolver that gets hundreds of names at once begins to drop questions."""


@frozen
class Resolution:
    """What the resolver answers for one host."""

    host: str
    """The host as asked for."""
    addresses: tuple[str, ...] = ()
    """Numeric addresses, distinct, in getaddrinfo's order."""
    canonical: str | None = None
    """AI_CANONNAME. None if the resolver gave none."""
    reason: Reason | None = None
    """Why there is no address. None if and only if there are addresses."""
    error: str | None = None
    """Text of the resolver. None without an error."""

    def observation(self, vantage: Vantage) -> Observation:
        """Return the observation for the flows of a host without an address.
        ValueError if it has one."""
        if self.reason is None:
            raise ValueError(f"{self.host} has addresses")
        state: State = "not-probed" if self.reason == "no-vantage" else "unresolved"
        return Observation(vantage.name, state, self.reason, detail={"host": self.host, "error": self.error})


async def resolve(host: str, *, timeout: float, by: Host = THIS_HOST) -> Resolution:
    """Resolve one host within `timeout` seconds. Never raises because of a name.
    A numeric host resolves to itself, without a question. by: whose resolver is asked."""
    address = sockets.bare_address(host)
    if address is not None:
        return Resolution(host, (address,))
    started = time.monotonic()
    try:
        found = await by.addresses(host, timeout)
        resolution = Resolution(host, found.answers, found.canonical, _reason(found), found.error)
    except HostGoneError as error:
        resolution = Resolution(host, reason="no-vantage", error=str(error))
    except (TimeoutError, RuntimeError) as error:
        resolution = Resolution(host, reason="resolver-failed", error=str(error))
    answer = ", ".join(resolution.addresses) or f"{resolution.reason} ({resolution.error})"
    _LOG.info("resolved %s: %s, %.1f ms", host, answer, (time.monotonic() - started) * 1000)
    return resolution


@frozen
class Reverse:
    """What the resolver answers for one address."""

    address: str
    """The address as asked for."""
    name: str | None = None
    """Name of the address. None if and only if there is a reason."""
    reason: Reason | None = None
    """Why there is no name. None if there is one."""
    error: str | None = None
    """Text of the resolver. None without an error."""


async def reverse(address: str, *, timeout: float, by: Host = THIS_HOST) -> Reverse:
    """Return the name of one numeric address, by hosts file and DNS in the order of nsswitch.
    `timeout` in seconds. Never raises because of an address. by: whose resolver is asked."""
    try:
        found = await by.name(address, timeout)
    except HostGoneError as error:
        return Reverse(address, reason="no-vantage", error=str(error))
    except (TimeoutError, RuntimeError) as error:
        return Reverse(address, reason="resolver-failed", error=str(error))
    return Reverse(address, next(iter(found.answers), None), _reason(found), found.error)


def worst_case(hosts: int, timeout: float) -> float:
    """Return the seconds that so many distinct hosts take at most if no server answers."""
    return math.ceil(hosts / AT_ONCE) * timeout


async def resolve_all(hosts: Iterable[str], *, timeout: float, by: Host = THIS_HOST) -> dict[str, Resolution]:
    """Resolve every distinct host once, all together. `timeout`: seconds for each lookup.
    by: whose resolver is asked. Addresses, of which there may be thousands, start no task."""
    import asyncio  # see probes.network.tcp

    addresses = {host: sockets.bare_address(host) for host in dict.fromkeys(hosts)}
    names = [host for host, address in addresses.items() if address is None]
    slots = asyncio.Semaphore(AT_ONCE)

    async def resolve_one(host: str) -> Resolution:
        async with slots:
            return await resolve(host, timeout=timeout, by=by)

    resolutions = dict(zip(names, await asyncio.gather(*map(resolve_one, names)), strict=True))
    return {
        host: resolutions[host] if address is None else Resolution(host, (address,))
        for host, address in addresses.items()
    }


def _reason(found: NameAnswer) -> Reason | None:
    """Return why there is no answer. None if there is one."""
    if found.answers:
        return None
    return "name-not-found" if found.number is None or found.number in _NOT_FOUND else "resolver-failed"
