"""What does a Java program (Hadoop, Spark, Hive, DataWorks' own tasks) experience at these KDCs?

It follows `KdcComm` and `NetClient` of OpenJDK 17:
- It asks one KDC after the other, each `max_retries` times with `kdc_timeout`.
- A timeout over UDP never leads to TCP. Only a reply that says "too big" does.
- If all KDCs fail, it reports the error of the first one.
- After an ICMP error other than "port unreachable", it still waits for the timeout.
- A KDC that failed is asked last from then on, in the same process, until krb5.conf is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final

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
from probes.frozen import frozen
from probes.language import tr

NOT_FOUND: Final = "Name or service not known"
RESOLVER: Final = "Temporary failure in name resolution"

_UNCHECKED: Final = "java.io.UncheckedIOException: java.net.SocketException: Network is unreachable"
"""Exception of connecting a datagram socket without a route.

GSS-API does not expect it and does not wrap it.
"""

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
"""Failures without waiting. None: a PortUnreachableException, which has no text since JDK 13."""

_WAITS: Final[dict[tuple[Transport, State], str]] = {
    ("udp", "silent"): "Receive timed out",
    ("udp", "prohibited"): "Receive timed out",
    ("udp", "unreachable"): "Receive timed out",
    ("udp", "net-unreachable"): "Receive timed out",
    ("tcp", "silent"): "Connect timed out",
    ("tcp", "open-but-silent"): "Read timed out",
}

USUAL_ANSWER_MS: Final = 1000
"""Time within which a KDC answers, milliseconds. A shorter timeout may end before its answer."""

NO_REPLY: Final = "Cannot get a KDC reply"
UNKNOWN_CLIENT: Final = "Client not found in Kerberos database (6)"
SKEW: Final = "Clock skew too great (37)"


@frozen
class _Failure:
    """One failure of an exchange with a KDC."""

    text: str | None
    """Text of the exception. None if it has none."""
    why: str
    """Reason in our words."""
    is_final: bool = False
    """True if no other KDC is tried after it."""
    has_known_text: bool = True
    """False if the text depends on the reply."""


@frozen
class _Attempt:
    """One attempt at a KDC: how long it takes, and why it fails. No failure if it works."""

    seconds: float | None
    failure: _Failure | None = None


def endings(kdcs: Sequence[KdcState], settings: ClientSettings) -> dict[Exchange, Ending]:
    """Return the ending of a login, and of a service ticket in the same process.

    If the login fails, the service ticket is asked for with a TGT from elsewhere.
    """
    processes = [_Process(kdcs, settings, transport) for transport in _first_transports("as", settings)]
    login = reduce(merge_endings, [process.exchange("as") for process in processes])
    if login.works == "unknown" and len(kdcs) > 1:
        return {"as": login, "tgs": unknown()}  # which KDCs it then remembers as bad is not known either
    is_new_process = login.works != "yes"
    ticket = [
        (_Process(kdcs, settings, transport) if is_new_process else process.continued(transport)).exchange("tgs")
        for process in processes
        for transport in _first_transports("tgs", settings)
    ]
    return {"as": login, "tgs": reduce(merge_endings, ticket)}


def no_kdc(exchange: Exchange) -> Ending:
    """Return the ending if the file names no KDC of the realm and DNS must not be asked."""
    return failed("Cannot locate KDC", 0.0, exchange, tr("krb5.conf names no KDC of the realm"))


def failed(text: str | None, seconds: float | None, exchange: Exchange, why: str) -> Ending:
    """Return an ending that fails with this text, as the two Java APIs wrap it."""
    if exchange == "tgs" and text == _UNCHECKED:
        message = text
    elif exchange == "tgs":
        message = f"GSSException: No valid credentials provided (Mechanism level: {'null' if text is None else text})"
    else:
        message = "javax.security.auth.login.LoginException" + ("" if text is None else f": {text}")
    return Ending("no", seconds, message, why)


def _first_transports(exchange: Exchange, settings: ClientSettings) -> Sequence[Transport]:
    """Return the transports that may come first.

    A limit of 0 does not mean "always TCP" here: releases before 24 then never begin with TCP.
    """
    return ("udp",) if settings.jdk.udp_limit <= 0 else first_transports(settings.jdk.udp_limit, exchange)


class _Process:
    """A JVM process, with the KDCs that it remembers as bad."""

    def __init__(
        self, kdcs: Sequence[KdcState], settings: ClientSettings, first: Transport, bad: set[str] | None = None
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
                seconds = add_seconds(seconds, attempt.seconds)
                if attempt.failure is not None:
                    return _ending_of(attempt.failure, seconds, exchange)
        except UnknownStateError as error:
            return unknown(str(error))
        slow = seconds is None or seconds > 0
        return Ending("yes", seconds, None, tr("a KDC earlier in the list does not answer") if slow else "")

    def _send(self, exchange: Exchange, *, short_reply: bool) -> _Attempt:
        seconds: float | None = 0.0
        first: _Failure | None = None
        for kdc in self._order():
            attempt = self._kdc(kdc, exchange, short_reply=short_reply)
            seconds = add_seconds(seconds, attempt.seconds)
            if attempt.failure is None or attempt.failure.is_final:
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
            return self._name_failure(kdc, broken)
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
        place = tr("{transport} to {kdc}", transport=transport.upper(), kdc=kdc.name)
        if state in ("answers", "answers-too-big"):
            if self._waits_long_enough(kdc, kdc.udp_ms if transport == "udp" else kdc.tcp_ms):
                return _Attempt(0.0)
            state = "silent" if transport == "udp" else "open-but-silent"  # an answer after the timeout does not count
        if state in ("closes", "not-kerberos"):
            return _not_kerberos(transport, state, place)
        text = _WAITS.get((transport, state))
        if text is None:
            why = tr("{place} fails at once", place=place)
            if transport == "udp":
                why = tr("{place} fails at once and TCP is not tried", place=place)
            return _Attempt(0.0, _Failure(_TEXTS.get((transport, state)), why))
        retries, timeout_ms = self._patience(kdc)
        why = tr(
            "{place} has no answer in {tries} x {seconds:g} s", place=place, tries=retries, seconds=timeout_ms / 1000
        )
        if transport == "udp":
            why = tr("{why}, and a timeout does not lead to TCP", why=why)
        return _Attempt(retries * timeout_ms / 1000, _Failure(text, why))

    def _waits_long_enough(self, kdc: KdcState, answer_ms: float | None) -> bool:
        """Return whether a KDC's answer comes within the timeout.

        UnknownStateError if that was not measured and the timeout is short.
        """
        timeout_ms = self._patience(kdc)[1]
        if answer_ms is None and timeout_ms < USUAL_ANSWER_MS:
            raise UnknownStateError(
                tr(
                    "whether {kdc} answers within {milliseconds} ms was not measured",
                    kdc=kdc.name,
                    milliseconds=timeout_ms,
                )
            )
        return answer_ms is None or answer_ms <= timeout_ms

    def _name_failure(self, kdc: KdcState, broken: State) -> _Attempt:
        """Return the failure of a name without an address.

        Over TCP the message is the host name alone, because the JDK looks it up without asking why
        that failed.
        """
        if broken == "unusable":
            why = tr("{kdc} is not an entry that the JDK can use", kdc=kdc.name)
            return _Attempt(0.0, _Failure(None, why, has_known_text=False))
        reason = NOT_FOUND if broken == "unresolved" else RESOLVER
        text = kdc.host if self._first == "tcp" else f"{kdc.host}: {reason}"
        seconds = 0.0 if broken == "unresolved" else self._settings.resolver_seconds
        return _Attempt(seconds, _Failure(text, tr("the name {host} has no address here", host=kdc.host)))

    def _patience(self, kdc: KdcState) -> tuple[int, int]:
        """Return the number of attempts, and milliseconds of each.

        The policy tryLess lowers both for a KDC that failed before.
        """
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
    """Return the error of a KDC that answers without a ticket.

    No other KDC is asked then.

    The KDC compares the clock at the first encrypted timestamp.
    """
    if kdc.refuses == "realm":
        why = tr("{kdc} does not serve the realm", kdc=kdc.name)
        return _Failure(UNKNOWN_CLIENT, why, is_final=True, has_known_text=exchange == "as")
    if short_reply:
        return None
    step = "PREAUTH_FAILED" if exchange == "as" else "PROCESS_TGS"
    why = tr("the clock of {kdc} is too far from this one", kdc=kdc.name)
    return _Failure(f"{SKEW} - {step}", why, is_final=True)


def _not_kerberos(transport: Transport, state: State, place: str) -> _Attempt:
    """Return the failure at a peer that does not speak Kerberos.

    The JDK takes the first bytes for a length. If the peer stays connected, the JDK waits for the
    rest, at most one timeout.
    """
    why = tr("the peer that answers {place} is not a KDC, and no other KDC is asked after an answer", place=place)
    if transport == "udp":
        return _Attempt(0.0, _Failure(None, why, is_final=True, has_known_text=False))
    return _Attempt(0.0 if state == "closes" else None, _Failure(NO_REPLY, why, is_final=True))


def _ending_of(failure: _Failure, seconds: float | None, exchange: Exchange) -> Ending:
    if not failure.has_known_text:
        return Ending("no", seconds, None, failure.why)
    return failed(failure.text, seconds, exchange, failure.why)
