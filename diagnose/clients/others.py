"""What do programs on gokrb5 (v8.4) and on Heimdal (7.8) experience at these KDCs?

gokrb5:
- It tries all KDCs over one transport in random order, then all over the other one.
- Each gets five seconds and one datagram.

Heimdal:
- It asks a new host each second and waits for all of them.
- A plain `kdc = host` is UDP alone, unless a KDC answered "too big".
- Requests of more than 1400 bytes (`large_message_size`) would go over TCP. None is as large
  (`SIZES`).
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
from probes.language import tr

GO_TIMEOUT: Final = 5.0
"""Timeout of gokrb5 for one KDC, seconds."""

HEIMDAL_UDP_TRIES: Final = 3
"""Attempts over UDP within one timeout."""

HEIMDAL_TICKET_TRIES: Final = 2
"""Heimdal asks for a service ticket with referrals. If that fails, it asks once more without."""

_GO_WAITS: Final = frozenset[State]({"silent", "open-but-silent"})
_ANSWERS: Final = frozenset[State]({"answers", "answers-too-big"})
"""States of a KDC that answers.

What these two families do with an error other than pre-authentication or size was not measured.
"""

_ICMP_THAT_UDP_IGNORES: Final = frozenset[State]({"unreachable", "net-unreachable"})
"""ICMP errors that a connected UDP socket does not report."""

_ORDERS: Final[dict[Transport, tuple[Transport, ...]]] = {"udp": ("udp", "tcp"), "tcp": ("tcp", "udp")}
_TCP_ONLY: Final[tuple[Transport, ...]] = ("tcp",)

_GO_FAILED: Final = "failed to communicate with KDC. Attempts made with"
_GO_GARBAGE: Final = "failed to process the AS_REP"


def gokrb5(kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange) -> Ending:
    """Return the ending of one exchange. The order is random, so the longest one counts."""
    if not kdcs:
        return Ending(
            "no",
            0.0,
            f"no KDCs defined in configuration for realm {settings.realm}",
            tr("krb5.conf names no KDC of the realm"),
        )
    limit = settings.gokrb5_udp_limit
    orders = [_TCP_ONLY] if limit == 1 else [_ORDERS[first] for first in first_transports(limit, exchange)]
    return reduce(merge_endings, [_gokrb5_ending(order, kdcs, settings, exchange) for order in orders])


def _gokrb5_ending(
    order: Sequence[Transport], kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange
) -> Ending:
    replies = [True] * (settings.as_requests - 1) + [False] if exchange == "as" else [False]
    seconds: float | None = 0.0
    try:
        for short in replies:
            worked = False
            for transport in order:
                reply, spent = _ask_all_by_gokrb5(kdcs, transport, settings, exchange, short_reply=short)
                seconds = add_seconds(seconds, spent)
                if reply == "garbage":
                    return Ending(
                        "no",
                        seconds,
                        _GO_GARBAGE if exchange == "as" else None,
                        tr("the peer that answers over UDP is not a KDC"),
                    )
                if reply == "reply":
                    worked = True
                    break
            if not worked:
                why = tr("no KDC answered over {transports}", transports=tr(" or ").join(order))
                return Ending("no", seconds, _gokrb5_message(order), why)
    except UnknownStateError:
        return unknown()
    slow = seconds is None or seconds > 0
    cost = tr("a KDC that does not answer costs {seconds:g} s for each request", seconds=GO_TIMEOUT)
    return Ending("yes", seconds, None, cost if slow else "")


def _gokrb5_message(order: Sequence[Transport]) -> str:
    if len(order) == 1:
        return "communication error with KDC via TCP"
    return f"{_GO_FAILED} {order[0].upper()}"


def _ask_all_by_gokrb5(
    kdcs: Sequence[KdcState], transport: Transport, settings: ClientSettings, exchange: Exchange, *, short_reply: bool
) -> tuple[str, float | None]:
    """Return the kind of reply and the longest time until then.

    The kind is "reply", "too-big", "garbage" or "nothing".
    """
    seconds: float | None = 0.0
    kinds: set[str] = set()
    for kdc in kdcs:
        broken = kdc.broken_name(exchange)
        state = broken or kdc.state(transport, exchange, short_reply=short_reply)
        if state in ("unknown", None) or (kdc.refuses is not None and state in _ANSWERS):
            raise UnknownStateError
        if state == "answers" or (state == "answers-too-big" and (short_reply or transport == "tcp")):
            kinds.add("reply")
        elif state == "answers-too-big":
            kinds.add("too-big")
        elif state == "not-kerberos" and transport == "udp":
            kinds.add("garbage")
        elif state == "resolver-dead":
            resolver = settings.resolver_seconds
            seconds = add_seconds(seconds, None if resolver is None else min(resolver, GO_TIMEOUT))
        elif state in _GO_WAITS or (transport == "udp" and state in _ICMP_THAT_UDP_IGNORES):
            seconds = add_seconds(seconds, GO_TIMEOUT)
        elif state == "not-kerberos":
            seconds = None  # it waits for the rest of a message as long as the peer stays connected
    if len(kinds) > 1:
        raise UnknownStateError  # each request draws a new order
    return next(iter(kinds), "nothing"), seconds


def heimdal(kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange) -> Ending:
    """Return the ending of one exchange.

    Heimdal counts whole seconds, and so does this function.
    """
    replies = [True] * (settings.as_requests - 1) + [False] if exchange == "as" else [False]
    seconds: float | None = 0.0
    try:
        for short in replies:
            reply, spent = _ask_all_by_heimdal(kdcs, "udp", settings, exchange, short_reply=short)
            seconds = add_seconds(seconds, spent)
            if reply == "too-big":
                reply, spent = _ask_all_by_heimdal(kdcs, "tcp", settings, exchange, short_reply=short)
                seconds = add_seconds(seconds, spent)
            if reply != "reply":
                if exchange == "tgs" and seconds is not None:
                    seconds *= HEIMDAL_TICKET_TRIES
                message = None if reply == "garbage" else f"unable to reach any KDC in realm {settings.realm}"
                why = tr("no KDC answered over {transport}, and it does not try the other transport", transport="UDP")
                return Ending("no", seconds, message, why)
    except UnknownStateError:
        return unknown()
    slow = seconds is None or seconds > 0
    return Ending("yes", seconds, None, tr("it tries the next KDC after a second") if slow else "")


def _ask_all_by_heimdal(
    kdcs: Sequence[KdcState], transport: Transport, settings: ClientSettings, exchange: Exchange, *, short_reply: bool
) -> tuple[str, float | None]:
    """Return the kind of reply, and the seconds until then.

    If a host fails at once, the next one gets its second.
    """
    now: float | None = 0.0
    pending: list[float] = []
    for kdc in kdcs:
        state = kdc.broken_name(exchange) or kdc.state(transport, exchange, short_reply=short_reply)
        if state in ("unknown", None) or (kdc.refuses is not None and state in _ANSWERS):
            raise UnknownStateError
        if state == "answers" or (state == "answers-too-big" and (short_reply or transport == "tcp")):
            return "reply", now
        if state == "answers-too-big":
            return "too-big", now
        if state == "not-kerberos" and transport == "udp":
            return "garbage", now
        if state == "resolver-dead":
            now = add_seconds(now, settings.resolver_seconds)
        elif now is not None and (state in _GO_WAITS or (transport == "udp" and state in _ICMP_THAT_UDP_IGNORES)):
            pending.append(now + _heimdal_timeout(transport, settings.heimdal_timeout))
            now += 1.0
    return "nothing", None if now is None else max(now, *pending, 0.0)


def _heimdal_timeout(transport: Transport, timeout: int) -> float:
    """Return the seconds until a host is given up.

    Each attempt lasts one second longer than its share of the timeout.
    """
    tries = HEIMDAL_UDP_TRIES if transport == "udp" else 1
    return float(tries * (max(timeout // tries, 1) + 1))
