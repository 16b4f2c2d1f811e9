"""What do four families of clients experience at KDCs in known states?

tests/lab/clients compares two of them with real clients.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.clients import ClientSettings, KdcState, Prediction, State
from diagnose.clients.model import Transport
from diagnose.data import table
from probes.files.krb5conf.jdk import Limits
from tests.support.predictions import predict

STATES: tuple[State, ...] = get_args(State)
TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp")
REALM = "R.COM"


def a_kdc(udp: State = "answers", tcp: State = "answers", host: str = "kdc", tgs_udp: State | None = None) -> KdcState:
    return KdcState(host, 88, udp, tcp, tgs_udp)


def predicted(family: str, exchange: str, *kdcs: KdcState, **settings: object) -> Prediction:
    found = predict(kdcs, ClientSettings(REALM, **settings))  # type: ignore[arg-type]
    return next(one for one in found if (one.family, one.exchange) == (family, exchange))


def outcome(family: str, exchange: str, *kdcs: KdcState, **settings: object) -> tuple[str, float | None]:
    one = predicted(family, exchange, *kdcs, **settings)
    return one.works, one.seconds


@pytest.mark.parametrize(
    ("kdc", "mit", "jdk", "gokrb5", "heimdal"),
    [
        (a_kdc(), ("yes", 0), ("yes", 0), ("yes", 0), ("yes", 0)),
        (a_kdc("silent"), ("yes", 2), ("no", 90), ("yes", 10), ("no", 33)),
        (a_kdc("refused"), ("yes", 0), ("no", 0), ("yes", 0), ("no", 0)),
        (a_kdc("prohibited"), ("yes", 0), ("no", 90), ("yes", 0), ("no", 0)),
        (a_kdc("answers", "silent"), ("yes", 0), ("yes", 0), ("yes", 0), ("yes", 0)),
        (a_kdc("silent", "silent"), ("no", 18), ("no", 90), ("no", 10), ("no", 33)),
        (a_kdc("refused", "silent"), ("no", 15), ("no", 0), ("no", 5), ("no", 0)),
        (a_kdc("refused", "refused"), ("no", 0), ("no", 0), ("no", 0), ("no", 0)),
        (a_kdc("answers-too-big", "silent"), ("no", 15), ("no", 90), ("no", 5), ("no", 31)),
        (a_kdc("silent", "open-but-silent"), ("no", 27), ("no", 90), ("no", 10), ("no", 33)),
        (a_kdc("unresolved", "unresolved"), ("no", 0), ("no", 0), ("no", 0), ("no", 0)),
    ],
    ids=str,
)
def test_one_kdc_and_a_login(kdc: KdcState, mit: object, jdk: object, gokrb5: object, heimdal: object) -> None:
    found = {
        one.family: (one.works, one.seconds) for one in predict([kdc], ClientSettings(REALM)) if one.exchange == "as"
    }
    assert found == {"mit": mit, "jdk": jdk, "gokrb5": gokrb5, "heimdal": heimdal}


@pytest.mark.parametrize("dead", [1, 2, 5])
def test_silent_kdcs_cost_what_the_sources_say(dead: int) -> None:
    kdcs = [a_kdc("silent", "silent", host=f"kdc{n}") for n in range(dead)]
    assert outcome("mit", "tgs", *kdcs) == ("no", 3 * dead + dead + 14)  # 3U + T + 14 of sendto_kdc.c
    assert outcome("jdk", "tgs", *kdcs, jdk=Limits(2000, 4, 1465)) == ("no", dead * 4 * 2.0)


def test_the_jdk_asks_a_kdc_that_failed_last_from_then_on() -> None:
    kdcs = (a_kdc("silent", "silent", host="dead"), a_kdc(host="alive"))
    assert outcome("jdk", "as", *kdcs) == ("yes", 90)
    assert outcome("jdk", "tgs", *kdcs) == ("yes", 0)
    assert outcome("jdk", "as", *kdcs, jdk_bad_policy="none") == ("yes", 180)
    assert outcome("jdk", "as", *kdcs, jdk_bad_policy="tryLess") == ("yes", 95)
    assert outcome("jdk", "as", *kdcs, jdk_bad_policy="tryLess:2,2000") == ("yes", 94)
    assert outcome("jdk", "tgs", *kdcs, jdk_bad_policy="tryLess:2,2000") == ("yes", 4)


def test_the_jdk_tells_the_error_of_the_first_kdc_only() -> None:
    found = predicted("jdk", "as", a_kdc("silent", host="first"), a_kdc("unresolved", "unresolved", host="second"))
    assert found.message == "javax.security.auth.login.LoginException: Receive timed out"
    found = predicted("jdk", "tgs", a_kdc("unresolved", "unresolved", host="second"), a_kdc("silent", host="first"))
    text = "second: Name or service not known"
    assert found.message == f"GSSException: No valid credentials provided (Mechanism level: {text})"


def test_the_jdk_stops_at_a_server_that_closes() -> None:
    kdcs = (a_kdc("answers", "closes", host="web"), a_kdc(host="kdc"))
    found = predicted("jdk", "as", *kdcs, jdk=Limits(30_000, 3, 1))
    assert (found.works, found.seconds) == ("no", 0)
    assert found.message is not None
    assert found.message.endswith("Cannot get a KDC reply")
    assert outcome("mit", "as", *kdcs, mit_udp_limit=1) == ("yes", 0)


@pytest.mark.parametrize(("limit", "works"), [(0, "no"), (1, "yes"), (1465, "no"), (300, "unknown")])
def test_udp_preference_limit_as_the_jdk_takes_it(limit: int, works: str) -> None:
    assert outcome("jdk", "as", a_kdc("silent"), jdk=Limits(1000, 1, limit))[0] == works


@pytest.mark.parametrize(("limit", "seconds"), [(0, 0), (1, 0), (1465, 2), (300, None)])
def test_udp_preference_limit_as_libkrb5_takes_it(limit: int, seconds: float | None) -> None:
    assert outcome("mit", "as", a_kdc("silent"), mit_udp_limit=limit) == ("yes", seconds)


def test_a_service_ticket_may_fail_where_the_login_works() -> None:
    kdc = a_kdc(tgs_udp="silent")
    assert outcome("jdk", "as", kdc) == ("yes", 0)
    assert outcome("jdk", "tgs", kdc) == ("no", 90)
    assert outcome("mit", "tgs", kdc) == ("yes", 1)


def test_a_resolver_of_unknown_patience_leaves_the_time_open() -> None:
    kdc = a_kdc("resolver-dead", "resolver-dead")
    assert outcome("mit", "as", kdc) == ("no", None)
    assert outcome("jdk", "as", kdc, resolver_seconds=10.0) == ("no", 10)
    assert predicted("mit", "as", kdc).message == "Resource temporarily unavailable while getting initial credentials"


def test_libkrb5_gives_up_at_a_dead_resolver_and_the_jdk_goes_on() -> None:
    kdcs = (a_kdc("resolver-dead", "resolver-dead", host="one"), a_kdc(host="two"))
    assert outcome("mit", "as", *kdcs, resolver_seconds=1.0) == ("no", 1)
    assert outcome("jdk", "as", *kdcs, resolver_seconds=1.0) == ("yes", 1)


def test_heimdal_asks_for_a_service_ticket_twice() -> None:
    assert outcome("heimdal", "tgs", a_kdc(tgs_udp="silent"), heimdal_timeout=6) == ("no", 18)


def test_gokrb5_waits_for_the_rest_of_a_foreign_answer() -> None:
    assert outcome("gokrb5", "as", a_kdc("refused", "not-kerberos"), gokrb5_udp_limit=1) == ("no", None)
    assert outcome("gokrb5", "as", a_kdc("refused", "closes"), gokrb5_udp_limit=1) == ("no", 0)


def test_without_preauthentication_one_request_is_enough() -> None:
    assert outcome("mit", "as", a_kdc("silent"), as_requests=1) == ("yes", 1)


def test_a_list_that_is_empty() -> None:
    messages = [one.message for one in predict([], ClientSettings(REALM)) if one.exchange == "as"]
    assert messages[0] == f'Cannot find KDC for realm "{REALM}" while getting initial credentials'
    assert messages[1] == "javax.security.auth.login.LoginException: Cannot locate KDC"


kdcs = st.lists(
    st.builds(
        KdcState,
        st.sampled_from(("one", "two", "three")),
        st.just(88),
        st.sampled_from(STATES),
        st.sampled_from(STATES),
        st.none() | st.sampled_from(STATES),
        st.none() | st.sampled_from(STATES),
    ),
    max_size=4,
    unique_by=lambda kdc: kdc.host,
)
limits = st.sampled_from((0, 1, 300, 1465, 32_700))


@given(kdcs, limits, st.sampled_from(STATES))
def test_what_is_told_despite_an_unknown_state_holds_whatever_it_is(
    given_kdcs: list[KdcState], limit: int, truth: State
) -> None:
    settings = ClientSettings(
        REALM, mit_udp_limit=limit, gokrb5_udp_limit=limit, jdk=Limits(1000, 2, limit), resolver_seconds=1.0
    )
    real = [
        replace(
            kdc,
            udp=truth if kdc.udp == "unknown" else kdc.udp,
            tcp=truth if kdc.tcp == "unknown" else kdc.tcp,
            tgs_udp=truth if kdc.tgs_udp == "unknown" else kdc.tgs_udp,
            tgs_tcp=truth if kdc.tgs_tcp == "unknown" else kdc.tgs_tcp,
        )
        for kdc in given_kdcs
    ]
    # A name has an address for both transports or for none, so this state belongs to the entry.
    if truth in ("unresolved", "resolver-dead", "unusable"):
        return
    for predicted_ending, true in zip(predict(given_kdcs, settings), predict(real, settings), strict=True):
        if predicted_ending.works != "unknown" and true.works != "unknown":
            assert predicted_ending == true


@given(kdcs, limits)
def test_predictions_are_complete_and_consistent(given_kdcs: list[KdcState], limit: int) -> None:
    found = predict(
        given_kdcs, ClientSettings(REALM, mit_udp_limit=limit, jdk=Limits(1000, 2, limit), resolver_seconds=1.0)
    )
    assert len({(one.family, one.exchange) for one in found}) == len(found) == 8
    for one in found:
        assert one.seconds is None or one.seconds >= 0
        assert one.works != "yes" or one.message is None
        assert one.works != "unknown" or (one.seconds, one.message) == (None, None)
        states = {kdc.state(transport, one.exchange) for kdc in given_kdcs for transport in TRANSPORTS}
        if not states & {"answers", "answers-too-big"}:
            assert one.works != "yes"


def test_other_spellings_belong_to_texts_that_are_predicted_ending() -> None:
    kdcs = [a_kdc(udp, tcp) for udp in STATES for tcp in STATES]
    said = {
        one.message
        for kdc in kdcs
        for limit in (1, 1465)
        for one in predict([kdc], ClientSettings(REALM, jdk=Limits(1, 1, limit)))
    }
    texts = " ".join(message for message in said if message)
    spellings = table("clients")["spelling"]
    assert spellings
    for spelling in spellings:
        assert spelling["text"] in texts, spelling
        assert spelling["source"] in table("clients")["sources"], spelling


@pytest.mark.parametrize(
    ("kdc", "settings", "ending"),
    [
        # One request without pre-authentication, and two with it
        (a_kdc("silent"), {"as_requests": 1}, ("yes", 5)),
        (a_kdc("silent"), {}, ("yes", 10)),
        # A limit of 1 means TCP from the first request on
        (a_kdc("silent"), {"gokrb5_udp_limit": 1}, ("yes", 0)),
        (a_kdc("silent"), {"gokrb5_udp_limit": 2}, ("yes", 0)),
        (a_kdc("answers", "refused"), {"gokrb5_udp_limit": 1}, ("no", 0)),
        (a_kdc("answers", "refused"), {"gokrb5_udp_limit": 2}, ("yes", 0)),
        # A connected UDP socket does not hear of these, a TCP one does
        (a_kdc("unreachable", "unreachable"), {}, ("no", 5)),
        (a_kdc("net-unreachable", "refused"), {}, ("no", 5)),
        (a_kdc("refused", "unreachable"), {}, ("no", 0)),
        # Over UDP the first answer counts; over TCP it waits for the rest of the message
        (a_kdc("not-kerberos"), {}, ("no", 0)),
        (a_kdc("refused", "not-kerberos"), {}, ("no", None)),
    ],
)
def test_gokrb5_asks_each_transport_in_its_own_way(kdc: KdcState, settings: dict[str, object], ending: object) -> None:
    assert outcome("gokrb5", "as", kdc, **settings) == ending


def test_java_says_that_the_realm_is_wrong_only_in_the_login() -> None:
    refusing = replace(a_kdc(), refuses="realm")
    login, ticket = (predicted("jdk", exchange, refusing) for exchange in ("as", "tgs"))
    assert str(login.message).endswith("Client not found in Kerberos database (6)")
    assert (ticket.works, ticket.message) == ("no", None)


def test_the_words_of_java_for_an_entry_that_it_cannot_use_are_not_known() -> None:
    broken = predicted("jdk", "as", a_kdc("unusable", "unusable"))
    assert (broken.works, broken.message) == ("no", None)


@pytest.mark.parametrize(
    ("family", "why"),
    [
        ("mit", "it tries every KDC over both transports, a second each"),
        ("jdk", "a KDC earlier in the list does not answer"),
        ("gokrb5", "a KDC that does not answer costs 5 s for each request"),
    ],
)
def test_a_client_that_waits_says_why_and_one_that_does_not_says_nothing(family: str, why: str) -> None:
    dead, alive = a_kdc("silent", "silent", "dead"), a_kdc()
    assert predicted(family, "as", dead, alive).why == why
    assert predicted(family, "as", alive).why == ""


def test_what_java_remembers_of_a_kdc_in_an_unknown_state_is_not_known() -> None:
    # Given a first KDC that may answer the login or not, and surely answers what comes after it
    first, second = a_kdc("unknown", tgs_udp="answers"), a_kdc("silent", host="second")

    assert predicted("jdk", "tgs", first).works == "yes"
    assert predicted("jdk", "tgs", first, second).works == "unknown"


def test_java_wraps_a_missing_route_in_the_login_only() -> None:
    login, ticket = (predicted("jdk", exchange, a_kdc("no-route", "no-route")) for exchange in ("as", "tgs"))

    text = "java.io.UncheckedIOException: java.net.SocketException: Network is unreachable"
    assert login.message == f"javax.security.auth.login.LoginException: {text}"
    assert ticket.message == text


@pytest.mark.parametrize(
    ("exchange", "kdc", "seconds"),
    [("tgs", a_kdc(), 0), ("tgs", a_kdc("silent"), 1), ("as", a_kdc("silent"), 2), ("tgs", a_kdc("refused"), 0)],
)
def test_mit_says_what_it_does_if_a_request_takes_a_second(exchange: str, kdc: KdcState, seconds: int) -> None:
    one = predicted("mit", exchange, kdc)
    assert (one.works, one.seconds, "a second each" in one.why) == ("yes", seconds, seconds > 0)


@pytest.mark.parametrize(("udp", "seconds"), [("answers-short", 1), ("answers-too-big", 0), ("silent", 2)])
def test_mit_gets_the_short_answer_of_a_login_over_udp(udp: State, seconds: int) -> None:
    # The first answer of a login says which keys the client may use, and is short
    assert outcome("mit", "as", a_kdc(udp)) == ("yes", seconds)


@pytest.mark.parametrize(("tcp", "ending"), [("answers", ("yes", 0)), ("silent", ("no", 15)), ("refused", ("no", 0))])
def test_a_service_ticket_that_is_too_big_for_udp_comes_over_tcp_alone(tcp: State, ending: tuple[str, float]) -> None:
    assert outcome("mit", "tgs", a_kdc("answers-too-big", tcp)) == ending


@pytest.mark.parametrize(("timeout", "seconds"), [(1, 6), (3, 6), (6, 9), (7, 9), (30, 33)])
def test_heimdal_tries_a_datagram_three_times_a_second_longer_than_its_share(timeout: int, seconds: int) -> None:
    assert outcome("heimdal", "as", a_kdc("silent", "silent"), heimdal_timeout=timeout) == ("no", seconds)
