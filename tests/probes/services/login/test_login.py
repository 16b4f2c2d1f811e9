"""Is a login at a service led to its end, and does every other end keep its own name?

tests/lab/kerberos/test_service_login.py asks real servers.
"""

from __future__ import annotations

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.endpoint import Endpoint
from probes.kerberos.login.context import ServiceTicket
from probes.observation import Observation
from probes.services.hadoop_rpc import HadoopRpcError, sasl_step
from probes.services.login import ServiceLogin, hadoop, thrift, web
from probes.services.thrift import ThriftError, is_whole_sasl, sasl_message
from probes.vantage import Vantage
from tests.support.acceptor import Acceptor, ticket
from tests.support.closed_port import closed_port
from tests.support.fake_service import DrippingService, FakeService, FloodingService, ResettingService, StayingService
from tests.support.login_services import OFFER, HadoopLogins, LoginService, ThriftLogins, WebLogins
from tests.support.service_replies import KERBEROS, SIMPLE, SPNEGO, framed, header, number, sasl, text
from tests.support.service_replies import web as reply
from tests.support.ticketing_kdc import some_key

KINDS: tuple[tuple[ModuleType, type[LoginService]], ...] = (
    (hadoop, HadoopLogins),
    (thrift, ThriftLogins),
    (web, WebLogins),
)


def logged_in(
    by: ModuleType, service: FakeService, with_ticket: ServiceTicket | None = None, patience: float = 5.0
) -> tuple[Observation, ServiceLogin]:
    with service:
        ended: tuple[Observation, ServiceLogin] = asyncio.run(
            by.log_in(service.at, with_ticket or ticket(), Vantage(patience=patience))
        )
    return ended


@pytest.mark.parametrize(("by", "server"), KINDS)
def test_a_login_goes_to_its_end_and_no_call_follows(by: ModuleType, server: type[LoginService]) -> None:
    session = some_key(18)
    service = server(Acceptor(18, session))
    seen, ended = logged_in(by, service, ticket(18, session))

    assert (seen.state, ended.result, ended.is_proven, ended.text) == ("open", "accepted", True, None)
    assert service.after == b""
    if by is not web:
        assert (ended.offered, service.choice) == (("auth",), b"\x01\0\0\0")


@pytest.mark.parametrize(("by", "server"), KINDS)
def test_the_words_of_a_refusal_are_kept(by: ModuleType, server: type[LoginService]) -> None:
    _, ended = logged_in(by, server(None, "GSS initiate  failed\x07" + "y " * 400))

    assert (ended.result, ended.is_proven) == ("refused", False)
    assert ended.text is not None
    assert "GSS initiate failed" in ended.text
    assert len(ended.text) <= 300


@pytest.mark.parametrize(("by", "server"), KINDS)
def test_a_service_with_another_key_proves_nothing(by: ModuleType, server: type[LoginService]) -> None:
    session = some_key(18)
    _, ended = logged_in(by, server(Acceptor(18, session, answers_with=some_key(18))), ticket(18, session))

    assert (ended.result, ended.is_proven) == ("other-key", False)


@pytest.mark.parametrize(("by", "server"), KINDS[:2])
def test_an_older_session_key_ends_with_the_proof(by: ModuleType, server: type[LoginService]) -> None:
    session = some_key(23)
    _, ended = logged_in(by, server(Acceptor(23, session)), ticket(23, session))

    assert (ended.result, ended.is_proven, ended.offered) == ("proven", True, ())


@pytest.mark.parametrize(
    ("by", "said", "result"),
    [
        (hadoop, SIMPLE, "not-kerberos"),
        (hadoop, SPNEGO, "not-kerberos"),
        (hadoop, b"", "ended"),
        (hadoop, b"\xff" * 100, "not-kerberos"),
        (thrift, SPNEGO, "not-kerberos"),
        (thrift, sasl(4, "Invalid status 72"), "refused"),
        (thrift, sasl(3, "Unsupported mechanism type GSSAPI"), "refused"),
        (thrift, sasl(5), "not-kerberos"),
        (thrift, b"", "ended"),
        (web, SPNEGO, "refused"),  # to both
        (hadoop, KERBEROS, "not-kerberos"),  # another principal
        # A gateway, a login page, a path that is not there, a login of another kind
        (web, reply("200 OK", b"<h1>Welcome"), "not-kerberos"),
        (web, reply("200 OK", b"", "WWW-Authenticate: Negotiate YWJj"), "not-kerberos"),
        (web, reply("302 Found", b"", "Location: /login"), "not-kerberos"),
        (web, reply("405 No", b""), "not-kerberos"),
        (web, reply("401 No", b"", "WWW-Authenticate: Basic realm=x"), "not-kerberos"),
        (web, b"SSH-2.0-x\r\n", "not-kerberos"),
        (web, b"", "ended"),
    ],
)
def test_what_is_no_login_is_named(by: ModuleType, said: bytes, result: str) -> None:
    _, ended = logged_in(by, FakeService(said))

    assert (ended.result, ended.is_proven) == (result, False)


def with_token(said: bytes) -> FakeService:
    """Return a server that wants a token, and gives this answer to one."""
    return FakeService(lambda request: said if b"\r\nAuthorization: Negotiate " in request else SPNEGO)


@pytest.mark.parametrize(
    ("said", "result"),
    [
        # HiveServer2 has no call to read behind its login, and sends no proof
        (reply("500 Server Error", b"<html>"), "accepted"),
        (reply("200 OK", b"", "Content-Type: application/x-thrift"), "accepted"),
        (reply("401 No", b"Authentication Error: x", "WWW-Authenticate: Negotiate"), "refused"),
        (reply("403 Forbidden", b"GSSException"), "refused"),
        (reply("302 Found", b"", "Location: /login"), "not-kerberos"),
        (reply("404 Not Found", b""), "not-kerberos"),
        (reply("502 Bad Gateway", b""), "not-kerberos"),
        (b"SSH-2.0-x\r\n", "not-kerberos"),
        (b"", "ended"),
    ],
)
def test_a_web_server_accepts_only_if_the_token_makes_the_difference(said: bytes, result: str) -> None:
    service = with_token(said)
    _, ended = logged_in(web, service)

    assert (ended.result, ended.is_proven) == (result, False)
    assert len(service.requests) == 2


@pytest.mark.parametrize("said", [SIMPLE, reply("200 OK", b""), reply("302 Found", b""), b"SSH-2.0-x\r\n", b""])
def test_a_web_server_that_wants_no_kerberos_gets_no_token(said: bytes) -> None:
    service = FakeService(said)
    logged_in(web, service)

    assert len(service.requests) == 1
    assert b"Negotiate" not in service.requests[0]


@pytest.mark.parametrize("status", ["401 No", "403 Forbidden"])
def test_a_page_that_shows_the_request_shows_no_token(status: str) -> None:
    def echo(request: bytes) -> bytes:
        asks = "WWW-Authenticate: Negotiate"
        return (
            reply(status, b"you sent " + request[request.find(b"Authorization") :], asks)
            if b"YI" in request
            else (reply("401 No", b"", asks))
        )

    _, ended = logged_in(web, FakeService(echo))

    assert ended.result == "refused"
    assert ended.text == "you sent Authorization: Negotiate ***"


@pytest.mark.parametrize("written", [lambda token: b64encode(token).decode(), bytes.hex])
@pytest.mark.parametrize(("by", "server"), KINDS[:2])
def test_the_words_of_a_refusal_show_no_token(
    by: ModuleType, server: type[LoginService], written: Callable[[bytes], str]
) -> None:
    _, ended = logged_in(by, server(None, f"GSS initiate failed: {written(bytes(range(100)))} at org.apache.x"))

    assert ended.text is not None
    assert ended.text.endswith("GSS initiate failed: *** at org.apache.x")


def test_a_server_that_runs_as_another_principal_gets_no_token() -> None:
    service = StayingService(KERBEROS)
    _, ended = logged_in(hadoop, service)

    assert ended.result == "not-kerberos"
    assert ended.text == "the server runs as hdfs/master-1-1.example, and the ticket is for hdfs/master-1-1"
    assert len(service.requests) == 1


@pytest.mark.parametrize("by", [hadoop, thrift, web])
@pytest.mark.parametrize("server", [ResettingService, StayingService, DrippingService, FloodingService])
@pytest.mark.parametrize("said", [b"\0", KERBEROS[:20], b"\x02\0\0\x10\0" + b"x" * 4096])
def test_a_peer_that_misbehaves_ends_in_time(by: ModuleType, server: type[FakeService], said: bytes) -> None:
    _, ended = logged_in(by, server(said), patience=0.5)

    assert ended.result in ("ended", "not-kerberos", "other-key")
    assert not ended.is_proven


def test_a_port_that_refuses_is_not_connected() -> None:
    with closed_port() as port:
        endpoint = Endpoint("127.0.0.1", port, "tcp", "127.0.0.1")
        seen, ended = asyncio.run(hadoop.log_in(endpoint, ticket(), Vantage(patience=2)))

    assert (seen.state, ended.result) == ("closed", "not-connected")


def test_a_login_without_an_end_is_ended() -> None:
    class Endless(HadoopLogins):
        """Sends one challenge after the other."""

        def on_stream(self, connection: object) -> None:
            import socket

            assert isinstance(connection, socket.socket)
            connection.recv(65536)
            connection.sendall(OFFER)
            first = self.token_of(connection.recv(65536))
            assert self.acceptor is not None
            connection.sendall(self.challenge(self.acceptor.answer(first)))
            while connection.recv(65536):
                connection.sendall(self.challenge(self.acceptor.offer()))

    session = some_key(18)
    _, ended = logged_in(hadoop, Endless(Acceptor(18, session)), ticket(18, session))

    assert (ended.result, ended.is_proven) == ("proven", True)


def test_nothing_of_a_login_shows_its_keys() -> None:
    secret = b"CANARYsessionkey" * 2
    given_ticket = ticket(18, secret)
    _, ended = logged_in(hadoop, HadoopLogins(Acceptor(18, secret)), given_ticket)

    for shown in (repr(given_ticket), repr(ended), str(ended.detail())):
        assert "CANARY" not in shown


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_step_or_our_own_error(data: bytes) -> None:
    for message in (data, framed(header(), data), framed(header(), number(2, 3) + text(3, data) + text(4, data))):
        with contextlib.suppress(HadoopRpcError):
            sasl_step(message)
    if is_whole_sasl(data):
        with contextlib.suppress(ThriftError):
            sasl_message(data)
