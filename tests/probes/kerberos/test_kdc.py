"""What is concluded from every kind of answer of a KDC, and from none?"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.endpoint import Endpoint, Transport
from probes.kerberos.kdc.ask import KdcReply, ask
from probes.kerberos.kdc.clock import SkewInterval, intersect, offset, skew
from probes.kerberos.kdc.implementation import implementation
from probes.kerberos.kdc.principal import CANDIDATES, client_state, enctypes, service_known
from probes.kerberos.kdc.realm import IMPOSSIBLE_LENGTH, own_realm, realm_served
from probes.kerberos.kdc.udp_reply_size import ATTEMPTS, LADDER, MOST_DATAGRAMS, udp_reply_limit
from probes.kerberos.message import KrbError
from probes.observation import Observation
from probes.vantage import HERE, Vantage
from tests.support.fake_kdc import (
    REALM,
    FakeKdc,
    SilentKdc,
    framed,
    krb_error,
)
from tests.support.patience import SOON
from tests.support.ticketing_kdc import Realm, TicketingKdc, etype_info2, import_scapy, layers, quietly, some_key

JITTER = 3
"""Bytes by which two answers to the same name differ: microseconds take one to three."""

TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp")


def run(action: Any) -> Any:
    return asyncio.run(action)


def body_of(request: bytes) -> Any:
    """Return the KDC-REQ-BODY as scapy reads it."""
    return quietly(lambda: layers().Kerberos(request).root.reqBody)


class Saying(FakeKdc):
    """A KDC that always sends the same error.
    To an impossible length it answers as MIT does if `own` is given; otherwise it closes."""

    def __init__(self, code: int, e_text: str | None = None, *, own: str | None = None) -> None:
        super().__init__()
        self.code, self.e_text, self.own = code, e_text, own

    def __enter__(self) -> Self:
        import_scapy()
        return super().__enter__()

    def answer(self, request: bytes) -> bytes:
        return krb_error(self.code, body_of(request).realm.val.decode(), e_text=self.e_text)

    def on_stream(self, connection: Any) -> None:
        start = connection.recv(4)
        if start not in (IMPOSSIBLE_LENGTH, b"GET ", b""):
            request = connection.recv(65536)
            connection.sendall(framed(self.answer(request)))
        elif start and self.own is not None:
            connection.sendall(framed(krb_error(61, self.own, e_text=None)))


# The question


def test_every_datagram_has_a_nonce_of_its_own() -> None:
    """A KDC answers bytes that it knows with its stored answer, old clock included."""
    with SilentKdc() as kdc:
        run(ask(kdc.endpoint("udp"), REALM, Vantage(patience=0.4), resend=(0.0, 0.1, 0.2)))
        run(ask(kdc.endpoint("udp"), REALM, Vantage(patience=0.1)))

    assert len(kdc.requests) == len({body_of(request).nonce.val for request in kdc.requests}) == 4


# Clock


class Clocked(FakeKdc):
    """A KDC whose clock is `ahead` seconds before ours.
    `mit`: it counts microseconds as MIT does."""

    def __init__(self, ahead: float, *, mit: bool = False) -> None:
        super().__init__()
        self.ahead, self.mit = timedelta(seconds=ahead), mit
        self.told = datetime.min.replace(tzinfo=UTC)

    def answer(self, request: bytes) -> bytes:
        now = datetime.now(UTC) + self.ahead
        if self.mit and now.replace(microsecond=0) == self.told.replace(microsecond=0):
            now = self.told + timedelta(microseconds=1)
        self.told = now
        return krb_error(18, now=now)


@pytest.mark.parametrize(("ahead", "mit"), [(0.25, True), (-4000, False), (123456.75, True)])
def test_the_truth_is_in_the_interval(ahead: float, mit: bool) -> None:
    with Clocked(ahead, mit=mit) as kdc:
        told = run(skew(kdc.endpoint("udp"), REALM, HERE))

    assert told.interval is not None
    assert told.interval.low <= ahead <= told.interval.high
    assert told.interval.high - told.interval.low < 0.75
    assert (told.samples, told.jumped) == (4, False)


def test_an_exact_clock_is_known_to_the_round_trip() -> None:
    began = time.monotonic()
    with Clocked(77) as kdc:
        told = run(skew(kdc.endpoint("udp"), REALM, HERE, samples=1, exact=True))
    took = time.monotonic() - began

    assert told.interval.low <= 77 <= told.interval.high
    assert told.interval.high - told.interval.low < took
    assert told.interval.exact


def test_the_microseconds_of_mit_taken_at_their_word_would_lie() -> None:
    """This is why an interval is not exact by default.
    Half a second after the first answer, the time in MIT's second one is half a second late."""
    with Clocked(0, mit=True) as kdc:
        kdc.told = datetime.now(UTC).replace(microsecond=0)
        told = run(skew(kdc.endpoint("udp"), REALM, HERE, samples=1))

    assert told.interval.low <= 0 <= told.interval.high


def test_two_clocks_behind_one_address_are_noticed() -> None:
    class Two(Clocked):
        def answer(self, request: bytes) -> bytes:
            self.ahead = -self.ahead
            return super().answer(request)

    with Two(500) as kdc:
        told = run(skew(kdc.endpoint("udp"), REALM, HERE, samples=2))

    assert told.jumped
    assert told.interval.low <= -500
    assert told.interval.high >= 500


def test_no_answer_has_no_time() -> None:
    with SilentKdc() as kdc:
        told = run(skew(kdc.endpoint("udp"), REALM, Vantage(patience=0.2)))

    assert (told.interval, told.samples) == (None, 0)


@given(
    st.floats(-1e6, 1e6),
    st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 0.2), st.floats(0, 0.999)), min_size=1, max_size=6),
)
def test_no_delay_and_no_phase_excludes_the_truth(truth: float, samples: list[tuple[float, float, float]]) -> None:
    """`there` and `back` are seconds.
    `phase` is the part of the second that has passed since MIT's first answer in it."""
    start = datetime(2026, 11, 24, tzinfo=UTC)
    intervals = []
    for there, back, stale in samples:
        read = start + timedelta(seconds=there + truth)
        told = max(read - timedelta(seconds=stale), read.replace(microsecond=0))
        answer = KdcReply(
            Observation("local", "open", "kerberos-reply"),
            KrbError(18, told, REALM, ("krbtgt", REALM)),
            100,
            start,
            start + timedelta(seconds=there + back),
        )
        interval = offset(answer)
        assert interval is not None
        intervals.append(interval)

    together, jumped = intersect(intervals)

    assert together is not None
    assert not jumped
    assert together.low - 1e-5 <= truth <= together.high + 1e-5


@pytest.mark.parametrize(
    ("low", "high", "beyond"),
    [(-1, 1, False), (299, 301, None), (301, 302, True), (-900, -899, True), (-400, 400, None)],
)
def test_beyond_the_tolerance_is_said_only_when_sure(low: float, high: float, beyond: bool | None) -> None:
    assert SkewInterval(low, high, exact=False).is_beyond() is beyond


# Realm and implementation


@pytest.mark.parametrize(
    ("kdc", "udp", "tcp", "own"),
    [
        (Saying(18, "CLIENT LOCKED OUT", own=REALM), "yes", "yes", None),
        (Saying(25, "NEEDED_PREAUTH", own=REALM), "yes", "yes", None),
        (Saying(6, "CLIENT_NOT_FOUND", own="OTHER"), "no", "no", "OTHER"),
        (Saying(6, "CLIENT_NOT_FOUND", own=REALM), "no", "unknown", REALM),
        (Saying(6, own="OTHER"), "unknown", "no", "OTHER"),
        (Saying(6), "unknown", "unknown", None),
        (Saying(68), "no", "no", None),
        (Saying(60, "TRY LATER", own=REALM), "unknown", "unknown", None),
    ],
)
def test_a_realm_is_served_or_not_or_not_to_be_known(kdc: Saying, udp: str, tcp: str, own: str | None) -> None:
    with kdc:
        by_udp = run(realm_served(kdc.endpoint("udp"), REALM, HERE))
        by_tcp = run(realm_served(kdc.endpoint("tcp"), REALM, HERE))

    assert (by_udp.served, by_udp.own_realm) == (udp, None)
    assert (by_tcp.served, by_tcp.own_realm) == (tcp, own)
    assert by_udp.why


def test_a_silent_kdc_serves_nobody_knows_what() -> None:
    with SilentKdc() as kdc:
        told = run(realm_served(kdc.endpoint("tcp"), REALM, Vantage(patience=0.2)))

    assert (told.served, told.why) == ("unknown", "no Kerberos answer came (syn-ack)")


def test_the_own_realm_is_asked_over_tcp_only() -> None:
    with Saying(6, own="OWN.REALM") as kdc:
        assert run(own_realm(kdc.endpoint("tcp"), HERE)).realm == "OWN.REALM"
        with pytest.raises(ValueError, match="TCP only"):
            run(own_realm(kdc.endpoint("udp"), HERE))


@pytest.mark.parametrize(
    ("kdc", "transport", "name"),
    [
        (Saying(18, "CLIENT LOCKED OUT"), "udp", "mit"),
        (Saying(6, "CLIENT_NOT_FOUND"), "udp", "mit"),
        (Saying(6, own="X"), "tcp", "mit"),
        (Saying(6), "tcp", "heimdal"),
        (Saying(6), "udp", "unknown"),
        (Saying(25, "Need to use PA-ENC-TIMESTAMP/PA-PK-AS-REQ"), "udp", "heimdal"),
        (Saying(68), "udp", "active-directory"),
        (Saying(60, "whatever"), "tcp", "unknown"),
        (SilentKdc(), "udp", "unknown"),
    ],
)
def test_the_implementation_is_named_where_its_answers_tell(kdc: FakeKdc, transport: Transport, name: str) -> None:
    with kdc:
        told = run(implementation(kdc.endpoint(transport), REALM, Vantage(patience=SOON)))

    assert told.name == name
    assert told.why


# Principals


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (6, "unknown-client"),
        (7, "present"),
        (25, "present"),
        (1, "expired"),
        (18, "locked"),
        (23, "password-expired"),
        (60, "undetermined"),
    ],
)
def test_the_state_of_a_client_is_the_kdcs_first_objection(code: int, state: str) -> None:
    with Saying(code) as kdc:
        told = run(client_state(kdc.endpoint("udp"), REALM, ("hive", "master-1-1"), HERE))

    assert told.state == state
    body = body_of(kdc.requests[0])
    assert (body.cname.toString(), body.sname.toString()) == ("hive/master-1-1", "K/M")


@pytest.mark.parametrize(("code", "known"), [(18, "yes"), (7, "no"), (6, "unknown"), (60, "unknown")])
def test_a_service_is_known_if_the_locked_client_is_the_objection(code: int, known: str) -> None:
    with Saying(code) as kdc:
        told = run(service_known(kdc.endpoint("tcp"), REALM, ("hdfs", "master-1-1"), HERE))
        run(service_known(kdc.endpoint("udp"), REALM, ("hdfs", "master-1-1"), HERE))

    assert told.known == known
    body = body_of(kdc.requests[-1])
    assert (body.cname.toString(), body.sname.toString()) == ("K/M", "hdfs/master-1-1")


def test_enctypes_are_not_asked_without_the_users_keytab() -> None:
    with FakeKdc() as kdc:
        told = run(enctypes(kdc.endpoint("udp"), REALM, ("alice",), HERE, keytab_given=False))

    assert told.undetermined == CANDIDATES
    assert kdc.requests == []


def test_enctypes_of_a_principal_are_found_one_by_one() -> None:
    keys = {18: some_key(18), 23: some_key(23)}
    with TicketingKdc(Realm(clients={"alice": keys})) as kdc:
        told = run(enctypes(kdc.endpoint("udp"), REALM, ("alice",), HERE, keytab_given=True))

    assert (told.has, told.lacks, told.undetermined) == ((18, 23), (17, 20, 19, 16), ())
    assert told.preauth is True
    assert kdc.proofs == 0


def test_a_ticket_for_the_asking_ends_the_asking() -> None:
    with TicketingKdc(Realm(clients={"alice": {18: some_key(18)}}, preauth=False)) as kdc:
        told = run(enctypes(kdc.endpoint("tcp"), REALM, ("alice",), HERE, keytab_given=True))

    assert (told.preauth, told.undetermined, len(kdc.requests)) == (False, CANDIDATES, 1)


def test_an_unknown_principal_and_a_dead_kdc_leave_enctypes_open() -> None:
    with TicketingKdc(Realm()) as kdc, SilentKdc() as silent:
        unknown = run(enctypes(kdc.endpoint("udp"), REALM, ("bob",), HERE, keytab_given=True))
        dead = run(enctypes(silent.endpoint("udp"), REALM, ("bob",), Vantage(patience=0.2), keytab_given=True))

    assert (unknown.has, unknown.preauth, unknown.why) == ((), None, "the KDC answered 6 (KDC_ERR_C_PRINCIPAL_UNKNOWN)")
    assert dead.why == "no Kerberos answer came (no-response)"


# Sizes, and the services beside a KDC


CLIENT = re.compile(rb"\x1b(?:[\x01-\x7f]|\x81.|\x82..)(x+)", re.DOTALL)
"""The first string of a question about the size: the name of the client, which is letters x."""


class Echoing(FakeKdc):
    """A KDC that echoes the client, as real ones do.
    Sizes above `cut` are lost, above `limit` get 52."""

    def __init__(self, cut: int = 1 << 20, limit: int = 1 << 20) -> None:
        super().__init__()
        self.cut, self.limit = cut, limit

    def on_datagram(self, request: bytes, sender: Any) -> None:
        asked_for = CLIENT.search(request)  # scapy would read it as well, too slowly for a busy machine
        assert asked_for is not None
        answer = krb_error(6, cname=(asked_for[1].decode(),))
        if len(answer) > self.limit:
            answer = krb_error(52, e_text=None)
        if len(answer) <= self.cut:
            self.udp.sendto(answer, sender)


@pytest.mark.parametrize("cut", [1472, 1396, 700, LADDER[-1] - JITTER - 1])
def test_the_cliff_is_where_replies_stop(cut: int) -> None:
    with Echoing(cut) as kdc:
        told = run(udp_reply_limit(kdc.endpoint("udp"), REALM, HERE))

    assert told.arrived is not None
    assert told.lost is not None
    assert told.arrived <= cut < told.lost + JITTER
    assert told.lost - told.arrived <= 8
    assert told.refused is None
    assert len(kdc.requests) <= MOST_DATAGRAMS


def test_a_good_path_has_no_cliff_and_a_limit_is_none() -> None:
    with Echoing() as kdc:
        good = run(udp_reply_limit(kdc.endpoint("udp"), REALM, HERE))
    with Echoing(limit=1500) as limited:
        refused = run(udp_reply_limit(limited.endpoint("udp"), REALM, HERE))

    assert abs(good.arrived - 4000) <= JITTER
    assert abs(refused.arrived - 1480) <= JITTER
    assert (good.lost, good.refused, refused.lost, refused.refused) == (None, None, None, 1600)


class Losing(Echoing):
    """Echoes as well, and loses the first `losses` datagrams of each name that `loses` names."""

    def __init__(self, losses: int, loses: Callable[[int], bool]) -> None:
        super().__init__()
        self.losses, self.loses = losses, loses
        self.seen: Counter[int] = Counter()

    def on_datagram(self, request: bytes, sender: Any) -> None:
        asked_for = CLIENT.search(request)
        assert asked_for is not None
        letters = len(asked_for[1])
        self.seen[letters] += 1
        if not self.loses(letters) or self.seen[letters] > self.losses:
            super().on_datagram(request, sender)


@pytest.mark.parametrize(
    ("losses", "loses"),
    [
        (1 << 20, lambda letters: 1000 < letters < 1300),
        (ATTEMPTS, lambda letters: letters > 1000),
        (ATTEMPTS, lambda letters: letters > 200),
    ],
    ids=["larger ones come", "the lost one comes later", "the first long one comes later"],
)
def test_datagrams_that_are_lost_by_chance_are_no_cliff(losses: int, loses: Callable[[int], bool]) -> None:
    with Losing(losses, loses) as kdc:
        told = run(udp_reply_limit(kdc.endpoint("udp"), REALM, HERE))

    assert (told.lost, told.refused, bool(told.why)) == (None, None, True)
    assert len(kdc.requests) <= MOST_DATAGRAMS


def test_a_kdc_that_is_silent_or_does_not_echo_has_no_cliff_to_find() -> None:
    with SilentKdc() as silent, FakeKdc() as plain:
        dead = run(udp_reply_limit(silent.endpoint("udp"), REALM, HERE, patience=0.2))
        mute = run(udp_reply_limit(plain.endpoint("udp"), REALM, HERE))

    assert (dead.arrived, dead.questions) == (None, 1)
    assert (mute.lost, mute.questions, mute.why) == (None, 1, "this KDC does not echo the name of the client")


def test_the_size_of_a_reply_is_not_asked_over_a_stream() -> None:
    with pytest.raises(ValueError, match="UDP"):
        run(udp_reply_limit(Endpoint("127.0.0.1", 1, "tcp", "127.0.0.1"), REALM, HERE))


def test_the_hint_of_enctypes_is_the_one_real_kdcs_send() -> None:
    """scapy reads the METHOD-DATA of the fake KDC."""
    read = quietly(lambda: layers().MethodData(etype_info2((18, 17))))

    assert [entry.etype.val for entry in read.seq[0].padataValue.seq] == [18, 17]
