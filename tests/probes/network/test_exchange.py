"""One question on one connection: how it can end, plain and inside TLS, and that one deadline is
over all of it."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from probes.endpoint import Endpoint
from probes.network.exchange import Dialogue, RawReply, Turn, converse, exchange
from probes.network.host import Handshake, Sending
from probes.network.this_host import ThisHost
from probes.network.tls import Secured, TlsError
from probes.observation import Observation
from probes.vantage import HERE, Vantage
from tests.support.certificates import a_file
from tests.support.descriptors import Held, held
from tests.support.fake_service import (
    DrippingService,
    FakeService,
    FloodingService,
    ResettingService,
    SpeakingService,
    StayingService,
    TlsService,
)
from tests.support.late_loop import PATIENCE, asked_late
from tests.support.patience import SOON

HANG = 30.0
"""Seconds after which something has hung."""


def asked(service: FakeService, *, secure: bool = False, most: int = 1024) -> tuple[Observation, RawReply | None]:
    began = time.monotonic()
    outcome = asyncio.run(
        exchange(service.at, b"hello", lambda data: b"\n" in data, Vantage(patience=SOON), most=most, secure=secure)
    )
    assert time.monotonic() - began < HANG
    return outcome


@pytest.mark.parametrize(
    ("service", "ended", "data"),
    [
        (StayingService(b"world\n"), "whole", b"world\n"),
        (FakeService(b"wor"), "closed", b"wor"),
        (FakeService(b""), "closed", b""),
        (FakeService(), "silent", b""),
        (StayingService(b"wor"), "incomplete", b"wor"),
        (DrippingService(b"w" * 50), "incomplete", None),
        (FloodingService(b"w" * 50), "too-long", b"w" * 1024),
    ],
    ids=["whole", "closed in the middle", "closed at once", "silent", "incomplete", "dripping", "flooding"],
)
def test_an_exchange_ends_in_one_of_these_ways(service: FakeService, ended: str, data: bytes | None) -> None:
    with service:
        seen, heard = asked(service)

    assert (seen.state, seen.reason) == ("open", "syn-ack")
    assert heard is not None
    assert heard.ended == ended
    assert data is None or heard.data == data
    assert service.requests[0] == b"hello"


def test_a_reset_is_a_close_with_its_errno_and_keeps_what_came_before() -> None:
    with ResettingService(b"") as service:
        _, heard = asked(service)

    assert heard is not None
    assert (heard.ended, heard.errno, heard.data) == ("closed", "ECONNRESET", b"")
    assert heard.detail() == {"ended": "closed", "received": 0, "errno": "ECONNRESET"}


class ResetHost(ThisHost):
    """Every handshake is complete, and the peer resets it before a byte can be sent."""

    async def connect(self, address: str, port: int, sending: Sending, *, keep: bool) -> Handshake:
        return Handshake(ConnectionResetError(errno.ECONNRESET, ""), 1.0)


def test_a_reset_before_the_question_is_a_close_as_well() -> None:
    at = Endpoint("h", 1, "tcp", "127.0.0.1")

    seen, heard = asyncio.run(exchange(at, b"hello", lambda _: True, Vantage(host=ResetHost())))

    assert seen.state == "open"
    assert heard == RawReply(b"", "closed", "ECONNRESET")


def test_without_a_connection_there_is_nothing_to_hear() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        closed = Endpoint("h", sock.getsockname()[1], "tcp", "127.0.0.1")
        seen, heard = asyncio.run(exchange(closed, b"", lambda _: True, HERE))

    assert (seen.state, seen.reason, heard) == ("closed", "rst", None)


def test_inside_tls_the_peer_is_known(tmp_path: Path) -> None:
    with TlsService(b"world\n", a_file(tmp_path / "pem", "127.0.0.1")) as service:
        _, heard = asked(service, secure=True)

    assert heard is not None
    assert (heard.ended, heard.data) == ("whole", b"world\n")
    assert heard.tls is not None
    assert heard.tls.version == "TLSv1.3"
    assert heard.tls.certificate.startswith(b"\x30")


@pytest.mark.parametrize(
    ("service", "ended"),
    [
        (FakeService(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "tls-failed"),
        (FakeService(b""), "tls-failed"),
        (ResettingService(b""), "tls-failed"),
        (FakeService(b"\x15\x03\x01\x00\x02\x02\x28"), "tls-failed"),
        (FakeService(), "silent"),
    ],
    ids=["plain", "closed", "reset", "alert", "silent"],
)
def test_no_tls_where_tls_was_asked_for(service: FakeService, ended: str) -> None:
    with service:
        seen, heard = asked(service, secure=True)

    assert seen.state == "open"
    assert heard is not None
    assert (heard.ended, heard.tls) == (ended, None)
    assert bool(heard.tls_error) == (ended == "tls-failed")


def test_what_ends_tls_is_named_although_the_peer_is_gone_before_our_alert() -> None:
    class Gone:
        """A peer whose hello is of an unknown type, and that closes behind it."""

        sent = 0

        async def send(self, data: bytes) -> None:
            self.sent += 1
            if self.sent > 1:
                raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        async def receive(self, most: int) -> bytes:
            return b"\x16\x03\x03\x00\x05\x63\x00\x00\x01\x00"[:most]

    peer: Any = Gone()
    with pytest.raises(TlsError) as raised:
        asyncio.run(Secured(peer, "h").handshake())

    assert peer.sent > 1
    assert raised.value.why.isupper()  # a word of OpenSSL


def test_records_without_end_end_nevertheless() -> None:
    """Given a peer that asks for a new hello for ever, which OpenSSL bears, then our own bound
    ends it."""
    with FloodingService(b"\x16\x03\x01\x00\x04\x00\x00\x00\x00" * 500) as service:
        _, heard = asyncio.run(exchange(service.at, b"", lambda _: True, Vantage(patience=30), secure=True))

    assert heard is not None
    assert (heard.ended, heard.tls_error) == ("tls-failed", "more records than any server sends")


def test_what_a_plain_peer_said_to_a_tls_hello_is_kept() -> None:
    with FakeService(b"HTTP/1.1 400 Bad Request\r\n\r\n") as service:
        _, heard = asked(service, secure=True)

    assert heard is not None
    assert heard.detail()["protocol"] == "http"


@pytest.mark.parametrize("name", ["", ".", "a" * 300, "\udc80", "a..b", "127.0.0.1"])
def test_a_name_that_sni_cannot_carry_is_left_out(name: str, tmp_path: Path) -> None:
    with TlsService(b"world\n", a_file(tmp_path / "pem")) as service:
        at = Endpoint(name, service.port, "tcp", "127.0.0.1")
        _, heard = asyncio.run(exchange(at, b"x", lambda data: b"\n" in data, Vantage(patience=2), secure=True))

    assert heard is not None
    assert heard.ended == "whole"


def test_no_descriptor_is_left_behind() -> None:
    with StayingService(b"x") as service:

        async def scene() -> tuple[Held, Held]:
            before = held()
            tasks = [asyncio.create_task(exchange(service.at, b"x", lambda _: False, HERE)) for _ in range(10)]
            await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return before, held()

        before, _ = asyncio.run(scene())
    assert held() <= before


def conversation(service: FakeService, dialogue: Dialogue) -> tuple[RawReply, ...]:
    return asyncio.run(converse(service.at, dialogue, Vantage(patience=SOON), most=1024))[1]


def test_a_peer_may_speak_first_and_each_turn_follows_from_the_reply() -> None:
    def dialogue() -> Dialogue:
        greeting = yield Turn(b"", lambda data: b"\n" in data)
        yield Turn(greeting.upper(), lambda data: b"!" in data)
        yield Turn(b"bye", lambda _: True)

    with SpeakingService(b"hello\n", b"yes!") as service:
        replies = conversation(service, dialogue())

    assert [(reply.data, reply.ended) for reply in replies] == [
        (b"hello\n", "whole"),
        (b"yes!", "whole"),
        (b"", "whole"),
    ]
    assert service.requests == [b"HELLO\n", b"bye"]


def test_a_reply_that_is_not_complete_ends_the_dialogue() -> None:
    def dialogue() -> Dialogue:
        yield Turn(b"a", lambda data: b"\n" in data)
        yield Turn(b"b", lambda _: True)

    with SpeakingService(b"half", first=False) as service:
        (reply,) = conversation(service, dialogue())

    assert (reply.data, reply.ended, service.requests) == (b"half", "incomplete", [b"a"])


def test_tls_may_begin_in_the_middle(tmp_path: Path) -> None:
    def dialogue() -> Dialogue:
        yield Turn(b"plain", lambda data: b"\n" in data)
        yield Turn(b"secret", lambda data: b"\n" in data, secure=True)

    with SpeakingService(b"go\n", b"in\n", first=False, pem=a_file(tmp_path / "pem"), upgrade=1) as service:
        plain, secure = asyncio.run(converse(service.at, dialogue(), Vantage(patience=5)))[1]

    assert (plain.tls, secure.data) == (None, b"in\n")
    assert secure.tls is not None
    assert secure.tls.chain == (secure.tls.certificate,)
    assert service.requests == [b"plain", b"secret"]


def test_one_patience_is_for_the_whole_dialogue() -> None:
    def dialogue() -> Dialogue:
        while True:
            yield Turn(b"more", bool)

    with DrippingService(b"w" * 5000) as service:
        replies = conversation(service, dialogue())

    assert replies[-1].ended == "silent"
    assert len(replies) > 1


def test_a_reply_in_time_counts_although_we_look_late() -> None:
    _, reply = asked_late(lambda end: exchange(end, b"hello", bool, Vantage(patience=PATIENCE)), b"world")

    assert reply is not None
    assert (reply.data, reply.ended) == (b"world", "whole")


def test_of_a_silent_peer_it_is_said_whether_its_kernel_has_the_question() -> None:
    """Given a listener whose process accepts nobody, its kernel acknowledges what is sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        end = Endpoint("127.0.0.1", listener.getsockname()[1], "tcp", "127.0.0.1")
        _, reply = asyncio.run(exchange(end, b"hello", bool, Vantage(patience=SOON)))

    assert reply is not None
    assert reply.detail() == {"ended": "silent", "received": 0, "acknowledged": True}


def test_a_question_larger_than_the_buffers_of_a_silent_peer_is_not_acknowledged() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        end = Endpoint("127.0.0.1", listener.getsockname()[1], "tcp", "127.0.0.1")
        _, reply = asyncio.run(exchange(end, bytes(64 << 20), bool, Vantage(patience=SOON)))

    assert reply is not None
    assert (reply.ended, reply.acknowledged) == ("silent", False)


def test_of_a_peer_that_spoke_nothing_is_said_of_its_kernel() -> None:
    with StayingService(b"wor") as service:
        _, reply = asked(service)

    assert reply is not None
    assert (reply.ended, reply.acknowledged) == ("incomplete", None)
