"""What does a Java program (Hadoop, Spark, Hive, DataWorks' own tasks) experience at these KDCs?

Follows `KdcComm` and `NetClient` of OpenJDK 17. One KDC after the other, each `max_retries` times with `kdc_timeout`; a timeout of UDP never leads to TCP, only a reply
that says "too big" does; if all fail, the error of the first one is told. An ICMP error other than "port unreachable" is heard and
then waited over. A KDC that failed is asked last from then on, in the same process, until krb5.conf is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

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

NOT_FOUND: Final = "Name or service not known"
RESOLVER: Final = "Temporary failure in name resolution"

_UNCHECKED: Final = "java.io.UncheckedIOException: java.net.SocketException: Network is unreachable"
"""What connecting a datagram socket throws without a route; GSS-API does not expect it and lets it through."""

_TEXTS: Final[dict[tuple[Transport, State], str | None]] = {
    ("udp", "refused"): None,
    ("udp", "no-route"): _UNCHECKED,
    ("udp", "not-permitted"): "Operation not permitted",
    ("tcp", "refused"): "Connection refused",
    ("tcp", "resets"): "Connection reset",
    ("tcp", "prohibited"): "No route to host",
    ("tcp", "unreachable"): "No route to host",
    ("tcp", "net-unreachable"): "Network is unreachable",
    ("tcp", "no-route"): "Network is unreachable",
}
"""Failures that need no waiting. None: a PortUnreachableException, which has no text since JDK 13."""

_WAITS: Final[dict[tuple[Transport, State], str]] = {
    ("udp", "silent"): "Receive timed out",
    ("udp", "prohibited"): "Receive timed out",
    ("udp", "unreachable"): "Receive timed out",
    ("udp", "net-unreachable"): "Receive timed out",
    ("tcp", "silent"): "Connect timed out",
    ("tcp", "open-but-silent"): "Read timed out",
}

NO_REPLY: Final = "Cannot get a KDC reply"
UNKNOWN_CLIENT: Final = "Client not found in Kerberos database (6)"
SKEW: Final = "Clock skew too great (37)"


@dataclass(frozen=True, slots=True)
class _Failure:
    """text None: the exception has none. last: no other KDC is tried after it. told: False where the text depends on what came."""

    text: str | None
    why: str
    last: bool = False
    told: bool = True


@dataclass(frozen=True, slots=True)
class _Attempt:
    seconds: float | None
    failure: _Failure | None = None


def endings(kdcs: Sequence[KdcState], settings: Settings) -> dict[Exchange, Ending]:
    """Login, then a service ticket in the same process; where the login fails, a service ticket with a TGT from elsewhere."""
    as_ways = [_Process(kdcs, settings, way) for way in _first("as", settings)]
    login = reduce(both, [process.exchange("as") for process in as_ways])
    if login.works == "unknown" and len(kdcs) > 1:
        return {"as": login, "tgs": UNKNOWN}  # which of them it then remembers as bad is not known either
    fresh = login.works != "yes"
    ticket = [
        (_Process(kdcs, settings, way) if fresh else process.continued(way)).exchange("tgs")
        for process in as_ways
        for way in _first("tgs", settings)
    ]
    return {"as": login, "tgs": reduce(both, ticket)}


def no_kdc(exchange: Exchange) -> Ending:
    """The file names no KDC of the realm and DNS may not be asked."""
    return failed("Cannot locate KDC", 0.0, exchange, "krb5.conf names no KDC of the realm")


def failed(text: str | None, seconds: float | None, exchange: Exchange, why: str) -> Ending:
    """The text as the two APIs wrap it."""
    if exchange == "tgs" and text == _UNCHECKED:
        message = text
    elif exchange == "tgs":
        message = f"GSSException: No valid credentials provided (Mechanism level: {'null' if text is None else text})"
    else:
        message = "javax.security.auth.login.LoginException" + ("" if text is None else f": {text}")
    return Ending("no", seconds, message, why)


def _first(exchange: Exchange, settings: Settings) -> Sequence[Transport]:
    """0 is not "always TCP" here: releases before 24 never begin with TCP then."""
    return ("udp",) if settings.jdk.udp_limit <= 0 else first_transports(settings.jdk.udp_limit, exchange)


class _Process:
    """A JVM, with what it remembers of its KDCs."""

    def __init__(
        self, kdcs: Sequence[KdcState], settings: Settings, first: Transport, bad: set[str] | None = None
    ) -> None:
        self._kdcs, self._settings, self._first = kdcs, settings, first
        self._bad: set[str] = set() if bad is None else set(bad)

    def continued(self, first: Transport) -> _Process:
        return _Process(self._kdcs, self._settings, first, self._bad)

    def exchange(self, exchange: Exchange) -> Ending:
        if not self._kdcs:
            return no_kdc(exchange)
        replies = [True] * (self._settings.as_requests - 1) + [False] if exchange == "as" else [False]
        seconds: float | None = 0.0
        try:
            for short in replies:
                attempt = self._send(exchange, short_reply=short)
                seconds = plus(seconds, attempt.seconds)
                if attempt.failure is not None:
                    return _told(attempt.failure, seconds, exchange)
        except UnknownStateError:
            return UNKNOWN
        slow = seconds is None or seconds > 0
        return Ending("yes", seconds, None, "a KDC that stands earlier in the list does not answer" if slow else "")

    def _send(self, exchange: Exchange, *, short_reply: bool) -> _Attempt:
        seconds: float | None = 0.0
        first: _Failure | None = None
        for kdc in self._order():
            attempt = self._kdc(kdc, exchange, short_reply=short_reply)
            seconds = plus(seconds, attempt.seconds)
            if attempt.failure is None or attempt.failure.last:
                self._bad.discard(kdc.name)
                return _Attempt(seconds, attempt.failure)
            self._bad.add(kdc.name)
            first = first or attempt.failure
        return _Attempt(seconds, first)

    def _order(self) -> list[KdcState]:
        if self._settings.jdk_bad_policy.lower().partition(":")[0] != "trylast":
            return list(self._kdcs)
        return sorted(self._kdcs, key=lambda kdc: kdc.name in self._bad)

    def _kdc(self, kdc: KdcState, exchange: Exchange, *, short_reply: bool) -> _Attempt:
        broken = kdc.broken_name(exchange)
        if broken is not None:
            return self._name(kdc, broken)
        state = kdc.state(self._first, exchange)
        too_big = self._first == "udp" and state == "answers-too-big" and not short_reply
        attempt = self._transport(kdc, "tcp" if too_big else self._first, exchange, short_reply=short_reply)
        if attempt.failure is None and kdc.refuses is not None:
            return _Attempt(attempt.seconds, _refusal(kdc, exchange, short_reply=short_reply))
        return attempt

    def _transport(self, kdc: KdcState, transport: Transport, exchange: Exchange, *, short_reply: bool) -> _Attempt:
        state = kdc.state(transport, exchange, short_reply=short_reply)
        if state is None or state == "unknown":
            raise UnknownStateError
        place = f"{transport.upper()} to {kdc.name}"
        if state in ("answers", "answers-too-big"):
            if (kdc.udp_ms if transport == "udp" else kdc.tcp_ms) <= self._patience(kdc)[1]:
                return _Attempt(0.0)
            state = "silent" if transport == "udp" else "open-but-silent"  # an answer that comes too late is none
        if state in ("closes", "not-kerberos"):
            return _foreign(transport, state, place)
        text = _WAITS.get((transport, state))
        if text is None:
            return _Attempt(
                0.0,
                _Failure(
                    _TEXTS.get((transport, state)),
                    f"{place} fails at once and TCP is not tried" if transport == "udp" else f"{place} fails at once",
                ),
            )
        retries, timeout_ms = self._patience(kdc)
        after = ", and no timeout leads to TCP" if transport == "udp" else ""
        why = f"{place} has no answer in {retries} x {timeout_ms / 1000:g} s{after}"
        return _Attempt(retries * timeout_ms / 1000, _Failure(text, why))

    def _name(self, kdc: KdcState, broken: State) -> _Attempt:
        """A TCP client is told the name alone, since it looks the name up without asking why that failed."""
        if broken == "unusable":
            return _Attempt(0.0, _Failure(None, f"{kdc.name} is no entry that the JDK can use", told=False))
        reason = NOT_FOUND if broken == "unresolved" else RESOLVER
        text = kdc.host if self._first == "tcp" else f"{kdc.host}: {reason}"
        seconds = 0.0 if broken == "unresolved" else self._settings.resolver_seconds
        return _Attempt(seconds, _Failure(text, f"the name {kdc.host} has no address here"))

    def _patience(self, kdc: KdcState) -> tuple[int, int]:
        """Attempts, and milliseconds of each. The policy tryLess cuts both short for a KDC that failed before."""
        limits = self._settings.jdk
        policy, _, values = self._settings.jdk_bad_policy.lower().partition(":")
        if policy != "tryless" or kdc.name not in self._bad:
            return limits.retries, limits.timeout_ms
        retries, _, timeout = values.partition(",")
        return (
            min(limits.retries, int(retries) if retries.isdecimal() else 1),
            min(limits.timeout_ms, int(timeout) if timeout.isdecimal() else 5000),
        )


def _refusal(kdc: KdcState, exchange: Exchange, *, short_reply: bool) -> _Failure | None:
    """What an answering KDC says instead of giving a ticket; another KDC is not asked then. The clock is looked at with the first encrypted time."""
    if kdc.refuses == "realm":
        why = f"{kdc.name} does not serve the realm"
        return _Failure(UNKNOWN_CLIENT, why, last=True, told=exchange == "as")
    if exchange == "as" and short_reply:
        return None
    step = "PREAUTH_FAILED" if exchange == "as" else "PROCESS_TGS"
    return _Failure(f"{SKEW} - {step}", f"the clock of {kdc.name} is too far from this one", last=True)


def _foreign(transport: Transport, state: State, place: str) -> _Attempt:
    """The first bytes are taken for a length, so what answers and stays connected is waited on for the rest, at most one timeout."""
    why = f"what answers {place} is no KDC, and no other KDC is asked after an answer"
    if transport == "udp":
        return _Attempt(0.0, _Failure(None, why, last=True, told=False))
    return _Attempt(0.0 if state == "closes" else None, _Failure(NO_REPLY, why, last=True))


def _told(failure: _Failure, seconds: float | None, exchange: Exchange) -> Ending:
    if not failure.told:
        return Ending("no", seconds, None, failure.why)
    return failed(failure.text, seconds, exchange, failure.why)
