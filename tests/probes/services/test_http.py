"""What does probes.services.http send, and what does it read from fakes and from http.server?"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.services.http import HttpError, HttpReply, decode, request
from probes.vantage import HERE, Vantage
from tests.support.certificates import a_file
from tests.support.fake_service import DrippingService, FakeService, FloodingService, StayingService, TlsService
from tests.support.service_replies import IPC, SPNEGO


def got(service: FakeService, patience: float = 0.6, *, secure: bool = False) -> tuple[Observation, HttpReply | None]:
    with service:
        return asyncio.run(request(service.at, Vantage(patience=patience), target="/jmx?a=b", secure=secure))


def test_the_request_is_one_that_any_server_takes() -> None:
    service = FakeService(SPNEGO)
    got(service)

    head = service.requests[0].decode().split("\r\n")
    assert head[:2] == ["GET /jmx?a=b HTTP/1.1", f"Host: 127.0.0.1:{service.port}"]
    assert "Connection: close" in head
    assert head[-2:] == ["", ""]


def test_a_server_that_wants_kerberos() -> None:
    seen, reply = got(StayingService(SPNEGO))

    assert (seen.state, seen.reason) == ("open", "service-reply")
    assert reply is not None
    assert (reply.status, reply.has_spnego, reply.text) == (401, True, "Authentication required")
    assert seen.detail["server"] == "Jetty(6.1.26)"


@pytest.mark.parametrize(
    ("header", "spnego"),
    [
        (b"WWW-Authenticate: Negotiate", True),
        (b"www-authenticate: Basic realm=x\r\nWWW-AUTHENTICATE: negotiate", True),
        (b"WWW-Authenticate: Basic realm=x, Negotiate", True),
        (b"WWW-Authenticate: Basic realm=x", False),
        (b"X: Negotiate", False),
    ],
)
def test_spnego_is_seen_wherever_it_stands(header: bytes, spnego: bool) -> None:
    assert decode(b"HTTP/1.1 401 No\r\n" + header + b"\r\n\r\n").has_spnego == spnego


def test_a_redirect_is_told_and_not_followed() -> None:
    service = FakeService(
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://other:9864/x\r\nContent-Length: 0\r\n\r\n"
    )
    seen, _ = got(service)

    assert (seen.detail["status"], seen.detail["location"]) == (307, "http://other:9864/x")
    assert len(service.requests) == 1


def test_hadoop_rpc_that_answers_in_http_is_no_web_server() -> None:
    seen, reply = got(FakeService(IPC))

    assert (seen.reason, seen.detail["protocol"], reply) == ("syn-ack", "hadoop-rpc", None)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\n\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999999\r\n\r\nhello" + b"x" * 3000,
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
    ],
)
def test_answers_of_all_shapes(answer: bytes) -> None:
    seen, reply = got(StayingService(answer))

    assert seen.reason == "service-reply"
    assert reply is not None
    assert reply.status in (200, 204)


def test_a_drip_after_the_head_is_an_answer_within_the_patience() -> None:
    service = DrippingService(b"HTTP/1.1 200 OK\r\n\r\n")
    service.pause = 0.005
    seen, reply = got(service, 0.8)

    assert seen.reason == "service-reply"
    assert reply is not None


@pytest.mark.parametrize(
    ("service", "detail"),
    [
        (FakeService(b""), {"ended": "closed"}),
        (FakeService(), {"ended": "silent"}),
        (StayingService(b"SSH-2.0-OpenSSH_9.2p1\r\n"), {"ended": "whole", "protocol": "ssh"}),
        (FakeService(b"HTTP/1.1 200 OK\r\nA: b\r\n"), {"protocol": "http"}),
        (StayingService(b"HTTP/x\r\n\r\n"), {"ended": "whole"}),
        (FloodingService(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50), {"protocol": "http"}),
        (FakeService(b"\x15\x03\x03\x00\x02\x02\x50"), {"protocol": "tls"}),
    ],
    ids=["closed", "silent", "ssh", "half a head", "no status", "endless head", "tls"],
)
def test_what_is_no_http(service: FakeService, detail: dict[str, object]) -> None:
    seen, reply = got(service)

    assert (seen.state, seen.reason, reply) == ("open", "syn-ack", None)
    assert detail.items() <= seen.detail.items()


@pytest.mark.parametrize("target", ["", "jmx", "/a b", "/a\r\nX: y", "/é", "/" + "x" * 3000])
def test_a_target_that_would_be_another_request_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        asyncio.run(request(Endpoint("127.0.0.1", 9, "tcp", "127.0.0.1"), HERE, target=target))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(rest: bytes) -> None:
    for data in (rest, b"HTTP/1.1 200 OK\r\n" + rest, b"HTTP/1.1 200 OK\r\n" + rest + b"\r\n\r\n" + rest):
        with contextlib.suppress(HttpError):
            decode(data)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self) -> None:
        self.send_error(405)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def python_server() -> Iterator[Endpoint]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Endpoint("127.0.0.1", server.server_address[1], "tcp", "127.0.0.1")
        server.shutdown()
        thread.join()


def test_pythons_own_server_is_content_with_both_methods(python_server: Endpoint) -> None:
    _, answer = asyncio.run(request(python_server, HERE))
    _, refusal = asyncio.run(request(python_server, HERE, method="POST", target="/cliservice"))

    assert answer is not None
    assert (answer.status, answer.text) == (200, "ok")
    assert answer.headers["server"].startswith("BaseHTTP")
    assert refusal is not None
    assert refusal.status == 405


def test_inside_tls_the_certificate_is_told_and_judged(tmp_path: Path) -> None:
    seen, reply = got(TlsService(SPNEGO, a_file(tmp_path / "pem", "other.example")), 3, secure=True)

    assert reply is not None
    assert reply.has_spnego
    tls = seen.detail["tls"]
    assert isinstance(tls, dict)
    assert tls["faults"] == ["made for other.example, not for 127.0.0.1"]
    assert tls["self_signed"] is True
