"""Which addresses does this host's own resolver give for a name, in the order that its programs will try them?

getaddrinfo is asked because the daemons of a cluster ask it: hosts file, nsswitch and search list count, and `probes.names.dns` cannot know them. `reverse` asks
getnameinfo for the same reason.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from probes.network import sockets
from probes.network.blocking_call import patiently
from probes.observation import Observation
from probes.vantage import Vantage

Reason = Literal["name-not-found", "resolver-failed"]

_NOT_FOUND = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY})
AT_ONCE = 64
"""Lookups in flight: each is a thread, and a resolver asked for hundreds of names at once begins to drop questions."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """addresses: numeric, distinct, in getaddrinfo's order; canonical: AI_CANONNAME; reason: None if and only if there are addresses; error: the resolver's text."""

    host: str
    addresses: tuple[str, ...] = ()
    canonical: str | None = None
    reason: Reason | None = None
    error: str | None = None

    def observation(self, vantage: Vantage) -> Observation:
        """For the flows of a host without an address."""
        if self.reason is None:
            raise ValueError(f"{self.host} has addresses")
        return Observation(vantage.name, "unresolved", self.reason, detail={"host": self.host, "error": self.error})


async def resolve(host: str, *, timeout: float) -> Resolution:
    """One host. Numeric hosts resolve to themselves, without asking anybody. timeout in seconds; never raises for a name, however odd."""
    own = _numeric(host)
    if own is not None:
        return Resolution(host, (own,))
    try:
        return await patiently(lambda: _lookup(host), timeout=timeout, name=f"resolve {host}")
    except (TimeoutError, RuntimeError) as error:
        return Resolution(host, reason="resolver-failed", error=str(error))


@dataclass(frozen=True, slots=True)
class Reverse:
    """name: what the address is called, None if and only if there is a reason; error: the resolver's text."""

    address: str
    name: str | None = None
    reason: Reason | None = None
    error: str | None = None


async def reverse(address: str, *, timeout: float) -> Reverse:
    """The name of one numeric address, by hosts file and DNS as nsswitch orders them. timeout in seconds; never raises for an address, however odd."""
    try:
        return await patiently(lambda: _lookup_back(address), timeout=timeout, name=f"reverse {address}")
    except (TimeoutError, RuntimeError) as error:
        return Reverse(address, reason="resolver-failed", error=str(error))


def worst_case(hosts: int, timeout: float) -> float:
    """Seconds after which so many distinct hosts are looked up, or given up, if no name server says a word."""
    return math.ceil(hosts / AT_ONCE) * timeout


async def resolve_all(hosts: Iterable[str], *, timeout: float) -> dict[str, Resolution]:
    """Every distinct host once, together. timeout in seconds, for each lookup. Addresses, of which there may be thousands, cost no task."""
    import asyncio  # see probes.tcp

    own = {host: _numeric(host) for host in dict.fromkeys(hosts)}
    names = [host for host, address in own.items() if address is None]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(host: str) -> Resolution:
        async with slots:
            return await resolve(host, timeout=timeout)

    found = dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))
    return {host: found[host] if address is None else Resolution(host, (address,)) for host, address in own.items()}


def _numeric(host: str) -> str | None:
    try:
        _, bare, _ = sockets.numeric(host)
    except (ValueError, OSError):
        return None
    return host if "%" in host else bare


def _lookup(host: str) -> Resolution:
    """getaddrinfo as a value."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except socket.gaierror as error:
        reason: Reason = "name-not-found" if error.errno in _NOT_FOUND else "resolver-failed"
        return Resolution(host, reason=reason, error=error.strerror)
    except OSError as error:
        return Resolution(host, reason="resolver-failed", error=str(error))
    except ValueError as error:
        # A label that is empty, too long or no IDNA, or a NUL: no name server can know such a name.
        return Resolution(host, reason="name-not-found", error=f"not a host name: {error}")
    addresses = tuple(dict.fromkeys(_text(entry[0], entry[4]) for entry in found))
    return Resolution(host, addresses, next((entry[3] for entry in found if entry[3]), None))


def _lookup_back(address: str) -> Reverse:
    """getnameinfo as a value."""
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
    """An address with its scope, which Python keeps apart."""
    address = str(name[0])
    if family == socket.AF_INET6 and name[3] and "%" not in address:
        return f"{address}%{name[3]}"
    return address
