"""What does probes.services.impala send, and which engine does it read?"""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.observation import Observation
from probes.services.impala import Engine, ImpalaError, decode, is_whole, ping, question
from probes.vantage import Vantage
from tests.support.fake_service import FakeService, StayingService
from tests.support.patience import SOON
from tests.support.service_replies import an_exception, an_impala_result, sasl

NAME = "PingImpalaHS2Service"


def asked(service: FakeService) -> tuple[Observation, Engine | None]:
    with service:
        return asyncio.run(ping(service.at, Vantage(patience=SOON)))


def test_the_question_calls_the_method_with_an_empty_handle() -> None:
    head, _, rest = question().partition(NAME.encode())

    assert head == bytes.fromhex("8001000100000014")
    # sequence number, then request, handle and session id as the first fields of each other
    assert rest == bytes.fromhex("00000000" + "0c0001" * 3 + "0b000100000000" + "0b000200000000" + "00000000")


@pytest.mark.parametrize(
    ("answer", "engine"),
    [
        (an_impala_result(), "impala"),
        (an_exception(f"Invalid method name: '{NAME}'", NAME), "other"),
        (an_exception("Internal error", NAME), "unknown"),
        (sasl(4, "Invalid status -128"), "sasl"),
    ],
)
def test_impala_is_told_from_other_thrift_servers(answer: bytes, engine: str) -> None:
    seen, found = asked(StayingService(answer))

    assert (seen.reason, found, seen.detail["engine"]) == ("service-reply", engine, engine)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400\r\n\r\n", an_exception()[:20], b"\x80\x01\x00\x02\0\0\0\1x"])
def test_what_is_no_thrift_server(answer: bytes) -> None:
    seen, found = asked(FakeService(answer))

    assert (seen.state, seen.reason, found) == ("open", "syn-ack", None)


@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for answer in (data, an_impala_result()[: len(data)] + data):
        is_whole(answer)
        with contextlib.suppress(ImpalaError):
            decode(answer)
