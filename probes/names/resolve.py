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
from dataclasses import dataclass
from typing import Literal

from probes.network import sockets
from probes.network.blocking_call import with_timeout
from probes.observation import Observation
from probes.vantage import Vantage

Reason = Literal["name-not-found", "resolver-failed"]

_LOG = logging.getLogger(__name__)

_NOT_FOUND = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY})
AT_ONCE = 64
"""Lookups at the same time.
Each is a thread, and a resolver that gets hundreds of names at once begins to drop questions."""


@dataclass(frozen=True, slots=True)
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
        return Observation(vantage.name, "unresolved", self.reason, detail={"host": self.host, "error": self.error})


async def resolve(host: str, *, timeout: float) -> Resolution:
    """Resolve one host within `timeout` seconds. Never raises because of a name.
    A numeric host resolves to itself, without a question."""
    address = _numeric(host)
    if address is not None:
        return Resolution(host, (address,))
    started = time.monotonic()
    try:
        resolution = await with_timeout(lambda: _lookup(host), timeout=timeout, name=f"resolve {host}")
    except (TimeoutError, RuntimeError) as error:
        resolution = Resolution(host, reason="resolver-failed", error=str(error))
    answer = ", ".join(resolution.addresses) or f"{resolution.reason} ({resolution.error})"
    _LOG.info("resolved %s: %s, %.1f ms", host, answer, (time.monotonic() - started) * 1000)
    return resolution


@dataclass(frozen=True, slots=True)
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


async def reverse(address: str, *, timeout: float) -> Reverse:
    """Return the name of one numeric address, by hosts file and DNS in the order of nsswitch.
    `timeout` in seconds. Never raises because of an address."""
    try:
        return await with_timeout(lambda: _lookup_back(address), timeout=timeout, name=f"reverse {address}")
    except (TimeoutError, RuntimeError) as error:
        return Reverse(address, reason="resolver-failed", error=str(error))


def worst_case(hosts: int, timeout: float) -> float:
    """Return the seconds that so many distinct hosts take at most if no server answers."""
    return math.ceil(hosts / AT_ONCE) * timeout


async def resolve_all(hosts: Iterable[str], *, timeout: float) -> dict[str, Resolution]:
    """Resolve every distinct host once, all together. `timeout`: seconds for each lookup.
    Addresses, of which there may be thousands, start no task."""
    import asyncio  # see probes.network.tcp

    addresses = {host: _numeric(host) for host in dict.fromkeys(hosts)}
    names = [host for host, address in addresses.items() if address is None]
    slots = asyncio.Semaphore(AT_ONCE)

    async def resolve_one(host: str) -> Resolution:
        async with slots:
            return await resolve(host, timeout=timeout)

    resolutions = dict(zip(names, await asyncio.gather(*map(resolve_one, names)), strict=True))
    return {
        host: resolutions[host] if address is None else Resolution(host, (address,))
        for host, address in addresses.items()
    }


def _numeric(host: str) -> str | None:
    try:
        _, bare, _ = sockets.numeric(host)
    except (ValueError, OSError):
        return None
    return host if "%" in host else bare


def _lookup(host: str) -> Resolution:
    """Return the answer of getaddrinfo as a value."""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except socket.gaierror as error:
        reason: Reason = "name-not-found" if error.errno in _NOT_FOUND else "resolver-failed"
        return Resolution(host, reason=reason, error=error.strerror)
    except OSError as error:
        return Resolution(host, reason="resolver-failed", error=str(error))
    except ValueError as error:
        # A label that is empty, too long or no IDNA, or a NUL: no name server can know such a name.
        return Resolution(host, reason="name-not-found", error=f"not a host name: {error}")
    addresses = tuple(dict.fromkeys(_text(entry[0], entry[4]) for entry in entries))
    return Resolution(host, addresses, next((entry[3] for entry in entries if entry[3]), None))


def _lookup_back(address: str) -> Reverse:
    """Return the answer of getnameinfo as a value."""
    try:
        family, bare, scope = sockets.numeric(address)
        place = (bare, 0, 0, scope) if family == socket.AF_INET6 else (bare, 0)
        return Reverse(address, socket.getnameinfo(place, socket.NI_NAMEREQD)[0])
    except socket.gaierror as error:
        reason: Reason = "name-not-found" if error.errno in _NOT_FOUND else "resolver-failed"
        return Reverse(address, reason=reason, error=error.strerror)
    except (OSError, ValueError) as error:
        return Reverse(address, reason="resolver-failed", error=str(error))


def _text(family: int, name: tuple[object, ...]) -> str:
    """Return an address with its scope, which Python returns separately."""
    address = str(name[0])
    if family == socket.AF_INET6 and name[3] and "%" not in address:
        return f"{address}%{name[3]}"
    return address
