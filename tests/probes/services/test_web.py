"""How does probes.services.web ask over HTTP and HTTPS, and what does it make of answers that are
not the service's?"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from probes.observation import Observation
from probes.services.web import Identity, identify
from probes.services.web_services import WEB_SERVICES
from probes.vantage import Vantage
from tests.support.certificates import a_file
from tests.support.fake_service import FakeService, StayingService, TlsService
from tests.support.patience import SOON
from tests.support.service_replies import (
    IPC,
    KERBEROS_WEB,
    SPNEGO,
    WEB,
    a_namenode,
    a_resourcemanager,
    web,
)

TIMELINE = WEB_SERVICES["timeline"]


def asked(
    service: FakeService,
    name: str = "timeline",
    patience: float = SOON,
    *,
    secure: bool | None = None,
    fallback: bool = False,
) -> tuple[Observation, Identity | None]:
    with service:
        vantage = Vantage(patience=patience)
        return asyncio.run(identify(WEB_SERVICES[name], service.at, vantage, secure=secure, fallback=fallback))


@pytest.mark.parametrize("name", WEB_SERVICES)
def test_each_service_is_asked_with_one_get_without_a_body(name: str) -> None:
    service = FakeService(WEB[name][0])
    seen, identity = asked(service, name)

    (request,) = service.requests
    head = request.decode()
    assert head.startswith(f"GET {WEB_SERVICES[name].path} HTTP/1.1\r\n")
    assert "Accept: application/json\r\n" in head
    assert head.endswith("\r\n\r\n")
    assert (seen.state, seen.reason, seen.detail["service"]) == ("open", "service-reply", name)
    assert seen.detail["identified"] is True
    assert identity is not None


def test_a_server_that_wants_kerberos_is_not_identified() -> None:
    seen, identity = asked(StayingService(KERBEROS_WEB))

    assert (seen.reason, identity) == ("service-reply", None)
    assert {"identified": False, "demands": "kerberos", "family": "hadoop"}.items() <= seen.detail.items()


def test_the_login_of_hadoop_is_known_beside_other_cookies() -> None:
    answer = web("401 No", b"", "WWW-Authenticate: Negotiate", "Set-Cookie: JSESSIONID=x", "Set-Cookie: hadoop.auth=")
    assert asked(FakeService(answer))[0].detail["family"] == "hadoop"


def test_the_login_of_hadoop_is_none_of_presto() -> None:
    assert "family" not in asked(FakeService(KERBEROS_WEB), "presto")[0].detail


def test_a_login_by_spnego_of_another_family_is_only_kerberos() -> None:
    answer = web("401 No", b"", "WWW-Authenticate: Basic realm=x, Negotiate")
    seen, _ = asked(FakeService(answer))

    assert seen.detail["demands"] == "kerberos"
    assert "family" not in seen.detail


@pytest.mark.parametrize(
    "answer",
    [
        web("404 Not Found", b"<html>nothing</html>"),
        web("401 Unauthorized", b"", "WWW-Authenticate: Basic realm=x"),
        web("302 Found", b"", "Location: https://h:8190/"),
        web("200 OK", b"<html>welcome</html>"),
        web("200 OK", b"[" * 30_000),
        web("200 OK", b'{"About": "\\ud800"}'),
        web("200 OK", {"About": "Timeline Reader API"}),
        web("200 OK", [1]),
        a_resourcemanager(),
    ],
)
def test_another_web_server_is_told_from_the_service(answer: bytes) -> None:
    seen, identity = asked(FakeService(answer))

    assert (seen.state, seen.reason, identity) == ("open", "syn-ack", None)
    assert (seen.detail["protocol"], seen.detail["asked"]) == ("http", "timeline")
    assert isinstance(seen.detail["status"], int)


def test_the_target_of_a_redirect_is_kept() -> None:
    seen, _ = asked(FakeService(web("302 Found", b"", "Location: https://h:8190/")))

    assert seen.detail["location"] == "https://h:8190/"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (b"", {"ended": "closed"}),
        (None, {"ended": "silent"}),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", {"protocol": "ssh"}),
        (IPC, {"protocol": "hadoop-rpc"}),
        (b"\x04\0\0\0\x11Invalid status 71", {"protocol": "thrift-sasl"}),
    ],
)
def test_what_is_no_web_server(answer: bytes | None, detail: dict[str, object]) -> None:
    seen, identity = asked(FakeService(answer), patience=SOON)

    assert (seen.reason, identity) == ("syn-ack", None)
    assert detail.items() <= seen.detail.items()


def plain_only(answer: bytes) -> FakeService:
    """Return a server that closes at bytes of TLS, and answers a GET."""
    return FakeService(lambda request: answer if request.startswith(b"GET ") else b"")


class TlsOnly(TlsService):
    """Closes a plain connection as a server of TLS does: at once, with an alert, or in words."""

    manner: bytes = b""

    def on_stream(self, connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) == b"\x16":
            super().on_stream(connection)
            return
        self.requests.append(connection.recv(65536))
        connection.sendall(self.manner)


@pytest.mark.parametrize(
    "manner",
    [
        b"",
        b"\x15\x03\x03\x00\x02\x02\x50",
        web("400 Bad Request", b"<p>The plain HTTP request was sent to HTTPS port</p>"),
    ],
)
def test_a_server_of_tls_is_found_without_being_told(manner: bytes, tmp_path: Path) -> None:
    service = TlsOnly(WEB["timeline"][0], a_file(tmp_path / "pem", "127.0.0.1"))
    service.manner = manner
    seen, identity = asked(service, patience=5)

    assert (seen.reason, seen.detail["transport"]) == ("service-reply", "https")
    assert identity is not None
    assert "tls" in seen.detail


def test_the_certificate_of_a_server_of_tls_is_kept(tmp_path: Path) -> None:
    seen, _ = asked(TlsService(WEB["timeline"][0], a_file(tmp_path / "pem", "other.example")), secure=True, patience=5)

    tls = seen.detail["tls"]
    assert isinstance(tls, dict)
    assert tls["faults"]


def test_a_plain_question_stays_plain(tmp_path: Path) -> None:
    service = TlsOnly(WEB["timeline"][0], a_file(tmp_path / "pem", "127.0.0.1"))
    service.manner = b"\x15\x03\x03\x00\x02\x02\x50"
    seen, identity = asked(service, secure=False, patience=5)

    assert (seen.reason, seen.detail["protocol"], identity) == ("syn-ack", "tls", None)
    assert len(service.requests) == 1


@pytest.mark.parametrize("manner", [b"\x15\x03\x03\x00\x02\x02\x50", b""], ids=["alert", "closes"])
def test_a_service_that_answers_inside_tls_alone_is_found_by_the_fallback(manner: bytes, tmp_path: Path) -> None:
    service = TlsOnly(WEB["timeline"][0], a_file(tmp_path / "pem", "127.0.0.1"))
    service.manner = manner
    seen, identity = asked(service, secure=False, fallback=True, patience=5)

    assert (seen.reason, seen.detail["transport"]) == ("service-reply", "https")
    assert identity is not None


def test_a_service_that_answers_without_tls_alone_is_found_by_the_fallback() -> None:
    """The HTTP port of Trino closes at bytes of TLS."""
    service = plain_only(WEB["timeline"][0])
    seen, identity = asked(service, secure=True, fallback=True, patience=5)

    assert (seen.reason, seen.detail["transport"]) == ("service-reply", "http")
    assert identity is not None


@pytest.mark.parametrize("answer", [web("404 Not Found", b""), KERBEROS_WEB, b""])
def test_what_came_first_is_told_if_the_fallback_does_not_find_the_service(answer: bytes) -> None:
    service = plain_only(answer)
    seen, identity = asked(service, secure=True, fallback=True, patience=5)

    assert (seen.reason, seen.detail["ended"], identity) == ("syn-ack", "tls-failed", None)
    assert len(service.requests) == 2


def test_a_service_that_answers_as_asked_needs_no_fallback() -> None:
    service = FakeService(WEB["timeline"][0])
    asked(service, secure=False, fallback=True)

    assert len(service.requests) == 1


def test_a_closed_connection_that_is_no_tls_either_is_told_as_closed() -> None:
    seen, _ = asked(FakeService(b""))

    assert seen.detail["ended"] == "closed"


def test_an_answer_in_chunks_is_read() -> None:
    _, identity = asked(FakeService(a_namenode(chunked=True)), "namenode")

    assert identity is not None
    assert identity.state == "active"


def test_an_answer_beyond_the_bound_is_not_identified() -> None:
    seen, identity = asked(FakeService(web("200 OK", {"About": "x" * 70_000})))

    assert (seen.reason, identity) == ("syn-ack", None)


def test_the_answer_of_an_old_server_without_a_cookie_is_kerberos_too() -> None:
    assert asked(FakeService(SPNEGO))[0].detail["demands"] == "kerberos"
