"""What does probes.services.zookeeper_session send and read? tests/lab/support_services asks real
servers."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services.zookeeper_session import CLOSE, CONNECT, EXISTS, ZooKeeperSessionError, decode, session
from probes.vantage import Vantage
from tests.support import zookeeper_replies as replies
from tests.support.fake_service import FakeService, SpeakingService
from tests.support.patience import SOON


def detail(*sent: bytes) -> tuple[dict[str, object], list[bytes]]:
    with SpeakingService(*sent, first=False) as service:
        seen, reply = asyncio.run(session(service.at, Vantage(patience=SOON)))
    assert (seen.reason, reply is None) == ("service-reply", False)
    return dict(seen.detail), service.requests


@pytest.mark.parametrize("opened", [replies.SESSION, replies.session(old=True)])
def test_a_client_without_a_login_that_gets_an_answer_closes_its_session(opened: bytes) -> None:
    found, requests = detail(opened, replies.EXISTS, replies.CLOSED)

    assert found == {"service": "zookeeper", "clients": "accepted", "timeout_ms": 6000, "error": 0, "closed": True}
    assert requests == [CONNECT, EXISTS, CLOSE]


def test_the_requests_are_those_of_every_client() -> None:
    assert CONNECT.hex() == "0000002d" + "00" * 12 + "00000fa0" + "00" * 8 + "00000010" + "00" * 17
    assert CLOSE.hex() == "0000000800000002fffffff5"


@pytest.mark.parametrize("code", [-124, -115])
def test_a_server_that_wants_sasl_ends_the_session_itself(code: int) -> None:
    found, requests = detail(replies.SESSION, replies.answer(1, code))

    assert (found["clients"], found["error"], found["closed"]) == ("wants-sasl", code, True)
    assert requests == [CONNECT, EXISTS]


@pytest.mark.parametrize(
    ("sent", "clients"),
    [
        ((replies.SESSION, replies.answer(1, -102), replies.CLOSED), "refused"),
        ((replies.session(0, 0),), "no-session"),
        ((replies.SESSION, b"\0\0\0\x02xy", replies.CLOSED), "unknown"),
        ((replies.SESSION, replies.answer(9), replies.CLOSED), "unknown"),
        ((replies.SESSION,), "unknown"),
    ],
)
def test_what_else_a_client_may_get(sent: tuple[bytes, ...], clients: str) -> None:
    assert detail(*sent)[0]["clients"] == clients


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 400\r\n\r\n", b"\0\0\0\x24" + b"\x01" * 36, b"\0\0\0\x05hello", b"\xff" * 8, b"\0\0\0\x24"],
)
def test_what_gives_no_session_is_no_zookeeper(said: bytes) -> None:
    with FakeService(said) as service:
        seen, reply = asyncio.run(session(service.at, Vantage(patience=SOON)))

    assert (seen.reason, reply, service.requests) == ("syn-ack", None, [CONNECT])


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_no_bytes_raise_anything_else_than_session_errors(connected: bytes, exists: bytes) -> None:
    for first in (connected, replies.SESSION):
        with contextlib.suppress(ZooKeeperSessionError):
            decode(first, exists)
