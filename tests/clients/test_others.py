"""Do gokrb5 and Heimdal fare as in a second, plainer account of what they do?

gokrb5 draws an order of the KDCs for each request and transport: here every order is tried. Heimdal
starts one host a second: here each host has its own start and end on a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import permutations, product
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.clients.model import EXCHANGES, SIZES, ClientSettings, Exchange, KdcState, State
from diagnose.clients.others import gokrb5, heimdal

REALM = "R.COM"
STATES: tuple[State, ...] = get_args(State)
NAMELESS = ("unresolved", "resolver-dead", "unusable")
QUIET_OVER_UDP = ("silent", "open-but-silent", "unreachable", "net-unreachable")
QUIET_OVER_TCP = ("silent", "open-but-silent")

Told = tuple[str, float | None, str | None]
"""Works, seconds and message."""
UNKNOWN: Told = ("unknown", None, None)


def met(kdc: KdcState, transport: str, exchange: Exchange, short: bool) -> str:
    """Return what one transport to a KDC does: answers, asks for TCP, garbles, or one state."""
    both = [
        later if exchange == "tgs" and later else own for own, later in ((kdc.udp, kdc.tgs_udp), (kdc.tcp, kdc.tgs_tcp))
    ]
    state = next((each for each in both if each in NAMELESS), both[transport == "tcp"])
    if state == "answers-short":
        state = "answers" if short else "silent"
    if state is None or (kdc.refuses and state in ("answers", "answers-too-big")):
        return "unknown"
    if state == "answers-too-big" and transport == "udp" and not short:
        return "too-big"
    if state in ("answers", "answers-too-big"):
        return "reply"
    return "garbage" if state == "not-kerberos" and transport == "udp" else state


def requests(exchange: Exchange, settings: ClientSettings) -> list[bool]:
    """Return for each request whether its answer is short: the first of a login with two is."""
    return [True, False][2 - settings.as_requests :] if exchange == "as" else [False]


def by_gokrb5(
    order: Sequence[KdcState], transport: str, exchange: Exchange, dead: float | None, short: bool
) -> tuple[str, float]:
    """Ask in one order. Unlimited waiting is infinite."""
    spent = 0.0
    for kdc in order:
        state = met(kdc, transport, exchange, short)
        if state in ("reply", "too-big", "garbage", "unknown"):
            return state, spent
        if state == "resolver-dead":
            spent += float("inf") if dead is None else min(dead, 5.0)
        elif state == "not-kerberos":
            spent = float("inf")
        elif state in (QUIET_OVER_UDP if transport == "udp" else QUIET_OVER_TCP):
            spent += 5.0
    return "nothing", spent


def endings_of_gokrb5(
    transports: Sequence[str], kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange
) -> Told:
    total = 0.0
    for short in requests(exchange, settings):
        for transport in transports:
            ways = [
                by_gokrb5(each, transport, exchange, settings.resolver_seconds, short) for each in permutations(kdcs)
            ]
            kinds = {kind for kind, _ in ways}
            if len(kinds) > 1 or "unknown" in kinds:
                return UNKNOWN
            total += max(spent for _, spent in ways)
            if kinds not in ({"nothing"}, {"too-big"}):
                break
        (kind,) = kinds
        seconds = None if total == float("inf") else total
        if kind == "garbage":
            return "no", seconds, "failed to process the AS_REP" if exchange == "as" else None
        if kind != "reply":
            over_both = f"failed to communicate with KDC. Attempts made with {transports[0].upper()}"
            return "no", seconds, over_both if len(transports) > 1 else "communication error with KDC via TCP"
    return "yes", seconds, None


def by_heimdal(
    kdcs: Sequence[KdcState], transport: str, exchange: Exchange, settings: ClientSettings, short: bool
) -> tuple[str, float]:
    start, ends = 0.0, []
    attempts = 3 if transport == "udp" else 1
    lasts = attempts * (1 + max(1, settings.heimdal_timeout // attempts))
    for kdc in kdcs:
        state = met(kdc, transport, exchange, short)
        if state in ("reply", "too-big", "garbage", "unknown"):
            return state, start
        if state == "resolver-dead":
            start += float("inf") if settings.resolver_seconds is None else settings.resolver_seconds
        elif state in (QUIET_OVER_UDP if transport == "udp" else QUIET_OVER_TCP):
            ends.append(start + lasts)
            start += 1.0
    return "nothing", max(start, *ends, 0.0)


def ending_of_heimdal(kdcs: Sequence[KdcState], settings: ClientSettings, exchange: Exchange) -> Told:
    total = 0.0
    for short in requests(exchange, settings):
        kind = "too-big"
        for transport in ("udp", "tcp"):
            if kind == "too-big":
                kind, spent = by_heimdal(kdcs, transport, exchange, settings, short)
                total += spent
        if kind == "unknown":
            return UNKNOWN
        if kind != "reply":
            total *= 2 if exchange == "tgs" else 1
            message = None if kind == "garbage" else f"unable to reach any KDC in realm {REALM}"
            return "no", None if total == float("inf") else total, message
    return "yes", None if total == float("inf") else total, None


def orders(limit: int, exchange: Exchange) -> Iterator[tuple[str, ...]]:
    """Yield the orders of transports of all requests whose size may occur."""
    if limit == 1:
        yield ("tcp",)
        return
    smallest, largest = SIZES[exchange]
    if smallest <= limit:
        yield ("udp", "tcp")
    if largest > limit:
        yield ("tcp", "udp")


def told(found: object) -> Told:
    return found.works, found.seconds, found.message  # type: ignore[attr-defined]


def require_same(kdcs: Sequence[KdcState], settings: ClientSettings) -> None:
    for exchange in EXCHANGES:
        by_order = [
            endings_of_gokrb5(each, kdcs, settings, exchange) for each in orders(settings.gokrb5_udp_limit, exchange)
        ]
        found = gokrb5(kdcs, settings, exchange)
        if len({works for works, _, _ in by_order}) > 1:
            assert told(found) == UNKNOWN
        else:
            assert told(found) == tuple(
                each[0] if len(set(each)) == 1 else None for each in zip(*by_order, strict=True)
            )
        for found in (gokrb5(kdcs, settings, exchange), heimdal(kdcs, settings, exchange)):
            assert bool(found.why) is (found.works != "yes" or found.seconds != 0)
        assert told(heimdal(kdcs, settings, exchange)) == ending_of_heimdal(kdcs, settings, exchange)


@pytest.mark.parametrize("limit", [1, 300, 1465])
def test_one_kdc_in_any_state_alone_and_before_one_that_answers(limit: int) -> None:
    settings = ClientSettings(REALM, gokrb5_udp_limit=limit, resolver_seconds=0.5)
    for udp, tcp in product((*STATES, None), repeat=2):
        kdc = KdcState("kdc", 88, udp, tcp)
        require_same([kdc], settings)
        require_same([kdc, KdcState("other", 88, "answers", "answers")], settings)


states = st.sampled_from(STATES)
kdc_states = st.builds(
    partial(KdcState, "kdc", 88),
    states,
    states,
    st.none() | states,
    st.none() | states,
    refuses=st.sampled_from((None, None, "realm", "clock")),
)
known = st.sampled_from(
    ("answers", "answers-too-big", "answers-short", "refused", "silent", "unreachable", "not-kerberos", "resolver-dead")
)
plain = st.builds(partial(KdcState, "kdc", 88), known, known, st.none() | known)


@given(
    st.lists(kdc_states, min_size=1, max_size=3) | st.lists(plain, min_size=1, max_size=4),
    st.sampled_from((1, 2, 119, 120, 499, 500, 1399, 1400, 32_700)),
    st.sampled_from((None, 1.0, 5.0, 7.0, 100.0)),
    st.sampled_from((1, 2, 3, 6, 30)),
    st.sampled_from((1, 2)),
)
def test_several_kdcs(kdcs: list[KdcState], limit: int, dead: float | None, timeout: int, count: Literal[1, 2]) -> None:
    settings = ClientSettings(
        REALM, gokrb5_udp_limit=limit, resolver_seconds=dead, heimdal_timeout=timeout, as_requests=count
    )
    require_same(kdcs, settings)


def test_gokrb5_without_a_kdc_says_so() -> None:
    found = gokrb5([], ClientSettings(REALM), "as")
    assert told(found) == ("no", 0, f"no KDCs defined in configuration for realm {REALM}")
