"""What does probes.services.hadoop_rpc send, and how does it read every answer? tests/lab/services
asks real servers."""

from __future__ import annotations

import asyncio
import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services import protobuf
from probes.services.hadoop_rpc import QUESTION, HadoopRpcError, Mechanism, RpcReply, decode, negotiate
from probes.vantage import Vantage
from tests.support.fake_service import FakeService, ResettingService, StayingService
from tests.support.patience import SOON
from tests.support.service_replies import CALL, KERBEROS, SIMPLE, _varint, auth, framed, header, number, text


def test_the_question_is_what_clients_send() -> None:
    assert QUESTION.hex() == "687270630900df0000000e0a08021000184122002801021001"


def test_a_server_without_kerberos() -> None:
    assert decode(SIMPLE) == RpcReply("simple", (), 9)


def test_a_server_with_kerberos_tells_its_principal() -> None:
    reply = decode(KERBEROS)

    assert (reply.demands, reply.principal) == ("kerberos", "hdfs/master-1-1.example")
    assert reply.mechanisms[0] == Mechanism("TOKEN", "DIGEST-MD5", "", "")


@pytest.mark.parametrize(
    ("methods", "demands"),
    [
        (["TOKEN"], "token"),
        (["SIMPLE", "KERBEROS"], "simple"),
        (["TOKEN", "SIMPLE"], "simple"),
        ([], "unknown"),
        (["PLAIN"], "unknown"),
    ],
)
def test_what_is_demanded_follows_from_what_is_offered(methods: list[str], demands: str) -> None:
    assert decode(framed(header(), number(2, 1) + b"".join(map(auth, methods)))).demands == demands


def test_a_refusal_is_an_answer_of_hadoop() -> None:
    reply = decode(framed(header(2, call=0xFFFFFFFD, error="not here")))

    assert (reply.demands, reply.error) == ("unknown", "org.apache.hadoop.Boom: not here")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0\0\0",
        SIMPLE[:-1],
        framed(b""),
        framed(header()),
        framed(header(), b""),
        framed(header(), number(2, 77)),
        framed(header(call=5), number(2, 0)),
        framed(header(3), number(2, 0)),
        framed(number(1, CALL) + number(2, 2)),
        framed(header(), number(2, 1) + text(4, b"\x0b")),
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x04\0\0\0\x12Invalid status 104",
        b"\x7f\xff\xff\xff" + b"x" * 100,
    ],
)
def test_anything_else_is_not_hadoop(answer: bytes) -> None:
    with pytest.raises(HadoopRpcError):
        decode(answer)


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda body: struct.pack("!I", len(body)) + body)))
def test_no_bytes_raise_anything_else(answer: bytes) -> None:
    with contextlib.suppress(HadoopRpcError):
        decode(answer)


@given(st.data())
def test_no_change_to_a_good_answer_raises_anything_else(data: st.DataObject) -> None:
    changed = bytearray(KERBEROS)
    for place in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=4)):
        changed[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(HadoopRpcError):
        decode(bytes(changed))


@given(st.integers(0, (1 << 64) - 1))
def test_numbers_come_back(value: int) -> None:
    assert protobuf.varint(_varint(value) + b"rest", 0) == (value, len(_varint(value)))


@pytest.mark.parametrize("size", [0, 127, 128, 20_000])
def test_what_is_delimited_reads_back(size: int) -> None:
    assert protobuf.read_delimited(protobuf.delimit(bytes(size)) + b"rest", 0) == (
        bytes(size),
        len(protobuf.delimit(bytes(size))),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\xff" * 9 + b"\x02",
        b"\x80" * 11,
        b"\x00\x00",
        b"\x0a\x05abc",
        b"\x0d\x00",
        b"\x0b",
        b"\x08\x01" * 1001,
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(protobuf.ProtobufError):
        list(protobuf.fields(data))


def test_every_wire_type_is_passed_over_rightly() -> None:
    data = b"\x0d\1\2\3\4" + b"\x11\1\2\3\4\5\6\7\x08" + text(3, "x") + number(4, 300)

    assert list(protobuf.fields(data)) == [(1, b"\1\2\3\4"), (2, b"\1\2\3\4\5\6\7\x08"), (3, b"x"), (4, 300)]


@pytest.mark.parametrize(
    ("service", "reason", "detail"),
    [
        (
            StayingService(KERBEROS),
            "service-reply",
            {
                "service": "hadoop-rpc",
                "demands": "kerberos",
                "principal": "hdfs/master-1-1.example",
                "mechanisms": ["TOKEN/DIGEST-MD5", "KERBEROS/GSSAPI"],
            },
        ),
        (StayingService(b"HTTP/1.1 400 Bad"), "syn-ack", {"ended": "whole", "protocol": "http"}),
        (FakeService(b"\x15\x03\x03\x00\x02\x02\x46"), "syn-ack", {"protocol": "tls"}),
        (FakeService(b"\x04\0\0\0\x12Invalid status 104"), "syn-ack", {"protocol": "thrift-sasl"}),
        (FakeService(b""), "syn-ack", {"ended": "closed", "received": 0}),
        (ResettingService(b""), "syn-ack", {"ended": "closed", "errno": "ECONNRESET"}),
        (FakeService(), "syn-ack", {"ended": "silent"}),
        (StayingService(SIMPLE[:10]), "syn-ack", {"ended": "incomplete", "received": 10}),
    ],
    ids=["kerberos", "http", "tls", "thrift", "closed", "reset", "silent", "half"],
)
def test_an_observation_says_what_answered(service: FakeService, reason: str, detail: dict[str, object]) -> None:
    with service:
        seen, reply = asyncio.run(negotiate(service.at, Vantage(patience=SOON)))

    assert (seen.state, seen.reason) == ("open", reason)
    assert detail.items() <= seen.detail.items()
    assert (reply is not None) == (reason == "service-reply")
    assert service.requests == [QUESTION]
