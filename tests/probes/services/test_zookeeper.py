"""What does probes.services.zookeeper send and read? tests/lab/services asks a real server."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services.zookeeper import ZooKeeperError, srvr
from probes.services.zookeeper import decode as decode_srvr
from probes.vantage import Vantage
from tests.support.fake_service import FakeService

SRVR = b"Zookeeper version: 3.8.4-abc, built on 2024\nLatency min/avg/max: 0/0/0\nMode: follower\nNode count: 5\n"


@pytest.mark.parametrize(
    ("answer", "version", "mode", "serving"),
    [
        (SRVR, "3.8.4-abc", "follower", True),
        # ReadOnlyZooKeeperServer, which a client that does not ask for it does not use
        (SRVR.replace(b"follower", b"read-only"), "3.8.4-abc", "read-only", False),
        (b"srvr is not executed because it is not in the whitelist.\n", None, None, True),
        (b"This ZooKeeper instance is not currently serving requests\n", None, None, False),
    ],
)
def test_zookeeper_in_all_its_words(answer: bytes, version: str | None, mode: str | None, serving: bool) -> None:
    with FakeService(answer) as service:
        seen, reply = asyncio.run(srvr(service.at, Vantage(patience=2)))

    assert service.requests == [b"srvr"]
    assert seen.detail == {"service": "zookeeper", "version": version, "mode": mode, "serving": serving}
    assert reply is not None


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400\r\n", b"Mode: follower\n", b"x" * 9000, b"\xff\xfe"])
def test_what_is_no_zookeeper(answer: bytes) -> None:
    with FakeService(answer) as service:
        seen, reply = asyncio.run(srvr(service.at, Vantage(patience=2)))

    assert (seen.reason, reply) == ("syn-ack", None)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else_than_zookeeper_errors(data: bytes) -> None:
    with contextlib.suppress(ZooKeeperError):
        decode_srvr(data)
