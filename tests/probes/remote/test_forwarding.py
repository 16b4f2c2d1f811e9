"""What does a host show that only forwards? It is this one, without SSH."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from probes.endpoint import Endpoint
from probes.network.host import HostGoneError, Sending
from probes.network.runner import Job, run
from probes.questions import Kind, Question
from probes.questions.register import ask
from probes.remote.forwarding import ForwardingHost
from probes.remote.wire import RemoteError
from probes.ssh.errors import ForwardRefused, SshError
from probes.vantage import Vantage
from tests.support.asked_twice import PATIENCE, both
from tests.support.fake_kdc import REALM, ClosingKdc, DeafKdc, FakeKdc
from tests.support.fake_service import FakeService
from tests.support.forwarding import Refusing, forward
from tests.support.service_replies import SIMPLE

EVERY_BYTE = bytes(range(256))


@pytest.fixture
def far() -> ForwardingHost:
    return ForwardingHost(forward, lambda: True)


def test_handshakes(far: ForwardingHost, listener: Endpoint, closed: Endpoint, deaf: Endpoint) -> None:
    for endpoint, state, reason in (
        (listener, "open", "syn-ack"),
        (closed, "closed", "conn-refused"),
        (deaf, "filtered", "no-response"),
    ):
        here, there = both(far, "tcp", endpoint)
        assert (there.state, there.reason, there.source) == (state, reason, None)
        assert here.state == there.state


@pytest.mark.parametrize("kdc", [FakeKdc, DeafKdc, ClosingKdc])
def test_kdcs_over_tcp(far: ForwardingHost, kdc: type[FakeKdc]) -> None:
    with kdc() as running:
        here, there = both(far, "kerberos", running.endpoint("tcp"), realm=REALM)
    assert replace(there, source=here.source) == here


def test_services(far: ForwardingHost) -> None:
    with FakeService(SIMPLE) as service:
        here, there = both(far, "hadoop-rpc", service.endpoint("tcp"))
    assert replace(there, source=here.source) == here


def test_udp_is_not_probed(far: ForwardingHost) -> None:
    with FakeKdc() as kdc:
        _, there = both(far, "kerberos", kdc.endpoint("udp"), realm=REALM)
    assert (there.state, there.reason) == ("not-probed", "no-vantage")
    assert "UDP" in str(there.detail["error"])


@pytest.mark.parametrize(
    "question",
    [
        lambda host: host.addresses("localhost", 1),
        lambda host: host.name("127.0.0.1", 1),
        lambda host: host.content("/etc/hosts", 10),
        lambda host: host.own_name(),
        lambda host: host.clock(),
        lambda host: host.sender("127.0.0.1"),
    ],
)
def test_what_it_cannot_tell_is_an_error(far: ForwardingHost, question: Any) -> None:
    asked: Coroutine[Any, Any, object] = question(far)
    with pytest.raises(HostGoneError, match="SSH forwarding"):
        asyncio.run(asked)


def test_a_resolver_that_cannot_be_read_is_not_an_empty_one(far: ForwardingHost) -> None:
    kinds: tuple[Kind, ...] = ("host-name", "name-servers", "own-name")
    for kind in kinds:
        question = Question(kind, Endpoint("localhost", 88, "udp", "127.0.0.1"))
        there = asyncio.run(ask(question, Vantage(patience=PATIENCE, host=far)))
        assert (there.state, there.reason) == ("not-probed", "no-vantage")


@pytest.mark.parametrize("sending", [Sending(1, hops=3), Sending(1, segment=500), Sending(1, source="127.0.0.1")])
def test_what_it_cannot_set_is_an_error(far: ForwardingHost, sending: Sending) -> None:
    came = asyncio.run(far.connect("127.0.0.1", 1, sending, keep=False))
    assert isinstance(came.failure, HostGoneError)


@pytest.mark.parametrize(
    ("code", "text", "number"),
    [
        (2, "Connection refused", errno.ECONNREFUSED),
        (2, "No route to host", errno.EHOSTUNREACH),
        (2, "Network is unreachable", errno.ENETUNREACH),
        (2, "Connection timed out", None),
        (2, "open failed", "unknown"),
        (2, "", "unknown"),
        (1, "Connection refused", "unknown"),
        (4, "Connection refused", "unknown"),
        (2, "Connection refused is not what happened", "unknown"),
    ],
)
def test_the_words_of_a_refusal(code: int, text: str, number: int | str | None) -> None:
    host = ForwardingHost(Refusing({7: (code, text)}), lambda: True)
    came = asyncio.run(host.connect("127.0.0.1", 7, Sending(1.0), keep=False))
    assert came.failure is not None
    if number == "unknown":
        assert isinstance(came.failure, HostGoneError)
        assert text in str(came.failure)
    elif number is None:
        assert isinstance(came.failure, TimeoutError)
    else:
        assert came.failure.errno == number
        assert came.is_blind


def test_a_server_that_does_not_forward_is_told() -> None:
    for code in (1, 3):
        with pytest.raises(RemoteError, match="administratively"):
            ForwardingHost(Refusing({9: (code, "administratively prohibited")}), lambda: True)


def test_bytes_pass_unchanged_both_ways_and_the_end_is_seen(far: ForwardingHost) -> None:
    async def scene(server: socket.socket) -> None:
        handshake = await far.connect("127.0.0.1", server.getsockname()[1], Sending(PATIENCE), keep=True)
        peer, _ = server.accept()
        assert handshake.connection is not None
        with peer, handshake.connection as connection:
            await connection.send(EVERY_BYTE)
            assert peer.recv(256, socket.MSG_WAITALL) == EVERY_BYTE
            peer.sendall(EVERY_BYTE)
            assert await connection.receive(100) == EVERY_BYTE[:100]
            assert await connection.receive(1000) == EVERY_BYTE[100:]
            with pytest.raises(HostGoneError):
                await connection.facts()
            peer.shutdown(socket.SHUT_WR)
            assert await connection.receive(10) == b""

    with socket.create_server(("127.0.0.1", 0)) as server:
        asyncio.run(asyncio.wait_for(scene(server), 20))


def test_a_session_that_ends_is_no_end_of_the_peer(listener: Endpoint) -> None:
    is_open = True

    async def scene() -> None:
        nonlocal is_open
        ends, peer = socket.socketpair()
        host = ForwardingHost(lambda *_: ends.dup(), lambda: is_open)
        handshake = await host.connect("127.0.0.1", listener.port, Sending(PATIENCE), keep=True)
        assert handshake.connection is not None
        with peer, handshake.connection as connection:
            is_open = False
            ends.close()
            peer.close()
            with pytest.raises(HostGoneError):
                await connection.receive(10)

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_server_that_never_answers_is_given_up() -> None:
    def stalls(host: str, port: int, timeout: float) -> socket.socket:
        if port == 9:
            raise ForwardRefused(2, "Connection refused")
        time.sleep(30)
        raise TimeoutError

    host = ForwardingHost(stalls, lambda: True)
    began = time.monotonic()
    came = asyncio.run(host.connect("127.0.0.1", 7, Sending(0.1), keep=False))
    assert isinstance(came.failure, HostGoneError)
    assert time.monotonic() - began < 10


def test_a_session_that_is_gone_is_told() -> None:
    def gone(host: str, port: int, timeout: float) -> socket.socket:
        if port == 9:
            raise ForwardRefused(2, "Connection refused")
        raise SshError("there", "dropped", "there: the SSH session has ended")

    came = asyncio.run(ForwardingHost(gone, lambda: False).connect("127.0.0.1", 7, Sending(0.1), keep=True))
    assert isinstance(came.failure, HostGoneError)
    assert "session has ended" in str(came.failure)


def test_many_at_once_are_each_told_apart(
    far: ForwardingHost, listener: Endpoint, closed: Endpoint, deaf: Endpoint
) -> None:
    endpoints = [listener, closed, deaf] * 20
    done = run(
        (Job(f"{n}", each, Vantage(patience=PATIENCE, host=far)) for n, each in enumerate(endpoints)), hurry=False
    )
    assert not done.errors
    assert [seen.state for seen in done.observations.values()] == ["open", "closed", "filtered"] * 20


def test_a_channel_whose_session_ends_first_is_closed_without_a_word(
    listener: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a channel that cannot be closed any more, no thread writes of it to standard error."""

    class Ended(socket.socket):
        def close(self) -> None:
            super().close()
            raise EOFError

    def connects(host: str, port: int, timeout: float) -> socket.socket:
        return Ended(fileno=forward(host, port, timeout).detach())

    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    host = ForwardingHost(Refusing({9: (2, "Connection refused")}), lambda: True)
    monkeypatch.setattr(host, "_forward", connects)
    came = asyncio.run(host.connect(listener.host, listener.port, Sending(PATIENCE), keep=False))
    for thread in threading.enumerate():
        if thread.name == "forward close":
            thread.join(10)
    assert (came.failure, told) == (None, [])
