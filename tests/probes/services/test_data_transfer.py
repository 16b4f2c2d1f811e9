"""What does probes.services.data_transfer send, and how does it read every answer?"""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.observation import Observation
from probes.services import protobuf
from probes.services.data_transfer import (
    QUESTION,
    QUESTION_SASL,
    DataTransferError,
    DataTransferReply,
    decode,
    decode_sasl,
    greet,
    is_whole,
    question,
    question_sasl,
)
from probes.vantage import Vantage
from tests.support.fake_service import FakeService, StayingService
from tests.support.service_replies import SIMPLE, a_challenge, a_refusal_of_shared_memory, delimited, number, text

REFUSAL, CHALLENGE = a_refusal_of_shared_memory(), a_challenge("auth-int")


def asked(service: FakeService, patience: float = 0.4) -> tuple[Observation, DataTransferReply | None]:
    with service:
        return asyncio.run(greet(service.at, Vantage(patience=patience)))


def protected(request: bytes) -> bytes:
    """Close at a client that does not begin with SASL, as a DataNode does that wants it."""
    return CHALLENGE if request.startswith(b"\xde\xad\xbe\xef") else b""


def test_the_questions_are_those_of_a_client_that_names_no_block() -> None:
    assert bytes.fromhex("001c59 0e 0a0c") + b"emr-diagnose" == QUESTION
    assert bytes.fromhex("deadbeef 04 0800 1200") == QUESTION_SASL


@pytest.mark.parametrize(("make", "begin"), [(question, 3), (question_sasl, 4)])
def test_padding_is_a_field_that_no_message_has(make: object, begin: int) -> None:
    assert callable(make)
    body, end = protobuf.read_delimited(make(3000), begin)
    fields = dict(protobuf.fields(body))

    assert end == len(make(3000))
    assert fields.pop(2047) == bytes(3000)
    assert fields == dict(protobuf.fields(protobuf.read_delimited(make(), begin)[0]))


def test_a_datanode_without_sasl_refuses_shared_memory() -> None:
    service = StayingService(REFUSAL)
    seen, reply = asked(service)

    assert reply == DataTransferReply("none")
    assert (seen.reason, seen.detail) == ("service-reply", {"service": "data-transfer", "demands": "none"})
    assert service.requests == [QUESTION]


def test_a_datanode_with_sasl_names_its_protection_on_a_second_connection() -> None:
    service = FakeService(protected)
    seen, reply = asked(service)

    assert reply == DataTransferReply("sasl", ("auth-int",))
    assert seen.reason == "service-reply"
    assert seen.detail == {"service": "data-transfer", "demands": "sasl", "protection": ["auth-int"]}
    assert service.requests == [QUESTION, QUESTION_SASL]


def test_silence_is_no_answer_and_ends_the_questions() -> None:
    """Given a process that hangs, or a way that loses what follows the handshake."""
    service = FakeService()
    seen, reply = asked(service)

    assert (seen.state, seen.reason, seen.detail["ended"], reply) == ("open", "syn-ack", "silent", None)
    assert service.requests == [QUESTION]


def test_a_server_that_closes_at_both_is_no_datanode() -> None:
    service = FakeService(b"")
    seen, reply = asked(service)

    assert (seen.reason, seen.detail["ended"], reply) == ("syn-ack", "closed", None)
    assert service.requests == [QUESTION, QUESTION_SASL]


def test_a_close_and_then_silence_is_a_close() -> None:
    seen, reply = asked(FakeService(lambda request: b"" if request == QUESTION else None))

    assert (seen.reason, seen.detail["ended"], reply) == ("syn-ack", "closed", None)


@pytest.mark.parametrize(
    ("answer", "protocol"),
    [
        (b"HTTP/1.1 400 Bad\r\n\r\n", "http"),
        (b"SSH-2.0-x\r\n", "ssh"),
        (b"\x04\0\0\0\x11Invalid status 0", "thrift-sasl"),
    ],
)
def test_another_service_is_named_by_its_first_bytes_and_not_asked_again(answer: bytes, protocol: str) -> None:
    service = FakeService(answer)
    seen, reply = asked(service)

    assert (seen.reason, seen.detail["protocol"], reply) == ("syn-ack", protocol, None)
    assert service.requests == [QUESTION]


@pytest.mark.parametrize(
    ("qop", "levels"),
    [
        ("auth", ("auth",)),
        ("auth-conf,auth-int,auth", ("auth-conf", "auth-int", "auth")),
        ("auth, auth-int", ("auth", "auth-int")),
        ("secret\x1b[31m", ()),
        ("", ()),
    ],
)
def test_only_levels_that_sasl_knows_are_read(qop: str, levels: tuple[str, ...]) -> None:
    assert decode_sasl(a_challenge(qop)).protection == levels


def test_a_sasl_login_that_is_refused_at_once_is_an_answer() -> None:
    reply = decode_sasl(delimited(number(1, 2) + text(3, "no mechanism")))

    assert reply == DataTransferReply("sasl", (), "no mechanism")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        SIMPLE,
        QUESTION,  # an echo
        CHALLENGE,
        REFUSAL[:-1],
        REFUSAL + b"x",
        delimited(number(1, 0) + text(2, "x")),
        delimited(number(1, 3)),
        delimited(text(1, "x") + text(2, "x")),
    ],
)
def test_what_is_no_refusal_of_shared_memory(answer: bytes) -> None:
    with pytest.raises(DataTransferError):
        decode(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        SIMPLE,
        QUESTION_SASL,
        REFUSAL,
        CHALLENGE[:-1],
        CHALLENGE + b"x",
        delimited(number(1, 0)),
        delimited(number(1, 2)),
        delimited(number(1, 3) + text(3, "x")),
    ],
)
def test_what_is_no_challenge(answer: bytes) -> None:
    with pytest.raises(DataTransferError):
        decode_sasl(answer)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for answer in (data, delimited(data), delimited(number(1, 3) + data), delimited(number(1, 0) + text(2, data))):
        is_whole(answer)
        for read in (decode, decode_sasl):
            with contextlib.suppress(DataTransferError):
                read(answer)


@given(st.binary(max_size=20))
def test_a_message_is_whole_at_its_last_byte_and_no_sooner(data: bytes) -> None:
    whole = delimited(data)

    assert [is_whole(whole[:end]) for end in range(len(whole) + 1)] == [False] * len(whole) + [True]


@pytest.mark.parametrize("data", [b"\xff" * 5, b"\xff\xff\x7f"])
def test_bytes_that_cannot_become_a_message_are_waited_for_no_longer(data: bytes) -> None:
    assert is_whole(data)
