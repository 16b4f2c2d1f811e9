"""Does each way to be wrong have its own cause, and does no secret leave a login?"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from probes.endpoint import Endpoint
from probes.kerberos.keytab import Keytab
from probes.kerberos.login import Login, crypto, login, offline, reply
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.outcome import cause_of, cause_of_silence
from probes.kerberos.message import KerberosError
from probes.observation import Observation
from probes.principal import Principal
from probes.secret import Secret
from probes.vantage import HERE, Vantage
from tests.support.fake_kdc import REALM, ClosingKdc, FakeKdc, ForeignService, SilentKdc, framed, krb_error
from tests.support.keytab_files import keytab, record
from tests.support.patience import SOON
from tests.support.ticketing_kdc import KEY_SIZES, Realm, TicketingKdc, etype_info2, some_key

ALICE = Principal(("alice",), REALM)
HDFS = Principal(("hdfs", "master-1-1"), REALM)


def secret(etype: int, letter: str = "S") -> bytes:
    """Return a key that is recognised wherever it appears."""
    return (f"CANARY{letter}" * 8).encode()[: KEY_SIZES[etype]]


ALICE_KEYS = {18: secret(18), 17: secret(17)}


def keys_of(principal: Principal, keys: dict[int, bytes], kvno: int = 2) -> list[bytes]:
    return [record("/".join(principal.parts), etype, key, kvno=kvno) for etype, key in keys.items()]


def realm(**changes: object) -> Realm:
    base = Realm(clients={"alice": ALICE_KEYS}, services={"hdfs/master-1-1": {18: secret(18, "H")}})
    return replace(base, **changes)  # type: ignore[arg-type]


def both(kdc: FakeKdc) -> list[Endpoint]:
    return [kdc.endpoint("udp"), kdc.endpoint("tcp")]


def attempt(kdc: FakeKdc, table: Keytab | None = None, services: Sequence[Principal] = (), **how: object) -> Login:
    table = table or keytab(*keys_of(ALICE, ALICE_KEYS))
    endpoints = how.pop("endpoints", None) or both(kdc)
    vantage = Vantage(patience=SOON)
    return asyncio.run(login(endpoints, ALICE, table, services, vantage=vantage, **how))  # type: ignore[arg-type]


def stages(done: Login) -> list[tuple[str, str]]:
    return [(step.stage, step.cause) for step in done.steps]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_good_keytab_logs_in_and_reaches_its_service(transport: str) -> None:
    with TicketingKdc(realm()) as kdc:
        endpoints = [e for e in both(kdc) if e.transport == transport]
        done = attempt(kdc, services=[HDFS], endpoints=endpoints)

    assert done.cause == "ok"
    assert stages(done) == [(s, "ok") for s in ("keytab", "as", "preauth", "as-reply", "tgs")]
    assert {step.transport for step in done.steps[1:]} == {transport}
    assert (done.steps[-1].etype, done.steps[-1].kvno) == (18, 2)


def test_a_kdc_that_asks_for_no_proof_gets_none() -> None:
    with TicketingKdc(realm(preauth=False)) as kdc:
        done = attempt(kdc)

    assert done.cause == "ok"
    assert kdc.proofs == 0
    assert stages(done) == [("keytab", "ok"), ("as", "ok"), ("as-reply", "ok")]


@pytest.mark.parametrize("etype", [16, 17, 18, 19, 20, 23])
def test_every_enctype_of_the_last_decade_works(etype: int) -> None:
    keys = {etype: some_key(etype)}
    with TicketingKdc(realm(clients={"alice": keys})) as kdc:
        done = attempt(kdc, keytab(*keys_of(ALICE, keys)))

    assert done.cause == "ok"
    assert done.steps[1].etype == etype


def test_a_key_that_the_kdc_has_no_longer_is_tried_once() -> None:
    with TicketingKdc(realm(clients={"alice": {18: some_key(18)}})) as kdc:
        done = attempt(kdc)

    assert (done.cause, done.steps[-1].stage, done.steps[-1].code) == ("stale-key", "preauth", 24)
    assert kdc.proofs == 1


def test_a_stale_key_without_preauthentication_shows_when_the_reply_is_opened() -> None:
    with TicketingKdc(realm(clients={"alice": {18: some_key(18)}}, preauth=False)) as kdc:
        done = attempt(kdc)

    assert (done.cause, done.steps[-1].stage) == ("stale-key", "as-reply")


def test_the_newest_kvno_is_used_and_no_older_one_is_tried() -> None:
    table = keytab(*keys_of(ALICE, {18: some_key(18)}, kvno=7), *keys_of(ALICE, ALICE_KEYS, kvno=6))
    with TicketingKdc(realm()) as kdc:
        done = attempt(kdc, table)

    assert (done.cause, done.steps[-1].kvno, kdc.proofs) == ("stale-key", 7, 1)


def test_a_keytab_without_the_enctype_of_the_kdc_sends_no_proof() -> None:
    with TicketingKdc(realm(clients={"alice": {17: secret(17)}})) as kdc:
        done = attempt(kdc, keytab(*keys_of(ALICE, {18: secret(18)})))

    assert (done.cause, done.steps[-1].etype) == ("missing-enctype", 17)
    assert done.steps[-1].why == "the KDC has keys of enctypes 17"
    assert kdc.proofs == 0


@pytest.mark.parametrize(
    ("permitted", "cause"), [((17, 18), "ok"), ((23, 17), "ok"), ((23,), "missing-enctype"), ((), "missing-enctype")]
)
def test_what_the_configuration_does_not_permit_is_not_used(permitted: tuple[int, ...], cause: str) -> None:
    with TicketingKdc(realm()) as kdc:
        done = attempt(kdc, permitted=permitted)

    assert done.cause == cause
    assert bool(kdc.requests) is (cause == "ok")


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (1, "expired"),
        (18, "locked"),
        (23, "password-expired"),
        (12, "policy"),
        (14, "missing-enctype"),
        (68, "wrong-realm"),
        (60, "kdc-error"),
    ],
)
def test_an_error_of_the_kdc_is_a_cause(code: int, cause: str) -> None:
    with TicketingKdc(realm(answers={"alice": code})) as kdc:
        done = attempt(kdc)

    assert (done.cause, done.steps[-1].stage, done.steps[-1].code) == (cause, "as", code)


def test_an_unknown_client_of_a_served_realm_is_the_client() -> None:
    with TicketingKdc(realm(clients={})) as kdc:
        assert attempt(kdc).cause == "unknown-client"


def test_an_unknown_client_is_not_blamed_on_the_realm_without_a_definite_no() -> None:
    with TicketingKdc(realm(clients={}, realm="OTHER.REALM")) as kdc:
        assert attempt(kdc).cause == "unknown-client"  # a 6 for K/M, but not in MIT's words


class MitLike(FakeKdc):
    """A KDC that knows nobody and answers with MIT's texts."""

    def answer(self, request: bytes) -> bytes:
        return krb_error(6, e_text="CLIENT_NOT_FOUND")


def test_mit_that_does_not_serve_the_realm_is_named() -> None:
    with MitLike() as kdc:
        done = attempt(kdc)

    assert done.cause == "wrong-realm"
    assert "no K/M in this realm" in done.steps[-1].why


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_skewed_clock_is_seen_where_kinit_would_hide_it(seconds: int) -> None:
    with TicketingKdc(realm(ahead=timedelta(seconds=seconds))) as kdc:
        done = attempt(kdc)

    assert (done.cause, done.steps[-1].code) == ("skew", 37)
    skew = done.steps[-1].skew
    assert skew is not None
    assert skew.low <= seconds <= skew.high
    assert skew.high - skew.low < 2


def test_a_skewed_clock_is_seen_without_preauthentication_too() -> None:
    with TicketingKdc(realm(ahead=timedelta(hours=1), preauth=False)) as kdc:
        done = attempt(kdc, services=[HDFS])

    assert stages(done)[2:] == [("as-reply", "skew"), ("tgs", "ok")]


def test_the_clock_of_the_login_is_the_callers() -> None:
    with TicketingKdc(realm()) as kdc:
        done = attempt(kdc, clock=lambda: datetime.now(UTC) - timedelta(seconds=900))

    skew = done.steps[-1].skew
    assert done.cause == "skew"
    assert skew is not None
    assert skew.low <= 900 <= skew.high


def test_24_from_a_kdc_with_another_clock_is_the_clock() -> None:
    with TicketingKdc(realm(clients={"alice": {18: some_key(18)}}, ahead=timedelta(days=1))) as kdc:
        assert attempt(kdc).cause == "skew"


def test_a_reply_too_big_for_udp_comes_by_tcp() -> None:
    with TicketingKdc(realm(too_big=300)) as kdc:
        done = attempt(kdc, services=[HDFS])

    assert done.cause == "ok"
    assert done.steps[-1].transport == "tcp"
    assert [seen.detail.get("error_code") for seen in done.steps[-1].observations] == [52, None]


def test_a_reply_too_big_without_tcp_is_too_big() -> None:
    with TicketingKdc(realm(too_big=300)) as kdc, SilentKdc() as silent:
        alone = attempt(kdc, endpoints=[kdc.endpoint("udp")])
        dropped = attempt(kdc, endpoints=[kdc.endpoint("udp"), silent.endpoint("tcp")])

    assert (alone.cause, dropped.cause) == ("too-big", "too-big")


def test_an_unknown_service_does_not_end_the_others() -> None:
    hive = Principal(("hive", "nobody"), REALM)
    with TicketingKdc(realm()) as kdc:
        done = attempt(kdc, services=[hive, HDFS])

    assert [(s.target, s.cause) for s in done.steps if s.stage == "tgs"] == [(hive, "unknown-service"), (HDFS, "ok")]


def test_a_service_of_another_realm_needs_a_key_between_the_realms_and_a_kdc_there() -> None:
    far = Principal(("hdfs", "far"), "OTHER.REALM")
    with TicketingKdc(realm()) as kdc:
        no_key = attempt(kdc, services=[far])
        kdc.realm.services["krbtgt/OTHER.REALM"] = {18: some_key(18)}
        no_kdc = attempt(kdc, services=[far])

    assert (no_key.cause, no_key.steps[-1].code) == ("cross-realm", 7)
    assert (no_kdc.cause, no_kdc.steps[-1].code) == ("cross-realm", None)
    assert "no KDC of OTHER.REALM is known" in no_kdc.steps[-1].why


@pytest.mark.parametrize(
    ("own", "kvno", "cause"),
    [
        ({18: secret(18, "H")}, 2, "ok"),
        ({18: secret(18, "X")}, 2, "stale-key"),
        ({18: secret(18, "H")}, 1, "stale-key"),
        ({23: secret(23, "H")}, 2, "missing-enctype"),
    ],
)
def test_the_services_own_keys_are_held_against_its_ticket(own: dict[int, bytes], kvno: int, cause: str) -> None:
    with TicketingKdc(realm()) as kdc:
        done = attempt(kdc, keytab(*keys_of(ALICE, ALICE_KEYS), *keys_of(HDFS, own, kvno)), [HDFS])

    assert stages(done)[-1] == ("service-key", cause)


@pytest.mark.parametrize("lie", ["wrong_nonce", "wrong_client"])
def test_an_answer_to_another_request_is_not_taken(lie: str) -> None:
    with TicketingKdc(realm(**{lie: True})) as kdc:
        done = attempt(kdc)

    assert (done.cause, stages(done)[-1]) == ("bad-answer", ("as-reply", "bad-answer"))


def test_nobody_there_is_told_by_transport() -> None:
    with FakeKdc() as gone:
        endpoints = both(gone)
    with SilentKdc() as silent, ForeignService(b"HTTP/1.1 400 Bad Request\r\n\r\n") as http, ClosingKdc() as closing:
        assert attempt(gone, endpoints=endpoints).cause == "refused"
        assert attempt(silent).cause == "timeout"
        assert attempt(http).cause == "not-kerberos"
        assert attempt(closing, endpoints=[closing.endpoint("tcp")]).cause == "timeout"


def test_an_endpoint_without_answer_leaves_it_to_the_next() -> None:
    with SilentKdc() as silent, TicketingKdc(realm()) as kdc:
        done = attempt(kdc, endpoints=[silent.endpoint("udp"), kdc.endpoint("tcp")])

    assert done.cause == "ok"
    assert [seen.reason for seen in done.steps[1].observations] == ["no-response", "kerberos-reply"]


def test_more_services_than_the_limit_and_no_endpoint_are_the_callers_mistakes() -> None:
    table = keytab(*keys_of(ALICE, ALICE_KEYS))
    with pytest.raises(ValueError, match="more than 64"):
        asyncio.run(login([], ALICE, table, [HDFS] * 65, vantage=HERE))
    with pytest.raises(ValueError, match="no endpoint"):
        asyncio.run(login([], ALICE, table, vantage=HERE))


@pytest.mark.parametrize(
    ("who", "cause", "near"),
    [
        ("alice@" + REALM, "ok", []),
        ("Alice@" + REALM, "no-entry", ["alice@" + REALM]),
        ("alice@" + REALM.lower(), "no-entry", ["alice@" + REALM]),
        ("alice@OTHER", "no-entry", ["alice@" + REALM]),
        ("hdfs/core-1@" + REALM, "no-entry", ["hdfs/master-1-1@" + REALM]),
        ("bob@" + REALM, "no-entry", []),
    ],
)
def test_the_keytab_alone_tells_who_was_probably_meant(who: str, cause: str, near: list[str]) -> None:
    table = keytab(*keys_of(ALICE, ALICE_KEYS, 3), *keys_of(ALICE, ALICE_KEYS), *keys_of(HDFS, {23: secret(23)}))

    known = offline(table, Principal.parse(who))

    assert (known.cause, [str(other) for other in known.near]) == (cause, near)
    if cause == "ok":
        assert (known.kvnos, known.enctypes, known.usable) == ((3, 2), (18, 17), (18, 17))


def test_weak_keys_alone_are_nothing_for_a_strict_configuration() -> None:
    table = keytab(*keys_of(ALICE, {23: secret(23)}))

    assert offline(table, ALICE, permitted=(18, 17, 20, 19)).cause == "missing-enctype"
    assert offline(table, ALICE).cause == "ok"


@pytest.mark.parametrize(
    ("code", "stage", "cause"),
    [
        (6, "as", "unknown-client"),
        (7, "tgs", "unknown-service"),
        (7, "cross-realm", "cross-realm"),
        (7, "as", "wrong-realm"),
        (25, "preauth", "preauth-unsupported"),
        (33, "tgs", "skew"),
        (9999, "tgs", "kdc-error"),
    ],
)
def test_a_code_means_what_it_means_at_its_stage(code: int, stage: str, cause: str) -> None:
    assert cause_of(code, stage) == cause  # type: ignore[arg-type]


def test_icmp_and_no_route_are_unreachable() -> None:
    assert cause_of_silence(Observation("local", "filtered", "host-unreachable")) == "unreachable"
    assert cause_of_silence(Observation("local", "filtered", "no-response")) == "timeout"


def test_a_key_that_does_not_fit_is_our_own_error_and_says_nothing_of_it() -> None:
    for etype, key, cipher in (
        (18, b"CANARY", b"x" * 60),
        (18, secret(18), b"x" * 60),
        (18, secret(18), b""),
        (99, b"CANARY", b""),
    ):
        with pytest.raises(CryptoError) as caught:
            crypto.decrypt(etype, Secret(key), crypto.AS_REP, cipher)
        assert "CANARY" not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("content", [b"", b"\x7a\x02\x30\x00", b"\x30\x00", b"\x79\x82"])
def test_a_decrypted_part_that_does_not_read_is_our_own_error(content: bytes) -> None:
    with pytest.raises(KerberosError):
        reply.read_decrypted(content)
    with pytest.raises(KerberosError):
        reply.read(content)


class EchoKdc(FakeKdc):
    """A KDC that answers with the request itself, so what is kept of its answer is part of it."""

    def answer(self, request: bytes) -> bytes:
        from tests.support.fake_kdc import krb_error

        if len(self.requests) == 1:
            return krb_error(25, e_text=None, e_data=etype_info2([18]))
        return request

    def on_stream(self, connection: object) -> None:
        request = self.read_request(connection)  # type: ignore[arg-type]
        if request is not None:
            connection.sendall(framed(self.answer(request)))  # type: ignore[attr-defined]


def test_no_secret_is_in_any_value_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    """Searches for keys as bytes, hex, base64 and text, and for the timestamps that were sent."""
    caplog.set_level(logging.DEBUG)
    table = keytab(*keys_of(ALICE, ALICE_KEYS), *keys_of(HDFS, {18: secret(18, "H")}))
    said: list[object] = [table]
    proofs: list[bytes] = []
    scenes = [
        realm(),
        realm(clients={"alice": {18: some_key(18)}}),
        realm(preauth=False),
        realm(ahead=timedelta(hours=1)),
        realm(services={"hdfs/master-1-1": {18: secret(18, "X")}}),
    ]
    for scene in scenes:
        with TicketingKdc(scene) as kdc:
            said.append(attempt(kdc, table, [HDFS]))
            proofs += kdc.requests
    with EchoKdc() as echo:
        done = attempt(echo, table)
        said.append(done)
        proofs += echo.requests
    assert done.cause == "not-kerberos"

    text = "\n".join([*map(repr, said), *map(str, said), caplog.text, *(str(r.__dict__) for r in caplog.records)])

    assert len(proofs) > 10
    for canary in ("CANARY", b"CANARY".hex(), b"CANARY".hex().upper(), base64.b64encode(b"CANARYS" * 3)[:24].decode()):
        assert canary not in text
    for proof in proofs:
        # The ciphers follow the first bytes of a request. Sixteen bytes of one in hex would be a
        # leak.
        for at in range(64, len(proof) - 16, 16):
            assert proof[at : at + 16].hex() not in text
