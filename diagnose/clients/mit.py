"""What does a program on libkrb5 (kinit, kvno, curl, OpenLDAP …) experience at these KDCs?

Follows `sendto_kdc.c` of krb5 1.20: every server is asked by the preferred transport, one second each, then by the other one; two passes more, which repeat
the datagrams; 2, 4 and 8 seconds of waiting at the end of a pass. So what is dead costs seconds and hides itself. A connection that was made is
waited on for ten seconds. A client that was told once that a reply is too big uses TCP to the end of the exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal

from diagnose.clients.model import (
    UNKNOWN,
    Ending,
    Exchange,
    KdcState,
    Settings,
    State,
    Transport,
    UnknownStateError,
    both,
    first_transports,
    plus,
)

Strategy = Literal["udp", "tcp", "tcp-only"]
Heard = Literal["reply", "too-big", "garbage", "nothing", "resolver", "other-realm"]

PER_SERVER: Final = 1.0
FIRST_PAUSE: Final = 2.0
LATER_PAUSES: Final = (4.0, 8.0)
CONNECTED: Final = 10.0

_FAILS_AT_ONCE: Final = frozenset[State]({"refused", "prohibited", "closes", "resets"})
_ICMP_THAT_UDP_IGNORES: Final = frozenset[State]({"unreachable", "net-unreachable"})
"""Linux hands these to a connected UDP socket only if it asks for them, and libkrb5 does not."""

_NEVER_STARTS: Final = frozenset[State]({"no-route", "not-permitted"})


def ending(kdcs: Sequence[KdcState], settings: Settings, exchange: Exchange) -> Ending:
    """One exchange of a new process."""
    if not kdcs:
        return failed(
            f'Cannot find KDC for realm "{settings.realm}"', 0.0, exchange, "no KDC of the realm is known to it"
        )
    ways = first_transports(settings.mit_udp_limit, exchange)
    return reduce(both, [_by(way, kdcs, settings, exchange) for way in ways])


def _by(first: Transport, kdcs: Sequence[KdcState], settings: Settings, exchange: Exchange) -> Ending:
    strategy: Strategy = first
    seconds: float | None = 0.0
    replies = [True] * (settings.as_requests - 1) + [False] if exchange == "as" else [False]
    try:
        for short in replies:
            heard: Heard = "too-big"
            while heard == "too-big":
                asking = _Asking(kdcs, exchange, strategy, settings.resolver_seconds, short_reply=short)
                heard = asking.run()
                seconds = plus(seconds, asking.now)
                if heard == "too-big":
                    strategy = "tcp-only"
            if heard != "reply":
                return _failure(heard, seconds, settings.realm, exchange)
    except UnknownStateError:
        return UNKNOWN
    slow = seconds is None or seconds > 0
    return Ending("yes", seconds, None, "it tries every KDC by both transports, a second each" if slow else "")


def _failure(heard: Heard, seconds: float | None, realm: str, exchange: Exchange) -> Ending:
    if heard == "resolver":
        return failed(
            "Resource temporarily unavailable",
            seconds,
            exchange,
            "it gives up at the first KDC whose name nobody answers for",
        )
    if heard == "garbage":
        return Ending("no", seconds, None, "what answers by UDP is no KDC, and the first answer counts")
    if heard == "other-realm":
        text, why = (
            f"Client '…@{realm}' not found in Kerberos database",
            "the KDC that answers does not serve the realm",
        )
        return failed(text, seconds, exchange, why) if exchange == "as" else Ending("no", seconds, None, why)
    return failed(
        f"Cannot contact any KDC for realm '{realm}'", seconds, exchange, "no KDC answered by either transport"
    )


def failed(text: str, seconds: float | None, exchange: Exchange, why: str) -> Ending:
    """kinit adds its own words; what programs add when a service ticket fails differs."""
    return Ending("no", seconds, f"{text} while getting initial credentials" if exchange == "as" else text, why)


@dataclass(slots=True)
class _Connection:
    transport: Transport
    state: State
    deferred: bool
    other_realm: bool = False
    live: bool = False
    until: float = 0.0
    """When a TCP connection that was made is given up."""


class _Asking:
    """One request to a list of KDCs, on a clock of its own. now: seconds since it began, None once that depends on a resolver of unknown patience."""

    def __init__(
        self,
        kdcs: Sequence[KdcState],
        exchange: Exchange,
        strategy: Strategy,
        resolver_seconds: float | None,
        *,
        short_reply: bool,
    ) -> None:
        self._kdcs, self._exchange, self._strategy = kdcs, exchange, strategy
        self._resolver_seconds, self._short_reply = resolver_seconds, short_reply
        self._connections: list[_Connection] = []
        self._clock = 0.0
        self.now: float | None = 0.0

    def run(self) -> Heard:
        heard = self._passes()
        self.now = None if self.now is None else self._clock
        return heard

    def _passes(self) -> Heard:
        for kdc in self._kdcs:
            broken = kdc.broken_name(self._exchange)
            if broken == "resolver-dead":
                self.now = None if self._resolver_seconds is None else self.now
                self._clock += self._resolver_seconds or 0.0
                return "resolver"
            if broken is not None:
                continue
            for connection in self._open(kdc):
                if not connection.deferred and (heard := self._contact(connection)) is not None:
                    return heard
        for connection in self._connections:
            if connection.deferred and (heard := self._contact(connection)) is not None:
                return heard
        self._wait(FIRST_PAUSE)
        for pause in LATER_PAUSES:
            for connection in self._connections:
                if connection.live and connection.transport == "udp":
                    self._wait(PER_SERVER)
            self._wait(pause)
        return "nothing"

    def _open(self, kdc: KdcState) -> list[_Connection]:
        order: tuple[Transport, ...] = ("udp", "tcp") if self._strategy == "udp" else ("tcp", "udp")
        made = [
            _Connection(transport, state, deferred=transport != order[0], other_realm=kdc.refuses == "realm")
            for transport in (order[:1] if self._strategy == "tcp-only" else order)
            if (state := kdc.state(transport, self._exchange, short_reply=self._short_reply)) is not None
        ]
        self._connections += made
        return made

    def _contact(self, connection: _Connection) -> Heard | None:
        """Send, and wait a second; None where nothing usable came."""
        state, udp = connection.state, connection.transport == "udp"
        if state == "unknown":
            raise UnknownStateError
        if state == "answers" or (state == "answers-too-big" and (self._short_reply or not udp)):
            return "other-realm" if connection.other_realm else "reply"
        if state == "answers-too-big":
            return "too-big"
        if state == "not-kerberos" and udp:
            return "garbage"
        if state in _NEVER_STARTS:
            return None
        if state in _FAILS_AT_ONCE or state == "not-kerberos" or (state in _ICMP_THAT_UDP_IGNORES and not udp):
            self._wait(PER_SERVER)
            return None
        connection.live = True
        if state == "open-but-silent":
            connection.until = self._clock + CONNECTED
        self._wait(PER_SERVER)
        return None

    def _wait(self, seconds: float) -> None:
        """Nothing is waited for once no socket is left; a connection that was made prolongs every wait."""
        live = [connection.until for connection in self._connections if connection.live]
        if live:
            self._clock = max(self._clock + seconds, *live)
