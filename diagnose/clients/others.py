"""What do Go programs on gokrb5 (v8.4) and programs on Heimdal (7.8) experience at these KDCs?

gokrb5 tries all KDCs by one transport, in random order, five seconds each and without a second datagram, then all by the other.
Heimdal asks a new host each second and waits for all of them; a plain `kdc = host` is UDP alone, unless the request is large or a KDC said "too big".
"""

from __future__ import annotations

from collections.abc import Sequence
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

GO_PATIENCE: Final = 5.0
HEIMDAL_LARGE: Final = 1400
"""Default of `large_message_size`: larger requests go by TCP."""

HEIMDAL_UDP_TRIES: Final = 3

HEIMDAL_TICKET_TRIES: Final = 2
"""A service ticket is asked for with referrals, and where that fails once more without."""

_GO_WAITS: Final = frozenset[State]({"silent", "open-but-silent"})
_SPEAKS: Final = frozenset[State]({"answers", "answers-too-big"})
"""What these two families make of an error that is neither pre-authentication nor a size was not measured."""

_SOFT: Final = frozenset[State]({"unreachable", "net-unreachable"})
"""ICMP errors that a connected UDP socket does not hear of."""

_ORDERS: Final[dict[Transport, tuple[Transport, ...]]] = {"udp": ("udp", "tcp"), "tcp": ("tcp", "udp")}
_TCP_ONLY: Final[tuple[Transport, ...]] = ("tcp",)

_GO_FAILED: Final = "failed to communicate with KDC. Attempts made with"
_GO_GARBAGE: Final = "failed to process the AS_REP"


def gokrb5(kdcs: Sequence[KdcState], settings: Settings, exchange: Exchange) -> Ending:
    """The longest way, since the order is random."""
    if not kdcs:
        return Ending(
            "no", 0.0, f"no KDCs defined in configuration for realm {settings.realm}", "it knows no KDC of the realm"
        )
    limit = settings.gokrb5_udp_limit
    orders = [_TCP_ONLY] if limit == 1 else [_ORDERS[first] for first in first_transports(limit, exchange)]
    return reduce(both, [_go(order, kdcs, settings, exchange) for order in orders])


def _go(order: Sequence[Transport], kdcs: Sequence[KdcState], settings: Settings, exchange: Exchange) -> Ending:
    replies = [True] * (settings.as_requests - 1) + [False] if exchange == "as" else [False]
    seconds: float | None = 0.0
    try:
        for short in replies:
            worked = False
            for transport in order:
                answers, spent = _go_all(kdcs, transport, settings, exchange, short_reply=short)
                seconds = plus(seconds, spent)
                if answers == "garbage":
                    return Ending(
                        "no", seconds, _GO_GARBAGE if exchange == "as" else None, "what answers by UDP is no KDC"
                    )
                if answers == "reply":
                    worked = True
                    break
            if not worked:
                return Ending("no", seconds, _go_message(order), "no KDC answered by " + " or ".join(order))
    except UnknownStateError:
        return UNKNOWN
    slow = seconds is None or seconds > 0
    return Ending("yes", seconds, None, f"what does not answer costs {GO_PATIENCE:g} s a request" if slow else "")


def _go_message(order: Sequence[Transport]) -> str:
    if len(order) == 1:
        return "communication error with KDC via TCP"
    return f"{_GO_FAILED} {order[0].upper()}"


def _go_all(
    kdcs: Sequence[KdcState], transport: Transport, settings: Settings, exchange: Exchange, *, short_reply: bool
) -> tuple[str, float | None]:
    """ "reply", "too-big", "garbage" or "nothing", and the longest time until then."""
    seconds: float | None = 0.0
    heard: set[str] = set()
    for kdc in kdcs:
        broken = kdc.broken_name(exchange)
        state = broken or kdc.state(transport, exchange, short_reply=short_reply)
        if state in ("unknown", None) or (kdc.refuses is not None and state in _SPEAKS):
            raise UnknownStateError
        if state == "answers" or (state == "answers-too-big" and (short_reply or transport == "tcp")):
            heard.add("reply")
        elif state == "answers-too-big":
            heard.add("too-big")
        elif state == "not-kerberos" and transport == "udp":
            heard.add("garbage")
        elif state == "resolver-dead":
            resolver = settings.resolver_seconds
            seconds = plus(seconds, None if resolver is None else min(resolver, GO_PATIENCE))
        elif state in _GO_WAITS or (transport == "udp" and state in _SOFT):
            seconds = plus(seconds, GO_PATIENCE)
        elif state == "not-kerberos":
            seconds = None  # what stays connected is waited on for the rest of a message
    if len(heard) > 1:
        raise UnknownStateError  # the order is drawn anew for each request
    return next(iter(heard), "nothing"), seconds


def heimdal(kdcs: Sequence[KdcState], settings: Settings, exchange: Exchange) -> Ending:
    """Its clock counts whole seconds, and so does this."""
    ways = first_transports(HEIMDAL_LARGE, exchange)
    return reduce(both, [_heimdal(way, kdcs, settings, exchange) for way in ways])


def _heimdal(way: Transport, kdcs: Sequence[KdcState], settings: Settings, exchange: Exchange) -> Ending:
    replies = [True] * (settings.as_requests - 1) + [False] if exchange == "as" else [False]
    seconds: float | None = 0.0
    try:
        for short in replies:
            transport, heard = way, "too-big"
            while heard == "too-big":
                heard, spent = _heimdal_all(kdcs, transport, settings, exchange, short_reply=short)
                seconds = plus(seconds, spent)
                transport = "tcp"
            if heard != "reply":
                if exchange == "tgs" and seconds is not None:
                    seconds *= HEIMDAL_TICKET_TRIES
                message = None if heard == "garbage" else f"unable to reach any KDC in realm {settings.realm}"
                return Ending("no", seconds, message, f"no KDC answered by {way.upper()}, and it does not change over")
    except UnknownStateError:
        return UNKNOWN
    slow = seconds is None or seconds > 0
    return Ending("yes", seconds, None, "it goes on to the next KDC after a second" if slow else "")


def _heimdal_all(
    kdcs: Sequence[KdcState], transport: Transport, settings: Settings, exchange: Exchange, *, short_reply: bool
) -> tuple[str, float | None]:
    """What came, and when. A host that fails at once gives its second to the next one."""
    now: float | None = 0.0
    pending: list[float] = []
    for kdc in kdcs:
        state = kdc.broken_name(exchange) or kdc.state(transport, exchange, short_reply=short_reply)
        if state in ("unknown", None) or (kdc.refuses is not None and state in _SPEAKS):
            raise UnknownStateError
        if state == "answers" or (state == "answers-too-big" and (short_reply or transport == "tcp")):
            return "reply", now
        if state == "answers-too-big":
            return "too-big", now
        if state == "not-kerberos" and transport == "udp":
            return "garbage", now
        if state == "resolver-dead":
            now = plus(now, settings.resolver_seconds)
        elif now is not None and (state in _GO_WAITS or (transport == "udp" and state in _SOFT)):
            pending.append(now + _heimdal_patience(transport, settings.heimdal_timeout))
            now += 1.0
    return "nothing", None if now is None else max(pending, default=now)


def _heimdal_patience(transport: Transport, timeout: int) -> float:
    """Seconds until a host is given up; each try lasts until a second after its share has passed."""
    tries = HEIMDAL_UDP_TRIES if transport == "udp" else 1
    return float(tries * (max(timeout // tries, 1) + 1))
