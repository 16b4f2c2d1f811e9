"""Does our AS-REQ equal scapy's, is KRB-ERROR read as scapy reads it, and does every kind of answer
have its observation?"""

from __future__ import annotations

import asyncio
import importlib
import logging
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.endpoint import Endpoint, Transport
from probes.kerberos import as_req as kerberos
from probes.kerberos import der
from probes.kerberos.as_req import AsRep, KerberosError, KrbError, as_req, ask_tcp, ask_udp, decode
from probes.kerberos.message import EtypeInfo
from probes.network.udp import exchange
from probes.observation import Observation
from probes.vantage import HERE, Vantage
from tests.support.closed_port import closed_port
from tests.support.fake_kdc import (
    REALM,
    ClosingKdc,
    DeafKdc,
    DrippingKdc,
    FakeKdc,
    ForeignService,
    LyingKdc,
    OtherAddressKdc,
    SilentKdc,
    SlowKdc,
    TwiceKdc,
    framed,
    krb_error,
)
from tests.support.free_port import free_port
from tests.support.late_loop import PATIENCE, asked_late
from tests.support.needs import LOOPBACKS, MIT_KDC
from tests.support.patience import SOON

TILL = datetime(2026, 11, 24, 4, 22, 18, tzinfo=UTC)
HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def scapy_kerberos() -> Any:
    """Return scapy's Kerberos layer: an implementation that shares nothing with ours."""
    logging.getLogger("scapy.runtime").setLevel(logging.CRITICAL)
    return importlib.import_module("scapy.layers.kerberos")


@pytest.fixture(scope="module")
def asn1() -> Any:
    """Return scapy's ASN.1 values."""
    return importlib.import_module("scapy.asn1.asn1")


def as_rep() -> bytes:
    """Return the outside of an AS-REP, with zeros for its encrypted parts."""
    encrypted = der.write_fields(((0, der.write_integer(18)), (2, der.write(der.OCTET_STRING, bytes(40)))))
    name = der.write_fields(((0, der.write_integer(1)), (1, der.write_sequence((der.write_string("alice"),)))))
    ticket = der.write(
        der.application(1),
        der.write_fields(((0, der.write_integer(5)), (1, der.write_string(REALM)), (2, name), (3, encrypted))),
    )
    fields = (
        (0, der.write_integer(5)),
        (1, der.write_integer(11)),
        (3, der.write_string(REALM)),
        (4, name),
        (5, ticket),
        (6, encrypted),
    )
    return der.write(der.application(11), der.write_fields(fields))


def udp(kdc: FakeKdc, *, patience: float = 3.0) -> Observation:
    return asyncio.run(ask_udp(kdc.endpoint("udp"), REALM, Vantage(patience=patience)))


def tcp(kdc: FakeKdc, *, patience: float = 3.0) -> Observation:
    return asyncio.run(ask_tcp(kdc.endpoint("tcp"), REALM, Vantage(patience=patience)))


def offset(seen: Observation) -> tuple[float, float]:
    low, high = cast(list[float], seen.detail["clock_offset_s"])
    return low, high


# The request


@pytest.mark.parametrize("etypes", [(18, 17, 20, 19, 23), (-135, -133, 65536), (1,)])
@pytest.mark.parametrize("nonce", [0, 127, 128, 2**31 - 1, 2**31, 2**32 - 1])
@pytest.mark.parametrize("client", [("K", "M"), ("alice",), ("x" * 3000,)])
def test_as_req_is_byte_for_byte_what_scapy_writes(
    scapy_kerberos: Any, asn1: Any, client: tuple[str, ...], nonce: int, etypes: tuple[int, ...]
) -> None:
    layer = scapy_kerberos

    def name(kind: int, *parts: str) -> Any:
        return layer.PrincipalName(
            nameType=asn1.ASN1_INTEGER(kind), nameString=[asn1.ASN1_GENERAL_STRING(p) for p in parts]
        )

    body = layer.KRB_KDC_REQ_BODY(
        kdcOptions="forwardable+renewable+renewable-ok",
        cname=name(1, *client),
        realm=asn1.ASN1_GENERAL_STRING(REALM),
        sname=name(2, "krbtgt", REALM),
        till=asn1.ASN1_GENERALIZED_TIME("20261124042218Z"),
        rtime=None,
        nonce=asn1.ASN1_INTEGER(nonce),
        etype=[asn1.ASN1_INTEGER(etype) for etype in etypes],
        addresses=None,
        additionalTickets=None,
    )
    expected = bytes(layer.Kerberos(root=layer.KRB_AS_REQ(padata=None, reqBody=body)))

    assert as_req(REALM, client=client, nonce=nonce, etypes=etypes, till=TILL) == expected


def test_every_probe_has_a_nonce_of_its_own_and_repeats_its_own_bytes() -> None:
    with DeafKdc(lost=1) as kdc:
        first = udp(kdc)
        second = udp(kdc)

    assert (first.attempts, second.attempts) == (2, 1)
    repeated, again, fresh = kdc.requests
    assert repeated == again
    assert fresh != again


# The answer


def test_krb_error_is_read_as_scapy_writes_it(scapy_kerberos: Any, asn1: Any) -> None:
    layer = scapy_kerberos
    hints = b"".join(
        der.write_fields(((0, der.write_integer(etype)), (1, der.write_string("PP.TESTalice")))) for etype in (18, 23)
    )
    methods = der.write_sequence(
        der.write_fields(((1, der.write_integer(kind)), (2, der.write(der.OCTET_STRING, value))))
        for kind, value in ((136, b""), (19, der.write(der.SEQUENCE, hints)), (2, b""))
    )
    message = layer.KRB_ERROR(
        stime=asn1.ASN1_GENERALIZED_TIME("20261124042218Z"),
        susec=asn1.ASN1_INTEGER(123456),
        errorCode=asn1.ASN1_INTEGER(25),
        crealm=asn1.ASN1_GENERAL_STRING("PP.TEST"),
        cname=layer.PrincipalName(nameType=asn1.ASN1_INTEGER(1), nameString=[asn1.ASN1_GENERAL_STRING("alice")]),
        realm=asn1.ASN1_GENERAL_STRING("PP.TEST"),
        sname=layer.PrincipalName(
            nameType=asn1.ASN1_INTEGER(2),
            nameString=[asn1.ASN1_GENERAL_STRING("krbtgt"), asn1.ASN1_GENERAL_STRING("PP.TEST")],
        ),
        eText=asn1.ASN1_GENERAL_STRING("NEEDED_PREAUTH"),
        eData=asn1.ASN1_STRING(methods),
        ctime=None,
        cusec=None,
    )

    assert decode(bytes(layer.Kerberos(root=message))) == KrbError(
        code=25,
        server_time=TILL.replace(microsecond=123456),
        realm="PP.TEST",
        sname=("krbtgt", "PP.TEST"),
        crealm="PP.TEST",
        cname=("alice",),
        e_text="NEEDED_PREAUTH",
        pa_types=(136, 19, 2),
        etypes=(EtypeInfo(18, "PP.TESTalice"), EtypeInfo(23, "PP.TESTalice")),
    )


def test_the_fake_kdc_writes_what_scapy_reads(scapy_kerberos: Any) -> None:
    root = scapy_kerberos.Kerberos(krb_error(6, e_text="CLIENT_NOT_FOUND", now=TILL)).root

    assert type(root).__name__ == "KRB_ERROR"
    assert (root.errorCode.val, root.eText.val, root.realm.val) == (6, b"CLIENT_NOT_FOUND", REALM.encode())


def test_as_rep_is_recognised() -> None:
    assert decode(as_rep()) == AsRep(REALM, ("alice",), 18)


@pytest.mark.parametrize("e_data", [b"", b"\x30\x03\x02\x01\x05", b"\xff" * 9])
def test_e_data_of_another_form_is_no_failure(e_data: bytes) -> None:
    fields = der.fields(der.unwrap(der.read(krb_error())))
    written = [(number, der.write(element.tag, element.content)) for number, element in fields.items()]
    message = der.write(der.application(30), der.write_fields([*written, (12, der.write(der.OCTET_STRING, e_data))]))

    answer = decode(message)

    assert isinstance(answer, KrbError)
    assert (answer.code, answer.pa_types, answer.etypes) == (18, (), ())


@pytest.mark.parametrize("missing", [0, 1, 4, 5, 6, 9, 10])
def test_a_krb_error_without_a_mandatory_field_is_refused(missing: int) -> None:
    fields = der.fields(der.unwrap(der.read(krb_error())))
    rest = [(number, der.write(e.tag, e.content)) for number, e in fields.items() if number != missing]

    with pytest.raises(KerberosError):
        decode(der.write(der.application(30), der.write_fields(rest)))


@pytest.mark.parametrize("data", [b"", b"hello", HTTP, as_req(REALM, nonce=1), krb_error()[:-1], krb_error() + b"\0"])
def test_what_no_kdc_answers_is_refused(data: bytes) -> None:
    with pytest.raises(KerberosError):
        decode(data)


def test_mutated_answers_raise_kerberos_error_only() -> None:
    """Given whole answers with bytes changed, cut, doubled or inserted, decode returns a message or
    raises KerberosError, and nothing else."""
    dice = random.Random(20261124)
    seeds = (krb_error(), krb_error(25, e_text=None), as_rep())
    accepted = refused = 0
    for _ in range(30_000):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(data)) if data else 0
            match dice.randrange(4):
                case 0 if data:
                    data[at] = dice.randrange(256)
                case 1:
                    del data[at:]
                case 2:
                    data[at:at] = data[at : at + dice.randint(1, 16)]
                case _:
                    data[at:at] = dice.randbytes(dice.randint(1, 4))
        try:
            decode(bytes(data))
            accepted += 1
        except KerberosError:
            refused += 1

    assert accepted > 100
    assert refused > 10_000


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_raise_kerberos_error_only(data: bytes) -> None:
    for message in (data, b"\x7e" + data, b"\x6b" + data):
        with pytest.raises(KerberosError):
            decode(message)


# The conversation


@pytest.mark.parametrize("host", LOOPBACKS)
@pytest.mark.parametrize("ask", [udp, tcp])
def test_a_kdc_that_answers_is_open(host: str, ask: Any) -> None:
    with FakeKdc(host) as kdc:
        seen = ask(kdc)

    assert (seen.state, seen.reason, seen.attempts, seen.source, seen.address) == (
        "open",
        "kerberos-reply",
        1,
        host,
        host,
    )
    assert seen.rtt_ms is not None
    assert 0 < seen.rtt_ms < 2000
    detail = seen.detail
    assert (detail["message"], detail["error_code"], detail["error"]) == ("KRB-ERROR", 18, "KDC_ERR_CLIENT_REVOKED")
    assert (detail["realm"], detail["e_text"]) == (REALM, "CLIENT LOCKED OUT")
    low, high = offset(seen)
    assert low <= 0 <= high
    assert high - low < 4
    assert abs(datetime.now(UTC) - datetime.fromisoformat(str(detail["server_time"]))) < timedelta(seconds=10)


def test_a_kdc_that_talks_without_end_is_cut_short() -> None:
    class Talking(FakeKdc):
        def answer(self, request: bytes) -> bytes:
            return krb_error(60, e_text="\x1b[2J" * 5000)

    with Talking() as kdc:
        assert len(str(udp(kdc).detail["e_text"])) == 256


def test_a_clock_ten_minutes_ahead_shows_as_an_interval_around_ten_minutes() -> None:
    class Ahead(FakeKdc):
        def answer(self, request: bytes) -> bytes:
            return krb_error(now=datetime.now(UTC) + timedelta(seconds=600))

    with Ahead() as kdc:
        low, high = offset(udp(kdc))

    assert low <= 600 <= high
    assert high - low < 4


def test_a_ticket_that_was_issued_after_all_is_a_reply() -> None:
    class Generous(FakeKdc):
        def answer(self, request: bytes) -> bytes:
            return as_rep()

    with Generous() as kdc:
        seen = tcp(kdc)

    assert seen.reason == "kerberos-reply"
    assert seen.detail == {"message": "AS-REP", "crealm": REALM, "etype": 18}


def test_udp_silence_to_a_valid_request_is_filtered() -> None:
    with SilentKdc() as kdc:
        seen = udp(kdc, patience=0.3)

    assert (seen.state, seen.reason, seen.rtt_ms, seen.detail) == ("filtered", "no-response", None, {})


def test_udp_without_a_listener_is_closed() -> None:
    with closed_port() as port:
        seen = asyncio.run(ask_udp(Endpoint("h", port, "udp", "127.0.0.1"), REALM, Vantage(patience=2)))

    assert (seen.state, seen.reason, seen.offender) == ("closed", "port-unreachable", "127.0.0.1")


def test_udp_answer_from_another_address_is_no_answer_but_seen() -> None:
    with OtherAddressKdc() as kdc:
        seen = udp(kdc, patience=SOON)

    assert (seen.state, seen.reason) == ("filtered", "no-response")
    assert seen.detail == {"answered_from": f"127.0.0.2 {kdc.port}"}


def test_udp_answer_in_duplicate_is_one_answer() -> None:
    with TwiceKdc() as kdc:
        assert udp(kdc).reason == "kerberos-reply"


def test_udp_foreign_answer_is_open_and_named() -> None:
    with ForeignService(HTTP) as kdc:
        seen = udp(kdc)

    assert (seen.state, seen.reason) == ("open", "udp-reply")
    assert seen.detail == {"foreign": HTTP[:32].hex(), "protocol": "http"}


def test_slow_is_not_silent() -> None:
    with SlowKdc(0.5) as kdc:
        assert udp(kdc, patience=2).reason == "kerberos-reply"
        assert tcp(kdc, patience=2).reason == "kerberos-reply"


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        (HTTP, "http"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "tls"),
        (b"\x4a\x00\x00\x00\x0a5.7.44\0", "mysql"),
        (b"\x00\x00\x00\x00", "unknown"),
        (b"\x80\x00\x00\x05hello", "unknown"),
        (framed(b"hello"), "unknown"),
        (framed(as_req(REALM, nonce=1)), "unknown"),
    ],
)
def test_tcp_foreign_answer_is_open_and_named_at_once(said: bytes, protocol: str) -> None:
    began = time.monotonic()

    with ForeignService(said) as kdc:
        seen = tcp(kdc, patience=60)

    assert (seen.state, seen.reason) == ("open", "syn-ack")
    assert seen.detail == {"kerberos": "foreign", "foreign": said[:32].hex(), "protocol": protocol}
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("kdc", "detail"),
    [
        (SilentKdc(), {"kerberos": "silent", "received": 0}),
        (LyingKdc(4000), {"kerberos": "incomplete"}),
        (DrippingKdc(0.02), {"kerberos": "incomplete"}),
        (ClosingKdc(), {"kerberos": "closed", "received": 0}),
        (ClosingKdc(partly=3), {"kerberos": "closed", "received": 3}),
        (ClosingKdc(partly=60), {"kerberos": "closed", "received": 60}),
        (ClosingKdc(reset=True), {"kerberos": "closed", "received": 0, "errno": "ECONNRESET"}),
        (LyingKdc(20), {"kerberos": "foreign"}),
        (LyingKdc(0x10001), {"kerberos": "foreign"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, FakeKdc) else None,
)
def test_tcp_without_a_kerberos_answer_says_how_it_failed(kdc: FakeKdc, detail: dict[str, object]) -> None:
    began = time.monotonic()

    with kdc:
        seen = tcp(kdc, patience=SOON)

    assert (seen.state, seen.reason) == ("open", "syn-ack")
    assert seen.detail.items() >= detail.items()
    assert time.monotonic() - began < 30


def test_a_tcp_answer_in_time_counts_although_we_look_late() -> None:
    seen = asked_late(lambda end: ask_tcp(end, REALM, Vantage(patience=PATIENCE)), framed(krb_error()))

    assert (seen.state, seen.reason) == ("open", "kerberos-reply")


def test_tcp_without_a_listener_is_as_tcp_sees_it() -> None:
    with closed_port() as port:
        seen = asyncio.run(ask_tcp(Endpoint("h", port, "tcp", "127.0.0.1"), REALM, Vantage(patience=2)))

    assert (seen.state, seen.reason) == ("closed", "rst")


# A real KDC


@pytest.fixture(scope="module")
def mit_kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run krb5kdc on a free loopback port with a realm of its own, and yield the port."""
    home: Path = tmp_path_factory.mktemp("kdc")
    port = free_port()
    (home / "krb5.conf").write_text(f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n")
    (home / "kdc.conf").write_text(
        f"[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n"
        f"[realms]\n {REALM} = {{\n  database_name = {home}/principal\n  key_stash_file = {home}/stash\n }}\n"
        f"[logging]\n kdc = FILE:{home}/kdc.log\n"
    )
    env = {
        "KRB5_CONFIG": f"{home}/krb5.conf",
        "KRB5_KDC_PROFILE": f"{home}/kdc.conf",
        "PATH": "/usr/sbin:/usr/bin:/bin",
    }
    subprocess.run(
        ["kdb5_util", "create", "-s", "-r", REALM, "-P", "master"], env=env, check=True, capture_output=True, timeout=60
    )
    with subprocess.Popen(["krb5kdc", "-n"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(1200):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("krb5kdc did not start")


@pytest.mark.needs(*MIT_KDC)
@pytest.mark.parametrize("ask", [ask_udp, ask_tcp])
@pytest.mark.parametrize(("realm", "code"), [(REALM, 18), ("ELSEWHERE.TEST", 6)])
def test_mit_kdc_locks_its_master_key_and_knows_no_other_realm(mit_kdc: int, ask: Any, realm: str, code: int) -> None:
    transport: Transport = "udp" if ask is ask_udp else "tcp"

    seen = asyncio.run(ask(Endpoint("127.0.0.1", mit_kdc, transport), realm, HERE))

    assert (seen.state, seen.reason) == ("open", "kerberos-reply")
    assert (seen.detail["error_code"], seen.detail["realm"]) == (code, realm)
    low, high = offset(seen)
    assert low <= 0 <= high


@pytest.mark.needs(*MIT_KDC)
def test_mit_kdc_ignores_a_datagram_that_is_no_request(mit_kdc: int) -> None:
    """Why silence is the end of the matter for a valid request only."""
    seen, answer = asyncio.run(exchange(Endpoint("127.0.0.1", mit_kdc, "udp"), b"hello", Vantage(patience=0.5)))

    assert (seen.state, answer) == ("open|filtered", None)


def test_the_module_names_what_it_offers() -> None:
    assert all(hasattr(kerberos, name) for name in kerberos.__all__)
