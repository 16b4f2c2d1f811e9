"""What does a program on libkrb5 (kinit, kvno, curl, OpenLDAP …) experience at these KDCs?

It follows `sendto_kdc.c` of krb5 1.20:
- The first pass asks every server over the preferred transport, one second each, then over the
  other one.
- Two more passes repeat the datagrams.
- Each pass ends with a wait of 2, 4 and 8 seconds.
- A TCP connection that was made gets ten seconds.
- After a reply that is too big, the client uses TCP to the end of the exchange.

So a dead KDC costs seconds, and the client reports nothing about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final, Literal

from diagnose.clients.model import (
    ClientSettings,
    Ending,
    Exchange,
    KdcState,
    State,
    Transport,
    UnknownStateError,
    add_seconds,
    first_transports,
    merge_endings,
    unknown,
)
from probes.frozen import mutable
from probes.language import tr

Strategy = Literal["udp", "tcp", "tcp-only"]
ReplyKind = Literal["reply", "too-big", "garbage", "nothing", "resolver", "other-realm"]

PER_SERVER: Final = 1.0
"""Wait after each server, seconds."""

FIRST_PAUSE: Final = 2.0
LATER_PAUSES: Final = (4.0, 8.0)
"""Waits at the end of the passes, seconds."""

CONNECTED: Final = 10.0
"""Wait for a TCP connection that was made, seconds."""


_FAILS_AT_ONCE: Final = frozenset[State]({"refused", "prohibited", "closes", "resets"})
_ICMP_THAT_UDP_IGNORES: Final = frozenset[State]({"unreachable", "net-unreachable"})
"""Linux reports these to a connected UDP socket only on request. libkrb5 does not request them."""

_NEVER_STARTS: Final = frozenset[State]({"no-route", "not-permitted"})


def ending(kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange) -> Ending:
    """Return the ending of one exchange of a new process."""
    if not kdcs:
        return failed(
            f'Cannot find KDC for realm "{settings.realm}"', 0.0, exchange, tr("krb5.conf names no KDC of the realm")
        )
    transports = first_transports(settings.mit_udp_limit, exchange)
    return reduce(merge_endings, [_ending_by(transport, kdcs, settings, exchange) for transport in transports])


def _ending_by(first: Transport, kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange) -> Ending:
    strategy: Strategy = first
    seconds: float | None = 0.0
    replies = [True] * (settings.as_requests - 1) + [False] if exchange == "as" else [False]
    try:
        for short in replies:
            reply: ReplyKind = "too-big"
            while reply == "too-big":
                request = _Request(kdcs, exchange, strategy, settings.resolver_seconds, short_reply=short)
                reply = request.run()
                seconds = add_seconds(seconds, request.now)
                if reply == "too-big":
                    strategy = "tcp-only"
            if reply != "reply":
                return _failure(reply, seconds, settings.realm, exchange)
    except UnknownStateError:
        return unknown()
    slow = seconds is None or seconds > 0
    return Ending("yes", seconds, None, tr("it tries every KDC over both transports, a second each") if slow else "")


def _failure(reply: ReplyKind, seconds: float | None, realm: str, exchange: Exchange) -> Ending:
    if reply == "resolver":
        return failed(
            "Resource temporarily unavailable",
            seconds,
            exchange,
            tr("it gives up at the first KDC whose name no name server answers for"),
        )
    if reply == "garbage":
        why = tr("the peer that answers over UDP is not a KDC, and the first answer counts")
        return Ending("no", seconds, None, why)
    if reply == "other-realm":
        text, why = (
            f"Client '…@{realm}' not found in Kerberos database",
            tr("the KDC that answers does not serve the realm"),
        )
        return failed(text, seconds, exchange, why) if exchange == "as" else Ending("no", seconds, None, why)
    return failed(
        f"Cannot contact any KDC for realm '{realm}'", seconds, exchange, tr("no KDC answered over either transport")
    )


def failed(text: str, seconds: float | None, exchange: Exchange, why: str) -> Ending:
    """Return an ending that fails with this message.

    kinit adds its own words to a failed login. For a service ticket, the words of programs differ.
    """
    return Ending("no", seconds, f"{text} while getting initial credentials" if exchange == "as" else text, why)


@mutable
class _Connection:
    """One connection to a KDC."""

    transport: Transport
    state: State
    deferred: bool
    other_realm: bool
    live: bool = False
    until: float = 0.0
    """Time at which a TCP connection that was made is given up, seconds of the request's clock."""


class _Request:
    """One request to a list of KDCs, with a clock of its own.

    `now`: seconds since it began. None once that depends on a resolver whose timeout is not known.
    """

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

    def run(self) -> ReplyKind:
        reply = self._passes()
        self.now = None if self.now is None else self._clock
        return reply

    def _passes(self) -> ReplyKind:
        for kdc in self._kdcs:
            broken = kdc.broken_name(self._exchange)
            if broken == "resolver-dead":
                self.now = None if self._resolver_seconds is None else self.now
                self._clock += self._resolver_seconds or 0.0
                return "resolver"
            if broken is not None:
                continue
            for connection in self._open(kdc):
                if not connection.deferred and (reply := self._contact(connection)) is not None:
                    return reply
        for connection in self._connections:
            if connection.deferred and (reply := self._contact(connection)) is not None:
                return reply
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

    def _contact(self, connection: _Connection) -> ReplyKind | None:
        """Send, and wait a second. Return None if nothing usable came."""
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
        """Advance the clock, unless no socket is left to wait for.

        A TCP connection that was made prolongs every wait.
        """
        live = [connection.until for connection in self._connections if connection.live]
        if live:
            self._clock = max(self._clock + seconds, *live)
