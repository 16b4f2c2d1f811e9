"""What does probes.services.hbase send, and how does it read every answer?"""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.observation import Observation
from probes.services.hbase import QUESTION, QUESTION_SIMPLE, HbaseError, HbaseReply, decode, is_whole, preamble
from probes.vantage import Vantage
from tests.support.fake_service import FakeService, StayingService
from tests.support.service_replies import (
    KERBEROS,
    NO_HBASE_SECURITY,
    SIMPLE,
    an_exception,
    an_hbase_refusal,
    framed,
    number,
    text,
)


def asked(service: FakeService, patience: float = 0.4) -> tuple[Observation, HbaseReply | None]:
    with service:
        return asyncio.run(preamble(service.at, Vantage(patience=patience)))


def secure_server(request: bytes) -> bytes | None:
    """Wait for a token if Kerberos is named, and refuse a client without a login."""
    return an_hbase_refusal() if request == QUESTION_SIMPLE else None


def test_the_questions_are_preambles_of_a_client() -> None:
    assert (QUESTION, QUESTION_SIMPLE) == (b"HBas\x00\x51", b"HBas\x00\x50")


def test_a_server_without_security_says_go_on_without() -> None:
    service = StayingService(NO_HBASE_SECURITY)
    seen, reply = asked(service)

    assert reply == HbaseReply("simple")
    assert (seen.reason, seen.detail) == ("service-reply", {"service": "hbase-rpc", "demands": "simple"})
    assert service.requests == [QUESTION]


def test_a_server_with_security_refuses_a_client_without_a_login() -> None:
    service = FakeService(secure_server)
    seen, reply = asked(service)

    assert reply is not None
    assert (reply.demands, seen.reason) == ("kerberos", "service-reply")
    assert service.requests == [QUESTION, QUESTION_SIMPLE]


def test_a_server_that_is_silent_to_both_is_not_named() -> None:
    seen, reply = asked(FakeService())

    assert (seen.state, seen.reason, seen.detail["ended"], reply) == ("open", "syn-ack", "silent", None)


def test_another_refusal_names_hbase_and_no_login() -> None:
    _, reply = asked(FakeService(an_hbase_refusal("org.apache.hadoop.hbase.ipc.WrongVersionException")))

    assert reply == HbaseReply("unknown", "org.apache.hadoop.hbase.ipc.WrongVersionException")


@pytest.mark.parametrize(
    ("answer", "protocol"),
    [
        (b"HTTP/1.1 400 Bad\r\n\r\n", "http"),
        (b"\x04\0\0\0\x11Invalid status 72", "thrift-sasl"),
        (b"SSH-2.0-x\r\n", "ssh"),
        (b"", None),
    ],
)
def test_another_service_is_named_by_its_first_bytes(answer: bytes, protocol: str | None) -> None:
    seen, reply = asked(FakeService(answer))

    assert (seen.reason, seen.detail.get("protocol"), reply) == ("syn-ack", protocol, None)


@pytest.mark.parametrize(
    "answer",
    [
        SIMPLE,
        KERBEROS,
        an_exception(),
        NO_HBASE_SECURITY + b"x",
        NO_HBASE_SECURITY[:-1],
        b"\0\0\0\0\0\0\0\1",
        framed(number(1, 7) + text(2, text(1, "org.apache.hadoop.hbase.X"))),
        framed(number(1, 0xFFFFFFFF)),
        an_hbase_refusal("org.apache.hadoop.ipc.RpcServerException"),
        an_hbase_refusal()[:-1],
    ],
)
def test_what_is_no_hbase(answer: bytes) -> None:
    with pytest.raises(HbaseError):
        decode(answer)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    is_whole(data)
    for answer in (data, len(data).to_bytes(4, "big") + data):
        with contextlib.suppress(HbaseError):
            decode(answer)
