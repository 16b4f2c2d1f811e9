"""Which addresses does this host's own resolver give for a name, in the order that its programs will try them?

getaddrinfo is asked because the daemons of a cluster ask it: hosts file, nsswitch and search list count, and `probes.dns` cannot know them. It has no time limit of its
own, so it runs in a daemon thread that is abandoned at the deadline; an abandoned one ends by itself and does not keep the interpreter from exiting.
"""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from probes import sockets
from probes.observation import Observation

if TYPE_CHECKING:
    import asyncio

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

    def observation(self, vantage: str = "local") -> Observation:
        """For the flows of a host without an address."""
        if self.reason is None:
            raise ValueError(f"{self.host} has addresses")
        return Observation(vantage, "unresolved", self.reason, detail={"host": self.host, "error": self.error})


async def resolve(host: str, *, timeout: float) -> Resolution:
    """One host. Numeric hosts resolve to themselves, without asking anybody. timeout in seconds; never raises for a name, however odd."""
    import asyncio  # noqa: PLC0415 - see probes.tcp

    own = _numeric(host)
    if own is not None:
        return Resolution(host, (own,))
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Resolution] = loop.create_future()
    thread = threading.Thread(target=_ask, args=(host, loop, answer), name=f"resolve {host[:64]}", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        return Resolution(host, reason="resolver-failed", error=str(error))
    await asyncio.wait((answer,), timeout=timeout)
    if answer.done():
        return answer.result()
    answer.cancel()
    return Resolution(host, reason="resolver-failed", error=f"no answer within {timeout:g} s")


def worst_case(hosts: int, timeout: float) -> float:
    """Seconds after which so many distinct hosts are looked up, or given up, if no name server says a word."""
    return math.ceil(hosts / AT_ONCE) * timeout


async def resolve_all(hosts: Iterable[str], *, timeout: float) -> dict[str, Resolution]:
    """Every distinct host once, together. timeout in seconds, for each lookup."""
    import asyncio  # noqa: PLC0415

    distinct = tuple(dict.fromkeys(hosts))
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(host: str) -> Resolution:
        async with slots:
            return await resolve(host, timeout=timeout)

    return dict(zip(distinct, await asyncio.gather(*map(one, distinct)), strict=True))


def _numeric(host: str) -> str | None:
    try:
        _, bare, _ = sockets.numeric(host)
    except (ValueError, OSError):
        return None
    return host if "%" in host else bare


def _ask(host: str, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Resolution]) -> None:
    resolution = _lookup(host)

    def deliver() -> None:
        if not answer.done():
            answer.set_result(resolution)

    try:
        loop.call_soon_threadsafe(deliver)
    except RuntimeError:
        return  # the loop was closed meanwhile: nobody waits any more


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


def _text(family: int, name: tuple[object, ...]) -> str:
    """An address with its scope, which Python keeps apart."""
    address = str(name[0])
    if family == socket.AF_INET6 and name[3] and "%" not in address:
        return f"{address}%{name[3]}"
    return address
