"""What does probes.services.thrift send and read? tests/lab/services asks real servers."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services import thrift
from probes.services.thrift import Sasl, ThriftError, decode_exception, decode_sasl
from probes.vantage import Vantage
from tests.support.fake_service import FakeService, StayingService
from tests.support.patience import SOON
from tests.support.service_replies import an_exception, sasl


def test_the_questions_are_what_servers_know() -> None:
    assert thrift.start_message("GSSAPI") == b"\x01\0\0\0\x06GSSAPI\x02\0\0\0\0"
    assert thrift.question("ping") == bytes.fromhex("80010001 00000004") + b"ping" + bytes(5)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (sasl(3, "Unsupported mechanism type X-PROBE"), "unsupported"),
        (sasl(4, "Unsupported mechanism type X-PROBE"), "unsupported"),
        (sasl(3, "GSS initiate failed"), "failed"),
        (sasl(4, "Invalid status 71"), "invalid-status"),
        (sasl(2, "challenge"), "continue"),
        (sasl(5), "complete"),
    ],
)
def test_what_a_sasl_server_says(answer: bytes, says: str) -> None:
    assert decode_sasl(answer).says == says


def test_a_token_of_a_server_is_not_kept() -> None:
    assert decode_sasl(sasl(2, "a token")) == Sasl("continue", "")


@pytest.mark.parametrize(
    "answer", [b"", b"\x03", sasl(3, "text")[:-1], sasl(1, "GSSAPI"), sasl(6), b"\x03\xff\xff\xff\xff", b"HTTP/1.1 400"]
)
def test_what_is_no_sasl(answer: bytes) -> None:
    with pytest.raises(ThriftError):
        decode_sasl(answer)


def test_a_server_that_takes_our_tls_for_sasl_has_not_answered_inside_tls() -> None:
    with FakeService(sasl(4, "Invalid status 22")) as service:
        vantage = Vantage(patience=SOON)
        negotiated, _ = asyncio.run(thrift.negotiate(service.at, vantage=vantage, secure=True))
        called, _ = asyncio.run(thrift.call(service.at, vantage, secure=True))

    for seen in (negotiated, called):
        assert (seen.reason, seen.detail["ended"]) == ("syn-ack", "tls-failed")
        assert seen.detail["protocol"] == "thrift-sasl"


@pytest.mark.parametrize("kind_first", [False, True])
def test_an_exception_and_its_text(kind_first: bool) -> None:
    assert decode_exception(an_exception("no such thing", kind_first=kind_first)) == "no such thing"


@pytest.mark.parametrize("size", range(len(an_exception("no such thing")) - 9))
def test_an_exception_that_is_cut_off_is_none(size: int) -> None:
    with pytest.raises(ThriftError):
        decode_exception(an_exception("no such thing")[:size])


@given(st.binary(max_size=120), st.binary(max_size=60))
def test_no_bytes_raise_anything_else(answer: bytes, rest: bytes) -> None:
    for decode, data in (
        (decode_sasl, answer),
        (decode_exception, answer),
        (decode_exception, an_exception()[:40] + rest),
    ):
        with contextlib.suppress(ThriftError):
            decode(data)


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        (sasl(3, "Unsupported mechanism type X-PROBE"), "service-reply", {"transport": "sasl", "says": "unsupported"}),
        (b"HTTP/1.1 400 Illegal character\r\n", "syn-ack", {"protocol": "http"}),
        (b"\x15\x03\x03\x00\x02\x02\x46", "syn-ack", {"protocol": "tls"}),
        (b"", "syn-ack", {"ended": "closed"}),
        (None, "syn-ack", {"ended": "silent"}),
    ],
)
def test_an_observation_says_what_answered(answer: bytes | None, reason: str, detail: dict[str, object]) -> None:
    with StayingService(answer) if answer else FakeService(answer) as service:
        seen, _ = asyncio.run(thrift.negotiate(service.at, vantage=Vantage(patience=SOON)))

    assert (seen.state, seen.reason) == ("open", reason)
    assert detail.items() <= seen.detail.items()


@pytest.mark.parametrize(
    ("answer", "reason", "transport"),
    [
        (an_exception(), "service-reply", "nosasl"),
        (sasl(4, "Invalid status -128"), "service-reply", "sasl"),
        (b"HTTP/1.1 400 Illegal character\r\n", "syn-ack", None),
        (an_exception()[:20], "syn-ack", None),
        (b"\x80\x01\x00\x02" + bytes(20), "syn-ack", None),
    ],
)
def test_a_call_without_sasl(answer: bytes, reason: str, transport: str | None) -> None:
    with StayingService(answer) as service:
        seen, text = asyncio.run(thrift.call(service.at, Vantage(patience=SOON)))

    assert (seen.reason, seen.detail.get("transport")) == (reason, transport)
    assert (text is not None) == (transport is not None)
