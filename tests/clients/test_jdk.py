"""Does Java fare as in a second, plainer account of what `KdcComm` does?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Literal, NamedTuple, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.clients.jdk import endings
from diagnose.clients.model import SIZES, ClientSettings, Ending, Exchange, KdcState, State
from probes.files.krb5conf.jdk import Limits

STATES: tuple[State, ...] = get_args(State)
NAMES: dict[State | None, str] = {
    "unresolved": "Name or service not known",
    "resolver-dead": "Temporary failure in name resolution",
}
UNCHECKED = "java.io.UncheckedIOException: java.net.SocketException: Network is unreachable"
AT_ONCE = {
    "udp": {"no-route": UNCHECKED, "not-permitted": "Operation not permitted"},
    "tcp": {
        "refused": "Connection refused",
        "resets": "Connection reset",
        "prohibited": "No route to host",
        "unreachable": "No route to host",
        "net-unreachable": "Network is unreachable",
        "no-route": "Network is unreachable",
    },
}
QUIET = {
    "udp": dict.fromkeys(("silent", "prohibited", "unreachable", "net-unreachable"), "Receive timed out"),
    "tcp": {"silent": "Connect timed out", "open-but-silent": "Read timed out"},
}
FOREVER = float("inf")


class Met(NamedTuple):
    """What one KDC gives."""

    works: bool
    seconds: float = 0.0
    text: str | None = None
    why: str = ""
    is_last: bool = False
    is_told: bool = True


class NotKnownError(Exception):
    pass


def patience(kdc: KdcState, settings: ClientSettings, bad: set[str]) -> tuple[int, int]:
    tries, timeout = settings.jdk.retries, settings.jdk.timeout_ms
    less = {"tryLess": (1, 5000), "tryLess:2,2000": (2, 2000)}.get(settings.jdk_bad_policy)
    return (min(tries, less[0]), min(timeout, less[1])) if less and kdc.name in bad else (tries, timeout)


def met(kdc: KdcState, first: str, exchange: Exchange, settings: ClientSettings, bad: set[str], *, short: bool) -> Met:
    """Ask one KDC."""
    states: dict[str, State | None] = {
        "udp": kdc.tgs_udp if exchange == "tgs" and kdc.tgs_udp else kdc.udp,
        "tcp": kdc.tgs_tcp if exchange == "tgs" and kdc.tgs_tcp else kdc.tcp,
    }
    nameless = next((each for each in states.values() if each in (*NAMES, "unusable")), None)
    if nameless == "unusable":
        return Met(False, why=f"{kdc.name} is not an entry that the JDK can use", is_told=False)
    if nameless is not None:
        seconds = settings.resolver_seconds if nameless == "resolver-dead" else 0.0
        text = kdc.host if first == "tcp" else f"{kdc.host}: {NAMES[nameless]}"
        return Met(False, FOREVER if seconds is None else seconds, text, f"the name {kdc.host} has no address here")
    over = "tcp" if first == "udp" and states["udp"] == "answers-too-big" and not short else first
    state, (tries, timeout) = states[over], patience(kdc, settings, bad)
    if state == "answers-short":
        state = "answers" if short else "silent"
    if state is None or state == "unknown":
        raise NotKnownError
    place = f"{over.upper()} to {kdc.name}"
    if state in ("answers", "answers-too-big"):
        took = kdc.udp_ms if over == "udp" else kdc.tcp_ms
        if took is None and timeout < 1000:
            raise NotKnownError
        if took is None or took <= timeout:
            return refused(kdc, exchange, short)
        state = "silent" if over == "udp" else "open-but-silent"
    if state in ("closes", "not-kerberos"):
        why = f"the peer that answers {place} is not a KDC, and no other KDC is asked after an answer"
        if over == "udp":
            return Met(False, why=why, is_last=True, is_told=False)
        return Met(False, FOREVER if state == "not-kerberos" else 0, "Cannot get a KDC reply", why, is_last=True)
    if state in QUIET[over]:
        why = f"{place} has no answer in {tries} x {timeout / 1000:g} s"
        tail = ", and a timeout does not lead to TCP" if over == "udp" else ""
        return Met(False, tries * timeout / 1000, QUIET[over][state], why + tail)
    tail = " and TCP is not tried" if over == "udp" else ""
    return Met(False, 0, AT_ONCE[over].get(state), f"{place} fails at once{tail}")


def refused(kdc: KdcState, exchange: Exchange, short: bool) -> Met:
    if kdc.refuses == "realm":
        why = f"{kdc.name} does not serve the realm"
        text = "Client not found in Kerberos database (6)"
        return Met(False, 0, text, why, is_last=True, is_told=exchange == "as")
    if kdc.refuses == "clock" and not short:
        step = {"as": "PREAUTH_FAILED", "tgs": "PROCESS_TGS"}[exchange]
        why = f"the clock of {kdc.name} is too far from this one"
        return Met(False, 0, f"Clock skew too great (37) - {step}", why, is_last=True)
    return Met(True)


def message(found: Met, exchange: Exchange) -> str | None:
    if not found.is_told:
        return None
    if exchange == "as":
        return ": ".join(filter(None, ("javax.security.auth.login.LoginException", found.text)))
    if found.text == UNCHECKED:
        return UNCHECKED
    return f"GSSException: No valid credentials provided (Mechanism level: {found.text or 'null'})"


def by_one_process(
    kdcs: Sequence[KdcState], first: str, exchange: Exchange, settings: ClientSettings, bad: set[str]
) -> Ending:
    total = 0.0
    for short in [True, False][2 - settings.as_requests :] if exchange == "as" else [False]:
        order = list(kdcs)
        if settings.jdk_bad_policy == "tryLast":
            order = [kdc for kdc in kdcs if kdc.name not in bad] + [kdc for kdc in kdcs if kdc.name in bad]
        failed: list[Met] = []
        for kdc in order:
            try:
                found = met(kdc, first, exchange, settings, bad, short=short)
            except NotKnownError:
                return Ending("unknown", None)
            total += found.seconds
            if found.works or found.is_last:
                bad.discard(kdc.name)
                failed = [] if found.works else [found]
                break
            bad.add(kdc.name)
            failed.append(found)
        if failed:
            return Ending("no", None if total == FOREVER else total, message(failed[0], exchange), failed[0].why)
    why = "a KDC earlier in the list does not answer" if total else ""
    return Ending("yes", None if total == FOREVER else total, None, why)


def merged(found: Sequence[Ending]) -> tuple[str, float | None, str | None]:
    if len({each.works for each in found}) > 1:
        return "unknown", None, None
    seconds, messages = {each.seconds for each in found}, {each.message for each in found}
    return (
        found[0].works,
        seconds.pop() if len(seconds) == 1 else None,
        messages.pop() if len(messages) == 1 else None,
    )


def transports(limit: int, exchange: Exchange) -> list[str]:
    smallest, largest = SIZES[exchange]
    over_udp = limit <= 0 or smallest <= limit
    return ["udp"] * over_udp + ["tcp"] * (0 < limit < largest)


def rounded(ending: tuple[str, float | None, str | None]) -> tuple[str, float | None, str | None]:
    """Return an ending whose seconds do not depend on the order of a sum."""
    works, seconds, message = ending
    return works, None if seconds is None else round(seconds, 6), message


def require_same(kdcs: Sequence[KdcState], settings: ClientSettings) -> None:
    limit = settings.jdk.udp_limit
    bads: list[set[str]] = [set() for _ in transports(limit, "as")]
    logins = [
        by_one_process(kdcs, first, "as", settings, bad)
        for first, bad in zip(transports(limit, "as"), bads, strict=True)
    ]
    login = merged(logins)
    tickets = [
        by_one_process(kdcs, first, "tgs", settings, set(bad) if login[0] == "yes" else set())
        for bad in bads
        for first in transports(limit, "tgs")
    ]
    ticket = ("unknown", None, None) if login[0] == "unknown" and len(kdcs) > 1 else merged(tickets)
    found = endings(kdcs, settings)
    told = [(each.works, each.seconds, each.message) for each in found.values()]
    assert list(map(rounded, told)) == list(map(rounded, (login, ticket)))
    for ending, whole, many in ((found["as"], logins, login), (found["tgs"], tickets, ticket)):
        if many[0] != "unknown":
            assert ending.why == next((each.why for each in whole if each.why), "")


@pytest.mark.parametrize("limit", [1, 300, 1465])
def test_one_kdc_in_any_state_alone_and_before_one_that_answers(limit: int) -> None:
    for (udp, tcp), refuses in product(product((*STATES, None), repeat=2), (None, "realm", "clock")):
        kdc = KdcState("kdc", 88, udp, tcp, refuses=refuses)  # type: ignore[arg-type]
        settings = ClientSettings("R.COM", jdk=Limits(1000, 2, limit), resolver_seconds=0.5)
        require_same([kdc], settings)
        require_same([kdc, KdcState("::1", 88, "answers", "answers")], settings)


def test_an_answer_in_time_too_late_and_not_measured() -> None:
    for timeout, took, limit in product((999, 1000, 1001), (None, 999.0, 1000.0, 1001.0), (1, 1465)):
        kdc = KdcState("kdc", 88, "answers", "answers", udp_ms=took, tcp_ms=took)
        require_same([kdc], ClientSettings("R.COM", jdk=Limits(timeout, 2, limit)))


states, times = st.sampled_from(STATES), st.sampled_from((None, 0.0, 29.0, 30.0, 31.0, 999.0, 1000.0, 1001.0))
known = st.sampled_from(("answers", "answers-too-big", "answers-short", "refused", "silent", "closes", "resolver-dead"))
plain = st.builds(partial(KdcState, port=88), st.sampled_from("abc"), udp=known, tcp=known, tgs_udp=st.none() | known)
any_kdc = st.builds(
    partial(KdcState, port=88),
    st.sampled_from("abc"),
    udp=states,
    tcp=states,
    tgs_udp=st.none() | states,
    tgs_tcp=st.none() | states,
    refuses=st.sampled_from((None, None, "realm", "clock")),
    udp_ms=times,
    tcp_ms=times,
)


def several(kdc: st.SearchStrategy[KdcState]) -> st.SearchStrategy[list[KdcState]]:
    return st.lists(kdc, max_size=3, unique_by=lambda each: each.host, min_size=1)


@given(
    several(plain) | several(any_kdc),
    st.builds(
        Limits,
        st.sampled_from((29, 30, 999, 1000, 30_000)),
        st.sampled_from((1, 3)),
        st.sampled_from((-1, 0, 1, 119, 120, 500, 1399, 1400)),
    ),
    st.sampled_from(("tryLast", "none", "tryLess", "tryLess:2,2000")),
    st.sampled_from((None, 1.0)),
    st.sampled_from((1, 2)),
)
def test_several_kdcs(
    kdcs: list[KdcState], limits: Limits, policy: str, dead: float | None, count: Literal[1, 2]
) -> None:
    settings = ClientSettings("R.COM", jdk=limits, jdk_bad_policy=policy, resolver_seconds=dead, as_requests=count)
    require_same(kdcs, settings)
