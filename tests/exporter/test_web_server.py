"""What happens to clients that are slow, many, large or gone, and how soon does the server end?"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from http import HTTPStatus

import pytest

from diagnose.exporter import web_server
from diagnose.exporter.web_request import LARGEST_HEAD, WebRequest, WebResponse
from tests.support.exporting import Served, serving


class _PlainSite:
    """Answers the path, after `delay` seconds."""

    def __init__(self, delay: float = 0, connections: int = 100) -> None:
        self.delay, self.most_connections = delay, connections
        self.context = None
        self.headers: Mapping[str, str] = {"X-Frame-Options": "deny"}
        self.refusals = self.running = 0
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()

    def accepts(self, _peer: object) -> bool:
        return True

    def refused(self) -> None:
        self.refusals += 1

    async def respond(self, request: WebRequest) -> WebResponse:
        self.asked.set()
        if request.path == "/bug":
            raise RuntimeError("CANARY")
        self.running += 1
        await asyncio.sleep(self.delay)
        while not self.may_answer.is_set():
            await asyncio.sleep(0.01)
        return WebResponse.plain(HTTPStatus.OK, request.path)


class _LargeSite(_PlainSite):
    """Answers more than the kernel keeps for a client that does not read."""

    async def respond(self, request: WebRequest) -> WebResponse:
        self.asked.set()
        return WebResponse(HTTPStatus.OK, b"x" * (64 << 20))


def said(port: int, data: bytes) -> bytes:
    """Send bytes and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(data)
        received = b""
        with suppress(ConnectionResetError):
            while chunk := client.recv(65536):
                received += chunk
        return received


def test_one_request_is_answered_with_the_header_fields_of_the_site() -> None:
    with serving(_PlainSite()) as served:
        got = served.get("/a")
        empty = served.get("/a", method="HEAD")
    assert (got.status, got.body, got.headers["x-frame-options"]) == (200, "/a\n", "deny")
    assert (empty.status, empty.body, empty.headers["content-length"]) == (200, "", "3")


def test_a_request_that_is_none_gets_an_answer() -> None:
    site = _PlainSite()
    with serving(site) as served:
        assert said(served.port, b"\x16\x03\x01\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert said(served.port, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789").startswith(b"HTTP/1.1 405 ")
        assert said(served.port, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * LARGEST_HEAD).startswith(b"HTTP/1.1 431 ")
    assert site.refusals == 3


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "HEAD_SECONDS", 0.5)
    with serving(_PlainSite()) as served, socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
        began = time.monotonic()
        received = b""
        client.settimeout(0.05)
        while time.monotonic() < began + 15:
            try:
                client.sendall(b"G")
                chunk = client.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if not chunk:
                break
            received += chunk
        assert received.startswith(b"HTTP/1.1 408 ")
        assert served.get("/still").status == 200


def test_a_client_that_reads_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "WRITE_SECONDS", 0.3)
    site = _LargeSite(connections=1)
    with serving(site) as served, socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert site.asked.wait(20)
        assert said(served.port, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        deadline = time.monotonic() + 20
        while said(served.port, b"HEAD / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 "):
            assert time.monotonic() < deadline  # the only place is free again before long


def opened(served: Served, stack: ExitStack, count: int) -> list[socket.socket]:
    return [stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=20)) for _ in range(count)]


def test_requests_above_the_limit_are_turned_away_and_the_others_are_answered() -> None:
    site = _PlainSite(connections=3)
    site.may_answer.clear()
    with serving(site) as served, ExitStack() as stack:
        clients = opened(served, stack, 3)
        for client in clients:
            client.sendall(b"GET /first HTTP/1.1\r\n\r\n")
        while site.running < 3:
            time.sleep(0.01)
        answer = said(served.port, b"")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1\r\n" in answer
        site.may_answer.set()
        assert all(client.recv(65536).startswith(b"HTTP/1.1 200 ") for client in clients)
    assert site.refusals == 1


def test_clients_that_say_nothing_make_room_for_one_that_asks() -> None:
    with serving(_PlainSite(connections=3)) as served, ExitStack() as stack:
        clients = opened(served, stack, 3)
        assert served.get("/a").status == 200
        # The oldest was cut off, the others may still ask.
        assert clients[0].recv(10) == b""
        clients[2].sendall(b"GET /b HTTP/1.1\r\n\r\n")
        assert clients[2].recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_bug_ends_one_connection_and_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with serving(_PlainSite()) as served:
        assert said(served.port, b"GET /bug HTTP/1.1\r\n\r\n") == b""
        assert served.get("/next").status == 200
    assert "CANARY" not in caplog.text


def test_clients_that_go_away_leave_nothing_behind() -> None:
    site = _PlainSite(connections=2)
    with serving(site) as served:
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
                client.sendall(b"GET / HT")
        deadline = time.monotonic() + 10
        while served.get("/a").status != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert served.get("/a").status == 200


def test_a_request_in_flight_is_answered_after_the_end_was_asked_for() -> None:
    site = _PlainSite(delay=0.5)
    with ExitStack() as stack:
        with serving(site) as served:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=20))
            client.sendall(b"GET /short HTTP/1.1\r\n\r\n")
            assert site.asked.wait(20)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_request_that_takes_longer_than_the_grace_period_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "GRACE_SECONDS", 0.2)
    site = _PlainSite(delay=60)
    with ExitStack() as stack:
        with serving(site) as served:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=20))
            client.sendall(b"GET /long HTTP/1.1\r\n\r\n")
            assert site.asked.wait(20)
        with suppress(ConnectionResetError):
            assert client.recv(65536) == b""


def test_a_server_that_cannot_accept_any_more_ends_with_the_error_and_does_not_hang() -> None:
    class Broken(_PlainSite):
        def refused(self) -> None:
            raise RuntimeError("broken")

    async def main() -> None:
        listener = web_server.listening_socket("127.0.0.1", 0)
        port = listener.getsockname()[1]
        server = web_server.WebServer(listener, Broken(connections=0))
        serving_task = asyncio.ensure_future(server.serve_until(asyncio.Event()))
        await asyncio.sleep(0)
        await asyncio.to_thread(said, port, b"")
        async with asyncio.timeout(20):
            await serving_task

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(main())
